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
    private var opened = PlacedOpenings()

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
        guard registry.entries.count == file.entries.count else { throw .entry("repeated") }
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
        guard history.count == file.changes.count else { throw .change("repeated") }
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

    /// Every opening opens something in this file, or the file is refused: nobody smuggles a text in. Each stands here
    /// once, or trying it at every place could cost the square of the file.
    private mutating func readOpenings() throws(EvidenceFailure) {
        let places = CommitmentPlaces(history, registry)
        for opening in file.openings {
            guard !opened.contains(opening.commitment), let place = places.place(of: opening) else {
                throw .opening(opening.commitment.hex)
            }
            opened.insert(opening, place)
        }
        opened.read(history)
    }

    private func judge() throws(EvidenceFailure) -> EvidenceVerdict {
        let state = DossierState.fold(
            history: history, registry: registry, definition: definition, newer: newer)
        let openings = opened
        let acts = ActReader(history: history, state: state, registry: registry) { openings.opening($0) }
        guard let subject = file.subject else {
            guard file.contents.isEmpty else { throw .content(document: file.contents[0].document) }
            return verdict(.listing, "", nil, acts.lines(), state)
        }
        guard let index = history.index(of: subject) else { throw .subjectMissing }
        let isListed = try isListed(state.claims(of: index))
        let lines = state.approvals(of: index).filter(acts.isAct).map(acts.line)
        let (standing, reason) = Self.standing(
            acts.isAct(index) ? lines[0] : nil, isListed, state.verdict(onAct: index))
        return verdict(standing, reason, index, lines, state)
    }

    /// Whether every document of the pinned definition that is named has its list. A list that nobody names, or the same
    /// one twice, is refused.
    private func isListed(_ claims: [DocumentClaim]) throws(EvidenceFailure) -> Bool {
        var listed: Set<Bytes32> = []
        for content in file.contents {
            let revision = content.revision
            let isNamed = claims.contains {
                $0.revision == revision && $0.document.utf8.elementsEqual(content.document.utf8)
                    && $0.instance == content.instance && $0.stage == content.stage
            }
            guard isNamed, listed.insert(revision).inserted else { throw .content(document: content.document) }
        }
        return claims.allSatisfy { definition.document($0.document) == nil || listed.contains($0.revision) }
    }

    private func verdict(
        _ standing: EvidenceVerdict.Standing, _ reason: String, _ index: Int?, _ lines: [AuditLine],
        _ state: DossierState
    ) -> EvidenceVerdict {
        let first = index == nil ? nil : lines.first
        return EvidenceVerdict(
            standing: standing, reason: reason, network: file.network, dossier: file.dossier,
            digest: history.digest, title: title(state),
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
        for claim in state.claims(of: index) {
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

    /// Authority first, then what was signed over, then what the procedure made of it (Protocol 7 §2).
    private static func standing(
        _ line: AuditLine?, _ isListed: Bool, _ effect: ActVerdict?
    ) -> (EvidenceVerdict.Standing, String) {
        guard let line else { return (.notValid, "no-act") }
        if line.isValidAsSigned, !isListed { return (.notValid, contentMissing) }
        if let reason = line.reason { return (line.isValidAsSigned ? .superseded : .notValid, reason.rawValue) }
        switch effect {
        case nil, .effective?: return (.standing, "")
        case .waiting?: return (.superseded, "waiting")
        case .opinion?: return (.notValid, "opinion")
        case .noEffect(let reason, _)?: return (.notValid, reason.rawValue)
        case .some(let other): return (.superseded, other.code)
        }
    }

    /// The reason where a document that the subject names has no list.
    package static let contentMissing = "content-missing"

    private func title(_ state: DossierState) -> String {
        guard let write = state.values(.title, history).first else { return "" }
        return text(write.value) { opened.opening($0, by: history.items[write.item].author) } ?? ""
    }

    private func text(_ value: Value, _ open: (Committed) -> Opening?) -> String? {
        guard case .committed(let committed) = value else { return ValueReader(openings: [:]).text(value) }
        return open(committed).flatMap { ValueReader(openings: [:]).text($0.opened) }
    }

    /// The legal basis on which a value was erased, in the words of the first signature whose basis the file opens.
    private func basis(_ value: Value, _ state: DossierState) -> String? {
        guard case .committed(let committed) = value, let erased = state.erasure(of: committed.commitment) else {
            return nil
        }
        for place in erased.erasures {
            let (item, basis) = (state.erasures[place].item, state.erasures[place].basis)
            if case .text(let text)? = opened.opening(basis, by: history.items[item].author)?.opened { return text }
        }
        return ""
    }

    private func documents(_ state: DossierState) -> [(
        document: String, title: String, instance: Int, fields: [EvidenceVerdict.Field]
    )] {
        file.contents.map { content in
            (
                document: content.document, title: state.definition.document(content.document)?.title ?? "",
                instance: content.instance,
                fields: content.entries.map { entry in
                    let text = text(entry.value) { opened.opening($0, at: Path(entry.path)) }
                    return EvidenceVerdict.Field(
                        path: entry.path, text: text, erased: text == nil ? basis(entry.value, state) : nil)
                }
            )
        }
    }
}
