import ArgumentParser
import Dossier
import Envelope
import History
import Node
import Prints
import Procedure
import Sodium
import Store

struct PrintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Print a document, or the dossier itself, as HTML or PDF.",
        discussion: """
            Prints are in Indonesian. Without --out the file stands in the current folder.
            Examples:
              mufakat print 3fa1 --list
              mufakat print 3fa1 uat_record --paper f4 --out berita-acara.html
              mufakat print 3fa1 handover_record --pdf
              mufakat print 3fa1 --history
              mufakat print --register --month 2026-03
            """)
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Dossier.") var dossier: String?
    @Argument(help: "Document.") var document: String?
    @Option(help: "Instance; else the one in work, or the latest that has effect.") var instance: Int?
    @Option(help: "Stage; else the latest that somebody named.") var stage: String?
    @Flag(help: "What can be printed.") var list = false
    @Flag(help: "Every change set of the dossier (riwayat berkas).") var history = false
    @Flag(help: "What the applicant handed in (tanda terima).") var receipt = false
    @Flag(help: "All dispositions (lembar disposisi).") var disposition = false
    @Flag(help: "All dossiers of this replica (buku register).") var register = false
    @Option(help: "Month of the register, YYYY-MM.") var month: String?
    @OptionGroup var form: PrintOptions

    func run() throws {
        let replica = try global.open()
        let (paper, letterhead) = (try form.chosen(), try LetterheadFile.read(replica.folder))
        if register {
            guard dossier == nil else { throw ValidationError("The register is of no single dossier.") }
            let sheet = try PrintRegister.sheet(
                replica, month: month, letterhead: letterhead, paper: paper, now: Clock.now)
            return try form.write(sheet, name: "register" + (month.map { "-\($0)" } ?? ""), global)
        }
        guard let dossier else { throw ValidationError("Name a dossier, or use --register.") }
        try print(try replica.view(try replica.dossier(dossier)), paper, letterhead)
    }

    private func print(_ view: DossierView, _ paper: Paper, _ letterhead: Letterhead?) throws {
        let builder = PrintBuilder(view: view, letterhead: letterhead, paper: paper, now: Clock.now)
        if list { return PrintList.print(builder, global) }
        let short = String(view.id.hex.prefix(8))
        if let whole = try whole() {
            return try form.write(builder.sheet(whole), name: "\(short)-\(whole.rawValue)", global)
        }
        guard let document else { throw ValidationError("Name a document, or use --list.") }
        guard let type = view.definition.document(document) else {
            throw NodeFailure.unknownDocument(document, known: view.definition.documents.map(\.id))
        }
        let number = try instance.map { try view.instance($0, of: document) } ?? view.currentInstance(document)
        if let stage, !type.stages.contains(stage) {
            throw NodeFailure.badValue(field: "--stage", value: stage, expected: type.stages.joined(separator: " | "))
        }
        let sheet = builder.sheet(type, number, stage: stage)
        try form.write(sheet, name: "\(short)-\(document)-\(number)", global)
    }

    /// The print of the dossier that a flag asks for.
    private func whole() throws -> DossierPrint? {
        let chosen = zip(DossierPrint.allCases, [history, receipt, disposition]).filter(\.1).map(\.0)
        guard chosen.count + (document == nil ? 0 : 1) <= 1 else {
            throw ValidationError("One print at a time.")
        }
        return chosen.first
    }
}

/// The form in which a print is written.
struct PrintOptions: ParsableArguments {
    @Option(help: "a4 or f4 (215 × 330 mm).") var paper = "a4"
    @Option(help: "File to write.") var out: String?
    @Flag(help: "PDF, by an installed Chromium.") var pdf = false

    func chosen() throws -> Paper {
        guard let paper = Paper(rawValue: paper.lowercased()) else {
            throw NodeFailure.badValue(
                field: "--paper", value: paper, expected: Paper.allCases.map(\.rawValue).joined(separator: " | "))
        }
        return paper
    }

    /// - Parameter name: of the file where none is given, without its ending.
    func write(_ sheet: PrintSheet, name: String, _ global: GlobalOptions) throws {
        let html = try OfficialPrint.html(sheet)
        let path = out ?? FileName.safe(name) + (pdf ? ".pdf" : ".html")
        if pdf {
            try PDFPrinter.write(html, to: path)
        } else {
            try PrivateFile.write(Array(html.utf8), to: path, mode: 0o644)
        }
        if global.json {
            Terminal.json(["file": path, "draft": sheet.draft ?? "", "notes": sheet.notes])
        } else {
            Terminal.print(Terminal.safe(path))
            if let draft = sheet.draft { Terminal.note(Terminal.safe(draft)) }
        }
    }
}

/// What can be printed of a dossier.
enum PrintList {
    static func print(_ builder: PrintBuilder, _ global: GlobalOptions) {
        let rows = rows(builder)
        if global.json {
            Terminal.json(rows)
            return
        }
        let language = global.language
        Terminal.table(
            [
                Catalogue.printing.text(language), Message("Cetakan", "Print").text(language),
                Catalogue.statusWord.text(language),
            ],
            rows.map { row in
                let name = row["print"] as? String ?? ""
                let instance = row["instance"] as? Int
                let state = row["draft"] as? String ?? ""
                return [
                    instance.map { "\(name) --instance \($0)" } ?? "--\(name)", row["title"] as? String ?? "",
                    state.isEmpty ? "" : state,
                ]
            })
    }

    private static func rows(_ builder: PrintBuilder) -> [[String: Any]] {
        let view = builder.view
        let documents = view.definition.documents.flatMap { type in
            view.state.instances(of: type.id).map { instance -> [String: Any] in
                let stage = builder.stage(type, instance)
                let content = view.state.content(of: type, instance: instance, view.history)
                return [
                    "print": type.id, "title": type.title, "instance": instance,
                    "template": builder.catalogue.template(of: type.id), "stage": stage ?? "",
                    "draft": builder.draft(type, instance, stage) ?? "", "revision": content.revision(stage: stage).hex,
                    "fingerprint": PrintText.fingerprint(content.revision(stage: stage).hex),
                    "reference": PrintReference.text(
                        network: view.history.network, dossier: view.id, document: type.id, instance: instance,
                        revision: content.revision(stage: stage), stage: stage),
                ]
            }
        }
        return documents
            + DossierPrint.allCases.map { ["print": $0.rawValue, "title": $0.title, "template": $0.rawValue] }
    }
}
