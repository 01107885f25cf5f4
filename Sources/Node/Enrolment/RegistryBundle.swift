import CBOR
package import Envelope
package import Registry
package import Sodium
import Store

/// Registry entries with the names that open and the blobs they publish, as a file: an invitation to a unit, or a
/// certificate for a device (Protocol 3 §9).
package struct RegistryBundle: Sendable {
    package let network: NetworkID
    package let entries: [[UInt8]]
    package let names: [Opening]
    package let blobs: [[UInt8]]

    package init(network: NetworkID, entries: [[UInt8]], names: [Opening], blobs: [[UInt8]]) {
        (self.network, self.entries, self.names, self.blobs) = (network, entries, names, blobs)
    }

    private static let format = "mufakat-registry/1"
    package static let byteCountMax = 16 << 20

    package var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.arrayHeader(5)
        writer.text(Self.format)
        writer.bytes(network.bytes)
        writer.arrayHeader(entries.count)
        for entry in entries { writer.bytes(entry) }
        writer.arrayHeader(names.count)
        for name in names { writer.raw(name.encoded) }
        writer.arrayHeader(blobs.count)
        for blob in blobs { writer.bytes(blob) }
        return writer.bytes
    }

    package static func read(_ path: String) throws -> RegistryBundle {
        let bytes = try PrivateFile.readPublic(path, limit: byteCountMax)
        guard let parts = (try? CBORValue.decode(bytes))?.arrayValue, parts.count == 5,
            parts[0] == .text(format), let network = parts[1].bytesValue.flatMap({ NetworkID($0) }),
            let entries = parts[2].arrayValue?.compactMap(\.bytesValue),
            let names = parts[3].arrayValue?.compactMap({ try? Opening(decoding: $0) }),
            let blobs = parts[4].arrayValue?.compactMap(\.bytesValue)
        else { throw NodeFailure.wrongFile(path: path, expected: format) }
        return RegistryBundle(network: network, entries: entries, names: names, blobs: blobs)
    }
}

/// What a new unit or device asks to be admitted or certified with.
package struct KeyRequest: Sendable {
    package let kind: KeyKind
    package let key: PublicKey
    package let agreement: Bytes32
    package let person: PersonID
    /// Of a unit: `applicant`, `it_agency`, `vendor`, `authority`.
    package let unitKind: String
    /// The unit's name, or the position of the person.
    package let name: String

    private static let format = "mufakat-request/1"

    package init(_ file: KeyFile, unitKind: String, name: String) {
        kind = file.kind
        key = file.publicKey
        agreement = file.agreement
        person = file.person
        self.unitKind = unitKind
        self.name = name
    }

    private init(
        kind: KeyKind, key: PublicKey, agreement: Bytes32, person: PersonID, unitKind: String, name: String
    ) {
        (self.kind, self.key, self.agreement, self.person) = (kind, key, agreement, person)
        (self.unitKind, self.name) = (unitKind, name)
    }

    package var encoded: [UInt8] {
        CBORValue.array([
            .text(Self.format), .unsigned(kind.rawValue), .bytes(key.bytes.bytes), .bytes(agreement.bytes),
            .bytes(person.bytes), .text(unitKind), .text(name),
        ]).encoded
    }

    package static func read(_ path: String) throws -> KeyRequest {
        let bytes = try PrivateFile.readPublic(path, limit: 4_096)
        guard let parts = (try? CBORValue.decode(bytes))?.arrayValue, parts.count == 7, parts[0] == .text(format),
            let kind = parts[1].unsignedValue.flatMap({ KeyKind(rawValue: $0) }),
            let key = parts[2].bytesValue.flatMap({ Bytes32($0) }),
            let agreement = parts[3].bytesValue.flatMap({ Bytes32($0) }),
            let person = parts[4].bytesValue.flatMap({ PersonID($0) }), let unitKind = parts[5].textValue,
            let name = parts[6].textValue, (1...200).contains(name.utf8.count)
        else { throw NodeFailure.wrongFile(path: path, expected: format) }
        return KeyRequest(
            kind: kind, key: PublicKey(key), agreement: agreement, person: person, unitKind: unitKind, name: name)
    }

    /// What two people compare: the key in readable groups.
    package var fingerprint: String { Fingerprint.text(key.bytes) }
}

/// The first 16 bytes of a key or id in groups of four digits.
package enum Fingerprint {
    package static func text(_ bytes: Bytes32) -> String {
        let digits = Array(bytes.hex.prefix(32))
        return stride(from: 0, to: 32, by: 4).map { String(digits[$0..<($0 + 4)]) }.joined(separator: " ")
    }
}
