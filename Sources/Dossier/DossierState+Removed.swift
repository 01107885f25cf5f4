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
        var reach = [UInt32](repeating: 0, count: history.laneTable.count)
        func add(_ seed: Int) {
            for (lane, count) in history.vectors[seed].enumerated() where count > reach[lane] { reach[lane] = count }
        }
        for removal in removals where removal.unit == unit { add(removal.index) }
        for index in history.items.indices where verdicts[index].unit == unit { add(index) }
        return history.items.indices.filter { index in
            let place = history.lanes[index]
            return Int(reach[place.lane]) > place.position
        }
    }

    /// The digest of a dossier in the scope of a removed unit.
    package func digestForRemoved(_ unit: UnitID, _ history: DossierHistory) -> Bytes32 {
        let shared = sharedWithRemoved(unit, history)
        let parents = Set(shared.flatMap { history.items[$0].parents })
        return history.digest(ofHeads: shared.map { history.items[$0].id }.filter { !parents.contains($0) })
    }
}
