import CBOR
package import Envelope
package import Registry
package import Sodium

/// Who is at the other end: a COSE_Sign1 of typ `mufakat/channel` inside the channel (Protocol 5 §2).
package struct Identity: Sendable {
    package let kid: PublicKey
    package let certificate: EntryID
    /// By the responder: the initiator's certificate.
    package let peer: EntryID?
    /// Entries that follow, for a peer that does not hold the certificate.
    package let proofCount: Int
    /// What was found of them; nil where the certificate was held.
    package var proof: CertificateProof?
}

package enum Identification {
    /// The prologue of the handshake: protocol versions and network.
    package static func prologue(network: NetworkID) -> [UInt8] { [UInt8(SyncLimits.version)] + network.bytes }

    package static func compose(
        role: Session.Role, handshakeHash: [UInt8], certificate: EntryID, peer: EntryID?, proofCount: Int,
        network: NetworkID, kid: PublicKey, sign: ([UInt8]) throws -> Signature
    ) rethrows -> [UInt8] {
        var writer = CBORWriter()
        writer.mapHeader(peer == nil ? 5 : 6)
        writer.unsigned(1)
        writer.bytes(handshakeHash)
        writer.unsigned(2)
        writer.unsigned(role == .initiator ? 0 : 1)
        writer.unsigned(3)
        writer.bytes(certificate.bytes)
        writer.unsigned(4)
        writer.arrayHeader(1)
        writer.unsigned(SyncLimits.version)
        if let peer {
            writer.unsigned(5)
            writer.bytes(peer.bytes)
        }
        writer.unsigned(6)
        writer.unsigned(UInt64(proofCount))
        let aad = ExternalData.network(network)
        let signature = try sign(Envelope.bytesToSign(writer.bytes, as: .channel, aad: aad, kid: kid))
        return Envelope.assemble(writer.bytes, as: .channel, kid: kid, signature: signature).bytes
    }

    /// Checks form, handshake, role and signature; whether the certificate admits is the replica's affair.
    package static func check(
        _ frame: [UInt8], from role: Session.Role, handshakeHash: [UInt8], network: NetworkID
    ) throws(Violation) -> Identity {
        do {
            let envelope = try Envelope.decode(frame, as: .channel)
            let item = try CBORValue.decode(envelope.payload)
            guard item[unsigned: 1]?.bytesValue == handshakeHash,
                item[unsigned: 2]?.unsignedValue == (role == .initiator ? 0 : 1),
                let certificate = item[unsigned: 3]?.bytesValue.flatMap({ EntryID($0) }),
                let versions = item[unsigned: 4]?.arrayValue, versions.contains(.unsigned(SyncLimits.version)),
                let proofCount = item[unsigned: 6]?.unsignedValue
            else { throw Violation.badIdentity("fields") }
            let limit = RegistryLimits.proofEntryCountMax
            guard proofCount <= UInt64(limit) else {
                throw Violation.tooMany(field: "proof", count: Int(clamping: proofCount), limit: limit)
            }
            guard envelope.isSigned(aad: ExternalData.network(network)) else {
                throw Violation.badIdentity("signature")
            }
            return Identity(
                kid: envelope.kid, certificate: certificate,
                peer: item[unsigned: 5]?.bytesValue.flatMap { EntryID($0) }, proofCount: Int(proofCount))
        } catch let violation as Violation {
            throw violation
        } catch let failure as CBORFailure {
            throw .malformed(failure)
        } catch {
            throw .badIdentity("envelope")
        }
    }
}
