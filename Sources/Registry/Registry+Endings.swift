package import Envelope
package import Sodium

/// Whose work an entry may take effect away from, or give it back to. Everything else that is learnt of the registry
/// changes nothing in what was written before: grants are judged at a change set's own registry heads.
package enum EndingReach: Equatable, Sendable {
    case nobody
    case keys([PublicKey])
}

extension Registry {
    /// The keys whose change sets have to be judged anew because of an entry. May be more than are concerned, never
    /// fewer. The chains of the unit that the entry ends have to be held whole.
    package func reach(of entry: Entry) -> EndingReach {
        switch entry.body {
        case .revoke(let revocation):
            guard let target = self.entry(revocation.target), let unit = unitID(ofChain: target.chain) else {
                return .nobody
            }
            return .keys(keys(restingOn: target, of: unit))
        case .suspend(let suspension): return .keys(keys(of: suspension.unit))
        case .networkGenesis, .admit, .enable, .publishDefinition, .publishCalendar, .arbiter, .unitGenesis, .delegate,
            .certify, .mandate:
            return .nobody
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
    package func keys(of person: PersonID, in unit: UnitID) -> [PublicKey] {
        unique(
            chainEntries(of: unit).compactMap { entry in
                guard case .certify(let certificate) = entry.body, certificate.person == person else { return nil }
                return certificate.key
            })
    }

    /// Every key that ever wrote for a unit: root, administrators, devices.
    package func keys(of unit: UnitID) -> [PublicKey] {
        var keys = self.unit(unit).map { [$0.admission.root] } ?? []
        for entry in chainEntries(of: unit) {
            keys.append(entry.author)
            switch entry.body {
            case .certify(let certificate): keys.append(certificate.key)
            case .delegate(let delegation): keys.append(delegation.key)
            default: break
            }
        }
        return unique(keys)
    }

    private func unique(_ keys: [PublicKey]) -> [PublicKey] {
        var seen: Set<PublicKey> = []
        return keys.filter { seen.insert($0).inserted }
    }

    /// The chains of a unit: its root's, then its administrators' in the order in which they were opened.
    package func chains(of unit: UnitID) -> [EntryID] {
        var chains = [unit]
        for lane in laneIndices(of: unit) {
            for index in lanes[lane].entries {
                if case .delegate = entries[index].body { chains.append(entries[index].id) }
            }
        }
        return chains
    }

    /// Entries of all chains of a unit, chain by chain.
    package func chainEntries(of unit: UnitID) -> [Entry] {
        chains(of: unit).flatMap { chain in
            laneIndices(of: chain).flatMap { lanes[$0].entries.map { entries[$0] } }
        }
    }
}
