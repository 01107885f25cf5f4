import CBOR
import Envelope
package import Registry
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
    /// Nothing is held of its certificate, and the entries that came along do not prove it.
    case unproven(key: String, ProofFailure)
    /// The own certificate rests on more entries than a proof may have: only who holds it answers.
    case proofTooLong
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

    /// Whether a certificate admits its key to a connection, by all that is known now: by the entries that came along
    /// where it is not held. Those prove it for this connection and are not stored.
    func admit(_ identity: Identity, proof entries: [[UInt8]]) throws -> (UnitID, Identity) {
        var admitted = identity
        let (isKnown, registry) = try store.read { reader in
            try caughtUp(reader, .own) { memory in (try memory.knows(identity, reader), memory.registry) }
        }
        if !isKnown {
            do {
                admitted.proof = try CertificateProof(
                    entries, of: identity.certificate, key: identity.kid, in: registry)
            } catch { throw PeerFailure.unproven(key: identity.kid.hex, error) }
        }
        let peer = admitted
        let unit = try store.read { reader in try caughtUp(reader, .own) { try $0.judge(peer, reader) } }
        return (unit, admitted)
    }

    /// Judges a peer again by all that is stored now (Protocol 5 §2).
    func judge(_ peer: Identity) throws {
        _ = try store.read { reader in try caughtUp(reader, .own) { try $0.judge(peer, reader) } }
    }

    static func check(_ identity: Identity, _ registry: Registry) throws(PeerFailure) -> UnitID {
        let unit = try unit(identity, registry)
        guard registry.suspensions(of: unit, in: nil).isEmpty else {
            throw .suspended(unit: unit.hex)
        }
        return unit
    }

    /// Where the certificate is held, the registry alone decides.
    private static func unit(_ identity: Identity, _ registry: Registry) throws(PeerFailure) -> UnitID {
        if let entry = registry.entry(identity.certificate) {
            guard case .certify(let certificate) = entry.body, certificate.key == identity.kid,
                let unit = registry.unitID(ofChain: entry.chain)
            else { throw .uncertified(key: identity.kid.hex) }
            guard registry.standingRevocations(of: entry.id).isEmpty, registry.stands(entry.id) else {
                throw .revoked(key: identity.kid.hex)
            }
            return unit
        }
        guard let proof = identity.proof else { throw .uncertified(key: identity.kid.hex) }
        do {
            try proof.check(registry)
        } catch { throw .revoked(key: identity.kid.hex) }
        return proof.unit
    }

    /// What proves the own certificate to somebody who never heard of the unit; nil where it is more than a proof may
    /// have, and only who holds the certificate answers.
    func certificateProof(_ certificate: EntryID) throws -> [[UInt8]]? {
        try current(.own).registry.proof(of: certificate).map { $0.map(\.bytes) }
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
        if try !knows(peer, reader), let proof = peer.proof { try load(units: [proof.unit], reader) }
        return try Replica.check(peer, registry)
    }
}
