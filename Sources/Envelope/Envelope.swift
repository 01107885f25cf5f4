package import CBOR
package import Sodium

/// Why bytes are no envelope of the expected class. The peer's or the disk's fault.
package enum EnvelopeFailure: Error, Equatable, Sendable {
    case malformed(CBORFailure)
    /// Not tag 18 around an array of four.
    case notSign1
    /// Protected headers other than {1: -8, 4: kid, 16: typ}, or a non-empty unprotected map.
    case wrongHeaders
    case wrongClass(found: String)
    /// The signature does not belong to these bytes and this key: condemns the envelope, never the id.
    case badSignature
    case tooLarge(byteCount: Int, limit: Int)
}

/// A COSE_Sign1 object (RFC 9052 §4.2) as Protocol 1 §2 narrows it: tag 18, EdDSA, one key, one class.
///
/// Decoding checks the form only; ``isSigned(aad:)`` checks the signature. What was decoded is never encoded anew.
package struct Envelope: Sendable {
    package let objectClass: ObjectClass
    package let kid: PublicKey
    /// The whole tagged item, as received or sealed.
    package let bytes: [UInt8]
    package let payload: [UInt8]
    package let signature: Signature
    /// The encoded protected headers.
    private let protected: Range<Int>

    /// Largest envelope of any class, bytes (Protocol 8 §1): a change set of 48 KiB with its frame of headers.
    package static let byteCountMax = 49_152 + 512

    package static func decode(_ bytes: [UInt8], as objectClass: ObjectClass) throws(EnvelopeFailure) -> Envelope {
        guard bytes.count <= byteCountMax else { throw .tooLarge(byteCount: bytes.count, limit: byteCountMax) }
        do {
            return try decodeStrictly(bytes, as: objectClass)
        } catch let failure as CBORFailure {
            throw .malformed(failure)
        } catch let failure as EnvelopeFailure {
            throw failure
        } catch {
            preconditionFailure("decoding throws no other error")
        }
    }

    private static func decodeStrictly(_ bytes: [UInt8], as objectClass: ObjectClass) throws -> Envelope {
        var reader = CBORReader(bytes)
        guard try reader.readTag() == 18, try reader.readArrayHeader(max: 4) == 4 else {
            throw EnvelopeFailure.notSign1
        }
        let protected = try reader.readBytesRange()
        guard try reader.readMapHeader(max: 0) == 0 else { throw EnvelopeFailure.wrongHeaders }
        let payload = try reader.readBytes()
        let signatureBytes = try reader.readBytesRange()
        try reader.finish()
        let kid = try readHeaders(bytes, protected, as: objectClass)
        guard let signature = Signature(bytes[signatureBytes]) else { throw EnvelopeFailure.wrongHeaders }
        return Envelope(
            objectClass: objectClass, kid: kid, bytes: bytes, payload: payload, signature: signature,
            protected: protected)
    }

    /// The protected headers in their only form; anything else, also a further header, is refused.
    private static func readHeaders(
        _ bytes: [UInt8], _ range: Range<Int>, as objectClass: ObjectClass
    ) throws -> PublicKey {
        var headers = CBORReader(bytes, range: range)
        guard try headers.readMapHeader(max: 3) == 3, try headers.readUnsigned() == 1,
            try headers.readInteger() == -8, try headers.readUnsigned() == 4
        else { throw EnvelopeFailure.wrongHeaders }
        guard let kid = Bytes32(try headers.readBytes()), try headers.readUnsigned() == 16 else {
            throw EnvelopeFailure.wrongHeaders
        }
        let typ = try headers.readText(maxBytes: 64)
        try headers.finish()
        guard typ.utf8.elementsEqual(objectClass.typ.utf8) else { throw EnvelopeFailure.wrongClass(found: typ) }
        return PublicKey(kid)
    }

    /// The Sig_structure (RFC 9052 §4.4): exactly the bytes that are signed, and that the id covers.
    package func signedBytes(aad: [UInt8]) -> [UInt8] {
        Self.signedBytes(protected: bytes[protected], aad: aad, payload: payload)
    }

    private static func signedBytes(protected: some Collection<UInt8>, aad: [UInt8], payload: [UInt8]) -> [UInt8] {
        var writer = CBORWriter()
        writer.reserve(payload.count + aad.count + protected.count + 32)
        writer.arrayHeader(4)
        writer.text("Signature1")
        writer.bytes(protected)
        writer.bytes(aad)
        writer.bytes(payload)
        return writer.bytes
    }

    /// The id of the statement: over the signed bytes and not the signature, so that one statement has one id.
    package func id(aad: [UInt8]) -> Bytes32 {
        Blake2b.hash(signedBytes(aad: aad), personal: objectClass.personal)
    }

    /// Whether the signature is that of ``kid`` over these bytes.
    package func isSigned(aad: [UInt8]) -> Bool {
        kid.verifies(signature, over: signedBytes(aad: aad))
    }

    /// Signs a payload. Deterministic: Ed25519 needs no randomness.
    package static func seal(
        _ payload: [UInt8], as objectClass: ObjectClass, aad: [UInt8], key: borrowing SigningKey
    ) -> Envelope {
        let kid = key.publicKey
        let signed = signedBytes(
            protected: protectedHeaders(kid: kid, objectClass: objectClass), aad: aad, payload: payload)
        return assemble(payload, as: objectClass, kid: kid, signature: key.sign(signed))
    }

    /// The bytes a key holder elsewhere (the unlock agent) has to sign for ``assemble(_:as:kid:signature:)``.
    package static func bytesToSign(
        _ payload: [UInt8], as objectClass: ObjectClass, aad: [UInt8], kid: PublicKey
    ) -> [UInt8] {
        signedBytes(protected: protectedHeaders(kid: kid, objectClass: objectClass), aad: aad, payload: payload)
    }

    /// Puts payload and signature together; the caller vouches that the signature is over ``bytesToSign``.
    package static func assemble(
        _ payload: [UInt8], as objectClass: ObjectClass, kid: PublicKey, signature: Signature
    ) -> Envelope {
        let headers = protectedHeaders(kid: kid, objectClass: objectClass)
        var writer = CBORWriter()
        writer.reserve(payload.count + 160)
        writer.tag(18)
        writer.arrayHeader(4)
        writer.bytes(headers)
        // tag (1) + array (1) + byte string header of 32 < n < 256 bytes (2)
        let range = 4..<(4 + headers.count)
        writer.mapHeader(0)
        writer.bytes(payload)
        writer.bytes(signature.bytes)
        return Envelope(
            objectClass: objectClass, kid: kid, bytes: writer.bytes, payload: payload, signature: signature,
            protected: range)
    }

    private static func protectedHeaders(kid: PublicKey, objectClass: ObjectClass) -> [UInt8] {
        var writer = CBORWriter()
        writer.mapHeader(3)
        writer.unsigned(1)
        writer.integer(-8)
        writer.unsigned(4)
        writer.bytes(kid.bytes.bytes)
        writer.unsigned(16)
        writer.text(objectClass.typ)
        return writer.bytes
    }
}
