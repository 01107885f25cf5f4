import CBOR
import Dossier
package import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

extension Replica {
    /// Proof of one act of a dossier: everything of its history and of the parties' chains that is held here.
    package func evidence(of subject: ChangeSetID, in dossier: DossierID) throws -> EvidenceFile {
        let view = try view(dossier, .network([]))
        guard let index = view.history.index(of: subject) else { throw NodeFailure.unknownChange(subject.hex) }
        return try store.read { reader in
            let contents = view.contents(claimedBy: index)
            var wanted = view.history.items[index].operations.flatMap(\.committedValues).map(\.commitment)
            for entry in contents.flatMap(\.entries) {
                guard case .committed(let committed) = entry.value else { continue }
                wanted.append(committed.commitment)
                // Why a text is not in the file.
                if let erasure = view.state.erasure(of: committed.commitment) {
                    wanted += view.state.bases(of: erasure).map(\.commitment)
                }
            }
            return try Self.evidence(
                view.history, view.state, view.registry, subject: subject, contents: contents, showing: wanted, reader)
        }
    }

    /// Proof of all acts of a dossier. It shows names, and not what the documents say.
    package func evidence(ofAllIn dossier: DossierID) throws -> EvidenceFile {
        let view = try view(dossier, .network([]))
        return try store.read { try Self.evidence(ofAllIn: view.history, view.state, view.registry, $0) }
    }

    static func evidence(
        ofAllIn history: DossierHistory, _ state: DossierState, _ registry: Registry, _ reader: StoreReader
    ) throws -> EvidenceFile {
        try evidence(history, state, registry, subject: nil, contents: [], showing: [], reader)
    }

    private static func evidence(
        _ history: DossierHistory, _ state: DossierState, _ registry: Registry, subject: ChangeSetID?,
        contents: [EvidenceFile.Content], showing wanted: [Commitment], _ reader: StoreReader
    ) throws -> EvidenceFile {
        let units = history.headIndices.flatMap { history.parties[$0] }
        let entries = registry.entries(of: units, notIn: .empty)
        guard let dossier = history.dossier, let number = try reader.number(of: dossier),
            let opening = history.opening,
            case .publishDefinition(let publication)? = registry.entry(opening.definition)?.body,
            let definition = try reader.blob(publication.blob), let network = registry.network
        else { throw NodeFailure.unknownDefinition("") }
        var newer: [[UInt8]] = []
        for entry in DossierState.migrationEntries(history, registry) {
            guard case .publishDefinition(let publication)? = registry.entry(entry)?.body,
                let bytes = try reader.blob(publication.blob)
            else { throw NodeFailure.unknownDefinition(entry.hex) }
            if !newer.contains(bytes) { newer.append(bytes) }
        }
        var shown = Set(wanted)
        if case .committed(let title)? = state.values(.title, history).first?.value { shown.insert(title.commitment) }
        let texts = try shown.sorted().compactMap { try reader.opening($0, dossier: number) }
        return EvidenceFile(
            network: network, entries: entries.map(\.bytes), dossier: dossier, changes: history.items.map(\.bytes),
            subject: subject, openings: texts + (try names(of: entries, units: units, reader)),
            definition: definition, contents: contents, newer: newer)
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
        // What was signed over, also where the fields were written by somebody whose work has ended since.
        var signed: DossierState?
        return claims.compactMap { claim in
            guard let type = definition.document(claim.document) else { return nil }
            var content = state.content(of: type, instance: claim.instance, asOf: index, history)
            if content.revision(stage: claim.stage) != claim.revision {
                let before = signed ?? DossierState.asSigned(history, state.verdicts)
                signed = before
                content = before.content(of: type, instance: claim.instance, asOf: index, history)
            }
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
