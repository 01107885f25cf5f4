package import Envelope
package import Registry
package import Sodium

/// The change sets of one dossier: a Merkle DAG, kept as flat arrays in an order in which parents come first.
///
/// **Ancestry.** Change sets of one device form *lanes*. A change set that extends the last of a lane joins it; one that
/// does not (a fork) begins a lane of its own. A lane is a chain, so what any change set has of a lane in its past is a
/// prefix, and one number a lane says it all: `vectors[i]` counts the change sets of each lane in the past of i, itself
/// included. That makes "is a in the past of b" one comparison, with and without forks.
///
/// **What it costs.** A key may fork its log as often as it likes, and each branch is a lane. So vectors share what they
/// have in common (``LaneCounts``), as the parties of each past do; a fork is one fact for a key and a seq, however many
/// branches there are; and what a change set is judged by is worked out once, when it comes, from its parents.
package struct DossierHistory: Sendable {
    package let network: NetworkID
    package private(set) var items: [ChangeSet] = []
    /// For each item its lane and place in it.
    package private(set) var lanes: [LanePlace] = []
    package private(set) var vectors: [LaneCounts] = []
    /// Registry heads of each item: what it and its past name, and what that rests on.
    package private(set) var covers: [RegistryCover] = []
    /// Whether an item carries nothing but edits, comments and files: no act, nothing of a feature.
    package private(set) var hasEditsOnly: [Bool] = []
    /// Items with the same number have the same registry heads and the same parties in their past.
    package private(set) var contexts: [Int] = []
    private(set) var partySets: [PartySet] = []
    /// Numbers of the units that are named as parties.
    private(set) var unitTable: [UnitID] = []
    private var unitNumbers: [UnitID: Int] = [:]
    /// For each item whether its key has standing as another than a node's.
    private var writers: [Bool] = []
    /// A bit for each code that an item begins with.
    private var firstCodes: UInt64 = 0
    package private(set) var laneTable: [Lane] = []
    /// One for each key and seq at which its log parts.
    package private(set) var forks: [Fork] = []
    private var forkPlaces: [ForkPlace: Int] = [:]
    private var headList = HeadList()
    private var indexByID: [ChangeSetID: Int] = [:]
    private(set) var logs: [DeviceLog] = []
    private var logNumbers: [PublicKey: Int] = [:]
    /// Whether the past of an item holds two branches of its own author's log (Protocol 2 §5; authority law C).
    private var isAfterFork: [Bool] = []
    package private(set) var opening: DossierOpening?
    /// Bytes of all envelopes.
    package private(set) var byteCount = 0
    /// What was looked at to place its change sets.
    package private(set) var stepCount = 0

    package init(network: NetworkID) {
        self.network = network
    }

    package struct LanePlace: Hashable, Sendable {
        package let lane: Int
        package let position: Int
    }

    package struct Lane: Sendable {
        package let author: PublicKey
        /// Number of the author's log.
        let log: Int
        /// Where it left another lane of the same device; nil for a lane that begins with seq 0.
        package let origin: LanePlace?
        package var items: [Int]
    }

    /// What a key wrote here.
    struct DeviceLog: Sendable {
        let author: PublicKey
        /// Its lanes, each with the number 1.
        var lanes = LaneCounts.empty
        /// The lane that was there first: others of seq 0 are forks of it.
        let first: Int
        /// The tip of its longest branch, of equal ones that with the smaller id.
        var tip: Int
    }

    private struct ForkPlace: Hashable {
        let author: PublicKey
        let seq: UInt64
    }

    /// Two change sets by one key with one seq: the proof of a fork. Nothing loses effect by it. Of more branches those
    /// two stand for all that have the smallest ids, so that the order in which they came does not show.
    package struct Fork: Hashable, Sendable {
        package let first: ChangeSetID
        package let second: ChangeSetID
    }

    package enum Insertion: Equatable, Sendable {
        case added(index: Int)
        case known(index: Int)
    }

    package var count: Int { items.count }
    package var dossier: DossierID? { items.first?.dossier }

    package func index(of id: ChangeSetID) -> Int? { indexByID[id] }
    package func contains(_ id: ChangeSetID) -> Bool { indexByID[id] != nil }

    /// Whether `a` lies strictly in the past of `b`. O(1).
    package func isAncestor(_ a: Int, of b: Int) -> Bool {
        guard a != b else { return false }
        return isInPast(a, of: b)
    }

    /// Whether `a` is `b` or lies in its past. O(1).
    package func isInPast(_ a: Int, of b: Int) -> Bool {
        let place = lanes[a]
        return vectors[b].count(of: place.lane) > place.position
    }

    /// Whether the past of an item holds two branches of its own author's log. O(1): it was seen when the item came.
    package func isAfterOwnFork(_ index: Int) -> Bool { isAfterFork[index] }

    /// Items that no other names as a parent, ascending.
    package var headIndices: [Int] { headList.indices }
    package var headCount: Int { headList.count }

    package func areConcurrent(_ a: Int, _ b: Int) -> Bool {
        a != b && !isInPast(a, of: b) && !isInPast(b, of: a)
    }

    /// Whether any item begins with an operation of this code, of those below 64.
    package func carries(_ code: Int) -> Bool {
        (0..<64).contains(code) && firstCodes & 1 << UInt64(code) != 0
    }

    package var heads: [ChangeSetID] { headIndices.map { items[$0].id }.sorted() }

    /// H(dossier ‖ sorted heads): heads fix the whole ancestry, whatever each side thinks of authority.
    package var digest: Bytes32 { digest(ofHeads: heads) }

    /// The same for what a removed unit still shares.
    package func digest(ofHeads heads: [ChangeSetID]) -> Bytes32 {
        guard let dossier else { return .zero }
        var bytes = dossier.bytes
        for head in heads.sorted() { bytes += head.bytes }
        return Blake2b.hash(bytes, personal: Personal("mufakat digest"))
    }

    /// Adds a change set after all checks of Protocol 2 §4. Leaves the history as it was when it refuses.
    package mutating func insert(
        _ change: Verified<ChangeSet>, registry: Registry
    ) throws(Refusal) -> Insertion {
        let item = change.value
        if let index = indexByID[item.id] { return .known(index: index) }
        guard item.network == network else { throw .otherNetwork }
        guard dossier == nil || dossier == item.dossier else { throw .otherDossier }
        let parentIndices = try self.parentIndices(of: item)
        try checkCounters(item, parents: parentIndices)
        let cover = try self.cover(for: item, parents: parentIndices, registry: registry)
        let own = PartyNaming.named(by: item.operations)
        if item.isFirst { try checkOpening(item, cover: cover, registry: registry) }
        // Only a dossier's first change set may rest on the parties that it names itself.
        let isWriter = try checkStanding(
            item, after: parentIndices, own: own, cover: cover, registry: registry)
        writers.append(isWriter)
        return .added(index: append(item, parents: parentIndices, cover: cover, naming: own))
    }

    private func parentIndices(of item: ChangeSet) throws(Refusal) -> [Int] {
        var indices: [Int] = []
        indices.reserveCapacity(item.deps.count + 1)
        var missing: [ChangeSetID] = []
        if let previous = item.previous {
            if let index = indexByID[previous] { indices.append(index) } else { missing.append(previous) }
        }
        for dep in item.deps {
            if let index = indexByID[dep] { indices.append(index) } else { missing.append(dep) }
        }
        guard missing.isEmpty else { throw .missingParents(missing) }
        return indices
    }

    private func checkCounters(_ item: ChangeSet, parents: [Int]) throws(Refusal) {
        var greatest: UInt64 = 0
        for parent in parents { greatest = max(greatest, items[parent].lamport) }
        guard item.lamport == greatest + 1 else {
            throw .wrongLamport(found: item.lamport, expected: greatest + 1)
        }
        guard let previous = item.previous else { return }
        guard let index = indexByID[previous], items[index].author == item.author,
            items[index].seq + 1 == item.seq
        else { throw .wrongPrevious }
        guard !item.deps.contains(previous) else { throw .previousAmongDeps }
    }

    private func cover(
        for item: ChangeSet, parents: [Int], registry: Registry
    ) throws(Refusal) -> RegistryCover {
        var cover = RegistryCover.empty
        for (place, parent) in parents.enumerated() {
            cover = place == 0 ? covers[parent] : registry.union(cover, covers[parent])
        }
        guard !item.reg.isEmpty else { return cover }
        guard let extended = registry.extend(cover, by: item.reg) else {
            throw .missingEntries(item.reg.filter { registry.entry($0) == nil })
        }
        return extended
    }

    /// Whether its key has standing as another than a node's; an empty change set may be a node's.
    private func checkStanding(
        _ item: ChangeSet, after parents: [Int], own: [UnitID], cover: RegistryCover, registry: Registry
    ) throws(Refusal) -> Bool {
        // Who had standing here once has it for ever: covers and namings only grow.
        if item.previous != nil, let previous = parents.first, writers[previous] { return true }
        // A key has standing in few units, however many a dossier names.
        let units = registry.grants(of: item.author).map(\.unit).filter { unit in
            if item.isFirst { return own.contains(unit) }
            guard let number = unitNumbers[unit] else { return false }
            return parents.contains { partySets[contexts[$0]].units.count(of: number) > 0 }
        }
        guard let isNode = registry.isNode(item.author, units: units, in: cover) else {
            throw .noStanding(key: item.author)
        }
        guard !isNode || item.operations.isEmpty else { throw .nodeKey(key: item.author) }
        return !isNode
    }

    private func checkOpening(
        _ item: ChangeSet, cover: RegistryCover, registry: Registry
    ) throws(Refusal) {
        guard let first = item.operations.first, let opening = DossierOpening(first) else { throw .badOpening }
        guard registry.definition(opening.definition, in: cover) != nil else {
            throw .definitionNotPublished(opening.definition)
        }
    }
}

// MARK: - Growth

extension DossierHistory {
    private mutating func append(
        _ item: ChangeSet, parents: [Int], cover: RegistryCover, naming own: [UnitID]
    ) -> Int {
        let index = items.count
        stepCount += 1 + parents.count
        let lane = place(item, at: index)
        var past = item.previous == nil ? LaneCounts.empty : vectors[parents[0]]
        isAfterFork.append(join(&past, item, parents))
        past.raise(lane: lane.lane, to: lane.position + 1, steps: &stepCount)
        vectors.append(past)
        items.append(item)
        byteCount += item.bytes.count
        lanes.append(lane)
        covers.append(cover)
        contexts.append(context(cover, own, parents))
        hasEditsOnly.append(item.operations.allSatisfy { $0.code < OperationCode.firstAct })
        if let code = item.operations.first?.code, (0..<64).contains(code) { firstCodes |= 1 << UInt64(code) }
        indexByID[item.id] = index
        headList.append(index, after: parents)
        if index == 0 { opening = item.operations.first.flatMap { DossierOpening($0) } }
        return index
    }

    /// Adds the pasts of all parents but `previous`.
    ///
    /// - Returns: whether the own log lies there in two branches: `previous` saw them, or another parent brings change
    ///   sets of the own key that `previous` has not in its past.
    private mutating func join(_ past: inout LaneCounts, _ item: ChangeSet, _ parents: [Int]) -> Bool {
        let own = logNumbers[item.author].map { logs[$0].lanes } ?? .empty
        var isForked = item.previous == nil ? false : isAfterFork[parents[0]]
        for parent in item.previous == nil ? parents[...] : parents.dropFirst() {
            isForked = isForked || vectors[parent].exceeds(past, in: own, steps: &stepCount)
            past = past.isEmpty ? vectors[parent] : past.union(vectors[parent], steps: &stepCount)
        }
        return isForked
    }

    /// That of a parent where nothing new is named: most change sets name nothing.
    private mutating func context(_ cover: RegistryCover, _ own: [UnitID], _ parents: [Int]) -> Int {
        var units = LaneCounts.empty
        for (place, parent) in parents.enumerated() {
            let others = partySets[contexts[parent]].units
            units = place == 0 ? others : units.union(others, steps: &stepCount)
        }
        for unit in own { units.raise(lane: number(of: unit), to: 1, steps: &stepCount) }
        for parent in parents where covers[parent] == cover && partySets[contexts[parent]].units == units {
            return contexts[parent]
        }
        let isListed = units.laneCount <= LaneCounts.pairCountMax
        partySets.append(PartySet(units: units, list: isListed ? list(units) : nil))
        return partySets.count - 1
    }

    private mutating func number(of unit: UnitID) -> Int {
        if let known = unitNumbers[unit] { return known }
        unitNumbers[unit] = unitTable.count
        unitTable.append(unit)
        return unitTable.count - 1
    }

    /// Joins the lane whose last change set is `previous`, or begins one.
    private mutating func place(_ item: ChangeSet, at index: Int) -> LanePlace {
        if let previous = item.previous, let previousIndex = indexByID[previous] {
            let origin = lanes[previousIndex]
            if laneTable[origin.lane].items.count == origin.position + 1 {
                laneTable[origin.lane].items.append(index)
                note(item, index, lane: origin.lane)
                return LanePlace(lane: origin.lane, position: origin.position + 1)
            }
            recordFork(item, rival: laneTable[origin.lane].items[origin.position + 1])
            return beginLane(item, at: index, origin: origin)
        }
        if let log = logNumbers[item.author] { recordFork(item, rival: laneTable[logs[log].first].items[0]) }
        return beginLane(item, at: index, origin: nil)
    }

    private mutating func beginLane(_ item: ChangeSet, at index: Int, origin: LanePlace?) -> LanePlace {
        let log = logNumbers[item.author] ?? logs.count
        laneTable.append(Lane(author: item.author, log: log, origin: origin, items: [index]))
        note(item, index, lane: laneTable.count - 1)
        return LanePlace(lane: laneTable.count - 1, position: 0)
    }

    /// Keeps the log's tip and lanes.
    private mutating func note(_ item: ChangeSet, _ index: Int, lane: Int) {
        guard let log = logNumbers[item.author] else {
            logNumbers[item.author] = logs.count
            logs.append(DeviceLog(author: item.author, first: lane, tip: index))
            logs[logs.count - 1].lanes.raise(lane: lane, to: 1, steps: &stepCount)
            return
        }
        logs[log].lanes.raise(lane: lane, to: 1, steps: &stepCount)
        let tip = items[logs[log].tip]
        if item.seq > tip.seq || (item.seq == tip.seq && item.id < tip.id) { logs[log].tip = index }
    }

    private mutating func recordFork(_ item: ChangeSet, rival: Int) {
        let place = ForkPlace(author: item.author, seq: item.seq)
        var ids = [items[rival].id, item.id]
        if let known = forkPlaces[place] {
            ids = Set([forks[known].first, forks[known].second] + ids).sorted()
            forks[known] = Fork(first: ids[0], second: ids[1])
        } else {
            forkPlaces[place] = forks.count
            forks.append(Fork(first: min(ids[0], ids[1]), second: max(ids[0], ids[1])))
        }
    }
}

// MARK: - Logs and parties

extension DossierHistory {
    /// Where a device goes on writing: the tip of its longest branch, then the smaller id.
    package func ownTip(of author: PublicKey) -> Int? { logNumbers[author].map { logs[$0].tip } }

    /// Lanes of a key's log.
    package func lanes(of author: PublicKey) -> LaneCounts { logNumbers[author].map { logs[$0].lanes } ?? .empty }

    /// Of its parents, `previous` first.
    package func parentIndices(at index: Int) -> [Int] { items[index].parents.compactMap { indexByID[$0] } }

    /// Units named as parties in the past of an item, itself included; sorted.
    package func parties(at index: Int) -> [UnitID] {
        let set = partySets[contexts[index]]
        return set.list ?? list(set.units)
    }

    /// Whether a unit is one of them; without making the list.
    package func isParty(_ unit: UnitID, at index: Int) -> Bool {
        unitNumbers[unit].map { partySets[contexts[index]].units.count(of: $0) > 0 } ?? false
    }

    package func partyCount(at index: Int) -> Int { partySets[contexts[index]].units.laneCount }

    private func list(_ units: LaneCounts) -> [UnitID] { units.pairs.map { unitTable[$0.lane] }.sorted() }
}
