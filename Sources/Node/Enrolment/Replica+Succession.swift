package import Envelope
import History
package import Registry
package import Sodium
import Store

extension Replica {
    /// The chain whose root keys of a kind write: the network's, or the own unit's.
    package func rootChain(isNetwork: Bool) throws -> EntryID {
        let (registry, identity) = try current()
        guard let network = registry.network else { throw NodeFailure.noNetwork }
        if isNetwork { return network }
        guard let unit = identity.unit else { throw NodeFailure.notAdministrator }
        return unit
    }

    /// The name of the key in this ring to which a root chain committed; nil where it is kept elsewhere.
    package func successorName(of chain: EntryID) throws -> String? {
        let (registry, _) = try current()
        guard let next = registry.successionTerms(of: chain).next else { return nil }
        return try keys.names.first { Succession.commitment(to: try keys.file($0).publicKey) == next }
    }

    /// Puts the committed key in force and accepts, in the same transaction, what the old key wrote in dossiers: its
    /// cuts stay drawn (Protocol 3 §7 B.2).
    ///
    /// - Parameter next: the key that may follow.
    package func rotate(_ chain: EntryID, by successor: Author, next: PublicKey) throws -> EntryID {
        try checkMark()
        return try transact { work in
            let person = chain == work.registry.network ? nil : successor.key.person
            let body = EntryBody.rotate(Succession(next: Succession.commitment(to: next), person: person))
            return try work.succeed(chain, body: body, after: nil, cutAt: work.now, by: successor)
        }
    }

    /// What has to be consented to for a new root key.
    ///
    /// - Parameter since: what the old key wrote from then on falls (it was in wrong hands); nil: nothing falls.
    package func proposeRecovery(
        of chain: EntryID, newRoot: PublicKey, next: PublicKey, since: UInt64?
    ) throws -> SuccessionProposal {
        let (registry, _) = try current()
        guard let network = registry.network else { throw NodeFailure.noNetwork }
        guard registry.successionTerms(of: chain).recovery != nil else { throw NodeFailure.noRecoverySet }
        guard let last = registry.lastEntry(of: chain, before: since) else { throw NodeFailure.noRecoverySet }
        return SuccessionProposal(
            network: network, chain: chain, previous: last.id, code: chain == network ? 9 : 23,
            named: newRoot.bytes, next: Succession.commitment(to: next))
    }

    /// Puts a new root key in force with the consents of the recovery set.
    package func recover(
        _ proposal: SuccessionProposal, consents: [Consent], since: UInt64?, by newRoot: Author
    ) throws -> EntryID {
        try checkMark()
        guard proposal.named == newRoot.key.publicKey.bytes, let next = proposal.next else {
            throw NodeFailure.unknownKey(proposal.named.hex)
        }
        return try transact { work in
            guard proposal.network == work.registry.network else {
                throw NodeFailure.wrongNetwork(found: proposal.network.hex)
            }
            // The same consents would do for a second entry at the same place: a fork of one's own making.
            guard work.registry.rootInForce(of: proposal.chain)?.key.bytes != proposal.named else {
                throw NodeFailure.alreadyInForce(newRoot.key.name)
            }
            var seen: Set<PublicKey> = []
            let consents = consents.filter { seen.insert($0.key).inserted }
            let person = proposal.code == 9 ? nil : newRoot.key.person
            let body = EntryBody.recover(Succession(next: next, consents: consents, person: person))
            return try work.succeed(
                proposal.chain, body: body, after: proposal.previous, cutAt: since ?? work.now, by: newRoot)
        }
    }

    /// Names a branch of a forked chain one level below, or of the network's own with consents.
    package func nameBranch(_ branch: EntryID, consents: [Consent], by authority: any Signer) throws -> EntryID {
        try transact { work in
            try work.memory.load(entries: [branch], work.tx.reader)
            guard let entry = work.registry.entry(branch), let network = work.registry.network else {
                throw NodeFailure.unknownEntry(branch.hex)
            }
            guard work.registry.isForked(entry.chain) else { throw NodeFailure.notForked(branch.hex) }
            let chain = entry.chain == network ? network : work.registry.entry(entry.chain)?.chain ?? network
            let body = EntryBody.branch(Branch(entry: branch, consents: consents, isNetwork: chain == network))
            return try work.compose(chain: chain, body: body, signer: authority).id
        }
    }

    /// Confirms a revocation for compromise one level down: it then holds against protecting acts as well.
    package func countersign(_ revocation: EntryID, by authority: any Signer) throws -> EntryID {
        try transact { work in
            try work.memory.load(entries: [revocation], work.tx.reader)
            guard let entry = work.registry.entry(revocation), let opener = work.registry.entry(entry.chain) else {
                throw NodeFailure.unknownEntry(revocation.hex)
            }
            let isNetwork = opener.chain == work.registry.network
            let body = EntryBody.countersign(Countersignature(revocation: revocation, isNetwork: isNetwork))
            return try work.compose(chain: opener.chain, body: body, signer: authority).id
        }
    }

    /// An entry in the network's chain: suspension, lift, feature, arbiter.
    package func appendToNetwork(_ body: EntryBody, root: any Signer) throws -> EntryID {
        try transact { work in
            try work.compose(chain: try work.network(), body: body, signer: root).id
        }
    }
}

extension Replica {
    /// Keys of this ring that may write in the network's chain or for the own unit now.
    package func authorityKeys(_ kinds: [KeyKind]) throws -> [KeyFile] {
        let (registry, identity) = try current(.own)
        var keys: [PublicKey] = []
        if kinds.contains(.network), let network = registry.network {
            keys += registry.rootInForce(of: network).map { [$0.key] } ?? []
        }
        if let unit = identity.unit {
            if kinds.contains(.unitRoot) { keys += registry.rootInForce(of: unit).map { [$0.key] } ?? [] }
            if kinds.contains(.administrator) {
                for id in registry.delegations(of: unit) where registry.standingRevocations(of: id).isEmpty {
                    if case .delegate(let delegation)? = registry.entry(id)?.body { keys.append(delegation.key) }
                }
            }
        }
        return try self.keys.names.map { try self.keys.file($0) }.filter { keys.contains($0.publicKey) }
    }
}

extension Replica.Work {
    /// Writes a succession and draws its cut in every dossier where the old key wrote.
    mutating func succeed(
        _ chain: EntryID, body: EntryBody, after previous: EntryID?, cutAt: UInt64, by root: Author
    ) throws -> EntryID {
        let old = registry.rootInForce(of: chain)
        let entry = try compose(chain: chain, body: body, after: previous, signer: root.signer)
        guard chain != registry.network, let old, let ground = registry.rootInForce(of: chain)?.accession else {
            return entry.id
        }
        for dossier in try tx.reader.dossiers(writtenBy: [old.key]) {
            try drawCut(
                of: entry.id.raw, before: cutAt, in: dossier, under: ground, by: root,
                repeating: cutAt < now ? old.key : nil
            ) { $0.author == old.key }
        }
        return entry.id
    }
}

extension Registry {
    /// The last entry of a root chain that stands and was stated before a time.
    func lastEntry(of chain: EntryID, before time: UInt64?) -> Entry? {
        var entry = tipToExtend(chain)
        while let current = entry, let time, current.at >= time, let previous = current.previous {
            entry = self.entry(previous)
        }
        return entry
    }
}
