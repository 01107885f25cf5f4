import Authority
import Dossier
import Envelope
import History
import Node
import Procedure
import Sodium
import Store

/// A dossier on the screen.
enum ViewText {
    static func print(_ view: DossierView, _ times: Times, _ language: Language) {
        line(title(view, language))
        line("\(view.id.hex.prefix(12))  \(view.definition.title)")
        if let text = version(view, language) { line(text) }
        line("\(Catalogue.statusWord.text(language)): \(Output.status(ViewObject.status(view), language))")
        for binding in view.state.procedure.bindings {
            let open = binding.units.isEmpty ? "—" : Catalogue.conflict.text(language)
            line("  \(binding.slot): \(binding.unit.map { view.unitName(UnitID($0)) } ?? open)")
        }
        for (team, seats) in view.teams {
            let people = seats.map {
                "\($0.seat) \(view.personName($0.actor)) (\(view.unitName(UnitID($0.actor.unit))))"
            }
            line("  \(view.slotTitle(team)): \(people.joined(separator: ", "))")
        }
        for unit in view.state.procedure.removed {
            line("  " + Message("dikeluarkan: {0}", "removed: {0}").text(language, view.unitName(UnitID(unit))))
        }
        line("")
        let words = timeWords(view, times, language)
        let decisions = view.decisions
        for (place, activation) in view.state.procedure.activations.enumerated() {
            line(text(activation, view, language))
            for text in self.decisions(of: activation, decisions[activation.id] ?? [], view, language) {
                line("      " + text)
            }
            if let time = words[place] { line("      " + time) }
        }
        for step in skipped(view) {
            line("\(step.id). \(step.title): \(Catalogue.skipped.text(language))")
        }
        for text in standing(view, language) { line(text) }
        printDocuments(view, language)
        printFindings(view, language)
        printComments(view, language)
        printAttachments(view, language)
        let missing = MissingText.words(texts: view.missingCount, files: view.missingFiles.count, language)
        if !missing.isEmpty { line(missing) }
        for item in view.damaged {
            let (message, facts) = Catalogue.problem(.text(view.id, path: item.path))
            line(message.fill(language, facts))
        }
        line("stateHash \(view.state.hash.hex)")
    }

    static func title(_ view: DossierView, _ language: Language) -> String {
        guard let write = view.state.values(.title, view.history).first else { return "" }
        if !view.title.isEmpty { return view.title }
        // Held, and yet not the title: somebody repeated a commitment of another's.
        if view.reader.text(write.value) != nil, view.reader.basis(write.value) == nil {
            return Catalogue.othersOnly.text(language)
        }
        return shown(write.value, view, language)
    }

    /// Steps that can no longer be reached; none where the dossier was stopped before its time.
    static func skipped(_ view: DossierView) -> [Step] {
        let procedure = view.state.procedure
        guard procedure.end == nil || procedure.end == .completed else { return [] }
        return procedure.skipped.compactMap { view.definition.step($0) }
    }

    /// What is said of the time of each activation, by its place.
    private static func timeWords(_ view: DossierView, _ times: Times, _ language: Language) -> [Int: String] {
        var times = times
        let timeline = view.timeline
        var words: [Int: String] = [:]
        for (place, step) in timeline.steps.enumerated() {
            words[place] = DueText.words(times.facts(step, in: timeline), language)
        }
        return words
    }

    private static func line(_ text: String) { Terminal.print(Terminal.safe(text)) }

    private static func text(_ activation: Activation, _ view: DossierView, _ language: Language) -> String {
        var text = "\(activation.step). \(view.definition.step(activation.step)?.title ?? "")"
        if activation.round > 1 { text += " (\(activation.round))" }
        text += ": " + Output.status(activation.state.rawValue, language)
        if let decided = activation.decided {
            let final = activation.isFinal ? Catalogue.final : Catalogue.provisional
            text += " → \(decided) [\(final.text(language))]"
        }
        if activation.isDoublyRuled { text += " (" + Message("penetapan ganda", "ruled twice").text(language) + ")" }
        let waiting = activation.candidates.flatMap(\.waitingFor)
        if activation.state == .waitingForSignatures {
            let changed = activation.candidates.flatMap { view.changedSince($0) }
            text +=
                changed.isEmpty
                ? " (" + waiting.map { view.slotTitle($0) }.joined(separator: ", ") + ")"
                : " ("
                    + Message("dokumen diubah, catat hasil lagi", "the document was changed, record the outcome again")
                    .text(language) + ")"
        }
        let isOpen = [.active, .waitingForSignatures].contains(activation.state)
        if isOpen, view.awaitsRatification(activation.id) {
            text += " (" + Catalogue.short(.awaitsRatification).text(language) + ")"
        }
        let assignees = view.assignees(of: activation.id)
        if isOpen, !assignees.isEmpty {
            text += " → " + assignees.map { view.personName($0) }.joined(separator: ", ")
        }
        return text
    }

    private static func printDocuments(_ view: DossierView, _ language: Language) {
        for type in view.definition.documents {
            for instance in view.state.instances(of: type.id) {
                let content = view.state.content(of: type, instance: instance, view.history)
                line("")
                line("\(type.title) #\(instance) (\(type.id))")
                let stages = NamedStage.list(type, instance, view).map(\.text)
                if !stages.isEmpty { line("  \(Catalogue.stages.text(language)): \(stages.joined(separator: " → "))") }
                let prefix = Path.documentPrefix(type.id, instance)
                for entry in content.entries {
                    let name = entry.path.text.dropFirst(prefix.count)
                    // A row is its dot: its index tells it from others of the same change set.
                    let short = name.split(separator: "/").map { part in
                        part.count > 32 ? String(part.prefix(6) + part.dropFirst(64)) : String(part)
                    }
                    line("  \(short.joined(separator: ".")): \(shown(entry.value, view, language))")
                }
                for path in content.conflicts {
                    let values = view.state.values(path, view.history).map { shown($0.value, view, language) }
                    line("  \(Catalogue.conflict.text(language)) \(path.text): \(values.joined(separator: " | "))")
                }
            }
        }
    }

    static func shown(_ value: Value, _ view: DossierView, _ language: Language) -> String {
        if let text = view.reader.text(value) {
            guard case .committed(let committed) = value, committed.size != nil,
                view.missingFiles.contains(committed.commitment)
            else { return text }
            return "\(text) \(Catalogue.fileMissing.text(language))"
        }
        if let basis = view.reader.basis(value) { return Catalogue.erased.text(language, basis) }
        guard case .committed(let committed) = value else { return "" }
        let places = view.places.filter { $0.commitment == committed.commitment }
        if places.contains(where: \.isDamaged) { return Catalogue.isSetApart.text(language) }
        let isMine = places.contains(where: \.isMine)
        return (isMine ? Catalogue.notReceived : Catalogue.othersOnly).text(language)
    }

    private static func printFindings(_ view: DossierView, _ language: Language) {
        let rows = view.state.tableRows(.findings, view.history)
        guard !rows.isEmpty else { return }
        line("")
        line(Catalogue.findings.text(language))
        for (row, _) in rows { line("  " + finding(row, view, language)) }
    }

    static func finding(_ row: DossierState.Row, _ view: DossierView, _ language: Language) -> String {
        var cells: [String: String] = [:]
        for cell in view.state.cells(row, view.history) {
            cells[cell.column] = cell.writes.map { shown($0.value, view, language) }.joined(separator: " | ")
        }
        var text =
            "\(row.dot.text.prefix(8)) [\(cells["severity"] ?? "")] \(cells["status"] ?? ""): \(cells["title"] ?? "")"
        if let answer = cells["answer"] { text += " → \(answer)" }
        return text
    }

    private static func printComments(_ view: DossierView, _ language: Language) {
        guard !view.state.comments.isEmpty else { return }
        line("")
        line(Catalogue.comments.text(language))
        for comment in view.state.comments {
            let mark = comment.isInternal ? " (\(Catalogue.internalNote.text(language)))" : ""
            line("  \(view.authorName(of: comment.item))\(mark): \(shown(.committed(comment.text), view, language))")
        }
    }

    private static func printAttachments(_ view: DossierView, _ language: Language) {
        let members = view.state.members(.attachments, view.history)
        guard !members.isEmpty else { return }
        line("")
        line(Catalogue.attachments.text(language))
        for element in members {
            guard let attachment = element.attachment else { continue }
            let isMissing = view.missingFiles.contains(attachment.file.commitment)
            let mark = isMissing ? " " + Catalogue.fileMissing.text(language) : ""
            let name = shown(.committed(attachment.name), view, language)
            line("  \(element.dot.text.prefix(8)) \(name) \(attachment.file.size ?? 0) B\(mark)")
        }
    }
}

/// Obstacles in words, with the next action.
enum WhyText {
    static func kind(_ obstacle: Obstacle) -> String {
        switch obstacle {
        case .awaitsOutcome: "awaits-outcome"
        case .returned: "returned"
        case .awaitsSignature: "awaits-signature"
        case .signedBefore: "signed-before"
        case .contested: "contested"
        case .documentIncomplete: "document-incomplete"
        case .documentConflict: "document-conflict"
        case .documentUnsigned: "document-unsigned"
        case .findingsOpen: "findings-open"
        case .asks: "asks"
        case .openingsMissing: "openings-missing"
        case .erasure: "erasure"
        case .release: "release"
        case .awaitsRatification: "awaits-ratification"
        case .awaitsMigration: "awaits-migration"
        case .actWithoutEffect: "act-without-effect"
        case .letterNumber: "letter-number"
        case .closed: "closed"
        case .notFinal: "not-final"
        }
    }

    static func line(_ obstacle: Obstacle, _ view: DossierView, _ language: Language) -> String {
        func titles(_ names: [String]) -> String { names.map { view.slotTitle($0) }.joined(separator: ", ") }
        func document(_ name: String) -> String { view.definition.document(name)?.title ?? name }
        let prefix = String(view.id.hex.prefix(8))
        switch obstacle {
        case .returned(let step, let reason, let items): return returned(step, reason, items, view, language)
        case .awaitsOutcome(let roles, let outcomes):
            return Message(
                "Belum ada hasil. Yang berwenang: {0}. Pilihan: {1}. Berikutnya: mufakat step {2} HASIL",
                "No outcome yet. Entitled: {0}. Outcomes: {1}. Next: mufakat step {2} OUTCOME"
            ).text(language, titles(roles), outcomes.joined(separator: ", "), prefix)
        case .awaitsSignature(let roles):
            return Message(
                "Menunggu tanda tangan: {0}. Berikutnya: mufakat sign {1}",
                "Awaits the signature of: {0}. Next: mufakat sign {1}"
            ).text(language, titles(roles), prefix)
        case .signedBefore(let name, let outcome):
            return Message(
                "{0} diubah sesudah ditandatangani; tanda tangan atas revisi sebelumnya tidak berlaku bagi yang baru. "
                    + "Berikutnya: mufakat step {1} {2}",
                "{0} was changed after it was signed; signatures over the earlier revision do not count for the new one. "
                    + "Next: mufakat step {1} {2}"
            ).text(language, document(name), prefix, outcome)
        case .contested(let outcomes, let resolver):
            return Message(
                "Sengketa antara {0}. {1} menetapkan: mufakat rule {2} --winner HASIL",
                "In conflict: {0}. {1} rules: mufakat rule {2} --winner OUTCOME"
            ).text(language, outcomes.joined(separator: " / "), titles([resolver]), prefix)
        case .documentIncomplete(let name, let missing):
            return Message(
                "{0} belum lengkap: {1}. Berikutnya: mufakat edit {2} {3} ISIAN=NILAI",
                "{0} is not complete: {1}. Next: mufakat edit {2} {3} FIELD=VALUE"
            ).text(language, document(name), missing.joined(separator: ", "), prefix, name)
        case .documentConflict(let name, let paths):
            return Message(
                "{0} memuat isian yang bentrok: {1}. Tulis ulang isian itu.",
                "{0} has conflicting fields: {1}. Write them again."
            ).text(language, document(name), paths.joined(separator: ", "))
        case .documentUnsigned(let name, let signers):
            return Message("{0} menunggu tanda tangan {1}.", "{0} awaits the signatures of {1}.")
                .text(language, document(name), titles(signers))
        default: return further(obstacle, view, language)
        }
    }

    /// What the step asks for that sent the dossier back, and what of it was written since.
    private static func returned(
        _ step: String, _ reason: Value?, _ items: [MissingItem], _ view: DossierView, _ language: Language
    ) -> String {
        var text = Message("Dikembalikan dari langkah {0}", "Returned from step {0}").text(language, step)
        if let reason { text += ": " + ViewText.shown(reason, view, language) }
        func names(_ items: [MissingItem]) -> String { items.map(\.place).joined(separator: ", ") }
        let (there, missing) = (items.filter(\.isThere), items.filter { !$0.isThere })
        if !missing.isEmpty {
            text += Message(". Belum ada: {0}", ". Missing: {0}").text(language, names(missing))
        }
        if !there.isEmpty {
            text += Message(". Sudah ditulis: {0}", ". Written since: {0}").text(language, names(there))
        }
        return text + "."
    }

    private static func further(_ obstacle: Obstacle, _ view: DossierView, _ language: Language) -> String {
        func titles(_ names: [String]) -> String { names.map { view.slotTitle($0) }.joined(separator: ", ") }
        func document(_ name: String) -> String { view.definition.document(name)?.title ?? name }
        let prefix = String(view.id.hex.prefix(8))
        switch obstacle {
        case .findingsOpen(let count, let severities):
            return Message(
                "{0} temuan masih terbuka ({1}). Hanya unit penemunya yang dapat menutup.",
                "{0} findings are open ({1}). Only the unit that found one closes it."
            ).text(language, "\(count)", severities.joined(separator: ", "))
        case .asks(let outcome, let what):
            return Message("Hasil {0} meminta: {1}.", "Outcome {0} asks for: {1}.")
                .text(language, outcome, what.joined(separator: ", "))
        case .openingsMissing(let count):
            return Message(
                "{0} isi belum diterima. Berikutnya: mufakat sync ALAMAT:PORT",
                "{0} texts have not arrived. Next: mufakat sync HOST:PORT"
            ).text(language, "\(count)")
        case .erasure(let record): return EraseText.line(record, prefix, language)
        case .release(let proposal):
            return Message(
                "{0} belum dapat membaca {1}. Berikutnya: mufakat release {2} --to {3} {4}",
                "{0} cannot read yet: {1}. Next: mufakat release {2} --to {3} {4}"
            ).text(
                language, view.unitName(proposal.unit), proposal.documents.map(document).joined(separator: ", "),
                prefix,
                String(proposal.unit.hex.prefix(8)), proposal.documents.joined(separator: " "))
        case .awaitsMigration, .awaitsRatification, .actWithoutEffect: return authority(obstacle, view, language)
        case .letterNumber(let register, let number, let conflicts):
            return Message(
                "Nomor surat {0} {1}: {2}. Berikutnya: beri nomor lain dengan mufakat number use {3} DOKUMEN --register {0}",
                "Letter number {0} {1}: {2}. Next: give another by mufakat number use {3} DOCUMENT --register {0}"
            ).text(
                language, register, "\(number)",
                conflicts.map { NumberText.words($0).text(language) }.joined(separator: ", "), prefix)
        case .closed(let status):
            return Message("Berkas sudah {0}.", "The dossier is {0}.").text(language, Output.status(status, language))
        case .notFinal(let step):
            return Message(
                "Langkah {0} belum final: pihak lain memberi tanda terima dengan mufakat acknowledge {1}",
                "Step {0} is not final: another party acknowledges by mufakat acknowledge {1}"
            ).text(language, step, prefix)
        case .awaitsOutcome, .returned, .awaitsSignature, .signedBefore, .contested, .documentIncomplete,
            .documentConflict,
            .documentUnsigned:
            return ""
        }
    }

    /// What waits for somebody's word, or has none.
    private static func authority(_ obstacle: Obstacle, _ view: DossierView, _ language: Language) -> String {
        let prefix = String(view.id.hex.prefix(8))
        switch obstacle {
        case .awaitsMigration(let version, let roles):
            return Message(
                "Pindah ke versi {0} menunggu: {1}. Berikutnya: mufakat migrate {2}",
                "The migration to version {0} awaits: {1}. Next: mufakat migrate {2}"
            ).text(
                language, "\(version)", roles.map { view.slotTitle($0) }.joined(separator: ", "), prefix)
        case .awaitsRatification(let change, let author, let isPlain):
            let next =
                isPlain
                ? Message("Berikutnya: mufakat ratify {0} {1}", "Next: mufakat ratify {0} {1}")
                : Message(
                    "Putuskan atau tanda tangani baru: mufakat step {0} HASIL",
                    "Decide or sign anew: mufakat step {0} OUTCOME")
            let id = String(change.hex.prefix(8))
            return Message("{0} oleh {1}: perlu pengesahan. {2}", "{0} by {1}: awaits ratification. {2}")
                .text(language, id, author, next.text(language, prefix, id))
        case .actWithoutEffect(let change, let author, let verdict):
            let words =
                ActVerdict.named(verdict).map {
                    Catalogue.words($0).text(language)
                } ?? verdict
            return Message(
                "{0} oleh {1}: {2}. Penjelasan: mufakat why {3} {0}",
                "{0} by {1}: {2}. Explained by: mufakat why {3} {0}"
            ).text(language, String(change.hex.prefix(8)), author, words, prefix)
        default: return ""
        }
    }
}
