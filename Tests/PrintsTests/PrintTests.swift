import Foundation
import Prints
import TestSupport
import Testing

@Suite struct PrintTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

    /// Spaces and line ends that paper does not show are not compared, and the drawing of the QR code neither.
    static func normalised(_ html: String) -> String {
        let lines = html.replacingOccurrences(of: "><", with: ">\n<").components(separatedBy: "\n").map {
            $0.split(whereSeparator: { $0 == " " }).joined(separator: " ")
        }
        return lines.filter { !$0.isEmpty }.map { line in
            line.hasPrefix("<path d=") ? "<path/>" : line
        }.joined(separator: "\n") + "\n"
    }

    /// MUFAKAT_WRITE_GOLDEN=1 writes the expected output anew; what changed is then for people to read.
    @Test(arguments: Samples.templates) func printsAsExpected(template: String) throws {
        let html = Self.normalised(try OfficialPrint.html(Samples.sheet(template) { $0 }))
        let file = Self.folder.appendingPathComponent("\(template).html")
        if ProcessInfo.processInfo.environment["MUFAKAT_WRITE_GOLDEN"] == "1" {
            try html.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(html == (try String(contentsOf: file, encoding: .utf8)), "\(template)")
    }

    /// Whatever was signed is on the paper: what a template does not place itself comes among the rest.
    @Test(arguments: Samples.templates) func leavesNothingOut(template: String) throws {
        guard !["history", "register", "receipt"].contains(template) else { return }
        let sheet = Samples.sheet(template) { $0 }
        let html = try OfficialPrint.html(sheet)
        let document = try #require(template == "disposition" ? sheet.chain.first?.document : sheet.document)
        for field in document.fields { #expect(html.contains(field.text), "\(field.name)") }
        guard template != "disposition" else { return }
        for table in document.tables {
            for cell in table.rows.flatMap(\.self) { #expect(html.contains(cell.text), "\(table.name)") }
        }
    }

    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE", "&lt;b&gt;", "{{title}}",
        "{{{title}}}", "</style><style>*{display:none}", "\u{202E}txt.exe", "a\u{0}b\u{1B}[31m", "<\u{338}b>",
        // Signs of HTML as parts of larger clusters.
        "\u{600}<script>", "\u{600}\u{202E}<i>", "\"\u{301}onload=x", "\u{110BD}\"", "&\u{FE0F}", "\r\n<\r>",
        String(repeating: "panjang", count: 1_429), "=HYPERLINK(\"x\")",
    ]

    /// No text of a person makes an element, leaves an attribute, or turns the direction of what follows.
    @Test(arguments: Samples.templates) func escapesEverything(template: String) throws {
        let plain = Self.elements(try OfficialPrint.html(Samples.sheet(template) { _ in "x" }))
        for text in Self.hostile {
            let html = try OfficialPrint.html(Samples.sheet(template) { _ in text })
            #expect(Self.elements(html) == plain, "\(template): \(text.prefix(40))")
            #expect(!html.unicodeScalars.contains { [0x202e, 0x1b, 0, 0x0d].contains($0.value) })
        }
    }

    /// The same for texts made at random from signs that matter.
    @Test func escapesRandomTexts() throws {
        var generator = SeededGenerator(seed: 11)
        let parts = [
            "<", ">", "&", "\"", "'", "{{", "}}", "\u{600}", "\u{301}", "\u{200D}", "\u{FE0F}", "\u{202E}", "\u{2066}",
            "\n",
            "\r", "a", "/", "script", "=", "\u{1F468}", "\u{110BD}", "\u{0E33}", "é", "\u{AD}", "#", "amp;",
        ]
        for template in Samples.templates {
            let plain = Self.elements(try OfficialPrint.html(Samples.sheet(template) { _ in "x" }))
            for _ in 0..<4 {
                var seed = generator.next()
                let html = try OfficialPrint.html(
                    Samples.sheet(template) { _ in
                        seed &+= 1
                        var inner = SeededGenerator(seed: seed)
                        return (0..<12).map { _ in parts.randomElement(using: &inner) ?? "" }.joined()
                    })
                #expect(Self.elements(html) == plain, "\(template) \(seed)")
            }
        }
    }

    /// Tags as a browser reads them, by scalars: what stands from `<` before a letter or a slash to the next `>`.
    static func elements(_ html: String) -> [String] {
        let scalars = Array(html.unicodeScalars)
        var found: [String] = []
        var place = 0
        while place + 1 < scalars.count {
            defer { place += 1 }
            guard scalars[place] == "<" else { continue }
            var end = place
            while end < scalars.count, scalars[end] != ">" { end += 1 }
            var tag = ""
            tag.unicodeScalars.append(contentsOf: scalars[place..<end])
            found.append(tag)
        }
        return found
    }

    @Test(arguments: Samples.templates) func rendersWithNothing(template: String) throws {
        let sheet = PrintSheet(
            template: template, title: "", letterhead: Letterhead(name: ""),
            footer: PrintFooter(dossier: "", printed: ""))
        let html = try OfficialPrint.html(sheet)
        #expect(html.contains("</html>"))
        #expect(!html.contains("{{") && !html.contains("Optional("))
        let empty = try OfficialPrint.html(Samples.sheet(template) { _ in "" })
        #expect(empty.contains("</html>"))
    }

    /// Our signatures are no certified ones, and no template says otherwise.
    @Test(arguments: PrintTemplates.names) func neverClaimsCertification(name: String) {
        let source = PrintTemplates.source(name).replacingOccurrences(
            of: "Bukan tanda tangan elektronik tersertifikasi.", with: "")
        #expect(!source.lowercased().contains("tersertifikasi"))
        #expect(!PrintTemplates.source(name).isEmpty)
    }

    /// Escaping is never switched off, and nothing is loaded or run.
    @Test(arguments: PrintTemplates.names) func hasNoWayAround(name: String) {
        let source = PrintTemplates.source(name)
        for way in ["{{{", "{{&", "{{%", "<script", "javascript:", "http:", "https:", "url("] {
            #expect(!source.contains(way), "\(way)")
        }
    }

    @Test func everyTemplateFileIsNamed() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Prints/Templates")
        let files = try FileManager.default.contentsOfDirectory(atPath: sources.path)
        #expect(
            files.filter { $0.hasSuffix(".mustache") }.map { String($0.dropLast(9)) }.sorted()
                == PrintTemplates.names.sorted())
    }

    @Test func offersBothPapers() throws {
        var sheet = Samples.sheet("handover") { $0 }
        #expect(try OfficialPrint.html(sheet).contains("size: 210mm 297mm"))
        sheet.paper = .f4
        #expect(try OfficialPrint.html(sheet).contains("size: 215mm 330mm"))
    }

    @Test func saysWhatWasSignedInWhatWay() throws {
        let html = try OfficialPrint.html(Samples.sheet("handover") { $0 })
        #expect(
            html.contains(
                "Disetujui dalam aplikasi oleh Plt. Kepala Diskominfo (SK 821/1/2026), 2 November 2026 09.15 WIB. "
                    + "Sidik jari dokumen: 0123-4567-89ab. Bukan tanda tangan elektronik tersertifikasi."))
        #expect(html.contains("KONSEP, belum ditandatangani para pihak"))
        #expect(html.contains("Atas revisi sebelumnya"))
        // PIHAK KEDUA on the left.
        let second = try #require(html.range(of: "PIHAK KEDUA<br>"))
        let first = try #require(html.range(of: "PIHAK PERTAMA<br>"))
        #expect(second.lowerBound < first.lowerBound)
    }

    @Test func showsOnlySafePictures() {
        let png: [UInt8] =
            [
                0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 9, 0, 0,
                0, 9,
            ]
            + [UInt8](repeating: 0, count: 20)
        #expect(Letterhead.Logo(png)?.mediaType == "image/png")
        #expect(Letterhead.Logo(png + [UInt8](repeating: 0, count: Letterhead.Logo.byteCountMax - png.count)) != nil)
        #expect(Letterhead.Logo(png + [UInt8](repeating: 0, count: Letterhead.Logo.byteCountMax)) == nil)
        var wide = png
        wide[17] = 1
        #expect(Letterhead.Logo(wide) == nil)
        #expect(Letterhead.Logo(Array("<svg onload=alert(1)>".utf8)) == nil)
        #expect(Letterhead.Logo([]) == nil)
        #expect(Letterhead.Logo([0xff, 0xd8, 0xff, 0xe0, 1, 2, 0xff, 0xd9])?.mediaType == "image/jpeg")
    }
}
