package import Envelope
package import Sodium

/// What a key is in a unit, by signatures alone.
package enum KeyStanding: Hashable, Sendable {
    /// By the unit's genesis, or by a rotation or recovery.
    case root(accession: EntryID)
    case administrator(delegation: EntryID)
    case device(certificate: EntryID)

    package var entry: EntryID {
        switch self {
        case .root(let entry), .administrator(let entry), .device(let entry): entry
        }
    }

    package var isRoot: Bool {
        if case .root = self { return true }
        return false
    }

    package var isDevice: Bool {
        if case .device = self { return true }
        return false
    }
}

extension Registry {
    package func union(_ a: RegistryCover, _ b: RegistryCover) -> RegistryCover { a.union(b) }

    /// Closes a set over further heads; nil when one of them is not held. Nothing to add costs nothing.
    package func extend(_ cover: RegistryCover, by heads: [EntryID]) -> RegistryCover? {
        var covers = [cover]
        for head in heads {
            guard let closure = closure(head) else { return nil }
            covers.append(closure)
        }
        // Two by two: the tips of thousands of lanes have little in common with all that was joined before them.
        while covers.count > 1 {
            covers = stride(from: 0, to: covers.count, by: 2).map { place in
                place + 1 < covers.count ? covers[place].union(covers[place + 1]) : covers[place]
            }
        }
        return covers[0]
    }

    package func cover(_ heads: [EntryID]) -> RegistryCover? { extend(.empty, by: heads) }

    /// Everything that is held.
    package var everything: RegistryCover {
        RegistryCover(LaneCounts(counts: lanes.lazy.map(\.entries.count)))
    }

    package func contains(_ entry: EntryID, in cover: RegistryCover) -> Bool {
        guard let place = place(entry) else { return false }
        return contains(place, in: cover)
    }

    package func contains(_ place: Place, in cover: RegistryCover) -> Bool {
        cover.count(of: place.lane) > place.position
    }

    /// What a key is in a unit within registry heads, by signatures alone: revocation, term, fork and suspension do not
    /// matter here (Protocol 2 §4).
    package func standing(of key: PublicKey, unit: UnitID, in cover: RegistryCover) -> KeyStanding? {
        grant(of: key, unit: unit, in: cover)?.standing
    }

    /// Units in which a key was ever granted anything, in any registry heads; sorted.
    package func units(granting key: PublicKey) -> [UnitID] { keyIndex.units(of: key) }

    /// The same with the person it names.
    package func grant(of key: PublicKey, unit: UnitID, in cover: RegistryCover) -> KeyGrant? {
        var steps = 0
        defer { derived.count(steps) }
        return keyIndex.grant(of: key, unit: unit, in: cover, steps: &steps)
    }

    /// Whether a key is nothing but a node's in these units within registry heads; nil where it is nothing at all.
    package func isNode(_ key: PublicKey, units: [UnitID], in cover: RegistryCover) -> Bool? {
        keyIndex.isNode(key, units: units, in: cover)
    }

    /// The publication of a definition, if an entry within the registry heads makes it.
    package func definition(_ entry: EntryID, in cover: RegistryCover) -> Publication? {
        guard contains(entry, in: cover), case .publishDefinition(let publication)? = self.entry(entry)?.body else {
            return nil
        }
        return publication
    }

    package func isEnabled(feature: Int, in cover: RegistryCover) -> Bool {
        if feature == 0 { return true }
        return (enablingsByFeature[UInt64(feature)] ?? []).contains { id in
            contains(id, in: cover) && stands(id) && !isAboveHeldFork(id, in: cover)
        }
    }

    /// Entries that enable a feature, in any registry heads.
    package func enablingCount(of feature: Int) -> Int { enablingsByFeature[UInt64(feature)]?.count ?? 0 }

    /// Last entries of the network chain (nil), or of the root and administrators' chains of a unit.
    package func tips(of unit: UnitID?) -> [EntryID] {
        var chains: [EntryID] = []
        if let unit {
            chains = [unit] + (delegationsByUnit[unit] ?? [])
        } else if let network {
            chains.append(network)
        }
        return chains.flatMap { chain in
            laneIndices(of: chain).compactMap { lanes[$0].entries.last.map { entries[$0].id } }
        }
    }

    /// Entries of the network chain and of the chains of units that a set does not hold, parents first, in an order that
    /// is the same everywhere. The chains have to be held whole.
    package func entries(of units: [UnitID], notIn cover: RegistryCover) -> [Entry] {
        let wanted = self.cover(tips(of: nil) + units.flatMap { tips(of: $0) }) ?? .empty
        precondition(!hasAbsent, "whoever hands entries on has loaded the network's chain")
        return inCanonicalOrder(entries.filter { contains($0.id, in: wanted) && !contains($0.id, in: cover) })
    }
}
