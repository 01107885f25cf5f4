package import Envelope
package import Sodium
package import Synchronization

/// The chains of network, units and administrators, as far as this replica holds them (Protocol 3).
///
/// Entries enter parents first and are never taken out; forks of a chain are kept as lanes of it.
package struct Registry: Sendable {
    package private(set) var network: NetworkID?
    package private(set) var entries: [Entry] = []
    private var indexByID: [EntryID: Int] = [:]
    private var places: [Place] = []
    private var closures: [RegistryCover] = []
    /// For each entry of a root chain who is in force after it.
    private var reigns: [Reign?] = []
    var lanes: [Lane] = []
    private var lanesByChain: [EntryID: [Int]] = [:]
    /// Rotations and recoveries of each root chain, in the order in which they came; and by whose accession they ended.
    private(set) var successionsByChain: [EntryID: [EntryID]] = [:]
    private(set) var successionsByGround: [EntryID: [EntryID]] = [:]
    /// Root keys in whose place any known rotation or recovery put another, by chain.
    private var replacedKeys: [EntryID: Set<PublicKey>] = [:]
    private(set) var delegationsByUnit: [UnitID: [EntryID]] = [:]
    private(set) var liftsBySuspension: [EntryID: [EntryID]] = [:]
    private(set) var countersignsByRevocation: [EntryID: [EntryID]] = [:]
    /// Entries that name a branch of a fork, by the chain that forks.
    private(set) var namingsByChain: [EntryID: [EntryID]] = [:]
    /// Entries that enable a feature.
    private(set) var enablingsByFeature: [UInt64: [EntryID]] = [:]
    /// Chains with more than one lane; most worlds have none, and are asked nothing.
    private(set) var forkedChainCount = 0
    /// Administrators whose delegation was revoked, and successions: what makes a chain cut.
    private(set) var chainCutCount = 0
    private(set) var units: [UnitID: UnitRecord] = [:]
    private(set) var keyIndex = KeyIndex()
    private var revocationsByTarget: [EntryID: [EntryID]] = [:]
    private var mandatesByUnit: [UnitID: [EntryID]] = [:]
    package private(set) var publishedDefinitions: [EntryID] = []
    package private(set) var publishedCalendars: [EntryID] = []
    package private(set) var suspensions: [EntryID] = []
    private(set) var suspensionsByUnit: [UnitID: [EntryID]] = [:]
    package private(set) var revocationCount = 0
    /// What was looked at to close entries over what lies before them.
    package private(set) var coverStepCount = 0
    private var unions = LaneUnions()
    /// What was derived from these very entries: another one with every entry that comes.
    package private(set) var derived = Derived()

    package init() {}

    /// A place for what is made from a registry as it stands and is dear to make again. Copies of the registry share it
    /// until one of them grows; so nothing in it can ever speak of other entries.
    package final class Derived: Sendable {
        package let value = Mutex<(any Sendable)?>(nil)
        /// What lies outside the cuts of each chain that has any.
        let cuts = Mutex<[EntryID: ChainCuts]>([:])
        private let stepCount = Atomic(0)

        func count(_ steps: Int) { stepCount.add(steps, ordering: .relaxed) }
        /// What was looked at to judge these entries, so that a test can hold it to their number.
        var steps: Int { stepCount.load(ordering: .relaxed) }
    }

    package var judgementStepCount: Int { derived.steps }

    /// Where an entry stands: asked for once, it spares the look for the entry.
    package struct Place: Sendable {
        let lane: Int
        let position: Int
    }

    /// A chain from its first entry, or from where it forked.
    struct Lane: Sendable {
        let chain: EntryID
        let origin: Place?
        /// Indices of entries; ``absent`` for what is stored and not held.
        var entries: [Int]
        /// How many lanes it left on the way from the chain's opener.
        let depth: Int
        /// A lane far above it, or the one that it left; nil for one without an origin.
        let jump: Int?
    }

    /// The key that signs the next entry of a root chain, and what may take its place.
    struct Reign: Sendable {
        let key: PublicKey
        /// The commitment to its successor; nil before a unit's genesis.
        let next: Bytes32?
        /// Genesis, rotation or recovery that put it in force; nil before a unit's genesis.
        let ground: EntryID?
        let recovery: RecoverySet?
        let person: PersonID?
        /// Delegations among its predecessors that none of them revokes, as indices of entries: at most 64.
        var delegations: [Int] = []
    }

    package struct UnitRecord: Sendable {
        package let id: UnitID
        package let admission: Admission
        /// The unit's root chain has begun.
        package var genesis: EntryID?
    }

    package struct KeyGrant: Sendable {
        package let unit: UnitID
        package let entry: EntryID
        package let standing: KeyStanding
        package let person: PersonID?
        /// A node's key: no person's.
        package let isNode: Bool
        let place: Place
    }

    package func entry(_ id: EntryID) -> Entry? { indexByID[id].map { entries[$0] } }
    package func contains(_ id: EntryID) -> Bool { indexByID[id] != nil }
    package func unit(_ id: UnitID) -> UnitRecord? { units[id] }
    package var unitIDs: [UnitID] { units.keys.sorted() }

    /// Entries that end a certificate, mandate or delegation, in the order of their ids; whether they stand is
    /// ``standingRevocations(of:)``.
    package func revocations(of target: EntryID) -> [EntryID] { revocationsByTarget[target]?.sorted() ?? [] }
    func hasRevocation(_ target: EntryID) -> Bool { revocationsByTarget[target] != nil }
    package func delegations(of unit: UnitID) -> [EntryID] { delegationsByUnit[unit] ?? [] }
    package func mandates(of unit: UnitID) -> [EntryID] { mandatesByUnit[unit] ?? [] }
    package func grants(of key: PublicKey) -> [KeyGrant] { keyIndex.grants(of: key) }

    /// Adds an entry after the checks of Protocol 3 §3. Leaves the registry as it was when it refuses.
    package mutating func insert(_ verified: Verified<Entry>) throws(EntryFailure) {
        let entry = verified.value
        guard indexByID[entry.id] == nil else { return }
        if case .networkGenesis(let genesis) = entry.body {
            guard network == nil, entry.height == 0, entry.network == nil else { throw .otherNetwork }
            guard entry.author == genesis.root else { throw .notTheChainsKey }
            network = entry.id
            append(entry)
            return
        }
        guard let network, entry.network == network else { throw .otherNetwork }
        try checkParents(entry)
        try checkLevel(entry)
        append(entry)
    }

    func named(by entry: Entry) -> [EntryID] {
        var named = entry.links
        if entry.chain != network { named.append(entry.chain) }
        switch entry.body {
        case .revoke(let revocation):
            named.append(revocation.target)
            if let cut = revocation.cut { named.append(cut) }
        case .suspend(let suspension): named.append(suspension.unit)
        case .arbiter(let unit): named.append(unit)
        case .branch(let branch): named.append(branch.entry)
        case .countersign(let countersignature): named.append(countersignature.revocation)
        case .lift(let suspension): named.append(suspension)
        default: break
        }
        return named
    }

    private func checkParents(_ entry: Entry) throws(EntryFailure) {
        let missing = (named(by: entry) + (entry.previous.map { [$0] } ?? [])).filter { indexByID[$0] == nil }
        guard missing.isEmpty else { throw .missing(missing) }
        guard let previous = entry.previous else { return }
        guard let before = self.entry(previous), before.chain == entry.chain, before.height + 1 == entry.height else {
            throw .wrongHeight(found: entry.height, expected: (self.entry(previous)?.height ?? -1) + 1)
        }
    }

    /// The unit that a chain belongs to; nil for the network's.
    package func unitID(ofChain chain: EntryID) -> UnitID? {
        guard let opener = entry(chain) else { return nil }
        switch opener.body {
        case .admit: return opener.id
        case .delegate: return opener.chain
        default: return nil
        }
    }

    /// What lies before an entry, and what was looked at to know it.
    private mutating func closure(before entry: Entry) -> (cover: RegistryCover, stepCount: Int) {
        var steps = 0
        var cover = RegistryCover.empty
        for id in named(by: entry) {
            if let index = indexByID[id] { cover = closures[index].union(cover, &unions, steps: &steps) }
        }
        if let before = predecessor(of: entry) { cover = closures[before].union(cover, &unions, steps: &steps) }
        return (cover, steps)
    }
}

// MARK: - Growth

extension Registry {
    mutating func append(_ entry: Entry) {
        let index = entries.count
        var (cover, stepCount) = closure(before: entry)
        let place = takePlace(entry, at: index)
        cover.include(lane: place.lane, count: place.position + 1, steps: &stepCount)
        coverStepCount += stepCount
        derived = Derived()
        entries.append(entry)
        places.append(place)
        closures.append(cover)
        indexByID[entry.id] = index
        reigns.append(reign(after: entry))
        record(entry)
    }

    /// Who is in force after an entry; nil in an administrator's chain.
    private func reign(after entry: Entry) -> Reign? {
        var before = reign(before: entry)
        switch entry.body {
        case .networkGenesis(let body):
            return Reign(key: body.root, next: body.next, ground: entry.id, recovery: body.recovery, person: nil)
        case .unitGenesis(let body):
            return Reign(
                key: entry.author, next: body.next, ground: entry.id, recovery: body.recovery, person: body.person)
        case .rotate(let body), .recover(let body):
            return Reign(
                key: entry.author, next: body.next, ground: entry.id, recovery: before?.recovery, person: body.person,
                delegations: before?.delegations ?? [])
        case .delegate:
            if let index = indexByID[entry.id] { before?.delegations.append(index) }
            return before
        case .revoke(let revocation):
            if let ended = indexByID[revocation.target], let place = before?.delegations.firstIndex(of: ended) {
                before?.delegations.remove(at: place)
            }
            return before
        default: return before
        }
    }

    /// Who is in force where an entry is added; nil in an administrator's chain.
    func reign(before entry: Entry) -> Reign? {
        if entry.previous != nil { return predecessor(of: entry).flatMap { reigns[$0] } }
        guard case .admit(let admission)? = self.entry(entry.chain)?.body else { return nil }
        return Reign(key: admission.root, next: nil, ground: nil, recovery: nil, person: nil)
    }

    private mutating func takePlace(_ entry: Entry, at index: Int) -> Place {
        if let place = keptPlace(of: entry) {
            if place.position == lanes[place.lane].entries.count {
                lanes[place.lane].entries.append(index)
            } else {
                lanes[place.lane].entries[place.position] = index
            }
            return place
        }
        var origin: Place?
        if let previous = entry.previous, let before = indexByID[previous] {
            let last = places[before]
            if lanes[last.lane].entries.count == last.position + 1 {
                lanes[last.lane].entries.append(index)
                return Place(lane: last.lane, position: last.position + 1)
            }
            origin = last
        }
        let (depth, jump) = beginning(at: origin)
        lanes.append(Lane(chain: entry.chain, origin: origin, entries: [index], depth: depth, jump: jump))
        lanesByChain[entry.chain, default: []].append(lanes.count - 1)
        if laneIndices(of: entry.chain).count == 2 { forkedChainCount += 1 }
        return Place(lane: lanes.count - 1, position: 0)
    }

    private mutating func record(_ entry: Entry) {
        let unit = unitID(ofChain: entry.chain)
        if let unit { keyIndex.list(entry.author, of: unit) }
        switch entry.body {
        case .admit(let admission):
            units[entry.id] = UnitRecord(id: entry.id, admission: admission)
            keyIndex.list(admission.root, of: entry.id)
        case .unitGenesis:
            units[entry.chain]?.genesis = entry.id
            recordRoot(entry)
        case .delegate(let delegation):
            guard let unit else { return }
            delegationsByUnit[unit, default: []].append(entry.id)
            grant(delegation.key, by: entry, in: unit, .administrator(delegation: entry.id), delegation.person)
        case .certify(let certificate):
            guard let unit else { return }
            grant(
                certificate.key, by: entry, in: unit, .device(certificate: entry.id), certificate.person,
                isNode: certificate.isNode)
        case .mandate:
            if let unit { mandatesByUnit[unit, default: []].append(entry.id) }
        case .revoke(let revocation):
            revocationsByTarget[revocation.target, default: []].append(entry.id)
            revocationCount += 1
            if case .delegate? = self.entry(revocation.target)?.body { chainCutCount += 1 }
        case .suspend(let suspension):
            suspensions.append(entry.id)
            suspensionsByUnit[suspension.unit, default: []].append(entry.id)
        case .publishDefinition: publishedDefinitions.append(entry.id)
        case .publishCalendar: publishedCalendars.append(entry.id)
        case .rotate, .recover:
            successionsByChain[entry.chain, default: []].append(entry.id)
            if let replaced = reign(before: entry) {
                replacedKeys[entry.chain, default: []].insert(replaced.key)
                if let ground = replaced.ground { successionsByGround[ground, default: []].append(entry.id) }
            }
            chainCutCount += 1
            if unit != nil { recordRoot(entry) }
        case .branch(let branch):
            if let chain = self.entry(branch.entry)?.chain { namingsByChain[chain, default: []].append(entry.id) }
        case .enable(let feature): enablingsByFeature[feature, default: []].append(entry.id)
        case .countersign(let body): countersignsByRevocation[body.revocation, default: []].append(entry.id)
        case .lift(let suspension): liftsBySuspension[suspension, default: []].append(entry.id)
        case .networkGenesis, .arbiter: break
        }
    }

    private mutating func recordRoot(_ entry: Entry) {
        grant(entry.author, by: entry, in: entry.chain, .root(accession: entry.id), holder(ofAccession: entry.id))
    }

    private mutating func grant(
        _ key: PublicKey, by entry: Entry, in unit: UnitID, _ standing: KeyStanding, _ person: PersonID?,
        isNode: Bool = false
    ) {
        guard let place = place(entry.id) else { return }
        let grant = KeyGrant(
            unit: unit, entry: entry.id, standing: standing, person: person, isNode: isNode, place: place)
        keyIndex.add(grant, to: key)
        keyIndex.list(key, of: unit)
        if let person, standing.isDevice { keyIndex.list(key, of: person, in: unit) }
    }

    /// Whether a succession took a root key's place. One that does not stand itself changes nothing in this: another
    /// took the same key's place, or the key lies outside a cut.
    func isReplaced(_ key: PublicKey, in chain: EntryID) -> Bool { replacedKeys[chain]?.contains(key) ?? false }
    func reign(after id: EntryID) -> Reign? { indexByID[id].flatMap { reigns[$0] } }
    func index(of id: EntryID) -> Int? { indexByID[id] }
    package func place(_ id: EntryID) -> Place? { indexByID[id].map { places[$0] } }
    func closure(_ id: EntryID) -> RegistryCover? { indexByID[id].map { closures[$0] } }
    func laneIndices(of chain: EntryID) -> [Int] { lanesByChain[chain] ?? [] }
}
