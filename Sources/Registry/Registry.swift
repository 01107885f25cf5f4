package import Envelope
package import Sodium

/// The chains of network, units and administrators, as far as this replica holds them (Protocol 3).
///
/// Entries enter parents first and are never taken out; forks of a chain are kept as lanes of it.
package struct Registry: Sendable {
    package private(set) var network: NetworkID?
    package private(set) var entries: [Entry] = []
    private var indexByID: [EntryID: Int] = [:]
    private var places: [Place] = []
    private var closures: [RegistryCover] = []
    private(set) var lanes: [Lane] = []
    private var lanesByChain: [EntryID: [Int]] = [:]
    private(set) var units: [UnitID: UnitRecord] = [:]
    private var grantsByKey: [PublicKey: [KeyGrant]] = [:]
    private var revocationsByTarget: [EntryID: [EntryID]] = [:]
    private var mandatesByUnit: [UnitID: [EntryID]] = [:]
    package private(set) var publishedDefinitions: [EntryID] = []
    package private(set) var publishedCalendars: [EntryID] = []
    package private(set) var suspensions: [EntryID] = []
    package private(set) var revocationCount = 0

    package init() {}

    struct Place: Sendable {
        let lane: Int
        let position: Int
    }

    /// A chain from its first entry, or from where it forked.
    struct Lane: Sendable {
        let chain: EntryID
        let origin: Place?
        var entries: [Int]
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
    }

    package func entry(_ id: EntryID) -> Entry? { indexByID[id].map { entries[$0] } }
    package func contains(_ id: EntryID) -> Bool { indexByID[id] != nil }
    package func unit(_ id: UnitID) -> UnitRecord? { units[id] }
    package var unitIDs: [UnitID] { units.keys.sorted() }

    /// Entries that end a certificate, mandate or delegation, in the order of their ids.
    package func revocations(of target: EntryID) -> [EntryID] { (revocationsByTarget[target] ?? []).sorted() }
    package func mandates(of unit: UnitID) -> [EntryID] { mandatesByUnit[unit] ?? [] }
    package func grants(of key: PublicKey) -> [KeyGrant] { grantsByKey[key] ?? [] }

    /// Adds an entry after the checks of Protocol 3 §3. Leaves the registry as it was when it refuses.
    package mutating func insert(_ verified: Verified<Entry>) throws(EntryFailure) {
        let entry = verified.value
        guard indexByID[entry.id] == nil else { return }
        if case .networkGenesis(let genesis) = entry.body {
            guard network == nil, entry.height == 0, entry.network == nil else { throw .otherNetwork }
            guard entry.author == genesis.root else { throw .notTheChainsKey }
            network = entry.id
            append(entry, closure: .empty)
            return
        }
        guard let network, entry.network == network else { throw .otherNetwork }
        try checkParents(entry)
        try checkLevel(entry)
        append(entry, closure: closure(before: entry))
    }

    private func named(by entry: Entry) -> [EntryID] {
        var named = entry.links
        if entry.chain != network { named.append(entry.chain) }
        switch entry.body {
        case .revoke(let revocation):
            named.append(revocation.target)
            if let cut = revocation.cut { named.append(cut) }
        case .suspend(let suspension): named.append(suspension.unit)
        case .arbiter(let unit): named.append(unit)
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

    /// Who may write this body here: the key named by the chain's opener, on strictly lower levels.
    private func checkLevel(_ entry: Entry) throws(EntryFailure) {
        guard let opener = self.entry(entry.chain) else { throw .missing([entry.chain]) }
        switch opener.body {
        case .networkGenesis(let genesis):
            guard entry.author == genesis.root else { throw .notTheChainsKey }
            guard entry.body.code < 16, entry.height > 0 else { throw .wrongLevel(code: entry.body.code) }
        case .admit(let admission):
            guard entry.author == admission.root else { throw .notTheChainsKey }
            let isGenesis = entry.body.code == 16
            guard entry.body.code >= 16, isGenesis == (entry.height == 0) else {
                throw .wrongLevel(code: entry.body.code)
            }
        case .delegate(let delegation):
            guard entry.author == delegation.key else { throw .notTheChainsKey }
            guard (18...20).contains(entry.body.code) else { throw .wrongLevel(code: entry.body.code) }
        default: throw .wrongLevel(code: entry.body.code)
        }
        if case .revoke(let revocation) = entry.body { try checkTarget(revocation, by: opener) }
    }

    private func checkTarget(_ revocation: Revocation, by opener: Entry) throws(EntryFailure) {
        guard let target = entry(revocation.target), unitID(ofChain: target.chain) == unitID(ofChain: opener.id) else {
            throw .wrongTarget
        }
        switch target.body {
        case .certify, .mandate: return
        case .delegate:
            // Only the root, whose chain an admission opened, ends an administrator.
            guard case .admit = opener.body else { throw .wrongTarget }
        default: throw .wrongTarget
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

    private func closure(before entry: Entry) -> RegistryCover {
        var cover = RegistryCover.empty
        for id in named(by: entry) + (entry.previous.map { [$0] } ?? []) {
            if let index = indexByID[id] { cover = cover.union(closures[index]) }
        }
        return cover
    }
}

// MARK: - Growth

extension Registry {
    private mutating func append(_ entry: Entry, closure: RegistryCover) {
        let index = entries.count
        let place = takePlace(entry, at: index)
        var cover = closure
        cover.include(lane: place.lane, count: place.position + 1)
        if let origin = lanes[place.lane].origin { cover.include(lane: origin.lane, count: origin.position + 1) }
        entries.append(entry)
        places.append(place)
        closures.append(cover)
        indexByID[entry.id] = index
        record(entry)
    }

    private mutating func takePlace(_ entry: Entry, at index: Int) -> Place {
        var origin: Place?
        if let previous = entry.previous, let before = indexByID[previous] {
            let last = places[before]
            if lanes[last.lane].entries.count == last.position + 1 {
                lanes[last.lane].entries.append(index)
                return Place(lane: last.lane, position: last.position + 1)
            }
            origin = last
        }
        lanes.append(Lane(chain: entry.chain, origin: origin, entries: [index]))
        lanesByChain[entry.chain, default: []].append(lanes.count - 1)
        return Place(lane: lanes.count - 1, position: 0)
    }

    private mutating func record(_ entry: Entry) {
        let unit = unitID(ofChain: entry.chain)
        switch entry.body {
        case .admit(let admission):
            units[entry.id] = UnitRecord(id: entry.id, admission: admission)
        case .unitGenesis:
            units[entry.chain]?.genesis = entry.id
            grantsByKey[entry.author, default: []].append(
                KeyGrant(unit: entry.chain, entry: entry.id, standing: .root(genesis: entry.id)))
        case .delegate(let delegation):
            guard let unit else { return }
            grantsByKey[delegation.key, default: []].append(
                KeyGrant(unit: unit, entry: entry.id, standing: .administrator(delegation: entry.id)))
        case .certify(let certificate):
            guard let unit else { return }
            grantsByKey[certificate.key, default: []].append(
                KeyGrant(unit: unit, entry: entry.id, standing: .device(certificate: entry.id)))
        case .mandate:
            if let unit { mandatesByUnit[unit, default: []].append(entry.id) }
        case .revoke(let revocation):
            revocationsByTarget[revocation.target, default: []].append(entry.id)
            revocationCount += 1
        case .suspend: suspensions.append(entry.id)
        case .publishDefinition: publishedDefinitions.append(entry.id)
        case .publishCalendar: publishedCalendars.append(entry.id)
        case .networkGenesis, .enable, .arbiter: break
        }
    }

    func place(_ id: EntryID) -> Place? { indexByID[id].map { places[$0] } }
    func closure(_ id: EntryID) -> RegistryCover? { indexByID[id].map { closures[$0] } }
    func laneIndices(of chain: EntryID) -> [Int] { lanesByChain[chain] ?? [] }
}
