import ArgumentParser
import Authority
import Dossier
import Envelope
import Glibc
import History
import Node
import Procedure
import Sodium
import Store

struct EraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Erase texts and files that this unit wrote; two persons have to sign.",
        discussion: """
            One of the two signs with the unit's root key, the other under a mandate, in either order. Signatures stay
            valid; what is erased is gone from this replica at once and from others at their next contact. Copies on
            sticks, prints, scans, backups and exported proofs cannot be recalled.
            Examples:
              mufakat erase 3fa1 --document request_letter.subject --basis "UU 27/2022 ps. 8" --as kepala
              mufakat erase 3fa1 --document title --basis "UU 27/2022 ps. 8" --as kepala
              mufakat erase 3fa1 --list
              mufakat erase 3fa1 --confirm 77c0 --as root
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "DOCUMENT or DOCUMENT.FIELD, all that was ever written there; or title.") var document: String?
    @Option(help: "Change set, by the beginning of its id: all its texts.") var change: String?
    @Option(help: "Attachment, by the beginning of its id in `show`.") var attachment: String?
    @Option(help: "Erasure that somebody else asked for: sign it too.") var confirm: String?
    @Option(help: "Legal basis, shown ever after.") var basis: String?
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "List erasures, and which of them await a second person.") var list = false

    func validate() throws {
        let targets = [document, change, attachment, confirm].compactMap { $0 }
        guard list ? targets.isEmpty : targets.count == 1 else {
            throw ValidationError("One of --document, --change, --attachment, --confirm or --list.")
        }
        guard list || confirm != nil || basis != nil else { throw ValidationError("--basis is missing.") }
    }

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let view = try replica.view(id)
        let language = global.language
        if list { return EraseText.print(view.erasures, global) }
        let target = try target(view)
        let plan = try view.erasurePlan(target)
        guard !plan.items.isEmpty else {
            throw NodeFailure.nothingToErase(plan.foreign.first.map { EraseText.label($0, view) } ?? "")
        }
        var words = basis ?? ""
        if case .erasure(let first) = target { words = try view.basis(ofErasure: first) }
        EraseText.print(plan, view, basis: words, language)
        try ask(language)
        let author = try signer.author(replica, language)
        let change = try replica.erase(id, plan.commitments, basis: words, options: try act.options(), by: author)
        let record = try replica.view(id).erasures.first { $0.change == change.id }
        Output.change(change.id, id, global, status: record.map { EraseText.status($0.status, global) })
        if try replica.store.needsScrub() { Self.noteUnfinished(nil, language) }
    }

    private func target(_ view: DossierView) throws -> ErasureTarget {
        if let document { return .document(document) }
        if let attachment {
            let found = view.writtenValues().filter {
                $0.role == .file && Dot(change: $0.change, index: $0.operation).text.hasPrefix(attachment)
            }
            guard let only = found.first else { throw NodeFailure.unknownChange(attachment) }
            guard found.count == 1 else { throw NodeFailure.ambiguous(attachment) }
            return .attachment(Dot(change: only.change, index: only.operation))
        }
        let prefix = (confirm ?? change ?? "").lowercased()
        let found = view.history.items.map(\.id).filter { $0.hex.hasPrefix(prefix) }
        guard let only = found.first else { throw NodeFailure.unknownChange(prefix) }
        guard found.count == 1 else { throw NodeFailure.ambiguous(prefix) }
        return confirm == nil ? .change(only) : .erasure(only)
    }

    /// The word to type is not the default answer of anything.
    private func ask(_ language: Language) throws {
        if yes { return }
        let word = language == .indonesian ? "HAPUS" : "ERASE"
        guard isatty(STDIN_FILENO) == 1 else { throw NodeFailure.confirmationNeeded(word) }
        Terminal.note(
            Message("Ketik {0} untuk menandatangani:", "Type {0} to sign:").text(language, word))
        guard readLine() == word else { throw NodeFailure.confirmationNeeded(word) }
    }

    /// What was erased is not shown any more and still lies in the replica's files.
    static func noteUnfinished(_ error: (any Error)?, _ language: Language) {
        let fact = error.map { " (\($0))" } ?? ""
        Terminal.note(
            Message(
                "Perhatian: isi yang dihapus masih ada di berkas replika{0}; perintah berikutnya membersihkannya.",
                "Note: what was erased still lies in the replica's files{0}; the next command finishes that."
            ).text(language, Terminal.safe(fact)))
    }
}

/// Erasures in words.
enum EraseText {
    static func status(_ status: ErasureRecord.Status, _ global: GlobalOptions) -> String {
        global.json ? code(status) : words(status).text(global.language)
    }

    static func code(_ status: ErasureRecord.Status) -> String {
        switch status {
        case .complete: "complete"
        case .awaitsSecond: "awaits-second"
        case .withoutEffect(let reason): "without-effect:\(reason.rawValue)"
        case .notOurs: "not-the-writer"
        }
    }

    static func words(_ status: ErasureRecord.Status) -> Message {
        switch status {
        case .complete: Message("dihapus", "erased")
        case .awaitsSecond: Message("menunggu persetujuan kedua", "awaits a second person")
        case .withoutEffect(let reason):
            Message("tanpa akibat: \(reason.rawValue)", "without effect: \(reason.rawValue)")
        case .notOurs:
            Message("tanpa akibat: isi ditulis unit lain", "without effect: another unit wrote it")
        }
    }

    static func object(_ record: ErasureRecord) -> [String: Any] {
        [
            "change": record.change.hex, "by": record.author, "unit": record.unit, "root": record.isRoot,
            "instrument": record.instrument, "basis": record.basis ?? "", "count": record.count,
            "status": code(record.status),
        ]
    }

    /// For `why`: who erased, by which mandate, or who is still asked.
    static func line(_ record: ErasureRecord, _ dossier: String, _ language: Language) -> String {
        let basis = record.basis ?? Catalogue.notReceived.text(language)
        let ground =
            record.isRoot
            ? Message("kunci induk unit", "the unit's root key").text(language)
            : record.instrument.isEmpty ? Message("mandat", "mandate").text(language) : record.instrument
        let head = Message(
            "Penghapusan {0} isi ({1}) ditandatangani {2}, {3} ({4})",
            "Erasure of {0} texts ({1}) signed by {2}, {3} ({4})"
        ).text(language, "\(record.count)", basis, record.author, record.unit, ground)
        let change = String(record.change.hex.prefix(8))
        guard record.status == .awaitsSecond else { return "\(head): \(words(record.status).text(language))." }
        return head
            + Message(
                ": menunggu orang kedua {0}. Berikutnya: mufakat erase {1} --confirm {2}",
                ": awaits a second person {0}. Next: mufakat erase {1} --confirm {2}"
            ).text(
                language,
                (record.isRoot
                    ? Message("dengan mandat", "with a mandate") : Message("dengan kunci induk", "with the root key"))
                    .text(language), dossier, change)
    }

    static func print(_ records: [ErasureRecord], _ global: GlobalOptions) {
        if global.json {
            Terminal.json(records.map(object))
            return
        }
        let language = global.language
        guard !records.isEmpty else {
            Terminal.note(Catalogue.nothing.text(language))
            return
        }
        Terminal.table(
            [
                "Id", Catalogue.unit.text(language), Catalogue.author.text(language),
                Message("Jumlah", "Count").text(language), Catalogue.statusWord.text(language),
                Message("Dasar", "Basis").text(language),
            ],
            records.map {
                [
                    String($0.change.hex.prefix(8)), $0.unit, $0.author, "\($0.count)",
                    words($0.status).text(language), $0.basis ?? Catalogue.notReceived.text(language),
                ]
            })
    }

    static func label(_ item: ErasurePlan.Item, _ view: DossierView) -> String {
        let written = item.written
        let role: String
        switch written.role {
        case .value(let column): role = column.map { ".\($0)" } ?? ""
        case .comment: role = "comment"
        case .file: role = " file"
        case .fileName: role = " name"
        case .mediaType: role = " type"
        case .reason: role = "reason"
        case .note: role = "note"
        case .basis: role = "basis"
        case .shown: role = "shown"
        case .proof: role = "proof"
        }
        return String(written.change.hex.prefix(8)) + " " + (written.path?.text ?? "") + role
    }

    /// Everything that goes, what stays elsewhere, and what cannot be reached: on standard error, for a person.
    static func print(_ plan: ErasurePlan, _ view: DossierView, basis: String, _ language: Language) {
        func note(_ text: String) { Terminal.note(Terminal.safe(text)) }
        func list(_ title: Message, _ items: [ErasurePlan.Item], withUnit: Bool = false) {
            guard !items.isEmpty else { return }
            note(title.text(language, "\(items.count)"))
            for item in items {
                let text =
                    item.size.map { "\($0) B" } ?? item.text.map(excerpt) ?? Catalogue.notReceived.text(language)
                let unit = withUnit ? item.written.unit.map { " [\(view.unitName($0))]" } ?? "" : ""
                note("  \(label(item, view))\(unit): \(text)")
            }
        }
        note(Catalogue.erased.text(language, basis))
        list(Message("Yang dihapus ({0}):", "What is erased ({0}):"), plan.items)
        list(
            Message(
                "Ikut dihapus, karena mengutipnya di kalimat yang ditandatangani ({0}):",
                "Erased with it, for a signed sentence quotes it ({0}):"), plan.quotes)
        list(
            Message(
                "TETAP ADA meskipun memuat isi itu; hapus tersendiri, isi unit lain oleh unit itu ({0}):",
                "STAYS although it holds such a text; erase it by itself, what others wrote by them ({0}):"),
            plan.elsewhere, withUnit: true)
        list(
            Message("Tidak dihapus, ditulis unit lain; mintalah unit itu ({0}):", "Not erased, others wrote it ({0}):"),
            plan.foreign, withUnit: true)
        note(
            Message(
                "Tidak dapat ditarik kembali: salinan di flashdisk, cetakan, pindaian, cadangan, dan berkas bukti yang sudah diekspor.",
                "Cannot be recalled: copies on sticks, prints, scans, backups, and proofs exported before."
            ).text(language))
    }

    private static func excerpt(_ text: String) -> String {
        text.count > 60 ? String(text.prefix(60)) + "…" : text
    }
}
