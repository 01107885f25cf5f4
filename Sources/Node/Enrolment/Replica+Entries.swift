import CBOR
package import Envelope
import Procedure
import Registry
import Sodium
import Store

extension Replica.Work {
    /// Commits to a name in the registry and keeps its opening.
    mutating func commitName(_ text: String, by author: PublicKey) throws -> Committed {
        let opening = Opening(
            author: author, audience: .all, kind: .value, opened: .text(text),
            salt: RandomBytes.make(count: Opening.saltByteCount))
        ownNames.append(opening)
        return Committed(commitment: opening.commitment, audience: .all)
    }

    /// Composes, signs and stores the next entry of a chain, after its tip or after the last one that shall stand.
    @discardableResult
    mutating func compose(
        chain: EntryID?, body: EntryBody, after previous: EntryID? = nil, links: [EntryID] = [], signer: any Signer
    ) throws -> Entry {
        try checkMark()
        let tip = previous.flatMap { memory.registry.entry($0) } ?? chain.flatMap { memory.registry.tipToExtend($0) }
        let entry: Entry
        do {
            entry = try Entry.compose(
                chain: chain, height: tip.map { $0.height + 1 } ?? 0, previous: tip?.id, links: links, at: now,
                body: body, network: memory.registry.network, kid: signer.publicKey, sign: { try signer.sign($0) })
        } catch let failure as EntryFailure { throw NodeFailure.entryRefused(failure) }
        try insert(entry)
        try tx.noteAuthored(entry.id.raw, change: nil)
        return entry
    }

    /// Checks and stores an entry; one that is held already costs nothing. False where it was.
    @discardableResult
    mutating func insert(_ entry: Entry) throws -> Bool {
        guard !memory.registry.contains(entry.id) else { return false }
        guard let verified = Verified(checking: entry) else { throw NodeFailure.entryRefused(.badSignature) }
        do {
            guard try memory.insert(verified, tx.reader) else { return false }
        } catch let failure as EntryFailure { throw NodeFailure.entryRefused(failure) }
        memory.lastEntry = try tx.append(
            verified, unit: try memory.unitNumber(of: entry, tx.reader),
            isNetwork: entry.chain == memory.registry.network, about: memory.registry.unitNamed(in: entry))
        try fillNames(in: entry, number: memory.lastEntry)
        if memory.registry.isNetworkForked { try tx.noteNetworkFork() }
        registryGrew = true
        if let unit = memory.registry.unitEnded(by: entry) { try memory.load(units: [unit], tx.reader) }
        guard memory.registry.isEnding(entry) else { return true }
        endings.append(entry)
        // What was folded before it is not asked again.
        memory.loaded = memory.loaded.mapValues { loaded in
            var unfolded = loaded
            unfolded.state = nil
            return unfolded
        }
        return true
    }

    /// Takes entries from a file or a peer, parents first.
    ///
    /// - Parameters:
    ///   - own: keys of this ring: an entry that one of them signed and this store does not hold was signed elsewhere, or
    ///     before the store was lost.
    ///   - subject: the entry that admits this replica to its unit, where it has none yet.
    mutating func insert(
        _ bundle: RegistryBundle, own: Set<PublicKey> = [], subject: EntryID? = nil
    ) throws {
        if let network = memory.registry.network, network != bundle.network {
            throw NodeFailure.wrongNetwork(found: bundle.network.hex)
        }
        for bytes in bundle.entries {
            let entry: Entry
            do {
                entry = try Self.decode(bytes, memory.registry.network)
            } catch { throw NodeFailure.entryRefused(error) }
            if try insert(entry), own.contains(entry.author) { try noteAhead(entry.author, entry.id.raw) }
            if memory.identity.network == nil, let network = memory.registry.network {
                guard network == bundle.network else { throw NodeFailure.wrongNetwork(found: network.hex) }
                memory.identity.network = network
                try tx.setMeta("network", network.bytes)
            }
        }
        for blob in bundle.blobs { try insertBlob(blob) }
        let unit = subject.flatMap { memory.registry.entry($0) }.flatMap { memory.registry.unitNamed(in: $0) }
        try insert(names: bundle.names, for: memory.identity.unit ?? unit)
    }

    /// The first entry of a replica without a network is its genesis, and says so by having no chain.
    static func decode(_ bytes: [UInt8], _ network: NetworkID?) throws(EntryFailure) -> Entry {
        guard network != nil else { return try Entry.decode(bytes, network: nil) }
        do {
            return try Entry.decode(bytes, network: network)
        } catch .otherNetwork {
            // The genesis of this very network, sent again.
            return try Entry.decode(bytes, network: nil)
        }
    }

    /// Only blobs that an entry publishes are kept.
    mutating func insertBlob(_ bytes: [UInt8]) throws {
        let id = BlobID(ProcedureDefinition.hash(bytes))
        guard memory.registry.isPublished(id) else { return }
        // A calendar that is there by now counts.
        memory.calendars[id] = nil
        try tx.insertBlob(id, bytes, isChecked: DefinitionLoader.load(bytes).errors.isEmpty)
    }

    /// The chain that a key writes in the own unit.
    func chain(of key: PublicKey) throws -> EntryID {
        guard let unit = identity.unit else { throw NodeFailure.notAdministrator }
        if memory.registry.rootInForce(of: unit)?.key == key { return unit }
        for grant in memory.registry.grants(of: key) where grant.unit == unit {
            guard case .administrator(let delegation) = grant.standing,
                memory.registry.standingRevocations(of: delegation).isEmpty
            else { continue }
            return delegation
        }
        throw NodeFailure.notAdministrator
    }
}

extension Replica {
    /// Entries of the network and of units, with the names that a unit may learn, and published blobs.
    ///
    /// - Parameter receiver: for which it is made; nil: only names that every member learns.
    package func bundle(of units: [UnitID], for receiver: UnitID? = nil) throws -> RegistryBundle {
        try store.read { reader in
            let (registry, identity) = try caughtUp(reader, .network(units)) { ($0.registry, $0.identity) }
            guard let network = identity.network else { throw NodeFailure.noNetwork }
            let entries = registry.entries(of: units, notIn: .empty)
            let receiver = receiver ?? UnitID(.zero)
            var scope = NameScope(reader, receiver: receiver, giver: identity.unit ?? receiver)
            return RegistryBundle(
                network: network, entries: entries.map(\.bytes),
                names: try Self.names(of: entries, registry, &scope, reader),
                blobs: try Self.blobs(of: entries, reader))
        }
    }

    /// Names in entries, for evidence: of the network's admissions only those of `units`.
    static func names(of entries: [Entry], units: [UnitID], _ reader: StoreReader) throws -> [Opening] {
        try entries.filter { entry in
            if case .admit = entry.body { return units.contains(entry.id) }
            return true
        }.flatMap(\.body.committedValues).compactMap { try reader.name($0.commitment) }
    }

    static func blobs(of entries: [Entry], _ reader: StoreReader) throws -> [[UInt8]] {
        try entries.compactMap { entry in
            switch entry.body {
            case .publishDefinition(let publication), .publishCalendar(let publication):
                try reader.blob(publication.blob)
            default: nil
            }
        }
    }
}
