import Foundation
import Spreadsheet
import TestSupport
import Testing

@Suite struct SpreadsheetTests {
    static let rows: [[Spreadsheet.Cell]] = [
        [.text("=1+1"), .number(7), .day(year: 2026, month: 3, day: 31), .empty],
        [.text("http://contoh.id & <b>"), .number(-1), .empty, .text(String(repeating: "é", count: 40_000))],
    ]

    private func write(_ rows: [[Spreadsheet.Cell]], _ path: String) throws -> Data {
        try Spreadsheet(name: "Register", header: ["Judul", "N", "Hari", "X"], rows: rows).write(
            to: path, created: 1_774_000_000)
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// The sheet's XML, read by another program.
    private func unzip(_ path: String, _ part: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c", "import sys,zipfile;sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())", path,
            part,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test func sameRowsGiveTheSameBytes() throws {
        let folder = try TestFolder()
        let first = try write(Self.rows, folder.file("a.xlsx"))
        #expect(try write(Self.rows, folder.file("b.xlsx")) == first)
        #expect(try write(Array(Self.rows.reversed()), folder.file("c.xlsx")) != first)
    }

    @Test func textIsTextAndNeverAFormulaOrLink() throws {
        let folder = try TestFolder()
        _ = try write(Self.rows, folder.file("a.xlsx"))
        let sheet = try unzip(folder.file("a.xlsx"), "xl/worksheets/sheet1.xml")
        #expect(sheet.contains("<t>=1+1</t>"))
        #expect(sheet.contains("http://contoh.id &amp; &lt;b&gt;"))
        #expect(!sheet.contains("<f>") && !sheet.contains("hyperlink"))
        // 31 March 2026 as the format counts days.
        #expect(sheet.contains("<v>46112</v>"))
        #expect(sheet.contains("é…</t>"))
    }

    @Test func aFileThatCannotBeWrittenIsSaid() throws {
        #expect(throws: Spreadsheet.Failure.self) { try write(Self.rows, "/nonexistent/folder/a.xlsx") }
    }
}
