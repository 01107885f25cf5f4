import Authority
package import Envelope
package import History
package import Sodium

/// What a removed unit still shares with the others (Protocol 6 §1): every removal of it and what its own people wrote,
/// with their pasts. Both sides compute it so, whatever more they hold; so what it signed offline is not lost, and it
/// learns nothing of what came after.
extension DossierState {
    /// Indices of the change sets, parents first.
    package func sharedWithRemoved(_ unit: UnitID, _ history: DossierHistory) -> [Int] {
        // Of each lane the latest: what came before lies in its past.
        var latest: [Int: Int] = [:]
        for index in history.items.indices where verdicts[index].unit == unit {
            latest[history.lanes[index].lane] = index
        }
        var past = JoinedPast(history, nil)
        for index in latest.values.sorted() { past.add(index) }
        for removal in removals where removal.unit == unit && !past.contains(removal.index) { past.add(removal.index) }
        return history.items.indices.filter { past.contains($0) }
    }

    /// The digest of a dossier in the scope of a removed unit.
    package func digestForRemoved(_ unit: UnitID, _ history: DossierHistory) -> Bytes32 {
        let shared = sharedWithRemoved(unit, history)
        let parents = Set(shared.flatMap { history.items[$0].parents })
        return history.digest(ofHeads: shared.map { history.items[$0].id }.filter { !parents.contains($0) })
    }
}
