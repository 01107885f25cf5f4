package import Authority
package import CBOR
import Envelope
package import History
package import Procedure
package import Registry
import Sodium

/// Answers what authority asks about the procedure (Protocol 3 §7 B.3 and B.4). What it needs of the whole history is
/// worked out when it is first asked: most dossiers never are.
package final class ProcedurePolicy: AuthorityPolicy {
    private let history: DossierHistory
    private let registry: Registry
    private let definition: ProcedureDefinition
    private let steps: StepCounter
    private var made: (protection: Protection, actOfItem: [Int: Int], items: [Int])?

    package init(
        history: DossierHistory, registry: Registry, definition: ProcedureDefinition,
        steps: StepCounter = StepCounter()
    ) {
        (self.history, self.registry, self.definition, self.steps) = (history, registry, definition, steps)
    }

    package func mayRatify(_ index: Int, inRole role: String) -> Bool {
        let operations = history.items[index].operations
        guard let act = operations.first(where: { (Code.outcome...36).contains($0.code) && $0.code != Code.link })
        else { return true }
        guard act.code == Code.outcome, operations.count == 1, let step = act.body[unsigned: 1]?.textValue,
            let name = act.body[unsigned: 3]?.textValue, definition.isPlain(step: step, outcome: name)
        else { return false }
        return definition.step(step)?.ratifiers.contains { $0.utf8.elementsEqual(role.utf8) } ?? false
    }

    package func protects(_ index: Int, verdicts: [Verdict], unprotected: [Verdict]) -> Bool {
        !protectors(of: index, verdicts: verdicts, unprotected: unprotected).isEmpty
    }

    /// The two acts that protect a change set, by another unit and by its own; none where it is not protected.
    func protectors(of index: Int, verdicts: [Verdict], unprotected: [Verdict]) -> [Int] {
        let (protection, actOfItem, items) = world(unprotected)
        guard let act = actOfItem[index] else { return [] }
        let found = protection.protectors(
            of: act, isAuthorised: { verdicts[items[$0]].isAuthorised },
            isRival: { unprotected[items[$0]].isRivalEntitled })
        return found.map { [items[$0.countersigning], items[$0.confirming]] } ?? []
    }

    /// The dossier as if nothing had been ended: everything that is valid as signed has effect.
    private func world(
        _ unprotected: [Verdict]
    ) -> (protection: Protection, actOfItem: [Int: Int], items: [Int]) {
        if let made { return made }
        var state = DossierState.asSigned(history, unprotected, steps: steps)
        state.collectActs(history, definition, steps)
        let items = state.acts.map(\.item)
        let protection = Protection(
            definition: definition, dossier: history.dossier?.raw ?? .zero, parties: history.slotsAtOpening,
            acts: state.acts.map(\.act), context: FoldContext(history: history, state: state, steps: steps))
        let actOfItem = Dictionary(
            items.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        let result = (protection, actOfItem, items)
        made = result
        return result
    }
}
