import Authority
import CBOR
import Dossier
package import Envelope
import History
import Procedure
import Registry
package import Sodium

/// What an evidence file proves.
package struct EvidenceVerdict: Sendable {
    package enum Standing: String, Sendable {
        case standing
        /// Valid as signed, but an ending, or what the procedure made of it, stands against it.
        case superseded
        case notValid = "not-valid"
        /// A file of all acts of a dossier, each with its own line.
        case listing
    }

    /// A field as the signature covers it.
    package struct Field: Sendable {
        package let path: String
        /// Nil where the file holds no opening.
        package let text: String?
        /// The legal basis on which it was erased, as far as the file tells.
        package let erased: String?
    }

    package let standing: Standing
    package let reason: String
    package let network: NetworkID
    package let dossier: DossierID
    /// Of the heads of what the file holds.
    package let digest: Bytes32
    package let title: String
    package let procedure: String
    package let step: String
    package let stepTitle: String
    package let outcome: String
    /// Signatures over what the subject covers, the subject's first; of a listing all acts.
    package let approvals: [AuditLine]
    package let documents: [(document: String, title: String, instance: Int, fields: [Field])]
    /// The revision and stage of each.
    package let revisions: [(revision: Bytes32, stage: String?)]
    /// Signatures that the subject's documents need from everybody named, and how many of them are there; nil where no
    /// such rule is.
    package let signatureCount: (given: Int, needed: Int)?
    package let changeCount: Int
    package let entryCount: Int
    package let laterCount: Int
}

/// Verifies an evidence file with nothing but its bytes and the network's id (Protocol 7 §2). Pure.
package struct EvidenceVerifier {
    private let file: EvidenceFile
    private var registry = Registry()
    private var history: DossierHistory
    private var definition = ProcedureDefinition()
    private var newer: [EntryID: ProcedureDefinition] = [:]
    private var opened: [Commitment: Opening] = [:]

    /// - Parameter network: the network's id in hexadecimal digits, or at least its first 32.
    package static func verify(_ bytes: [UInt8], network: String) throws(EvidenceFailure) -> EvidenceVerdict {
        let file = try EvidenceFile.decode(bytes)
        let asked = network.lowercased().filter { $0 != " " }
        guard asked.utf8.count >= 32, file.network.hex.hasPrefix(asked) else {
            throw .otherNetwork(found: file.network.hex)
        }
        var verifier = EvidenceVerifier(file: file, history: DossierHistory(network: file.network))
        try verifier.readRegistry()
        try verifier.readHistory()
        try verifier.readDefinition()
        try verifier.readOpenings()
        return try verifier.judge()
    }

    private init(file: EvidenceFile, history: DossierHistory) {
        self.file = file
        self.history = history
    }

    private mutating func readRegistry() throws(EvidenceFailure) {
        for bytes in file.entries {
            do {
                let entry = try Entry.decode(bytes, network: registry.network)
                guard let verified = Verified(checking: entry) else { throw EntryFailure.badSignature }
                try registry.insert(verified)
            } catch { throw .entry("\(error)") }
        }
        guard registry.network == file.network else { throw .otherNetwork(found: registry.network?.hex ?? "") }
    }

    private mutating func readHistory() throws(EvidenceFailure) {
        for bytes in file.changes {
            do {
                let change = try ChangeSet.decode(bytes, network: file.network, dossier: file.dossier)
                guard let verified = Verified(checking: change) else { throw EnvelopeFailure.badSignature }
                _ = try history.insert(verified, registry: registry)
            } catch { throw .change("\(error)") }
        }
        guard history.count > 0, file.subject.map(history.contains) ?? true else { throw .subjectMissing }
    }

    private mutating func readDefinition() throws(EvidenceFailure) {
        guard let opening = history.opening,
            case .publishDefinition(let publication)? = registry.entry(opening.definition)?.body,
            publication.blob == BlobID(ProcedureDefinition.hash(file.definition))
        else { throw .definition }
        let loaded = DefinitionLoader.load(file.definition)
        guard loaded.errors.isEmpty else { throw .definition }
        definition = loaded.definition
        try readNewer()
    }

    /// Each is published by an entry that a change set names, and none of them is missing.
    private mutating func readNewer() throws(EvidenceFailure) {
        var given: [BlobID: [UInt8]] = [:]
        for bytes in file.newer { given[BlobID(ProcedureDefinition.hash(bytes))] = bytes }
        var used: Set<BlobID> = []
        for entry in DossierState.migrationEntries(history, registry) {
            guard case .publishDefinition(let publication)? = registry.entry(entry)?.body,
                let bytes = given[publication.blob]
            else { throw .definition }
            let loaded = DefinitionLoader.load(bytes)
            guard loaded.errors.isEmpty else { throw .definition }
            newer[entry] = loaded.definition
            used.insert(publication.blob)
        }
        guard used.count == file.newer.count else { throw .definition }
    }

    /// Every opening opens something in this file, or the file is refused: nobody smuggles a text in.
    private mutating func readOpenings() throws(EvidenceFailure) {
        var places: [Commitment: (author: PublicKey, audience: Audience)] = [:]
        for entry in registry.entries {
            for value in entry.body.committedValues { places[value.commitment] = (entry.author, value.audience) }
        }
        for item in history.items {
            for value in item.operations.flatMap(\.committedValues) where places[value.commitment] == nil {
                places[value.commitment] = (item.author, value.audience)
            }
        }
        for opening in file.openings {
            guard let place = places[opening.commitment],
                opening.fits(author: place.author, audience: place.audience)
            else { throw .opening(opening.commitment.hex) }
            opened[opening.commitment] = opening
        }
    }

    private func judge() throws(EvidenceFailure) -> EvidenceVerdict {
        let state = DossierState.fold(
            history: history, registry: registry, definition: definition, newer: newer)
        let openings = opened
        let acts = ActReader(history: history, state: state, registry: registry) { committed in
            guard let committed, case .text(let text)? = openings[committed.commitment]?.opened else { return nil }
            return text
        }
        guard let subject = file.subject else {
            guard file.contents.isEmpty else { throw .content(document: file.contents[0].document) }
            return verdict(.listing, "", nil, acts.lines(), state)
        }
        guard let index = history.index(of: subject) else { throw .subjectMissing }
        let claims = Self.claims(index, state)
        for claim in claims where definition.document(claim.document) != nil {
            let listed = file.contents.contains {
                $0.document == claim.document && $0.instance == claim.instance && $0.stage == claim.stage
                    && $0.revision == claim.revision
            }
            guard listed else { throw .content(document: claim.document) }
        }
        for content in file.contents where !claims.contains(where: { $0.revision == content.revision }) {
            throw .content(document: content.document)
        }
        let lines = approvals(index, claims, state, acts)
        let (standing, reason) = Self.standing(acts.isAct(index) ? lines[0] : nil, state.verdict(onAct: index))
        return verdict(standing, reason, index, lines, state)
    }

    private func verdict(
        _ standing: EvidenceVerdict.Standing, _ reason: String, _ index: Int?, _ lines: [AuditLine],
        _ state: DossierState
    ) -> EvidenceVerdict {
        let first = index == nil ? nil : lines.first
        return EvidenceVerdict(
            standing: standing, reason: reason, network: file.network, dossier: file.dossier,
            digest: history.digest, title: text(state.values(.title, history).first?.value) ?? "",
            procedure: state.definition.title,
            step: first?.step ?? "", stepTitle: state.definition.step(first?.step ?? "")?.title ?? "",
            outcome: first?.outcome ?? "", approvals: lines, documents: documents(state),
            revisions: file.contents.map { (revision: $0.revision, stage: $0.stage) },
            signatureCount: index.flatMap { signatureCount($0, state) }, changeCount: history.count,
            entryCount: registry.entries.count,
            laterCount: index.map { index in
                history.items.indices.filter { history.isAncestor(index, of: $0) }.count
            } ?? 0)
    }

    private func signatureCount(_ index: Int, _ state: DossierState) -> (given: Int, needed: Int)? {
        var needed: Set<String> = []
        for claim in Self.claims(index, state) {
            guard let rule = state.definition.document(claim.document)?.rule(stage: claim.stage), rule.rule == .all
            else {
                continue
            }
            needed.formUnion(rule.need.filter { !$0.isOptional }.map(\.name))
        }
        guard !needed.isEmpty else { return nil }
        switch state.verdict(onAct: index) {
        case .waiting(let names)?: return (given: needed.subtracting(names).count, needed: needed.count)
        case .effective?: return (given: needed.count, needed: needed.count)
        default: return nil
        }
    }

    private static func claims(_ index: Int, _ state: DossierState) -> [DocumentClaim] {
        switch state.acts.first(where: { $0.item == index })?.act.body {
        case .outcome(let outcome)?: outcome.documents
        case .sign(let sign)?: sign.documents
        default: []
        }
    }

    /// Authority first, then what the procedure made of it (Protocol 7 §2).
    private static func standing(_ line: AuditLine?, _ effect: ActVerdict?) -> (EvidenceVerdict.Standing, String) {
        guard let line else { return (.notValid, "no-act") }
        if let reason = line.reason { return (line.isValidAsSigned ? .superseded : .notValid, reason.rawValue) }
        switch effect {
        case nil, .effective?: return (.standing, "")
        case .waiting?: return (.superseded, "waiting")
        case .opinion?: return (.notValid, "opinion")
        case .noEffect(let reason, _)?: return (.notValid, reason.rawValue)
        case .some(let other): return (.superseded, other.code)
        }
    }

    /// The subject, if it is an act, and all authorised signatures over one of its revisions.
    private func approvals(
        _ index: Int, _ claims: [DocumentClaim], _ state: DossierState, _ acts: ActReader
    ) -> [AuditLine] {
        var items = acts.isAct(index) ? [index] : []
        for record in state.acts where record.item != index && record.act.isAuthorised {
            let others = Self.claims(record.item, state)
            if others.contains(where: { other in claims.contains { $0.revision == other.revision } }) {
                items.append(record.item)
            }
        }
        return items.map(acts.line)
    }

    private func text(_ value: Value?) -> String? {
        guard let value else { return nil }
        let openings = opened
        return ValueReader(openings: openings).text(value)
    }

    private func documents(_ state: DossierState) -> [(
        document: String, title: String, instance: Int, fields: [EvidenceVerdict.Field]
    )] {
        let reader = ValueReader(openings: opened, erased: state.erasedTexts(opened))
        return file.contents.map { content in
            (
                document: content.document, title: state.definition.document(content.document)?.title ?? "",
                instance: content.instance,
                fields: content.entries.map { entry in
                    let text = reader.text(entry.value)
                    return EvidenceVerdict.Field(
                        path: entry.path, text: text, erased: text == nil ? reader.basis(entry.value) : nil)
                }
            )
        }
    }
}
