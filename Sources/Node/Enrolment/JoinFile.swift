import CBOR
package import Envelope
import Sodium
import Store

/// What a key joins with, as a file: an invitation to a unit, or a certificate for a device (Protocol 3 §9).
///
/// Nothing in it is believed but what its entries sign; the digest shows damage on the way and proves nothing.
package struct JoinFile: Sendable {
    /// The entry that admits the unit, or certifies or delegates to the key, for which the file was made.
    package let subject: EntryID
    /// Whether it is a unit that ``subject`` admits.
    package let isInvitation: Bool
    package let bundle: RegistryBundle

    package init(subject: EntryID, isInvitation: Bool, bundle: RegistryBundle) {
        (self.subject, self.isInvitation, self.bundle) = (subject, isInvitation, bundle)
    }

    static let invitationFormat = "mufakat-invitation/1"
    static let certificateFormat = "mufakat-certificate/1"
    package static let byteCountMax = 16 << 20
    /// Head and bytes of the digest at the end.
    private static let digestByteCount = 34

    private static func digest(_ bytes: [UInt8]) -> Bytes32 {
        Blake2b.hash(bytes, personal: Personal("mufakat bundle"))
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.arrayHeader(7)
        writer.text(isInvitation ? Self.invitationFormat : Self.certificateFormat)
        writer.bytes(bundle.network.bytes)
        writer.bytes(subject.bytes)
        writer.arrayHeader(bundle.entries.count)
        for entry in bundle.entries { writer.bytes(entry) }
        writer.arrayHeader(bundle.names.count)
        for name in bundle.names { writer.raw(name.encoded) }
        writer.arrayHeader(bundle.blobs.count)
        for blob in bundle.blobs { writer.bytes(blob) }
        let digest = Self.digest(writer.bytes)
        writer.bytes(digest.bytes)
        return writer.bytes
    }

    /// - Throws: ``EnrolmentFailure`` `otherKind` or `damaged`, or ``StoreFailure``.
    package static func read(_ path: String) throws -> JoinFile {
        let bytes = try PrivateFile.readPublic(path, limit: byteCountMax)
        let found = EnrolmentFile.kind(bytes)
        guard found == .invitation || found == .certificate else {
            throw NodeFailure.enrolment(.otherKind(path: path, found: found, expected: .invitation))
        }
        return try decode(bytes, path: path)
    }

    /// - Parameter path: for the words of a failure.
    package static func decode(_ bytes: [UInt8], path: String) throws -> JoinFile {
        func damaged(_ fact: String) -> NodeFailure { .enrolment(.damaged(path: path, fact: fact)) }
        guard bytes.count > digestByteCount else { throw damaged("\(bytes.count) B") }
        let covered = Array(bytes.dropLast(digestByteCount))
        guard bytes.suffix(32).elementsEqual(digest(covered).bytes) else { throw damaged("digest") }
        let parts: [CBORValue]?
        do {
            parts = try CBORValue.decode(bytes).arrayValue
        } catch { throw damaged("\(error)") }
        guard let parts, parts.count == 7, let format = parts[0].textValue,
            let network = parts[1].bytesValue.flatMap({ NetworkID($0) }),
            let subject = parts[2].bytesValue.flatMap({ EntryID($0) }),
            let entries = parts[3].arrayValue.flatMap({ all($0, \.bytesValue) }),
            let names = parts[4].arrayValue.flatMap({ all($0) { try? Opening(decoding: $0) } }),
            let blobs = parts[5].arrayValue.flatMap({ all($0, \.bytesValue) })
        else { throw damaged("fields") }
        return JoinFile(
            subject: subject, isInvitation: format.utf8.elementsEqual(invitationFormat.utf8),
            bundle: RegistryBundle(network: network, entries: entries, names: names, blobs: blobs))
    }

    /// Nil where one of them is not what it should be: nothing is left out silently.
    private static func all<Item>(_ items: [CBORValue], _ read: (CBORValue) -> Item?) -> [Item]? {
        var found: [Item] = []
        for item in items {
            guard let value = read(item) else { return nil }
            found.append(value)
        }
        return found
    }
}
