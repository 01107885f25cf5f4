import ArgumentParser
import Dossier
import Envelope
import Foundation
import History
import Node
import Procedure
import Sodium
import Store

/// `name=value`; the value may hold further signs.
func pair(_ text: String, _ field: String) throws -> (String, String) {
    guard let place = text.firstIndex(of: "="), place != text.startIndex else {
        throw NodeFailure.badValue(field: field, value: text, expected: "NAME=VALUE")
    }
    return (String(text[..<place]), String(text[text.index(after: place)...]))
}

struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Open a dossier.",
        discussion: """
            Example:
              mufakat new p4 --title "Aplikasi Arsip" --party applicant=3fa1 --party it=77c0 --as kaopd
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Procedure: p1 to p7, or the name of a published one.") var procedure: String
    @Option(help: "Title.") var title: String
    @Option(help: "SLOT=UNIT; repeat.") var party: [String]

    func run() throws {
        let replica = try global.open()
        let name = ShippedDefinitions.bytes(procedure).map { DefinitionLoader.load($0).definition.id } ?? procedure
        let parties = try party.map { text in
            let (slot, unit) = try pair(text, "--party")
            return (slot: slot, unit: try replica.unit(named: unit))
        }
        let dossier = try replica.open(
            definition: name, parties: parties, title: title, by: try signer.author(replica, global.language))
        if global.json { Terminal.json(["dossier": dossier.hex]) } else { Terminal.print(dossier.hex) }
    }
}

struct EditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Write fields of a document, rows of its tables, or the title.",
        discussion: """
            Examples:
              mufakat edit 3fa1 request_letter letter_date=2026-03-02 subject="Permohonan" scan=surat.pdf
              mufakat edit 3fa1 attendance_list --row rows:name=A,unit=B,position=C
              mufakat edit 3fa1 --title "Judul baru"
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Document, then FIELD=VALUE; a file field takes a path.") var values: [String] = []
    @Option(help: "FIELD:COLUMN=VALUE,COLUMN=VALUE…; repeat.") var row: [String] = []
    @Option(help: "Instance of the document.") var instance: Int?
    @Option(help: "New title.") var title: String?

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let author = try signer.author(replica, global.language)
        if let title {
            Output.change(try replica.setTitle(id, title, by: author).id, id, global)
            return
        }
        guard let document = values.first else { throw ValidationError("Name a document, or use --title.") }
        let edits = try Edits.fields(values.dropFirst(), row, document: document)
        guard !edits.isEmpty else { throw ValidationError("Give FIELD=VALUE or --row.") }
        Output.change(try replica.edit(id, edits, instance: instance, by: author).id, id, global)
    }
}

enum Edits {
    static func fields(_ values: some Sequence<String>, _ rows: [String], document: String) throws -> [FieldEdit] {
        var edits = try values.map { text in
            let (field, value) = try pair(text, document)
            return FieldEdit.set(document: document, field: field, value: value)
        }
        for row in rows {
            guard let colon = row.firstIndex(of: ":") else {
                throw NodeFailure.badValue(field: "--row", value: row, expected: "FIELD:COLUMN=VALUE,…")
            }
            let cells = try row[row.index(after: colon)...].split(separator: ",").map { try pair(String($0), "--row") }
            edits.append(.row(document: document, field: String(row[..<colon]), cells: cells))
        }
        return edits
    }
}

struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "Attach a file, or save one that is attached.",
        discussion: """
            An empty file is asked about; in a pipe it takes --empty. Fields and proofs take none.
            Examples:
              mufakat attach 3fa1 notulen.pdf
              mufakat attach 3fa1 --save 9ab0 --out folder
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "File.") var file: String?
    @Flag(name: .customLong("internal"), help: "For the own unit only.") var isInternal = false
    @Option(help: "Attachment to save, by the beginning of its id.") var save: String?
    @Option(help: "Folder to save in.") var out = "."
    @Flag(help: "The file is empty, and meant to be.") var empty = false

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        if let save { return try export(replica, id, save) }
        guard let file else { throw ValidationError("Name a file, or use --save.") }
        let author = try signer.author(replica, global.language)
        func attach(allowsEmpty: Bool) throws -> ChangeSet {
            try replica.attach(id, path: file, isInternal: isInternal, allowsEmpty: allowsEmpty, by: author)
        }
        let change: ChangeSet
        do {
            change = try attach(allowsEmpty: empty)
        } catch NodeFailure.fileEmpty where Terminal.isAnswered {
            Terminal.ask(Catalogue.attachEmpty.text(global.language, Terminal.safe(file)))
            guard let answer = readLine()?.lowercased(), ["y", "ya", "yes"].contains(answer) else {
                throw NodeFailure.fileEmpty(file)
            }
            change = try attach(allowsEmpty: true)
        }
        Output.change(change.id, id, global)
    }

    /// The stored name is data; the file gets a safe one that does not exist yet.
    private func export(_ replica: Replica, _ id: DossierID, _ prefix: String) throws {
        let view = try replica.view(id)
        let found = view.state.members(.attachments, view.history).filter { $0.dot.text.hasPrefix(prefix) }
        guard let element = found.first, found.count == 1, let attachment = element.attachment else {
            throw NodeFailure.ambiguous(prefix)
        }
        if let basis = view.reader.basis(.committed(attachment.file)) {
            throw NodeFailure.erasedValue(path: prefix, basis: basis)
        }
        let place = view.places.first { $0.commitment == attachment.file.commitment && $0.holding == .held }
        guard let place, let file = place.file else { throw NodeFailure.fileNotHere(prefix) }
        let name = FileName.safe(view.reader.text(.committed(attachment.name)) ?? "")
        var target = "\(out)/\(name)"
        var number = 1
        while FileManager.default.fileExists(atPath: target) {
            target = "\(out)/\(number)-\(name)"
            number += 1
        }
        guard try view.vault.save(file, size: place.size, to: target) else {
            // Asked for again by the next synchronisation.
            try replica.store.read { $0.noteLost(file) }
            throw NodeFailure.fileNotHere(prefix)
        }
        Terminal.print(Terminal.safe(target))
    }
}

struct CommentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment", abstract: "Comment for all parties.",
        discussion: "Example:\n  mufakat comment 3fa1 \"Jadwal menyesuaikan anggaran.\"")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Text.") var text: String

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let author = try signer.author(replica, global.language)
        Output.change(try replica.comment(id, text, isInternal: false, by: author).id, id, global)
    }
}

struct NoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Internal note: never leaves the own unit.",
        discussion: "Example:\n  mufakat note 3fa1 \"Tunggu persetujuan anggaran.\"")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Text.") var text: String

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let author = try signer.author(replica, global.language)
        Output.change(try replica.comment(id, text, isInternal: true, by: author).id, id, global)
    }
}

struct FindingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finding", abstract: "Findings of tests.", subcommands: [Add.self, Answer.self, List.self])

    /// A finding by the beginning of its id.
    static func find(_ text: String, _ view: DossierView) throws -> Dot {
        let found = view.state.tableRows(.findings, view.history).map(\.row.dot).filter { $0.text.hasPrefix(text) }
        guard let only = found.first else { throw NodeFailure.unknownFinding(text) }
        guard found.count == 1 else { throw NodeFailure.ambiguous(text) }
        return only
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Record a finding.",
            discussion: "Example:\n  mufakat finding add 3fa1 --severity mayor --title \"Unggah gagal\"")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Dossier.") var dossier: String
        @Option(help: "kritis, mayor, minor or saran.") var severity: String
        @Option(help: "What was found.") var title: String
        @Option(help: "Details.") var detail: String?

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let dot = try replica.addFinding(
                id, severity: severity, title: title, detail: detail,
                by: try signer.author(replica, global.language))
            if global.json { Terminal.json(["finding": dot.text]) } else { Terminal.print(dot.text) }
        }
    }

    struct Answer: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "answer",
            abstract: "Answer a finding or change its status; only its finder's unit accepts or rejects.",
            discussion:
                "Examples:\n  mufakat finding answer 3fa1 9ab0 --status diperbaiki --text \"Sudah diperbaiki\"\n  mufakat finding answer 3fa1 9ab0 --status diterima"
        )
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Dossier.") var dossier: String
        @Argument(help: "Finding.") var finding: String
        @Option(help: "terbuka, dijawab, diperbaiki, diterima or ditolak.") var status: String?
        @Option(help: "Answer.") var text: String?

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let dot = try FindingCommand.find(finding, try replica.view(id))
            guard status != nil || text != nil else { throw ValidationError("Give --status or --text.") }
            let change = try replica.answerFinding(
                id, dot, status: status, text: text, by: try signer.author(replica, global.language))
            Output.change(change.id, id, global)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List findings.",
            discussion: "Examples:\n  mufakat finding list 3fa1 --json\n  mufakat finding list 3fa1 --history")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Dossier.") var dossier: String
        @Flag(help: "With everything that was written of each, round by round.") var history = false

        func run() throws {
            let replica = try global.open()
            let view = try replica.view(try replica.dossier(dossier))
            let rows = view.state.tableRows(.findings, view.history).map(\.row)
            if global.json {
                Terminal.json(
                    rows.map { row in
                        var object = ViewObject.finding(row, view)
                        if history {
                            object["history"] = FindingWrite.list(row, view, global.language).map { $0.object(view) }
                        }
                        return object
                    })
                return
            }
            for row in rows {
                Terminal.print(Terminal.safe(ViewText.finding(row, view, global.language)))
                for write in history ? FindingWrite.list(row, view, global.language) : [] {
                    Terminal.print("    " + Terminal.safe(write.text(view)))
                }
            }
        }
    }
}
