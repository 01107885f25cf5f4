import CBOR
package import Envelope
package import History

/// The removal of a party: by itself, or by persons of two units (Protocol 3 §7 B.7).
package struct Removal: Sendable {
    /// The change set that completes it.
    package let id: ChangeSetID
    package let index: Int
    package let unit: UnitID
    /// Namings of the unit, by another unit, that saw the removal: whatever has one of them in its past is not touched.
    private let undoneBy: [Int]

    /// Whether a change set lies after a new binding that saw the removal.
    package func isUndone(for index: Int, _ history: DossierHistory) -> Bool {
        undoneBy.contains { history.isInPast($0, of: index) }
    }

    /// Whether a new binding that saw it stands beside it.
    package var isUndone: Bool { !undoneBy.isEmpty }

    /// All removals of a history. Only laws A and C are asked, so that no removal voids another and no later revocation
    /// re-opens one.
    static func all(in history: DossierHistory, _ grounds: Grounds) -> [Removal] {
        guard history.carries(ActCode.unbind) else { return [] }
        var proposals: [(index: Int, unit: UnitID, by: UnitID, seconds: Int?)] = []
        for index in history.items.indices where !history.hasEditsOnly[index] {
            guard history.items[index].operations.first?.code == ActCode.unbind,
                let operation = history.items[index].operations.first,
                let unit = operation.body[unsigned: 1]?.bytesValue.flatMap({ UnitID($0) }),
                let author = signer(index, grounds)
            else { continue }
            let seconds = operation.body[unsigned: 3]?.bytesValue.flatMap { ChangeSetID($0) }.flatMap(history.index)
            proposals.append((index, unit, author, seconds))
        }
        let found = proposals.compactMap { proposal -> Removal? in
            let isLeaving = proposal.by == proposal.unit
            let isSeconded = proposals.contains { other in
                other.index == proposal.seconds && other.unit == proposal.unit && other.by != proposal.by
                    && history.isAncestor(other.index, of: proposal.index)
            }
            guard isLeaving || isSeconded else { return nil }
            return Removal(
                id: history.items[proposal.index].id, index: proposal.index, unit: proposal.unit,
                undoneBy: rebindings(of: proposal.unit, after: proposal.index, history, grounds))
        }
        // Which of two stands behind a reason must not depend on the order in which they came.
        return found.sorted { $0.id < $1.id }
    }

    private static func rebindings(
        of unit: UnitID, after index: Int, _ history: DossierHistory, _ grounds: Grounds
    ) -> [Int] {
        history.items.indices.filter { later in
            guard history.isAncestor(index, of: later),
                PartyNaming.named(by: history.items[later].operations).contains(unit),
                let author = signer(later, grounds)
            else { return false }
            return author != unit
        }
    }

    /// The unit of a change set that is valid as signed.
    private static func signer(_ index: Int, _ grounds: Grounds) -> UnitID? {
        let verdict = grounds.verdictAsSigned(index, grounds.ground(at: index))
        return verdict.isValidAsSigned ? verdict.unit : nil
    }
}
