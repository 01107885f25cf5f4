package import Envelope
import History
import Registry
package import Sodium
import Store

/// Two signed objects of one key at one place of its log or chain: each alone is good, both together prove that the key
/// signed in two places (Protocol 2 §5, 3 §5).
package struct ForkProof: Sendable {
    package struct Side: Sendable {
        package let id: Bytes32
        package let stated: UInt64
        /// The signed object, for any COSE library.
        package let bytes: [UInt8]
        /// Objects of the same key that stand on this side, itself included.
        package let laterCount: Int
    }

    package let key: PublicKey
    /// The unit and the name under which the key is certified here.
    package let unit: UnitID?
    package let name: Committed?
    package let nameAuthor: PublicKey?
    /// Of a device log; nil for a registry chain.
    package let dossier: DossierID?
    /// Nil for a device log.
    package let chain: EntryID?
    /// The place that is taken twice: seq, or height.
    package let place: UInt64
    package let first: Side
    package let second: Side
    /// The external data of both signatures (Protocol 1 §2).
    package let externalData: [UInt8]
    /// The key is one of this ring.
    package let isOwn: Bool
    /// Its certificate or delegation has ended.
    package let isEnded: Bool
}

extension Replica {
    /// Every fork that this replica holds, of device logs first.
    package func forks() throws -> [ForkProof] {
        let own = try ringKeys()
        return try store.read { reader in
            try caughtUp(reader, .everything) { memory in
                var proofs: [ForkProof] = []
                for dossier in try reader.forkedDossiers() {
                    let history = try memory.history(of: dossier, reader)
                    for fork in history.forks {
                        if let proof = memory.registry.proof(fork, history, own: own) { proofs.append(proof) }
                    }
                }
                return proofs + memory.registry.chainForks(own: own)
            }
        }
    }
}

extension Registry {
    fileprivate func proof(
        _ fork: DossierHistory.Fork, _ history: DossierHistory, own: Set<PublicKey>
    ) -> ForkProof? {
        guard let first = history.index(of: fork.first), let second = history.index(of: fork.second) else { return nil }
        func side(_ index: Int) -> ForkProof.Side {
            let item = history.items[index]
            // Of each branch all from the first on that has it in its past.
            let laterCount = history.lanes(of: item.author).pairs.reduce(0) { count, lane in
                let items = history.laneTable[lane.lane].items
                var (low, high) = (0, items.count)
                while low < high {
                    let middle = (low + high) / 2
                    if history.isInPast(index, of: items[middle]) { high = middle } else { low = middle + 1 }
                }
                return count + items.count - low
            }
            return ForkProof.Side(
                id: item.id.raw, stated: item.at.milliseconds, bytes: item.bytes, laterCount: laterCount)
        }
        let item = history.items[first]
        let aad =
            item.isFirst
            ? ExternalData.network(history.network)
            : ExternalData.change(network: history.network, dossier: item.dossier)
        return proof(
            by: item.author, dossier: item.dossier, chain: nil, place: item.seq, sides: (side(first), side(second)),
            aad: aad, own: own)
    }

    /// Two entries with one predecessor, or two first entries of a chain.
    fileprivate func chainForks(own: Set<PublicKey>) -> [ForkProof] {
        struct Place: Hashable {
            let chain: EntryID
            let previous: EntryID?
        }
        guard let network else { return [] }
        var firsts: [Place: Entry] = [:]
        var proofs: [ForkProof] = []
        for entry in entries where entry.id != network {
            // A root that took the place of another leaves what that wrote beyond its cut beside it: two keys.
            guard let rival = firsts.updateValue(entry, forKey: Place(chain: entry.chain, previous: entry.previous)),
                rival.author == entry.author
            else { continue }
            let aad = ExternalData.network(network)
            proofs.append(
                proof(
                    by: entry.author, dossier: nil, chain: entry.chain, place: UInt64(entry.height),
                    sides: (side(rival), side(entry)), aad: aad, own: own))
        }
        return proofs
    }

    private func side(_ entry: Entry) -> ForkProof.Side {
        var branch: Set<EntryID> = [entry.id]
        for later in entries where later.chain == entry.chain {
            if let previous = later.previous, branch.contains(previous) { branch.insert(later.id) }
        }
        return ForkProof.Side(id: entry.id.raw, stated: entry.at, bytes: entry.bytes, laterCount: branch.count)
    }

    private func proof(
        by key: PublicKey, dossier: DossierID?, chain: EntryID?, place: UInt64,
        sides: (ForkProof.Side, ForkProof.Side), aad: [UInt8], own: Set<PublicKey>
    ) -> ForkProof {
        let grants = grants(of: key)
        let isSorted = sides.0.id < sides.1.id
        let unit = grants.first?.unit ?? chain.flatMap { unitID(ofChain: $0) }
        // The root's own name is its unit's.
        let ground = grants.first.flatMap { entry($0.standing.entry) }
        return ForkProof(
            key: key, unit: unit, name: ground?.body.committedValues.first, nameAuthor: ground?.author,
            dossier: dossier, chain: chain, place: place,
            first: isSorted ? sides.0 : sides.1, second: isSorted ? sides.1 : sides.0, externalData: aad,
            isOwn: own.contains(key),
            isEnded: !grants.isEmpty && grants.allSatisfy { !standingRevocations(of: $0.entry).isEmpty })
    }
}
