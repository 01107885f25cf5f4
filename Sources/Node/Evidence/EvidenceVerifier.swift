package import Authority
import CBOR
import Dossier
package import Envelope
import History
import Procedure
package import Registry
import Sodium

/// What an evidence file proves.
package struct EvidenceVerdict: Sendable {
    package enum Standing: String, Sendable {
        case standing
        /// Valid as signed, but a later revocation, ruling or revision stands against it.
        case superseded
        case notValid = "not-valid"
    }

    /// One signature over what the subject covers.
    package struct Approval: Sendable {
        package let change: ChangeSetID
        package let kind: String
        package let unit: String
        package let position: String
        package let role: String
        package let capacity: Mandate.Capacity?
        package let instrument: String
        package let statedMilliseconds: UInt64
        package let zone: String
        package let registryHeight: Int
        package let assurance: UInt64
        package let reason: AuthorityReason?
        package let verdict: String
    }

    package let standing: Standing
    package let reason: String
    package let network: NetworkID
    package let dossier: DossierID
    package let title: String
    package let procedure: String
    package let step: String
    package let stepTitle: String
    package let outcome: String
    package let approvals: [Approval]
    /// A field as the signature covers it.
    package struct Field: Sendable {
        package let path: String
        /// Nil where the file holds no opening.
        package let text: String?
        /// The legal basis on which it was erased, as far as the file tells.
        package let erased: String?
    }

    package let documents: [(document: String, title: String, instance: Int, fields: [Field])]
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
        guard history.contains(file.subject) else { throw .subjectMissing }
    }

    private mutating func readDefinition() throws(EvidenceFailure) {
        guard let opening = history.opening,
            case .publishDefinition(let publication)? = registry.entry(opening.definition)?.body,
            publication.blob == BlobID(ProcedureDefinition.hash(file.definition))
        else { throw .definition }
        let loaded = DefinitionLoader.load(file.definition)
        guard loaded.errors.isEmpty else { throw .definition }
        definition = loaded.definition
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
        guard let index = history.index(of: file.subject) else { throw .subjectMissing }
        let state = DossierState.fold(history: history, registry: registry, definition: definition)
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
        let (standing, reason) = Self.standing(index, state)
        let place = Self.place(index, state)
        return EvidenceVerdict(
            standing: standing, reason: reason, network: file.network, dossier: file.dossier,
            title: text(state.values(.title, history).first?.value) ?? "", procedure: definition.title,
            step: place.step, stepTitle: definition.step(place.step)?.title ?? "", outcome: place.outcome,
            approvals: approvals(index, claims, state), documents: documents(state.erasedTexts(opened)),
            changeCount: history.count, entryCount: registry.entries.count,
            laterCount: history.items.indices.filter { history.isAncestor(index, of: $0) }.count)
    }

    private static func claims(_ index: Int, _ state: DossierState) -> [DocumentClaim] {
        switch state.acts.first(where: { $0.item == index })?.act.body {
        case .outcome(let outcome)?: outcome.documents
        case .sign(let sign)?: sign.documents
        default: []
        }
    }

    private static func place(_ index: Int, _ state: DossierState) -> (step: String, outcome: String) {
        switch state.acts.first(where: { $0.item == index })?.act.body {
        case .outcome(let outcome)?: (outcome.step, outcome.name)
        case .sign(let sign)?: (sign.step, sign.outcome ?? "")
        default: ("", "")
        }
    }

    /// Not valid: no authority at its own registry heads. Superseded: valid as signed, but taken away since.
    private static func standing(_ index: Int, _ state: DossierState) -> (EvidenceVerdict.Standing, String) {
        switch state.verdicts[index].reason {
        case nil: break
        case .awaitsRatification?, .revoked?, .suspended?, .outsideChainCut?:
            return (.superseded, state.verdicts[index].reason?.rawValue ?? "")
        case .some(let reason): return (.notValid, reason.rawValue)
        }
        switch state.verdict(onAct: index) {
        case .effective?: return (.standing, "")
        case .waiting?: return (.superseded, "waiting")
        case nil: return (.notValid, "no-act")
        case .opinion?: return (.notValid, "opinion")
        case .noEffect(let reason, _)?: return (.notValid, reason.rawValue)
        case .some(let other): return (.superseded, other.code)
        }
    }

    /// All authorised signatures over one of the subject's revisions, the subject first.
    private func approvals(
        _ index: Int, _ claims: [DocumentClaim], _ state: DossierState
    ) -> [EvidenceVerdict.Approval] {
        var items = [index]
        for record in state.acts where record.item != index && record.act.isAuthorised {
            let others = Self.claims(record.item, state)
            if others.contains(where: { other in other.isPresent && claims.contains { $0.revision == other.revision } })
            {
                items.append(record.item)
            }
        }
        return items.map { approval($0, state) }
    }

    private func approval(_ index: Int, _ state: DossierState) -> EvidenceVerdict.Approval {
        let item = history.items[index]
        let verdict = state.verdicts[index]
        var position = name(verdict.mandate?.title)
        if position == nil, let entry = verdict.standing?.entry,
            case .certify(let certificate)? = registry.entry(entry)?.body
        {
            position = name(certificate.name)
        }
        let code = item.operations.first?.code ?? 0
        return EvidenceVerdict.Approval(
            change: item.id, kind: code == Code.sign ? "sign" : code == Code.outcome ? "outcome" : "other",
            unit: verdict.unit.flatMap { name(registry.unit($0)?.admission.name) } ?? "",
            position: position ?? "", role: verdict.role ?? "", capacity: verdict.mandate?.capacity,
            instrument: name(verdict.mandate?.instrument) ?? "", statedMilliseconds: item.at.milliseconds,
            zone: item.at.zone, registryHeight: history.covers[index].entryCount,
            assurance: item.operations.first?.body[unsigned: 24]?.unsignedValue ?? 0, reason: verdict.reason,
            verdict: state.verdict(onAct: index)?.code ?? "")
    }

    private func name(_ committed: Committed?) -> String? {
        guard let committed, case .text(let text)? = opened[committed.commitment]?.opened else { return nil }
        return text
    }

    private func text(_ value: Value?) -> String? {
        guard let value else { return nil }
        let openings = opened
        return ValueReader(openings: openings).text(value)
    }

    private func documents(_ erased: [Commitment: String]) -> [(
        document: String, title: String, instance: Int, fields: [EvidenceVerdict.Field]
    )] {
        let reader = ValueReader(openings: opened, erased: erased)
        return file.contents.map { content in
            (
                document: content.document, title: definition.document(content.document)?.title ?? "",
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
