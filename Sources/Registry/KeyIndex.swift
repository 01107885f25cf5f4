import Envelope
import Sodium

/// What the entries of units say of keys, so that asking costs the lanes in which a key is named and not their entries:
/// whoever has himself certified a thousand times is found as fast as others.
struct KeyIndex: Sendable {
    private var lanesByKey: [PublicKey: [LaneGrants]] = [:]
    private var slots: [KeyLane: Int] = [:]
    private var unitsByKey: [PublicKey: [UnitID]] = [:]
    private var keysByUnit: [UnitID: [PublicKey]] = [:]
    private var keysByPerson: [UnitPerson: [PublicKey]] = [:]
    /// Keys that stand in one of the two lists, under the unit, and the person where there is one.
    private var listed: Set<Listing> = []

    private struct KeyLane: Hashable, Sendable {
        let key: PublicKey
        let lane: Int
    }

    private struct UnitPerson: Hashable, Sendable {
        let unit: UnitID
        let person: PersonID?
    }

    private struct Listing: Hashable, Sendable {
        let key: PublicKey
        let list: UnitPerson
    }

    /// What one lane grants to a key, in the order of the lane.
    private struct LaneGrants: Sendable {
        let unit: UnitID
        let lane: Int
        var grants: [Registry.KeyGrant] = []
        /// For each grant which of it and those before it has the smallest entry.
        var smallest: [Int] = []
        /// Where the key is first another than a node's.
        var firstWriter: Int?

        mutating func append(_ grant: Registry.KeyGrant) {
            let best = smallest.last.map { grants[$0].entry < grant.entry ? $0 : grants.count } ?? 0
            grants.append(grant)
            smallest.append(best)
            if !grant.isNode, firstWriter == nil { firstWriter = grant.place.position }
        }

        /// The grant with the smallest entry of the first `count` entries of the lane.
        func grant(within count: Int, _ steps: inout Int) -> Registry.KeyGrant? {
            var (low, high) = (0, grants.count)
            while low < high {
                steps += 1
                let middle = (low + high) / 2
                if grants[middle].place.position < count { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? nil : grants[smallest[low - 1]]
        }
    }

    mutating func add(_ grant: Registry.KeyGrant, to key: PublicKey) {
        let lane = KeyLane(key: key, lane: grant.place.lane)
        let count = lanesByKey[key]?.count ?? 0
        let slot = slots[lane] ?? count
        if slot == count {
            slots[lane] = slot
            lanesByKey[key, default: []].append(LaneGrants(unit: grant.unit, lane: lane.lane))
            note(grant.unit, of: key)
        }
        lanesByKey[key]?[slot].append(grant)
    }

    private mutating func note(_ unit: UnitID, of key: PublicKey) {
        let known = unitsByKey[key] ?? []
        if known.contains(unit) { return }
        unitsByKey[key] = (known + [unit]).sorted()
    }

    /// Units in which a key was ever granted anything; sorted.
    func units(of key: PublicKey) -> [UnitID] { unitsByKey[key] ?? [] }

    /// Notes that a key wrote, or may write, for a unit.
    mutating func list(_ key: PublicKey, of unit: UnitID) {
        let list = UnitPerson(unit: unit, person: nil)
        if listed.insert(Listing(key: key, list: list)).inserted { keysByUnit[unit, default: []].append(key) }
    }

    /// Notes a device key of a person.
    mutating func list(_ key: PublicKey, of person: PersonID, in unit: UnitID) {
        let list = UnitPerson(unit: unit, person: person)
        if listed.insert(Listing(key: key, list: list)).inserted { keysByPerson[list, default: []].append(key) }
    }

    func keys(of unit: UnitID) -> [PublicKey] { keysByUnit[unit] ?? [] }

    func keys(of person: PersonID, in unit: UnitID) -> [PublicKey] {
        keysByPerson[UnitPerson(unit: unit, person: person)] ?? []
    }

    /// Sorted by entry: which of several grants a key stands on must not depend on the order in which they came.
    func grants(of key: PublicKey) -> [Registry.KeyGrant] {
        (lanesByKey[key] ?? []).flatMap(\.grants).sorted { $0.entry < $1.entry }
    }

    /// Of several within registry heads the one with the smallest entry.
    func grant(
        of key: PublicKey, unit: UnitID, in cover: RegistryCover, steps: inout Int
    ) -> Registry.KeyGrant? {
        var found: Registry.KeyGrant?
        for lane in lanesByKey[key] ?? [] {
            steps += 1
            guard lane.unit == unit, let grant = lane.grant(within: cover.count(of: lane.lane), &steps) else {
                continue
            }
            if found.map({ grant.entry < $0.entry }) ?? true { found = grant }
        }
        return found
    }

    /// Whether a key is nothing but a node's in these units within registry heads; nil where it is nothing at all.
    func isNode(_ key: PublicKey, units: [UnitID], in cover: RegistryCover) -> Bool? {
        var found: Bool?
        for lane in lanesByKey[key] ?? [] where units.contains(lane.unit) {
            let count = cover.count(of: lane.lane)
            if let first = lane.firstWriter, first < count { return false }
            if let first = lane.grants.first, first.place.position < count { found = true }
        }
        return found
    }
}
