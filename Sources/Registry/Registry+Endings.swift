package import Envelope
package import Sodium

/// Whose work an entry may take effect away from, or give it back to. Everything else that is learnt of the registry
/// changes nothing in what was written before: grants are judged at a change set's own registry heads.
package enum EndingReach: Equatable, Sendable {
    case nobody
    /// Of the network's own root: what it admitted and suspended may fall.
    case everybody
    case keys([PublicKey])
}

extension Registry {
    /// The keys whose change sets have to be judged anew because of an entry. May be more than are concerned, never
    /// fewer. The chains of the unit that the entry ends have to be held whole.
    package func reach(of entry: Entry) -> EndingReach {
        switch entry.body {
        case .revoke(let revocation): return reach(of: revocation)
        case .suspend(let suspension): return .keys(keys(of: suspension.unit))
        case .rotate, .recover: return unitID(ofChain: entry.chain).map { .keys(keys(of: $0)) } ?? .everybody
        case .countersign(let countersignature):
            guard case .revoke(let revocation)? = self.entry(countersignature.revocation)?.body else { return .nobody }
            return reach(of: revocation)
        // Named branches and lifted suspensions count within a change set's own registry heads.
        case .networkGenesis, .admit, .enable, .publishDefinition, .publishCalendar, .arbiter, .unitGenesis, .delegate,
            .certify, .mandate, .branch, .lift:
            return .nobody
        }
    }

    private func reach(of revocation: Revocation) -> EndingReach {
        guard let target = entry(revocation.target), let unit = unitID(ofChain: target.chain) else { return .nobody }
        return .keys(keys(restingOn: target, of: unit))
    }

    /// The unit whose chains have to be held before ``reach(of:)`` is asked; nil where the entry's own are enough.
    package func unitEnded(by entry: Entry) -> UnitID? {
        switch entry.body {
        case .suspend(let suspension): suspension.unit
        case .countersign(let body): self.entry(body.revocation).flatMap { unitID(ofChain: $0.chain) }
        default: nil
        }
    }

    /// Keys whose change sets rest on a certificate, a mandate, or a delegation with all that its chain grants.
    package func keys(restingOn target: Entry, of unit: UnitID) -> [PublicKey] {
        switch target.body {
        case .certify(let certificate): [certificate.key]
        case .mandate(let mandate): keys(of: mandate.person, in: unit)
        // What an administrator certified and granted stands or falls with the cut of his chain.
        default: keys(of: unit)
        }
    }

    /// Device keys of a person in a unit, in the order in which they were certified.
    package func keys(of person: PersonID, in unit: UnitID) -> [PublicKey] { keyIndex.keys(of: person, in: unit) }

    /// Every key that ever wrote for a unit: root, administrators, devices.
    package func keys(of unit: UnitID) -> [PublicKey] { keyIndex.keys(of: unit) }

    /// Whether an entry may concern anybody; the same as that ``reach(of:)`` is not nobody, without looking for them.
    package func isEnding(_ entry: Entry) -> Bool {
        switch entry.body {
        case .revoke, .suspend, .rotate, .recover, .countersign: true
        default: false
        }
    }

    /// The chains of a unit: its root's, then its administrators' in the order in which they were opened.
    package func chains(of unit: UnitID) -> [EntryID] { [unit] + (delegationsByUnit[unit] ?? []) }

    /// Entries of all chains of a unit, chain by chain.
    package func chainEntries(of unit: UnitID) -> [Entry] {
        chains(of: unit).flatMap { chain in
            laneIndices(of: chain).flatMap { lanes[$0].entries.map { entries[$0] } }
        }
    }
}
