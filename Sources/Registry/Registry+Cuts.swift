package import Envelope
package import Sodium

/// What stands: inside every chain cut that is known now (Protocol 3 §6), and forks (§5).
///
/// *Before* and *after* follow `previous` alone. By links a thief's entry could name what came after it, and so pardon
/// itself.
extension Registry {
    /// Whether an entry is another one of its chain or lies before it.
    func isAtOrBefore(_ a: Place, _ b: Place) -> Bool {
        var (lane, position) = (b.lane, b.position)
        while lane != a.lane {
            guard let origin = lanes[lane].origin else { return false }
            (lane, position) = (origin.lane, origin.position)
        }
        return a.position <= position
    }

    /// Whether an entry, the opener of its chain, and so on up to the network's genesis, is inside every cut known now.
    package func stands(_ id: EntryID) -> Bool { firstCut(above: id) == nil }

    /// The entry on which another rests that lies outside its chain's cuts; nil where it stands.
    package func firstCut(above id: EntryID) -> EntryID? {
        guard chainCutCount > 0 else { return nil }
        var next: EntryID? = id
        while let current = next, let entry = entry(current), let place = place(current) {
            if !isInsideCuts(place, of: entry.chain) { return current }
            next = entry.chain == current || entry.chain == network ? nil : entry.chain
        }
        return nil
    }

    private func isInsideCuts(_ place: Place, of chain: EntryID) -> Bool {
        if let successions = successionsByChain[chain] { return isInside(place, successions) }
        guard case .delegate? = entry(chain)?.body else { return true }
        return standingRevocations(of: chain).allSatisfy { id in
            guard case .revoke(let revocation)? = entry(id)?.body, let cut = revocation.cut,
                let end = self.place(cut)
            else { return false }
            return isAtOrBefore(place, end)
        }
    }

    private func isInside(_ place: Place, _ successions: [EntryID]) -> Bool {
        let known = successions.compactMap { id in self.place(id).map { (place: $0, rank: rank(id)) } }
        return known.allSatisfy { succession in
            if isAtOrBefore(place, succession.place) || isAtOrBefore(succession.place, place) { return true }
            let isOverruled = known.contains {
                $0.rank > succession.rank && !isAtOrBefore($0.place, succession.place)
                    && !isAtOrBefore(succession.place, $0.place)
            }
            if isOverruled { return true }
            return known.contains {
                $0.rank >= succession.rank && isAtOrBefore($0.place, place)
                    && !isAtOrBefore($0.place, succession.place) && !isAtOrBefore(succession.place, $0.place)
            }
        }
    }

    private func rank(_ id: EntryID) -> Int {
        if case .recover? = entry(id)?.body { return 2 }
        return 1
    }

    // MARK: Endings

    package func standingRevocations(of target: EntryID) -> [EntryID] {
        let found = revocations(of: target)
        return chainCutCount == 0 ? found : found.filter { stands($0) }
    }

    /// Rotations and recoveries that took the place of a root key which came to power by an entry; sorted.
    package func standingSuccessions(after accession: EntryID) -> [EntryID] {
        guard let chain = entry(accession)?.chain, let known = successionsByChain[chain] else { return [] }
        return known.filter { id in
            guard let entry = entry(id) else { return false }
            return reign(before: entry)?.ground == accession && stands(id)
        }.sorted()
    }

    /// Standing suspensions of a unit that no standing `lift` within registry heads names; sorted.
    package func suspensions(of unit: UnitID, in cover: RegistryCover) -> [EntryID] {
        guard let known = suspensionsByUnit[unit] else { return [] }
        return known.filter { id in
            guard stands(id) else { return false }
            return !(liftsBySuspension[id] ?? []).contains { contains($0, in: cover) && stands($0) }
        }.sorted()
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

    private func isForked(_ place: Place, of chain: EntryID, in cover: RegistryCover) -> Bool {
        let all = laneIndices(of: chain)
        guard all.count > 1 else { return false }
        for lane in all {
            let held = cover.count(of: lane)
            guard held > 0 else { continue }
            let tip = Place(lane: lane, position: held - 1)
            if isAtOrBefore(tip, place) || isAtOrBefore(place, tip) { continue }
            // The other side lies outside a cut: no fork any more.
            guard let other = firstAbove(meetingOf: tip, place), stands(entries[index(at: other)].id) else { continue }
            if let own = firstAbove(meetingOf: place, tip), isNamed(own, in: cover) { continue }
            return true
        }
        return false
    }

    /// The first entry on the way to `a` that is not on the way to `b`.
    private func firstAbove(meetingOf a: Place, _ b: Place) -> Place? {
        var lane = a.lane
        // Down to the lane whose beginning is on the way to `b`, or which `b` shares.
        while true {
            let first = Place(lane: lane, position: 0)
            if isAtOrBefore(first, b) {
                var low = 0
                var high = lanes[lane].entries.count - 1
                while low < high {
                    let middle = (low + high + 1) / 2
                    if isAtOrBefore(Place(lane: lane, position: middle), b) { low = middle } else { high = middle - 1 }
                }
                return Place(lane: lane, position: low + 1)
            }
            guard let origin = lanes[lane].origin else { return first }
            if isAtOrBefore(origin, b) { return first }
            lane = origin.lane
        }
    }

    private func index(at place: Place) -> Int { lanes[place.lane].entries[place.position] }

    /// Whether the parent named this entry or one after it, within registry heads.
    private func isNamed(_ first: Place, in cover: RegistryCover) -> Bool {
        branchNamings.contains { id in
            guard contains(id, in: cover), case .branch(let branch)? = entry(id)?.body,
                let named = place(branch.entry), lanes[named.lane].chain == lanes[first.lane].chain
            else { return false }
            return isAtOrBefore(first, named) && stands(id)
        }
    }

    // MARK: Chains

    /// The chain of which an entry is the opener, or in which it lies, forks here.
    package func isForked(_ chain: EntryID) -> Bool { laneIndices(of: chain).count > 1 }

    /// The entry that the next one of a chain follows: of the tips inside the cuts one on a named branch, else the
    /// highest, then the smallest id.
    package func tipToExtend(_ chain: EntryID) -> Entry? {
        let tips = laneIndices(of: chain).compactMap { lane -> (entry: Entry, isNamed: Bool)? in
            guard let last = lanes[lane].entries.last else { return nil }
            let entry = entries[last]
            guard let place = place(entry.id), isInsideCuts(place, of: chain) else { return nil }
            let isNamed = branchNamings.contains { id in
                guard case .branch(let branch)? = self.entry(id)?.body, let named = self.place(branch.entry),
                    lanes[named.lane].chain == chain
                else { return false }
                return isAtOrBefore(named, place) && stands(id)
            }
            return (entry, isNamed)
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
