package import Authority
import CBOR
import Envelope
package import History
package import Procedure
package import Registry
package import Sodium

/// Who saved a change set from the endings that touch it (Protocol 3 §7 B). For people who ask why: the fold never reads
/// it. Change sets by index, in canonical order.
package struct Endorsements {
    private let history: DossierHistory
    private let registry: Registry
    private let verdicts: [Verdict]
    private let removals: [Removal]
    private let policy: ProcedurePolicy
    /// Authorised change sets with an `accept`, `decline` or `ratify`.
    private let candidates: [Int]

    package init(
        history: DossierHistory, registry: Registry, definition: ProcedureDefinition, verdicts: [Verdict],
        removals: [Removal]
    ) {
        (self.history, self.registry, self.verdicts) = (history, registry, verdicts)
        self.removals = removals
        policy = ProcedurePolicy(history: history, registry: registry, definition: definition)
        candidates = history.canonicalOrder.filter { index in
            verdicts[index].isAuthorised
                && history.items[index].operations.contains { (Code.accept...Code.ratify).contains($0.code) }
        }
    }

    /// Authorised `accept`s, or `decline`s, of an ending that cover a change set.
    package func drawers(of ending: Bytes32, covering index: Int, code: Int = Code.accept) -> [Int] {
        let author = history.items[index].author
        return authorised(code) { drawer, operation in
            guard operation.body[unsigned: 1]?.bytesValue == ending.bytes,
                let tip = operation.body[unsigned: 2]?.bytesValue.flatMap({ ChangeSetID($0) }).flatMap(history.index),
                history.isAncestor(tip, of: drawer), history.items[tip].author == author,
                history.isInPast(index, of: tip), let unit = verdicts[drawer].unit
            else { return false }
            return Authority.mayDraw(ending, unit, registry, removals)
        }
    }

    package func ratifiers(of index: Int) -> [Int] {
        let id = history.items[index].id.bytes
        return authorised(Code.ratify) { ratifier, operation in
            (operation.body[unsigned: 1]?.arrayValue ?? []).contains { $0.bytesValue == id }
                && history.isAncestor(index, of: ratifier) && verdicts[ratifier].unit == verdicts[index].unit
                && policy.mayRatify(index, inRole: verdicts[ratifier].role ?? "")
        }
    }

    /// The act of another unit and that of a second person of the own unit; empty where it is not protected.
    package func protectors(of index: Int) -> [Int] {
        guard verdicts[index].isProtected else { return [] }
        return policy.protectors(of: index, verdicts: verdicts, unprotected: verdicts)
    }

    private func authorised(_ code: Int, where isMeant: (Int, Operation) -> Bool) -> [Int] {
        candidates.filter { index in
            history.items[index].operations.contains { $0.code == code && isMeant(index, $0) }
        }
    }
}
