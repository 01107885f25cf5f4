import ArgumentParser
import Dossier
import Envelope
import Glibc
import History
import Node
import Procedure
import Spreadsheet
import Store

struct RegisterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "The register: filter, export, and import of an old one.",
        discussion: "Example:\n  mufakat register list --year 2026 --overdue",
        subcommands: [List.self, Export.self, Import.self, Undo.self])

    /// Which lines are meant.
    struct Filter: ParsableArguments {
        @Option(help: "A party, by name or the beginning of its id.") var unit: String?
        @Option(help: "Procedure, by its id.") var procedure: String?
        @Option(name: .customLong("state"), help: "active, waiting, contested, completed, rejected, discontinued…")
        var status: String?
        @Option(help: "Year of opening.") var year: Int?
        @Flag(help: "Only those with a step that is overdue.") var overdue = false
        @Option(help: "Words that occur in the texts.") var text: String?

        func filter(_ replica: Replica) throws -> RegisterFilter {
            var filter = RegisterFilter()
            if let year, !WorkCalendar.years.contains(year) {
                throw NodeFailure.badValue(field: "--year", value: "\(year)", expected: "2000…2200")
            }
            filter.unit = try unit.map(replica.unit)
            (filter.procedure, filter.status, filter.year) = (procedure, status, year)
            (filter.isOverdue, filter.text) = (overdue, text)
            return filter
        }
    }

    static func table(_ replica: Replica, _ options: Filter, _ language: Language) throws -> RegisterTable {
        let filter = try options.filter(replica)
        let (entries, skipped) = try replica.register(filter)
        if skipped > 0 {
            Terminal.note(
                Message("{0} berkas tidak terbaca: mufakat rebuild", "{0} dossiers cannot be read: mufakat rebuild")
                    .text(language, "\(skipped)"))
        }
        let units = entries.flatMap { entry in entry.timeline.parties.map { UnitID($0.unit) } }
        return RegisterTable(
            entries: entries, archive: try replica.archived(filter), names: try replica.names(of: units),
            language: language)
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the register in the order of opening.",
            discussion: """
                Lines of an imported register stand at the end, marked as such.
                Examples:
                  mufakat register list --year 2026 --unit "Dinas Kesehatan"
                  mufakat register list --overdue --json
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var filter: Filter

        func run() throws {
            let language = global.language
            let register = try RegisterCommand.table(try global.open(), filter, language)
            if global.json {
                Terminal.json(register.object)
                return
            }
            let table = register.table
            guard !table.rows.isEmpty else {
                Terminal.note(Catalogue.nothing.text(language))
                return
            }
            // Number, applicant, opening, status, steps, due, late, origin, title.
            let shown = [0, 3, 6, 7, 8, 9, 11, 14, 1]
            Terminal.table(
                shown.map { table.header[$0] },
                table.rows.enumerated().map { place, row in
                    shown.map { column in
                        let text = SheetTable.text(row[column])
                        return column == 0 && place < register.entries.count ? String(text.prefix(8)) : text
                    }
                })
            Rows.noteStale(register.entries.contains { $0.row.isStale }, language)
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write the register, or its findings, as CSV or XLSX.",
            discussion: """
                No cell is ever a formula. The same register gives the same bytes.
                Examples:
                  mufakat register export --year 2026 --out register-2026.xlsx
                  mufakat register export --findings --out temuan.csv
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var filter: Filter
        @Flag(help: "The findings of these dossiers instead.") var findings = false
        @Option(help: "File that ends in .csv or .xlsx; - for CSV on the screen.") var out: String

        func run() throws {
            let language = global.language
            let isSheet = out.lowercased().hasSuffix(".xlsx")
            guard isSheet || out == "-" || out.lowercased().hasSuffix(".csv") else {
                throw NodeFailure.badValue(field: "--out", value: out, expected: "*.csv | *.xlsx | -")
            }
            let replica = try global.open()
            let register = try RegisterCommand.table(replica, filter, language)
            var table = register.table
            if findings {
                var rows: [[Spreadsheet.Cell]] = []
                for entry in register.entries where entry.timeline.findingCount > 0 {
                    rows += FindingsTable.rows(try replica.view(entry.row.id), language)
                }
                table = FindingsTable.table(rows, language)
            }
            if out == "-" { return try table.csv { Terminal.printRaw($0) } }
            try replica.syncMark()
            if isSheet {
                // A time that somebody stated after the year 9999 is none that a sheet can hold.
                let latest = register.entries.map(\.row.updated).filter { $0 < 253_402_300_800_000 }.max() ?? 0
                try write(table.spreadsheet(), created: Int(latest / 1_000), in: replica)
            } else {
                let file = try FileWriter(path: out)
                try table.csv { try file.write($0) }
                try file.finish()
            }
            if global.json {
                Terminal.json(["file": out, "rows": table.rows.count])
            } else {
                Terminal.print(
                    Message("{0} baris: {1}", "{0} rows: {1}").text(
                        language, "\(table.rows.count)", Terminal.safe(out)))
            }
        }

        /// The library writes by a path: first in the replica's own folder, where nobody else can put a link.
        private func write(_ sheet: Spreadsheet, created: Int, in replica: Replica) throws {
            let path = "\(replica.folder)/export-\(getpid()).xlsx"
            defer { PrivateFile.remove(path) }
            do {
                try sheet.write(to: path, created: created)
            } catch {
                throw NodeFailure.badValue(field: "--out", value: out, expected: "libxlsxwriter: \(error)")
            }
            try PrivateFile.write(try PrivateFile.readPublic(path, limit: 1 << 30), to: out, mode: 0o644)
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Take an old register from a CSV file into the local archive.",
            discussion: """
                Columns: nomor, judul, dibuka; prosedur, pemohon, ditutup, status, catatan where there are any. A line
                becomes an entry of this replica's archive, shown as imported: it is not signed, proves nothing and is
                not exchanged. All lines are taken or none.
                Examples:
                  mufakat register import register-2025.csv --dry-run
                  mufakat register import register-2025.csv
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "CSV file (UTF-8; comma or semicolon).") var file: String
        @Flag(help: "Only say what would happen.") var dryRun = false

        func run() throws {
            let language = global.language
            let replica = try global.open()
            let bytes = try PrivateFile.readPublic(file, limit: Replica.importByteCountMax)
            let (read, batch) = try replica.importRegister(bytes, isRehearsal: dryRun)
            if global.json {
                Terminal.json(
                    [
                        "lines": read.entries.count, "import": batch.map { $0 as Any } ?? "",
                        "issues": read.issues.map {
                            ["line": $0.line, "column": $0.column, "kind": $0.kind.rawValue, "fact": $0.fact]
                        },
                    ] as [String: Any])
            } else {
                for issue in read.issues { Terminal.print(Terminal.safe(ImportText.line(issue, file, language))) }
                let summary: Message
                if !read.issues.isEmpty {
                    summary = Message(
                        "{0} baris benar, {1} kesalahan; tidak ada yang disimpan",
                        "{0} lines are right, {1} faults; nothing was stored")
                } else if dryRun {
                    summary = Message(
                        "{0} baris benar; tidak ada yang disimpan (--dry-run)",
                        "{0} lines are right; nothing was stored (--dry-run)")
                } else {
                    summary = Message("{0} baris disimpan sebagai impor {2}", "{0} lines stored as import {2}")
                }
                Terminal.print(
                    summary.text(
                        language, "\(read.entries.count)", "\(read.issues.count)", batch.map { "\($0)" } ?? ""))
            }
            if !read.issues.isEmpty { throw ExitCode(1) }
        }
    }

    struct Undo: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "undo", abstract: "Take an import out of the archive.",
            discussion: "Example:\n  mufakat register undo 1")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Number of the import.") var batch: Int

        func run() throws {
            let count = try global.open().undoImport(batch)
            if global.json {
                Terminal.json(["import": batch, "lines": count])
            } else {
                Terminal.print(
                    Message("{0} baris impor {1} dihapus", "{0} lines of import {1} removed").text(
                        global.language, "\(count)", "\(batch)"))
            }
        }
    }
}

/// Faults of an imported line in words.
enum ImportText {
    static func line(_ issue: RegisterImport.Issue, _ file: String, _ language: Language) -> String {
        let place = issue.column.isEmpty ? "" : issue.column + ": "
        let fact = issue.fact.isEmpty ? "" : " (\(issue.fact))"
        let line = Message("baris", "line").text(language)
        return "\(file): \(line) \(issue.line): \(place)\(words(issue.kind).text(language))\(fact)"
    }

    static func words(_ kind: RegisterImport.Issue.Kind) -> Message {
        switch kind {
        case .notText: Message("bukan teks UTF-8", "is not UTF-8 text")
        case .quote: Message("tanda petik tidak berpasangan", "has a quote that does not fit")
        case .tooMany: Message("terlalu banyak baris", "too many lines")
        case .unknownColumn: Message("kolom tidak dikenal", "is an unknown column")
        case .doubleColumn: Message("kolom disebut dua kali", "is a column that stands twice")
        case .missingColumn: Message("kolom wajib tidak ada", "is a required column that is missing")
        case .cellCount: Message("jumlah kolom berbeda dari baris judul", "has another number of cells than the header")
        case .empty: Message("wajib diisi", "is required")
        case .tooLong: Message("terlalu panjang", "is too long")
        case .notADay: Message("bukan tanggal dalam kalender", "is no day of the calendar")
        case .closedBeforeOpened: Message("ditutup sebelum dibuka", "was closed before it was opened")
        case .unknownStatus: Message("status tidak dikenal", "is an unknown status")
        case .double: Message("nomor yang sama dua kali dalam setahun", "stands twice in one year")
        case .known: Message("sudah pernah diimpor", "was imported before")
        }
    }
}
