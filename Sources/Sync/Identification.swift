import CBOR
package import Envelope
package import Sodium

/// Who is at the other end: a COSE_Sign1 of typ `mufakat/channel` inside the channel (Protocol 5 §2).
package struct Identity: Sendable {
    package let kid: PublicKey
    package let certificate: EntryID
    /// By the responder: the initiator's certificate.
    package let peer: EntryID?
    /// The certificate and what it rests on, parents first, for a peer that does not hold them.
    package let entries: [[UInt8]]
}

package enum Identification {
    package static let entryCountMax = 64

    /// The prologue of the handshake: protocol versions and network.
    package static func prologue(network: NetworkID) -> [UInt8] { [UInt8(SyncLimits.version)] + network.bytes }

    package static func compose(
        role: Session.Role, handshakeHash: [UInt8], certificate: EntryID, peer: EntryID?, entries: [[UInt8]],
        network: NetworkID, kid: PublicKey, sign: ([UInt8]) throws -> Signature
    ) rethrows -> [UInt8] {
        var writer = CBORWriter()
        writer.mapHeader(peer == nil ? 4 : 5)
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
        let aad = ExternalData.network(network)
        let signature = try sign(Envelope.bytesToSign(writer.bytes, as: .channel, aad: aad, kid: kid))
        let envelope = Envelope.assemble(writer.bytes, as: .channel, kid: kid, signature: signature)
        var frame = CBORWriter()
        frame.raw(envelope.bytes)
        for entry in entries { frame.bytes(entry) }
        return frame.bytes
    }

    /// Checks form, handshake, role and signature; whether the certificate admits is the replica's affair.
    package static func check(
        _ frame: [UInt8], from role: Session.Role, handshakeHash: [UInt8], network: NetworkID
    ) throws(Violation) -> Identity {
        do {
            var reader = CBORReader(frame)
            let envelope = try Envelope.decode(try reader.readRawItem(), as: .channel)
            let entries = try reader.readAll { try $0.readBytes() }
            guard entries.count <= entryCountMax else {
                throw Violation.tooMany(field: "entries", count: entries.count, limit: entryCountMax)
            }
            let item = try CBORValue.decode(envelope.payload)
            guard item[unsigned: 1]?.bytesValue == handshakeHash,
                item[unsigned: 2]?.unsignedValue == (role == .initiator ? 0 : 1),
                let certificate = item[unsigned: 3]?.bytesValue.flatMap({ EntryID($0) }),
                let versions = item[unsigned: 4]?.arrayValue, versions.contains(.unsigned(SyncLimits.version))
            else { throw Violation.badIdentity("fields") }
            guard envelope.isSigned(aad: ExternalData.network(network)) else {
                throw Violation.badIdentity("signature")
            }
            return Identity(
                kid: envelope.kid, certificate: certificate,
                peer: item[unsigned: 5]?.bytesValue.flatMap { EntryID($0) }, entries: entries)
        } catch let violation as Violation {
            throw violation
        } catch let failure as CBORFailure {
            throw .malformed(failure)
        } catch {
            throw .badIdentity("envelope")
        }
    }
}
