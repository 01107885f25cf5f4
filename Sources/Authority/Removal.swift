import CBOR
package import Envelope
import History
import Registry
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
    private let steps: StepCounter
    private var units: [UnitID: RemovalsOfUnit] = [:]

    /// Up to so many of one unit every change set says of each whether it touches it; of more only which decides.
    private static let listedCountMax = 16

    init(_ all: [Removal], _ rebindings: [UnitID: [Int]], _ history: DossierHistory, _ steps: StepCounter) {
        (self.all, self.steps) = (all, steps)
        for (unit, removals) in Dictionary(grouping: all, by: \.unit) {  // unordered: each is its own
            units[unit] = RemovalsOfUnit(removals, rebindings[unit] ?? [], history, steps)
        }
    }

    var isEmpty: Bool { all.isEmpty }

    func removal(_ id: Bytes32) -> Removal? { all.removal(id) }

    /// Removals of a unit that a change set has to do with, by id: none that a new binding in its past saw.
    ///
    /// - Parameter isAccepted: by somebody's `accept`.
    func touching(_ index: Int, of unit: UnitID, isAccepted: (Removal) -> Bool) -> [Removal] {
        guard let own = units[unit] else { return [] }
        if own.removals.count <= Self.listedCountMax {
            steps.add(own.removals.count)
            return own.removals.filter { !own.isUndone($0, for: index) }
        }
        for removal in own.removals[own.coveringCount(index)...] {
            steps.add()
            if steps.isExceeded { break }
            if !own.covers(removal, index), !own.isUndone(removal, for: index), !isAccepted(removal) {
                return [removal]
            }
        }
        return []
    }
}

/// The removals of one unit. What of them a change set has to do with is worked out for all change sets at once, when it
/// is first asked: each passes it on to its parents, or to those that follow it.
private final class RemovalsOfUnit {
    /// By id.
    let removals: [Removal]
    /// Namings of the unit by others that may have seen a removal.
    private let rebindings: Set<Int>
    private let history: DossierHistory
    private let steps: StepCounter
    private var coveringCounts: [Int]?
    private var undone: [LaneCounts]?

    init(_ removals: [Removal], _ rebindings: [Int], _ history: DossierHistory, _ steps: StepCounter) {
        (self.removals, self.history, self.steps) = (removals, history, steps)
        let first = removals.map(\.index).min() ?? 0
        self.rebindings = Set(rebindings.filter { $0 > first })
    }

    /// Whether a change set lies in the past of a removal.
    func covers(_ removal: Removal, _ index: Int) -> Bool { history.isInPast(index, of: removal.index) }

    /// How many removals, from the first by id on, have a change set in their past.
    func coveringCount(_ index: Int) -> Int {
        if let known = coveringCounts { return known[index] }
        var counts = [Int](repeating: 0, count: history.count)
        for index in history.items.indices.reversed() where !steps.isExceeded {
            // What has a child in its past has the parent, too.
            while counts[index] < removals.count, covers(removals[counts[index]], index) {
                counts[index] += 1
                steps.add()
            }
            let parents = history.parentIndices(at: index)
            steps.add(1 + parents.count)
            for parent in parents { counts[parent] = max(counts[parent], counts[index]) }
        }
        coveringCounts = counts
        return counts[index]
    }

    /// Whether a new binding that saw a removal lies in the past of a change set.
    func isUndone(_ removal: Removal, for index: Int) -> Bool {
        if rebindings.isEmpty { return false }
        let known = undone ?? pastsOfRebindings()
        undone = known
        let place = history.lanes[removal.index]
        return known[index].count(of: place.lane) > place.position
    }

    /// For each change set what the new bindings in its past saw.
    private func pastsOfRebindings() -> [LaneCounts] {
        var pasts: [LaneCounts] = []
        pasts.reserveCapacity(history.count)
        for index in history.items.indices {
            if rebindings.contains(index) || steps.isExceeded {
                pasts.append(history.vectors[index])
                continue
            }
            let parents = history.parentIndices(at: index)
            var count = 1 + parents.count
            var past = parents.first.map { pasts[$0] } ?? .empty
            for parent in parents.dropFirst() { past = past.union(pasts[parent], steps: &count) }
            steps.add(count)
            pasts.append(past)
        }
        return pasts
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
