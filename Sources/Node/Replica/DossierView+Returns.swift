import CBOR
import Dossier
import Envelope
import History
package import Procedure

/// Something that a return named as missing.
package struct MissingItem: Sendable, Equatable {
    package let name: String
    /// The document that it names, or whose field it is; nil for other words.
    package let document: String?
    /// Written by somebody who had seen the return, or beside it.
    package let isThere: Bool

    /// As `mufakat edit` names it.
    package var place: String { document.map { $0 == name ? $0 : "\($0) \(name)" } ?? name }
}

extension DossierView {
    /// What a return may name as missing: the documents that its step needs or brings, and their fields (a checklist has
    /// one for each item, procedures.md §3.2). Empty where there is none, so that any words do.
    package func itemNames(of step: Step) -> [String] {
        var names: [String] = []
        for document in step.itemDocuments {
            guard let type = definition.document(document) else { continue }
            for name in [type.id] + type.fields.map(\.name) where !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// What the outcome named as missing by which an open step began.
    func returned(_ activation: Activation) -> Obstacle? {
        for cause in activation.causes {
            guard let causing = state.procedure.activation(cause.activation),
                let step = definition.step(causing.step),
                let place = causing.candidates.first(where: { $0.outcome == cause.outcome })?.completing,
                case .outcome(let record) = state.acts[place].act.body, !record.missingItems.isEmpty
            else { continue }
            let item = state.acts[place].item
            let reason = history.items[item].operations.first?.body[unsigned: 5].flatMap { try? Committed($0) }
            return .returned(
                step: causing.step, reason: reason.map { .committed($0) },
                items: record.missingItems.map { missingItem($0, of: step, after: item) })
        }
        return nil
    }

    private func missingItem(_ name: String, of step: Step, after item: Int) -> MissingItem {
        let document = step.itemDocuments.first { document in
            document == name || definition.document(document)?.field(name) != nil
        }
        guard let document else { return MissingItem(name: name, document: nil, isThere: false) }
        func isOf(_ path: Path) -> Bool {
            path.text.hasPrefix("doc/\(document)/") && (document == name || path.text.hasSuffix("/" + name))
        }
        func isLater(_ written: Int) -> Bool { !history.isInPast(written, of: item) }
        // Unordered: any of them.
        let isThere =
            state.writes.contains { isOf($0.key) && $0.value.contains { isLater($0.item) } }
            || state.rows.contains { path, rows in
                isOf(path)
                    && rows.contains { isLater($0.item) || $0.cells.contains { isLater($0.write.item) } }
            }
        return MissingItem(name: name, document: document, isThere: isThere)
    }
}

extension Step {
    fileprivate var itemDocuments: [String] { (needs + brings).map(\.document) }
}
