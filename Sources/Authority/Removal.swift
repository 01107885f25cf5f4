import CBOR
package import Envelope
import History
package import Sodium

/// The removal of a party: by itself, or by persons of two units (Protocol 3 §7 B.7).
package struct Removal: Sendable {
    /// The change set that completes it.
    package let id: ChangeSetID
    package let index: Int
    package let unit: UnitID

    /// All removals of a history, by id. Only laws A and C are asked, so that no removal voids another and no later
    /// revocation re-opens one.
    static func all(in history: DossierHistory, _ grounds: Grounds, _ steps: StepCounter) -> Removals {
        guard history.carries(ActCode.unbind) else { return Removals([], [:], history, steps) }
        var proposals: [Int: (unit: UnitID, by: UnitID, seconds: Int?)] = [:]
        var namings: [UnitID: [Int]] = [:]
        for index in history.items.indices where !history.hasEditsOnly[index] {
            steps.add()
            if steps.isExceeded { break }
            let operations = history.items[index].operations
            for unit in PartyNaming.named(by: operations) { namings[unit, default: []].append(index) }
            guard operations.first?.code == ActCode.unbind, let operation = operations.first,
                let unit = operation.body[unsigned: 1]?.bytesValue.flatMap({ UnitID($0) }),
                let author = signer(index, grounds)
            else { continue }
            let seconds = operation.body[unsigned: 3]?.bytesValue.flatMap { ChangeSetID($0) }.flatMap(history.index)
            proposals[index] = (unit, author, seconds)
        }
        var found: [Removal] = []
        for (index, proposal) in proposals {  // unordered: sorted below
            let isSeconded =
                proposal.seconds.flatMap { other in proposals[other].map { (other, $0) } }.map { other, first in
                    first.unit == proposal.unit && first.by != proposal.by && history.isAncestor(other, of: index)
                } ?? false
            guard proposal.by == proposal.unit || isSeconded else { continue }
            found.append(Removal(id: history.items[index].id, index: index, unit: proposal.unit))
        }
        let units = Set(found.map(\.unit))
        let rebindings = namings.filter { units.contains($0.key) }
        // Which of two stands behind a reason must not depend on the order in which they came.
        return Removals(
            found.sorted { $0.id < $1.id },
            Dictionary(
                uniqueKeysWithValues: rebindings.map { unit, items in
                    (unit, items.filter { item in signer(item, grounds).map { $0 != unit } ?? false })
                }), history, steps)
    }

    /// The unit of a change set that is valid as signed.
    private static func signer(_ index: Int, _ grounds: Grounds) -> UnitID? {
        let verdict = grounds.verdictAsSigned(index, grounds.ground(at: index))
        return verdict.isValidAsSigned ? verdict.unit : nil
    }
}

/// The removals of a history, by what they touch.
struct Removals {
    /// By id.
    let all: [Removal]
    private let history: DossierHistory
    private let steps: StepCounter
    private var units: [UnitID: OfUnit] = [:]

    /// Up to so many of one unit every change set says of each whether it touches it; of more only which decides.
    private static let listedCountMax = 16

    private struct OfUnit {
        /// By id.
        var removals: [Removal] = []
        /// By lane, in its order, each with the smallest id up to there.
        var lanes: [(removals: [Removal], smallest: [Removal])] = []
        /// Namings of the unit by others, by lane, in its order: what has one in its past is touched by no removal that
        /// this one saw.
        var rebindings: [[Int]] = []
    }

    init(_ all: [Removal], _ rebindings: [UnitID: [Int]], _ history: DossierHistory, _ steps: StepCounter) {
        (self.all, self.history, self.steps) = (all, history, steps)
        for (unit, removals) in Dictionary(grouping: all, by: \.unit) {
            var found = OfUnit(removals: removals)
            let lanes = Dictionary(grouping: removals) { history.lanes[$0.index].lane }
            for lane in lanes.keys.sorted() {
                let sorted = (lanes[lane] ?? []).sorted { $0.index < $1.index }
                var smallest: [Removal] = []
                for removal in sorted {
                    smallest.append(smallest.last.map { $0.id < removal.id ? $0 : removal } ?? removal)
                }
                found.lanes.append((sorted, smallest))
            }
            let others = Dictionary(grouping: rebindings[unit] ?? []) { history.lanes[$0].lane }
            found.rebindings = others.keys.sorted().map { others[$0]?.sorted() ?? [] }
            units[unit] = found
        }
    }

    var isEmpty: Bool { all.isEmpty }

    func removal(_ id: Bytes32) -> Removal? { all.removal(id) }

    /// Removals of a unit that a change set has to do with, by id: none that a new binding in its past saw.
    ///
    /// - Parameter isAccepted: by somebody's `accept`.
    func touching(_ index: Int, of unit: UnitID, isAccepted: (Removal) -> Bool) -> [Removal] {
        guard let own = units[unit] else { return [] }
        // Of a lane the latest that the change set has in its past saw all that others saw.
        let bound = own.rebindings.compactMap { latest($0, in: index) }
        func isUndone(_ removal: Removal) -> Bool { bound.contains { history.isAncestor(removal.index, of: $0) } }
        if own.removals.count <= Self.listedCountMax {
            steps.add(own.removals.count * (1 + bound.count))
            return own.removals.filter { !isUndone($0) }
        }
        var first: Removal?
        for (removals, smallest) in own.lanes {
            // What an early one has in its past, a later one has, too.
            let end = count(removals) { !history.isInPast(index, of: $0.index) }
            guard end > 0 else { continue }
            var best: Removal? = smallest[end - 1]
            if let found = best, isUndone(found) || isAccepted(found) {
                steps.add(end)
                best = removals[..<end].filter { !isUndone($0) && !isAccepted($0) }.min { $0.id < $1.id }
            }
            if let best, first.map({ best.id < $0.id }) ?? true { first = best }
        }
        return first.map { [$0] } ?? []
    }

    private func latest(_ items: [Int], in index: Int) -> Int? {
        let seen = count(items) { history.isInPast($0, of: index) }
        return seen > 0 ? items[seen - 1] : nil
    }

    /// How many from the first on.
    private func count<Item>(_ items: [Item], _ isSo: (Item) -> Bool) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            steps.add()
            let middle = (low + high) / 2
            if isSo(items[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension [Removal] {
    /// In a list by id.
    package func removal(_ id: Bytes32) -> Removal? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].id.raw < id { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].id.raw == id ? self[low] : nil
    }
}
