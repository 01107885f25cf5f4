import CBOR
import Dossier
package import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

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

/// A self-contained proof of one act (Protocol 7 §1): `[format, body, hash of body]`.
package struct EvidenceFile: Sendable {
    package struct Content: Sendable {
        package let document: String
        package let instance: Int
        package let stage: String?
        /// The list `[[path, value]…]` as the revision covers it.
        package let entries: [(path: String, value: Value)]
    }

    package var network: NetworkID
    package var entries: [[UInt8]]
    package var dossier: DossierID
    package var changes: [[UInt8]]
    package var subject: ChangeSetID
    package var openings: [Opening]
    package var definition: [UInt8]
    package var contents: [Content]

    static let format = "mufakat-evidence/1"
    package static let byteCountMax = 64 << 20

    private static func hash(_ body: [UInt8]) -> Bytes32 { Blake2b.hash(body, personal: Personal("mufakat evid")) }

    package var encoded: [UInt8] {
        var body = CBORWriter()
        body.mapHeader(8)
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
        body.unsigned(5)
        body.bytes(subject.bytes)
        body.unsigned(6)
        body.arrayHeader(openings.count)
        for opening in openings { body.raw(opening.encoded) }
        body.unsigned(7)
        body.bytes(definition)
        body.unsigned(8)
        body.arrayHeader(contents.count)
        for content in contents { body.raw(content.item.encoded) }
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
            let subject = item[unsigned: 5]?.bytesValue.flatMap({ ChangeSetID($0) }),
            let openingItems = item[unsigned: 6]?.arrayValue, let definition = item[unsigned: 7]?.bytesValue,
            let contentItems = item[unsigned: 8]?.arrayValue
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
            openings: openings, definition: definition, contents: contents)
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

extension Replica {
    /// Proof of one act of a dossier: everything of its history and of the parties' chains that is held here.
    package func evidence(of subject: ChangeSetID, in dossier: DossierID) throws -> EvidenceFile {
        let view = try view(dossier, .network([]))
        guard let index = view.history.index(of: subject) else { throw NodeFailure.unknownChange(subject.hex) }
        return try store.read { reader in
            let units = view.history.headIndices.flatMap { view.history.parties[$0] }
            let entries = view.registry.entries(of: units, notIn: .empty)
            guard let opening = view.history.opening,
                case .publishDefinition(let publication)? = view.registry.entry(opening.definition)?.body,
                let definition = try reader.blob(publication.blob), let network = view.registry.network
            else { throw NodeFailure.unknownDefinition("") }
            let contents = view.contents(claimedBy: index)
            var wanted: Set<Commitment> = []
            for entry in contents.flatMap(\.entries) {
                guard case .committed(let committed) = entry.value else { continue }
                wanted.insert(committed.commitment)
                // Why a text is not in the file.
                if let erasure = view.state.erasure(of: committed.commitment) {
                    for basis in view.state.bases(of: erasure) { wanted.insert(basis.commitment) }
                }
            }
            for value in view.history.items[index].operations.flatMap(\.committedValues) {
                wanted.insert(value.commitment)
            }
            let texts = view.reader.openings.values.filter { wanted.contains($0.commitment) }
                .sorted { $0.commitment < $1.commitment }
            return EvidenceFile(
                network: network, entries: entries.map(\.bytes), dossier: dossier,
                changes: view.history.items.map(\.bytes), subject: subject,
                openings: texts + (try Self.names(of: entries, units: units, reader)), definition: definition,
                contents: contents)
        }
    }
}

extension DossierView {
    /// Lists of what the documents held that an act names, as of that act.
    func contents(claimedBy index: Int) -> [EvidenceFile.Content] {
        guard let record = state.acts.first(where: { $0.item == index }) else { return [] }
        let claims: [DocumentClaim]
        switch record.act.body {
        case .outcome(let outcome): claims = outcome.documents
        case .sign(let sign): claims = sign.documents
        default: claims = []
        }
        return claims.compactMap { claim in
            guard let type = definition.document(claim.document) else { return nil }
            let content = state.content(of: type, instance: claim.instance, asOf: index, history)
            return EvidenceFile.Content(
                document: claim.document, instance: claim.instance, stage: claim.stage,
                entries: content.entries.map { (path: $0.path.text, value: $0.value) })
        }
    }

    /// The act by which a step came to its result: what people mean by "the decision of step 14".
    package func decision(step: String) -> ChangeSetID? {
        for activation in state.procedure.activations.reversed() where activation.step == step {
            guard let candidate = activation.candidates.first(where: { $0.outcome == activation.decided }),
                let completing = candidate.completing
            else { continue }
            return history.items[state.acts[completing].item].id
        }
        return nil
    }
}
