package import Envelope
package import Sodium

/// What stands: inside every chain cut that is known now (Protocol 3 §6), and forks (§5).
///
/// *Before* and *after* follow `previous` alone. By links a thief's entry could name what came after it, and so pardon
/// itself.
extension Registry {
    /// Whether an entry, the opener of its chain, and so on up to the network's genesis, is inside every cut known now.
    package func stands(_ id: EntryID) -> Bool { firstCut(above: id) == nil }

    /// The entry on which another rests that lies outside its chain's cuts; nil where it stands.
    package func firstCut(above id: EntryID) -> EntryID? {
        guard chainCutCount > 0 else { return nil }
        var next: EntryID? = id
        while let current = next, let entry = entry(current) {
            if !isInsideCuts(current, of: entry.chain) { return current }
            next = entry.chain == current || entry.chain == network ? nil : entry.chain
        }
        return nil
    }

    // MARK: Endings

    package func standingRevocations(of target: EntryID) -> [EntryID] {
        let found = revocations(of: target)
        return chainCutCount == 0 ? found : found.filter { stands($0) }
    }

    /// Rotations and recoveries that took the place of a root key which came to power by an entry; sorted.
    package func standingSuccessions(after accession: EntryID) -> [EntryID] {
        (successionsByGround[accession] ?? []).filter { stands($0) }.sorted()
    }

    /// Standing suspensions of a unit that no standing `lift` names, within registry heads or at all; sorted.
    package func suspensions(of unit: UnitID, in cover: RegistryCover?) -> [EntryID] {
        guard let known = suspensionsByUnit[unit] else { return [] }
        return known.filter { id in
            guard stands(id) else { return false }
            return !(liftsBySuspension[id] ?? []).contains { lift in
                (cover.map { contains(lift, in: $0) } ?? true) && stands(lift)
            }
        }.sorted()
    }

    /// Suspensions of a unit and what lifts them.
    package func suspensionCount(of unit: UnitID) -> Int {
        (suspensionsByUnit[unit] ?? []).reduce(0) { $0 + 1 + (liftsBySuspension[$1]?.count ?? 0) }
    }

    /// Whether one level up confirmed a revocation for compromise.
    package func isCountersigned(_ revocation: EntryID) -> Bool {
        (countersignsByRevocation[revocation] ?? []).contains { stands($0) }
    }

    /// Whether anything is known that may take effect away.
    package var hasEndings: Bool { revocationCount > 0 || !suspensions.isEmpty || !successionsByChain.isEmpty }

    // MARK: Forks

    /// Whether an entry, or an opener above it, lies above a fork of its chain of which registry heads hold both
    /// branches, and no branch named within them settles it.
    package func isAboveHeldFork(_ id: EntryID, in cover: RegistryCover) -> Bool {
        guard forkedChainCount > 0 else { return false }
        var next: EntryID? = id
        while let current = next, let entry = entry(current), let place = place(current) {
            if isForked(place, of: entry.chain, in: cover) { return true }
            next = entry.chain == current || entry.chain == network ? nil : entry.chain
        }
        return false
    }

    /// What ``isAboveHeldFork(_:in:)`` looks at: lanes and names of branches of the chains above an entry.
    package func forkStepCount(of id: EntryID) -> Int {
        guard forkedChainCount > 0 else { return 1 }
        var (count, next): (Int, EntryID?) = (0, id)
        while let current = next, let entry = entry(current) {
            count += laneIndices(of: entry.chain).count + (namingsByChain[entry.chain]?.count ?? 0)
            next = entry.chain == current || entry.chain == network ? nil : entry.chain
        }
        return count
    }

    private func isForked(_ place: Place, of chain: EntryID, in cover: RegistryCover) -> Bool {
        let all = laneIndices(of: chain)
        guard all.count > 1 else { return false }
        derived.count(all.count)
        let named = namedWay(to: place, of: chain, in: cover)
        for lane in all {
            let held = cover.count(of: lane)
            guard held > 0 else { continue }
            let tip = Place(lane: lane, position: held - 1)
            if isAtOrBefore(tip, place) || isAtOrBefore(place, tip) { continue }
            // The other side lies outside a cut: no fork any more.
            guard let other = firstAbove(meetingOf: tip, place), stands(entries[index(at: other)].id) else { continue }
            if let named, let own = firstAbove(meetingOf: place, tip), isAtOrBefore(own, named) { continue }
            return true
        }
        return false
    }

    private func index(at place: Place) -> Int { lanes[place.lane].entries[place.position] }

    /// Names of branches within registry heads that stand.
    private func namings(of chain: EntryID, in cover: RegistryCover?) -> [Place] {
        let known = namingsByChain[chain] ?? []
        derived.count(known.count)
        return known.compactMap { id in
            guard cover.map({ contains(id, in: $0) }) ?? true, case .branch(let branch)? = entry(id)?.body, stands(id)
            else { return nil }
            return self.place(branch.entry)
        }
    }

    /// The last entry on the way to a place that the parent named, or that lies before one it named.
    private func namedWay(to place: Place, of chain: EntryID, in cover: RegistryCover) -> Place? {
        var furthest: Place?
        for named in namings(of: chain, in: cover) {
            guard let common = meeting(place, named) else { continue }
            if furthest.map({ isAtOrBefore($0, common) }) ?? true { furthest = common }
        }
        return furthest
    }

    // MARK: Chains

    /// The chain of which an entry is the opener, or in which it lies, forks here.
    package func isForked(_ chain: EntryID) -> Bool { laneIndices(of: chain).count > 1 }

    /// The entry that the next one of a chain follows: of the tips inside the cuts one on a named branch, else the
    /// highest, then the smallest id.
    package func tipToExtend(_ chain: EntryID) -> Entry? {
        let lanes = laneIndices(of: chain)
        let named = lanes.count > 1 ? namings(of: chain, in: nil) : []
        let tips = lanes.compactMap { lane -> (entry: Entry, isNamed: Bool)? in
            guard let last = self.lanes[lane].entries.last else { return nil }
            let entry = entries[last]
            guard let place = place(entry.id), isInsideCuts(entry.id, of: chain) else { return nil }
            return (entry, named.contains { isAtOrBefore($0, place) })
        }
        return tips.min { left, right in
            if left.isNamed != right.isNamed { return left.isNamed }
            if left.entry.height != right.entry.height { return left.entry.height > right.entry.height }
            return left.entry.id < right.entry.id
        }?.entry
    }

    /// The root key in force at a chain's tip, with the entry that put it there; nil before a unit's genesis.
    package func rootInForce(of chain: EntryID) -> (key: PublicKey, accession: EntryID)? {
        guard let tip = tipToExtend(chain), let reign = self.reign(after: tip.id), let ground = reign.ground else {
            return nil
        }
        return (reign.key, ground)
    }

    /// Whether the next entry of a root chain may delegate (Protocol 3 §3).
    package func mayDelegate(_ chain: EntryID) -> Bool {
        let count = tipToExtend(chain).flatMap { self.reign(after: $0.id) }?.delegations.count ?? 0
        return count < RegistryLimits.delegationCountMax
    }

    /// The recovery set of a root chain, and the commitment in force at its tip.
    package func successionTerms(of chain: EntryID) -> (recovery: RecoverySet?, next: Bytes32?) {
        let reign = tipToExtend(chain).flatMap { self.reign(after: $0.id) }
        return (reign?.recovery, reign?.next)
    }

    /// Who holds the root key that came to power by an entry; nil for the network's.
    package func holder(ofAccession id: EntryID) -> PersonID? {
        switch entry(id)?.body {
        case .unitGenesis(let body)?: body.person
        case .rotate(let body)?, .recover(let body)?: body.person
        default: nil
        }
    }
}
