package import CBOR
package import Envelope
package import Sodium

/// Why bytes are no request, or one that nobody should admit. The sender's or the carrier's fault.
package enum KeyRequestFailure: Error, Equatable, Sendable {
    case envelope(EnvelopeFailure)
    case malformed(CBORFailure)
    case malformedBody
    /// Not signed by the key that it carries.
    case badSignature
    case name(NameRule.Fault)
    case unitKind(String)
    case tooLarge(byteCount: Int, limit: Int)
}

/// What a new unit or device asks to be admitted or certified with (CDDL `request`, Protocol 3 §9). Signed by the key it
/// is about, so that nobody asks for another's key.
package struct KeyRequest: Sendable {
    package enum Kind: UInt64, Sendable {
        case unitRoot = 1
        case administrator
        case device
        case node
        /// A member of a recovery set.
        case recovery
    }

    package let kind: Kind
    package let key: PublicKey
    /// X25519 key for sealing package files to the device.
    package let agreement: Bytes32
    package let person: PersonID
    /// One of ``unitKinds``; empty unless a unit asks.
    package let unitKind: String
    /// The unit's name, or the position of the person.
    package let name: String
    /// The network that the asking replica belongs to; nil where it belongs to none.
    package let network: NetworkID?
    /// Who shall learn the unit's name; nil: what is usual for its kind. Nil unless a unit asks.
    package let nameAudience: NameAudience?

    package static let unitKinds = ["applicant", "it_agency", "vendor", "authority"]
    /// Of a request file (Protocol 8 §3); the longest that can be written has less than half of it.
    package static let byteCountMax = 1_024

    package init(
        kind: Kind, key: PublicKey, agreement: Bytes32, person: PersonID, unitKind: String, name: String,
        network: NetworkID?, nameAudience: NameAudience? = nil
    ) {
        (self.kind, self.key, self.agreement, self.person) = (kind, key, agreement, person)
        (self.unitKind, self.name, self.network, self.nameAudience) = (unitKind, name, network, nameAudience)
    }

    /// What is asked of a request whoever made it.
    package func check() throws(KeyRequestFailure) {
        if let fault = NameRule.fault(name) { throw .name(fault) }
        let isKnown = Self.unitKinds.contains { $0.utf8.elementsEqual(unitKind.utf8) }
        guard kind == .unitRoot ? isKnown : unitKind.isEmpty else { throw .unitKind(unitKind) }
        guard kind == .unitRoot || nameAudience == nil else { throw .malformedBody }
    }

    private var payload: [UInt8] {
        func pair(_ key: UInt64, _ value: CBORValue) -> CBORPair { CBORPair(key: .unsigned(key), value: value) }
        var pairs = [
            pair(1, .unsigned(kind.rawValue)), pair(2, .bytes(agreement.bytes)), pair(3, .bytes(person.bytes)),
            pair(5, .text(name)),
        ]
        if kind == .unitRoot { pairs.append(pair(4, .text(unitKind))) }
        if let network { pairs.append(pair(6, .bytes(network.bytes))) }
        if let nameAudience { pairs.append(pair(7, .unsigned(nameAudience.rawValue))) }
        return CBORValue.map(pairs).encoded
    }

    /// The bytes of the file; `sign` is the holder of the key.
    package func sealed(sign: ([UInt8]) throws -> Signature) throws -> [UInt8] {
        try check()
        let payload = payload
        let signature = try sign(
            Envelope.bytesToSign(payload, as: .request, aad: ExternalData.genesis, kid: key))
        return Envelope.assemble(payload, as: .request, kid: key, signature: signature).bytes
    }

    /// Reads a file whole: form, signature, and what ``check()`` asks.
    package static func decode(_ bytes: [UInt8]) throws(KeyRequestFailure) -> KeyRequest {
        guard bytes.count <= byteCountMax else { throw .tooLarge(byteCount: bytes.count, limit: byteCountMax) }
        let envelope: Envelope
        let item: CBORValue
        do {
            envelope = try Envelope.decode(bytes, as: .request)
        } catch { throw .envelope(error) }
        do {
            item = try CBORValue.decode(envelope.payload)
        } catch { throw .malformed(error) }
        guard envelope.isSigned(aad: ExternalData.genesis) else { throw .badSignature }
        let request = try read(item, key: envelope.kid)
        try request.check()
        return request
    }

    private static func read(_ item: CBORValue, key: PublicKey) throws(KeyRequestFailure) -> KeyRequest {
        guard let pairs = item.mapValue,
            pairs.allSatisfy({ $0.key.unsignedValue.map { (1...7).contains($0) } ?? false }),
            let kind = item[unsigned: 1]?.unsignedValue.flatMap({ Kind(rawValue: $0) }),
            let agreement = item[unsigned: 2]?.bytesValue.flatMap({ Bytes32($0) }),
            let person = item[unsigned: 3]?.bytesValue.flatMap({ PersonID($0) }),
            let name = item[unsigned: 5]?.textValue
        else { throw .malformedBody }
        var unitKind = ""
        if let stated = item[unsigned: 4] {
            guard let text = stated.textValue, !text.isEmpty else { throw .malformedBody }
            unitKind = text
        }
        var network: NetworkID?
        if let stated = item[unsigned: 6] {
            guard let id = stated.bytesValue.flatMap({ NetworkID($0) }) else { throw .malformedBody }
            network = id
        }
        var nameAudience: NameAudience?
        if let stated = item[unsigned: 7] {
            guard let audience = stated.unsignedValue.flatMap({ NameAudience(rawValue: $0) }) else {
                throw .malformedBody
            }
            nameAudience = audience
        }
        return KeyRequest(
            kind: kind, key: key, agreement: agreement, person: person, unitKind: unitKind, name: name,
            network: network, nameAudience: nameAudience)
    }
}
