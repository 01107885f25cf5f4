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

    package static func decode(_ bytes: [UInt8]) throws(EvidenceFailure) -> EvidenceFile {
        guard let parts = (try? CBORValue.decode(bytes))?.arrayValue, parts.count == 3, parts[0] == .text(format),
            let body = parts[1].bytesValue, let sum = parts[2].bytesValue
        else { throw .notEvidence }
        guard Bytes32(sum) == hash(body), let item = try? CBORValue.decode(body) else { throw .damaged }
        guard let network = item[unsigned: 1]?.bytesValue.flatMap({ NetworkID($0) }),
            let entries = item[unsigned: 2]?.arrayValue?.compactMap(\.bytesValue),
            let dossier = item[unsigned: 3]?.bytesValue.flatMap({ DossierID($0) }),
            let changes = item[unsigned: 4]?.arrayValue?.compactMap(\.bytesValue),
            let openingItems = item[unsigned: 6]?.arrayValue, let definition = item[unsigned: 7]?.bytesValue,
            let contentItems = item[unsigned: 8]?.arrayValue
        else { throw .damaged }
        let subject = item[unsigned: 5]?.bytesValue.flatMap { ChangeSetID($0) }
        let newerItems = item[unsigned: 9]?.arrayValue
        let newer = (newerItems ?? []).compactMap(\.bytesValue)
        guard item.mapValue?.count == 7 + (subject == nil ? 0 : 1) + (newerItems == nil ? 0 : 1),
            newer.count == newerItems?.count ?? 0, newerItems?.isEmpty != true
        else { throw .damaged }
        var openings: [Opening] = []
        for item in openingItems {
            guard let opening = try? Opening(decoding: item) else { throw .damaged }
            openings.append(opening)
        }
        let contents = contentItems.compactMap { Content($0) }
        guard contents.count == contentItems.count else { throw .damaged }
        return EvidenceFile(
            network: network, entries: entries, dossier: dossier, changes: changes, subject: subject,
            openings: openings, definition: definition, contents: contents, newer: newer)
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
            let instance = parts[1].unsignedValue.flatMap({ Int(exactly: $0) }), let list = parts[3].arrayValue
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
