import Authority
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
    ///
    /// - Parameter showsInternal: opens also what was written for fewer than all parties. Else an outsider, who is no
    ///   party, reads what was said to all of them (Protocol 7 §1).
    package func evidence(
        of subject: ChangeSetID, in dossier: DossierID, showsInternal: Bool = false
    ) throws -> EvidenceFile {
        let view = try view(dossier, .network([]))
        guard let index = view.history.index(of: subject) else { throw NodeFailure.unknownChange(subject.hex) }
        return try store.read { reader in
            let contents = view.contents(claimedBy: index)
            var draft = EvidenceDraft(view.history, view.state, view.registry, showsInternal, reader)
            try draft.openTitle()
            try draft.open(view.history.items[index].operations.flatMap(\.committedValues).map(\.commitment))
            for entry in contents.flatMap(\.entries) {
                guard case .committed(let committed) = entry.value else { continue }
                try draft.open([committed.commitment])
                // Why a text is not in the file.
                if let erasure = view.state.erasure(of: committed.commitment) {
                    try draft.open(view.state.bases(of: erasure).map(\.commitment))
                }
            }
            try draft.openNames(of: view.state.approvals(of: index))
            return try draft.file(subject: subject, contents: contents)
        }
    }

    /// Proof of all acts of a dossier. It shows names, and not what the documents say.
    package func evidence(ofAllIn dossier: DossierID) throws -> EvidenceFile {
        let view = try view(dossier, .network([]))
        return try store.read {
            try Self.evidence(
                ofAllIn: view.history, view.state, view.registry, naming: Array(view.history.items.indices), $0)
        }
    }

    /// - Parameter acts: those whose names it opens.
    static func evidence(
        ofAllIn history: DossierHistory, _ state: DossierState, _ registry: Registry, naming acts: [Int],
        _ reader: StoreReader
    ) throws -> EvidenceFile {
        var draft = EvidenceDraft(history, state, registry, false, reader)
        try draft.openTitle()
        try draft.openNames(of: acts)
        return try draft.file(subject: nil, contents: [])
    }
}

/// Gathers what an evidence file opens.
private struct EvidenceDraft {
    let history: DossierHistory
    let state: DossierState
    let registry: Registry
    let showsInternal: Bool
    let reader: StoreReader
    private let places: CommitmentPlaces
    private var openings: [Commitment: Opening] = [:]

    init(
        _ history: DossierHistory, _ state: DossierState, _ registry: Registry, _ showsInternal: Bool,
        _ reader: StoreReader
    ) {
        (self.history, self.state, self.registry) = (history, state, registry)
        (self.showsInternal, self.reader) = (showsInternal, reader)
        places = CommitmentPlaces(history, registry)
    }

    mutating func open(_ commitments: [Commitment]) throws {
        guard let dossier = history.dossier, let number = try reader.number(of: dossier) else { return }
        for commitment in commitments where openings[commitment] == nil {
            guard let opening = try reader.opening(commitment, dossier: number), let place = places.place(of: opening),
                showsInternal || place.audience == .all
            else { continue }
            openings[commitment] = opening
        }
    }

    mutating func openTitle() throws {
        guard case .committed(let title)? = state.values(.title, history).first?.value else { return }
        try open([title.commitment])
    }

    /// Names of what acts rest on: of ground, mandate and unit, and of what opened the chains in which these lie.
    mutating func openNames(of acts: [Int]) throws {
        var seen: Set<EntryID> = []
        for index in acts where history.items[index].operations.contains(where: { Code.isAct($0.code) }) {
            let verdict = state.verdicts[index]
            for start in [verdict.standing?.entry, verdict.mandateID, verdict.unit] {
                var next = start
                while let id = next, seen.insert(id).inserted, let entry = registry.entry(id) {
                    for value in entry.body.committedValues where openings[value.commitment] == nil {
                        guard let name = try reader.name(value.commitment), places.place(of: name) != nil else {
                            continue
                        }
                        openings[value.commitment] = name
                    }
                    next = entry.chain == id ? nil : entry.chain
                }
            }
        }
    }

    func file(subject: ChangeSetID?, contents: [EvidenceFile.Content]) throws -> EvidenceFile {
        let entries = registry.entries(of: history.headIndices.flatMap { history.parties[$0] }, notIn: .empty)
        guard let dossier = history.dossier, let opening = history.opening,
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
        return EvidenceFile(
            network: network, entries: entries.map(\.bytes), dossier: dossier, changes: history.items.map(\.bytes),
            subject: subject, openings: openings.keys.sorted().compactMap { openings[$0] }, definition: definition,
            contents: contents, newer: newer)
    }
}

extension DossierState {
    /// The subject, and all authorised signatures over one of its revisions.
    func approvals(of index: Int) -> [Int] {
        let revisions = Set(claims(of: index).map(\.revision))
        return [index]
            + acts.filter { record in
                record.item != index && record.act.isAuthorised
                    && DossierView.claims(record.act.body).contains { revisions.contains($0.revision) }
            }.map(\.item)
    }

    /// Documents that an act names.
    func claims(of index: Int) -> [DocumentClaim] {
        acts.first { $0.item == index }.map { DossierView.claims($0.act.body) } ?? []
    }
}

extension DossierView {
    /// Lists of what the documents held that an act names, as of that act. One that nobody can make is left out.
    func contents(claimedBy index: Int) -> [EvidenceFile.Content] {
        // What was signed over, also where the fields were written by somebody whose work has ended since, or never
        // counted; the first state that has the revision.
        var states = [state]
        return state.claims(of: index).compactMap { claim in
            guard let type = state.pinned.document(claim.document) ?? definition.document(claim.document) else {
                return nil
            }
            for attempt in 0...2 {
                if attempt == states.count {
                    states.append(.asSigned(history, state.verdicts, isWhole: attempt == 2))
                }
                let content = states[attempt].content(of: type, instance: claim.instance, asOf: index, history)
                guard content.revision(stage: claim.stage) == claim.revision else { continue }
                return EvidenceFile.Content(
                    document: claim.document, instance: claim.instance, stage: claim.stage,
                    entries: content.entries.map { (path: $0.path.text, value: $0.value) })
            }
            return nil
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
