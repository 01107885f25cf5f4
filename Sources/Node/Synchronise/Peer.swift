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
        let (registry, identity) = try current()
        guard let unit = identity.unit,
            let grant = registry.grants(of: file.publicKey).first(where: { $0.unit == unit }),
            case .device(let certificate) = grant.standing
        else { throw NodeFailure.notCertified(file.name) }
        return ChannelKey(signer: try keys.signer(file.name, source), certificate: certificate, unit: unit)
    }

    /// Whether a certificate admits its key to a connection, by all that is known now. Entries that come along are
    /// tried on a copy first: only those that lead to a certificate of this network are kept.
    func admit(_ identity: Identity) async throws -> UnitID {
        var (registry, _) = try current()
        if !registry.contains(identity.certificate), !identity.entries.isEmpty {
            for bytes in identity.entries {
                guard let entry = try? Entry.decode(bytes, network: registry.network),
                    let verified = Verified(checking: entry)
                else { throw PeerFailure.uncertified(key: identity.kid.hex) }
                do { try registry.insert(verified) } catch { throw PeerFailure.uncertified(key: identity.kid.hex) }
            }
        }
        let unit = try Self.check(identity, registry)
        if !identity.entries.isEmpty { try await ingest(entries: identity.entries, names: [], blobs: []) }
        return unit
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
        let (registry, _) = try current()
        guard let cover = registry.cover([certificate]) else { return [] }
        let path = registry.entries.filter { registry.contains($0.id, in: cover) && $0.network != nil }
        guard path.count <= Identification.entryCountMax else {
            // Only what the certificate rests on: the chain's opener, the unit's genesis and the certificate.
            return path.suffix(Identification.entryCountMax).map(\.bytes)
        }
        return path.map(\.bytes)
    }
}
