package import Envelope
package import Registry
package import Sodium

/// The change sets of one dossier: a Merkle DAG, kept as flat arrays in an order in which parents come first.
///
/// **Ancestry.** Change sets of one device form *lanes*. A change set that extends the last of a lane joins it; one that
/// does not (a fork) begins a lane of its own. A lane is a chain, so what any change set has of a lane in its past is a
/// prefix, and one number a lane says it all: `vectors[i][lane]` counts the change sets of that lane in the past of i,
/// itself included. That makes "is a in the past of b" one comparison, with and without forks.
package struct DossierHistory: Sendable {
    package let network: NetworkID
    package private(set) var items: [ChangeSet] = []
    /// For each item its lane and place in it.
    package private(set) var lanes: [LanePlace] = []
    package private(set) var vectors: [[UInt32]] = []
    /// Registry heads of each item: what it and its past name, and what that rests on.
    package private(set) var covers: [RegistryCover] = []
    /// Units named as parties in the past of each item, itself included; sorted.
    package private(set) var parties: [[UnitID]] = []
    /// Whether an item carries nothing but edits, comments and files: no act, nothing of a feature.
    package private(set) var hasEditsOnly: [Bool] = []
    /// Items with the same number have the same registry heads and the same parties in their past.
    package private(set) var contexts: [Int] = []
    private var contextCount = 0
    /// For each item whether its key has standing as another than a node's.
    private var writers: [Bool] = []
    /// A bit for each code that an item begins with.
    private var firstCodes: UInt64 = 0
    package private(set) var laneTable: [Lane] = []
    package private(set) var forks: [Fork] = []
    package private(set) var headIndices: [Int] = []
    private var indexByID: [ChangeSetID: Int] = [:]
    private var lanesByAuthor: [PublicKey: [Int]] = [:]
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
        /// Where it left another lane of the same device; nil for a lane that begins with seq 0.
        package let origin: LanePlace?
        package var items: [Int]
    }

    /// Two change sets by one key with one seq: the proof of a fork. Nothing loses effect by it.
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
        let vector = vectors[b]
        return place.lane < vector.count && Int(vector[place.lane]) > place.position
    }

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
        let before = partiesBefore(parents: parentIndices)
        let own = PartyNaming.named(by: item.operations)
        if item.isFirst { try checkOpening(item, cover: cover, registry: registry) }
        // Only a dossier's first change set may rest on the parties that it names itself.
        let isWriter = try checkStanding(
            item, after: parentIndices, parties: item.isFirst ? own : before, cover: cover, registry: registry)
        let named = own.isEmpty ? before : Self.merge(before, own)
        writers.append(isWriter)
        return .added(index: append(item, parents: parentIndices, cover: cover, parties: named))
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

    private func partiesBefore(parents: [Int]) -> [UnitID] {
        var named: [UnitID] = []
        for (place, parent) in parents.enumerated() {
            named = place == 0 ? parties[parent] : Self.merge(named, parties[parent])
        }
        return named
    }

    /// Whether its key has standing as another than a node's; an empty change set may be a node's.
    private func checkStanding(
        _ item: ChangeSet, after parents: [Int], parties named: [UnitID], cover: RegistryCover,
        registry: Registry
    ) throws(Refusal) -> Bool {
        // Who had standing here once has it for ever: covers and namings only grow.
        if item.previous != nil, let previous = parents.first, writers[previous] { return true }
        guard let isNode = registry.isNode(item.author, units: named, in: cover) else {
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

    private static func merge(_ a: [UnitID], _ b: [UnitID]) -> [UnitID] {
        if a == b { return a }
        var union = a
        for unit in b where !union.contains(unit) { union.append(unit) }
        return union.sorted()
    }
}

// MARK: - Growth

extension DossierHistory {
    private mutating func append(
        _ item: ChangeSet, parents: [Int], cover: RegistryCover, parties named: [UnitID]
    ) -> Int {
        let index = items.count
        let lane = place(item, at: index)
        vectors.append(vector(parents: parents, lane: lane))
        items.append(item)
        byteCount += item.bytes.count
        stepCount += 1 + parents.count
        lanes.append(lane)
        covers.append(cover)
        parties.append(named)
        contexts.append(context(cover, named, parents))
        hasEditsOnly.append(item.operations.allSatisfy { $0.code < OperationCode.firstAct })
        if let code = item.operations.first?.code, (0..<64).contains(code) { firstCodes |= 1 << UInt64(code) }
        indexByID[item.id] = index
        headIndices.removeAll { parents.contains($0) }
        headIndices.append(index)
        if index == 0 { opening = item.operations.first.flatMap { DossierOpening($0) } }
        return index
    }

    /// That of a parent where nothing new is named: most change sets name nothing.
    private mutating func context(_ cover: RegistryCover, _ named: [UnitID], _ parents: [Int]) -> Int {
        for parent in parents where covers[parent] == cover && parties[parent] == named { return contexts[parent] }
        contextCount += 1
        return contextCount
    }

    /// Joins the lane whose last change set is `previous`, or begins one.
    private mutating func place(_ item: ChangeSet, at index: Int) -> LanePlace {
        if let previous = item.previous, let previousIndex = indexByID[previous] {
            let origin = lanes[previousIndex]
            if laneTable[origin.lane].items.count == origin.position + 1 {
                laneTable[origin.lane].items.append(index)
                return LanePlace(lane: origin.lane, position: origin.position + 1)
            }
            recordFork(item, rival: laneTable[origin.lane].items[origin.position + 1])
            return beginLane(item, at: index, origin: origin)
        }
        for lane in lanesByAuthor[item.author] ?? [] where laneTable[lane].origin == nil {
            recordFork(item, rival: laneTable[lane].items[0])
        }
        return beginLane(item, at: index, origin: nil)
    }

    private mutating func beginLane(_ item: ChangeSet, at index: Int, origin: LanePlace?) -> LanePlace {
        laneTable.append(Lane(author: item.author, origin: origin, items: [index]))
        lanesByAuthor[item.author, default: []].append(laneTable.count - 1)
        return LanePlace(lane: laneTable.count - 1, position: 0)
    }

    private mutating func recordFork(_ item: ChangeSet, rival: Int) {
        forks.append(Fork(first: min(items[rival].id, item.id), second: max(items[rival].id, item.id)))
    }

    private func vector(parents: [Int], lane: LanePlace) -> [UInt32] {
        var vector: [UInt32] = parents.isEmpty ? [] : vectors[parents[0]]
        for parent in parents.dropFirst() {
            let other = vectors[parent]
            if other.count > vector.count {
                vector.append(contentsOf: repeatElement(0, count: other.count - vector.count))
            }
            for place in other.indices where other[place] > vector[place] { vector[place] = other[place] }
        }
        if vector.count <= lane.lane {
            vector.append(contentsOf: repeatElement(0, count: lane.lane + 1 - vector.count))
        }
        vector[lane.lane] = UInt32(truncatingIfNeeded: lane.position + 1)
        return vector
    }
}
