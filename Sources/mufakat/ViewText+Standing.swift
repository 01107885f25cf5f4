import Dossier
import Envelope
import History
import Node
import Procedure
import Sodium

extension ViewText {
    /// Suspension, links, corrections and what came after the end.
    static func standing(_ view: DossierView, _ language: Language) -> [String] {
        var lines: [String] = []
        if view.state.procedure.isSuspended {
            lines.append(
                Message("Ditunda; berikutnya: mufakat resume", "Suspended; next: mufakat resume").text(language))
        }
        for link in view.links {
            let target = link.dossier.map { String($0.hex.prefix(12)) } ?? Catalogue.othersOnly.text(language)
            lines.append("\(relation(link.relation).text(language)): \(target)")
        }
        for correction in view.state.procedure.corrections {
            let title = view.definition.document(correction.claim.document)?.title ?? correction.claim.document
            let revision = String(correction.claim.revision.hex.prefix(8))
            lines.append(
                correction.waitingFor.isEmpty
                    ? Message("Ralat berlaku: {0} ({1})", "Correction in force: {0} ({1})").text(
                        language, title, revision)
                    : Message("Ralat {0} ({1}) menunggu {2}", "Correction of {0} ({1}) awaits {2}").text(
                        language, title, revision,
                        correction.waitingFor.map { view.slotTitle($0) }.joined(separator: ", ")))
        }
        for index in view.lateEdits {
            lines.append(
                Message("Setelah berkas ditutup: {0} oleh {1}", "After the dossier was closed: {0} by {1}").text(
                    language, String(view.history.items[index].id.hex.prefix(8)), view.authorName(of: index)))
        }
        return lines
    }

    /// The version in force where it is not the one that the dossier was opened with, or another one waits.
    static func version(_ view: DossierView, _ language: Language) -> String? {
        let (now, first) = (view.definition.version, view.state.pinned.version)
        var words: [String] = []
        if now != first {
            words.append(
                Message("Versi {0} (dibuka dengan versi {1})", "Version {0} (opened with version {1})").text(
                    language, "\(now)", "\(first)"))
        }
        if let pending = view.pendingMigration {
            words.append(
                Message("pindah ke versi {0} menunggu {1}", "the migration to version {0} awaits {1}").text(
                    language, "\(pending.record.version)",
                    pending.waitingFor.map { view.slotTitle($0) }.joined(separator: ", ")))
        }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    private static func relation(_ name: String) -> Message {
        switch DossierRelation(rawValue: name) {
        case .continues: Message("Melanjutkan", "Continues")
        case .followUpOf: Message("Tindak lanjut dari", "Follow-up of")
        case .similarTo: Message("Serupa dengan", "Similar to")
        case nil: Message(name, name)
        }
    }
}
