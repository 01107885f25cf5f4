import CBOR
import Dossier
package import Envelope
import Sodium

/// What is wrong with an evidence file. Every one of these means *not valid*.
package enum EvidenceFailure: Error, Sendable {
    case notEvidence
    case damaged
    case otherNetwork(found: String)
    case entry(String)
    case change(String)
    case subjectMissing
    case definition
    case content(document: String)
    case opening(String)
    case tooLarge(byteCount: Int, limit: Int)
}

/// A self-contained proof of one act, or of all acts of a dossier (Protocol 7 §1): `[format, body, hash of body]`.
package struct EvidenceFile: Sendable {
    package struct Content: Sendable {
        package let document: String
        package let instance: Int
        package let stage: String?
        /// The list `[[path, value]…]` as the revision covers it.
        package let entries: [(path: String, value: Value)]

        package init(document: String, instance: Int, stage: String?, entries: [(path: String, value: Value)]) {
            (self.document, self.instance, self.stage, self.entries) = (document, instance, stage, entries)
        }
    }

    package var network: NetworkID
    package var entries: [[UInt8]]
    package var dossier: DossierID
    package var changes: [[UInt8]]
    /// Nil: all acts of the dossier.
    package var subject: ChangeSetID?
    package var openings: [Opening]
    package var definition: [UInt8]
    package var contents: [Content]
    /// Versions that change sets want the dossier to migrate to, in the order of their entries.
    package var newer: [[UInt8]]

    package init(
        network: NetworkID, entries: [[UInt8]], dossier: DossierID, changes: [[UInt8]], subject: ChangeSetID?,
        openings: [Opening], definition: [UInt8], contents: [Content], newer: [[UInt8]] = []
    ) {
        (self.network, self.entries, self.dossier, self.changes) = (network, entries, dossier, changes)
        (self.subject, self.openings, self.definition, self.contents) = (subject, openings, definition, contents)
        self.newer = newer
    }

    static let format = "mufakat-evidence/1"
    package static let byteCountMax = 64 << 20

    private static func hash(_ body: [UInt8]) -> Bytes32 { Blake2b.hash(body, personal: Personal("mufakat evid")) }

    package var encoded: [UInt8] {
        var body = CBORWriter()
        body.mapHeader(7 + (subject == nil ? 0 : 1) + (newer.isEmpty ? 0 : 1))
        body.unsigned(1)
        body.bytes(network.bytes)
        body.unsigned(2)
        body.arrayHeader(entries.count)
        for entry in entries { body.bytes(entry) }
        body.unsigned(3)
        body.bytes(dossier.bytes)
        body.unsigned(4)
        body.arrayHeader(changes.count)
        for change in changes { body.bytes(change) }
        if let subject {
            body.unsigned(5)
            body.bytes(subject.bytes)
        }
        body.unsigned(6)
        body.arrayHeader(openings.count)
        for opening in openings { body.raw(opening.encoded) }
        body.unsigned(7)
        body.bytes(definition)
        body.unsigned(8)
        body.arrayHeader(contents.count)
        for content in contents { body.raw(content.item.encoded) }
        if !newer.isEmpty {
            body.unsigned(9)
            body.arrayHeader(newer.count)
            for bytes in newer { body.bytes(bytes) }
        }
        var writer = CBORWriter()
        writer.arrayHeader(3)
        writer.text(Self.format)
        writer.bytes(body.bytes)
        writer.bytes(Self.hash(body.bytes).bytes)
        return writer.bytes
    }

    /// The bytes of the file, which everybody takes.
    package func sealed(limit: Int = byteCountMax) throws(EvidenceFailure) -> [UInt8] {
        let bytes = encoded
        guard bytes.count <= limit else { throw .tooLarge(byteCount: bytes.count, limit: limit) }
        return bytes
    }

    /// Exactly the form of Protocol 7 §1: what is missing, more, or of another type is refused, for a verifier that took
    /// it and one that did not would prove different things.
    package static func decode(
        _ bytes: [UInt8], limit: Int = byteCountMax
    ) throws(EvidenceFailure) -> EvidenceFile {
        guard bytes.count <= limit else { throw .tooLarge(byteCount: bytes.count, limit: limit) }
        guard let parts = (try? CBORValue.decode(bytes))?.arrayValue, parts.count == 3, parts[0] == .text(format),
            let body = parts[1].bytesValue, let sum = parts[2].bytesValue
        else { throw .notEvidence }
        guard Bytes32(sum) == hash(body), let item = try? CBORValue.decode(body), let pairs = item.mapValue else {
            throw .damaged
        }
        let keys = pairs.map { $0.key.unsignedValue ?? 0 }
        let optional: Set<UInt64> = [5, 9]
        guard keys.filter({ !optional.contains($0) }) == [1, 2, 3, 4, 6, 7, 8],
            let network = item[unsigned: 1]?.bytesValue.flatMap({ NetworkID($0) }),
            let dossier = item[unsigned: 3]?.bytesValue.flatMap({ DossierID($0) }),
            let definition = item[unsigned: 7]?.bytesValue
        else { throw .damaged }
        var subject: ChangeSetID?
        if let named = item[unsigned: 5] {
            guard let id = named.bytesValue.flatMap({ ChangeSetID($0) }) else { throw .damaged }
            subject = id
        }
        let newer = try item[unsigned: 9].map { item throws(EvidenceFailure) in try list(item, \.bytesValue) }
        guard newer?.isEmpty != true else { throw .damaged }
        return EvidenceFile(
            network: network, entries: try list(item[unsigned: 2], \.bytesValue), dossier: dossier,
            changes: try list(item[unsigned: 4], \.bytesValue), subject: subject,
            openings: try list(item[unsigned: 6]) { try? Opening(decoding: $0) }, definition: definition,
            contents: try list(item[unsigned: 8]) { Content($0) }, newer: newer ?? [])
    }

    private static func list<Element>(
        _ item: CBORValue?, _ read: (CBORValue) -> Element?
    ) throws(EvidenceFailure) -> [Element] {
        guard let items = item?.arrayValue else { throw .damaged }
        var found: [Element] = []
        found.reserveCapacity(items.count)
        for item in items {
            guard let element = read(item) else { throw .damaged }
            found.append(element)
        }
        return found
    }
}

extension EvidenceFile.Content {
    var item: CBORValue {
        .array([
            .text(document), .unsigned(UInt64(instance)), stage.map { .text($0) } ?? .null,
            .array(entries.map { .array([.text($0.path), $0.value.item]) }),
        ])
    }

    init?(_ item: CBORValue) {
        guard let parts = item.arrayValue, parts.count == 4, let document = parts[0].textValue,
            let instance = parts[1].unsignedValue.flatMap({ Int(exactly: $0) }),
            DocumentInstance.range.contains(instance), parts[2] == .null || parts[2].textValue != nil,
            let list = parts[3].arrayValue
        else { return nil }
        var entries: [(path: String, value: Value)] = []
        for entry in list {
            guard let pair = entry.arrayValue, pair.count == 2, let path = pair[0].textValue,
                let value = try? Value(pair[1])
            else { return nil }
            entries.append((path: path, value: value))
        }
        self.init(document: document, instance: instance, stage: parts[2].textValue, entries: entries)
    }

    /// The revision that a signature over this list names (Protocol 4 §2.5).
    var revision: Bytes32 {
        DocumentContent(
            document: document, instance: instance,
            entries: entries.map { (path: Path($0.path), value: $0.value) }, conflicts: [], missing: []
        ).revision(stage: stage)
    }
}
