package import Authority
import CBOR
package import Envelope
import History
package import Registry

/// An authorised `erase`: one person's signature under the request that values be erased (Protocol 4 §6).
package struct Erasure: Sendable {
    package let item: Int
    package let commitments: [Commitment]
    package let basis: Committed
}

/// A value of a unit that two of its persons erased.
package struct ErasedValue: Sendable {
    package let commitment: Commitment
    /// The unit that wrote it and erased it. A value that another unit repeats is another unit's value.
    package let unit: UnitID
    /// Whether that unit is the first, in canonical order, to carry the commitment: what the view calls its writer.
    package let isByFirstWriter: Bool
    /// Indices into ``DossierState/erasures`` of all that name it, in canonical order.
    package let erasures: [Int]
}

/// Who stands behind an `erase`, as far as the quorum asks.
package struct ErasureVoice: Hashable, Sendable {
    package let unit: UnitID
    package let person: PersonID
    /// Signed with the unit's root key; else with a mandate of the unit.
    package let isRoot: Bool

    package init(unit: UnitID, person: PersonID, isRoot: Bool) {
        (self.unit, self.person, self.isRoot) = (unit, person, isRoot)
    }

    /// Nil for what has no authority, and for whoever is neither the root nor a person with a mandate.
    package init?(_ verdict: Verdict) {
        guard verdict.isAuthorised, let unit = verdict.unit, let person = verdict.person else { return nil }
        switch verdict.standing {
        case .root?: self.init(unit: unit, person: person, isRoot: true)
        case .device? where verdict.mandate != nil: self.init(unit: unit, person: person, isRoot: false)
        default: return nil
        }
    }

    /// Two distinct persons of one unit, one of them with its root key, the other with a mandate.
    package static func isQuorum(_ voices: [ErasureVoice], of unit: UnitID) -> Bool {
        let own = voices.filter { $0.unit == unit }
        let roots = Set(own.filter(\.isRoot).map(\.person))
        let others = Set(own.filter { !$0.isRoot }.map(\.person))
        // Not one and the same person on both sides.
        return !roots.isEmpty && !others.isEmpty && roots.union(others).count > 1
    }
}

extension DossierState {
    /// Which values are erased. Neither the order nor the concurrency of the signatures matters; one erasure may name
    /// more than the other: each value has its own quorum.
    func erasedValues(_ history: DossierHistory, _ steps: StepCounter) -> [ErasedValue] {
        guard !erasures.isEmpty else { return [] }
        let place = Dictionary(
            history.canonicalOrder.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first }
        )
        var naming: [Commitment: [Int]] = [:]
        for (index, erasure) in erasures.enumerated() {
            for commitment in erasure.commitments where naming[commitment]?.last != index {
                naming[commitment, default: []].append(index)
            }
        }
        steps.add(history.count)
        let writers = writers(of: naming, history, steps)
        var found: [ErasedValue] = []
        for commitment in naming.keys.sorted() {
            guard let named = naming[commitment], let units = writers[commitment] else { continue }
            steps.add(named.count + units.count)
            if steps.isExceeded { return found }
            let byUnit = Dictionary(grouping: named) { verdicts[erasures[$0].item].unit }
            for unit in units.sorted() {
                let own = byUnit[unit] ?? []
                let voices = own.compactMap { ErasureVoice(verdicts[erasures[$0].item]) }
                guard ErasureVoice.isQuorum(voices, of: unit) else { continue }
                found.append(
                    ErasedValue(
                        commitment: commitment, unit: unit, isByFirstWriter: units.first == unit,
                        erasures: own.sorted { place[erasures[$0].item] ?? 0 < place[erasures[$1].item] ?? 0 }))
            }
        }
        return found
    }

    /// Units that carry commitments, in canonical order.
    private func writers(
        of commitments: [Commitment: [Int]], _ history: DossierHistory, _ steps: StepCounter
    ) -> [Commitment: [UnitID]] {
        var writers: [Commitment: [UnitID]] = [:]
        var seen: [Commitment: Set<UnitID>] = [:]
        for index in history.canonicalOrder {
            guard let unit = verdicts[index].unit else { continue }
            for value in history.items[index].operations.flatMap(\.committedValues)
            where commitments[value.commitment] != nil {
                steps.add()
                guard seen[value.commitment, default: []].insert(unit).inserted else { continue }
                writers[value.commitment, default: []].append(unit)
            }
        }
        return writers
    }

    /// The erasure that the view shows for a commitment.
    package func erasure(of commitment: Commitment) -> ErasedValue? {
        // They are sorted by the commitment.
        var (low, high) = (0, erased.count)
        while low < high {
            let middle = (low + high) / 2
            if erased[middle].commitment < commitment { low = middle + 1 } else { high = middle }
        }
        return erased[low...].prefix { $0.commitment == commitment }.first(where: \.isByFirstWriter)
    }

    /// The legal bases that were given for it, in canonical order.
    package func bases(of value: ErasedValue) -> [Committed] { value.erasures.map { erasures[$0].basis } }
}
