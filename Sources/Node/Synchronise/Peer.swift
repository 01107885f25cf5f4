import CBOR
import Envelope
import Registry
import Sodium
import Store
package import Sync

/// The key a replica shows to its peers, with its certificate.
package struct ChannelKey: Sendable {
    let signer: any Signer
    let certificate: EntryID
    let unit: UnitID
}

/// Why a connection was ended. Says what the peer did, or what it is not.
package enum PeerFailure: Error, Equatable, Sendable {
    case violation(Violation)
    case closed
    case uncertified(key: String)
    case revoked(key: String)
    case suspended(unit: String)
    case otherPeer
}

extension Replica {
    /// A node key without a passphrase, or the device key that a person unlocked.
    package func channelKey(_ name: String?, _ source: PassphraseSource) throws -> ChannelKey {
        let candidates = try name.map { [try keys.file($0)] } ?? keys.files([.node, .device])
        // Without a name: a node key, the only key, or one that nobody has to be asked for.
        let file =
            candidates.first { $0.kind == .node } ?? (candidates.count == 1 ? candidates.first : nil)
            ?? candidates.first { $0.isOpenWithoutPassphrase || Agent.isRunning(folder: folder, name: $0.name) }
        guard let file else { throw NodeFailure.keyNeeded(candidates.map(\.name)) }
        let (registry, identity) = try current(.own)
        guard let unit = identity.unit,
            let grant = registry.grants(of: file.publicKey).first(where: { $0.unit == unit }),
            case .device(let certificate) = grant.standing
        else { throw NodeFailure.notCertified(file.name) }
        return ChannelKey(signer: try keys.signer(file.name, source), certificate: certificate, unit: unit)
    }

    /// Whether a certificate admits its key to a connection, by all that is known now. Entries that come along are
    /// tried on a copy first: only those that lead to a certificate of this network are kept.
    func admit(_ identity: Identity) async throws -> UnitID {
        let registry = try store.read { reader in
            try caughtUp(reader, .own) { memory in
                try memory.load(entries: [identity.certificate], reader)
                var trial = memory
                if !trial.registry.contains(identity.certificate) {
                    try trial.take(identity.entries, of: identity.kid, reader)
                }
                return trial.registry
            }
        }
        let unit = try Self.check(identity, registry)
        if !identity.entries.isEmpty {
            try await ingest(entries: identity.entries, blobs: [], from: identity)
        }
        return unit
    }

    /// Judges a peer again by all that is stored now (Protocol 5 §2).
    func judge(_ peer: Identity) throws {
        _ = try store.read { reader in try caughtUp(reader, .own) { try $0.judge(peer, reader) } }
    }

    static func check(_ identity: Identity, _ registry: Registry) throws(PeerFailure) -> UnitID {
        guard let entry = registry.entry(identity.certificate), case .certify(let certificate) = entry.body,
            certificate.key == identity.kid, let unit = registry.unitID(ofChain: entry.chain)
        else { throw .uncertified(key: identity.kid.hex) }
        guard registry.standingRevocations(of: entry.id).isEmpty, registry.stands(entry.id) else {
            throw .revoked(key: identity.kid.hex)
        }
        guard registry.suspensions(of: unit, in: registry.everything).isEmpty else {
            throw .suspended(unit: unit.hex)
        }
        return unit
    }

    /// What proves the own certificate to somebody who never heard of the unit.
    func certificatePath(_ certificate: EntryID) throws -> [[UInt8]] {
        var (registry, _) = try current(.own)
        guard let count = registry.cover([certificate])?.entryCount else { return [] }
        if count <= Identification.entryCountMax { (registry, _) = try current(.network([])) }
        guard let cover = registry.cover([certificate]) else { return [] }
        let path = registry.entries.filter { registry.contains($0.id, in: cover) && $0.network != nil }
        // Where it is too long, the end of what the certificate rests on: whoever is in the network holds its chain.
        return registry.inCanonicalOrder(path).suffix(Identification.entryCountMax).map(\.bytes)
    }
}

extension Replica.Memory {
    /// Tries a stranger's entries on a copy.
    fileprivate mutating func take(_ entries: [[UInt8]], of key: PublicKey, _ reader: StoreReader) throws {
        for bytes in entries {
            guard let entry = try? Entry.decode(bytes, network: registry.network),
                let verified = Verified(checking: entry)
            else { throw PeerFailure.uncertified(key: key.hex) }
            do {
                _ = try insert(verified, reader)
            } catch is EntryFailure { throw PeerFailure.uncertified(key: key.hex) }
        }
    }
}

extension Replica.Memory {
    /// Whether the peer's certificate is stored.
    mutating func knows(_ peer: Identity, _ reader: StoreReader) throws -> Bool {
        try load(entries: [peer.certificate], reader)
        return registry.contains(peer.certificate)
    }

    /// The unit of a peer that may go on; its unit's chains are loaded, so that no revocation is missed.
    mutating func judge(_ peer: Identity, _ reader: StoreReader) throws -> UnitID {
        try load(entries: [peer.certificate], reader)
        return try Replica.check(peer, registry)
    }
}
