import Authority
import CBOR
package import Dossier
package import Envelope
package import History
package import Procedure
import Registry
import Sodium
import Store

/// An outcome as a person gives it on the command line.
package struct OutcomeDraft: Sendable {
    package var name: String
    /// Nil where only one step is open that has this outcome.
    package var step: String?
    package var reason: String?
    package var missingItems: [String] = []
    /// Findings to name; nil for all that are open.
    package var findings: [Dot]?
    package var responseKind: String?
    package var targetDate: String?
    package var binds: [(slot: String, unit: UnitID)] = []
    package var seats: [(team: String, seat: String, unit: UnitID, person: [UInt8])] = []
    /// Written first, in the same transaction: what is refused leaves no draft behind.
    package var edits: [FieldEdit] = []
    /// *Pendapat*: of somebody who may not decide the step.
    package var isOpinion = false
    package var options = ActOptions()

    package init(name: String) { self.name = name }
}

extension Replica {
    /// Records the outcome of an open step.
    package func recordOutcome(_ dossier: DossierID, _ outcome: OutcomeDraft, by author: Author) throws -> ChangeSet {
        try self.author(in: dossier, by: author) { work in
            if !outcome.edits.isEmpty {
                _ = try work.edit(dossier, outcome.edits, instances: outcome.options.instances, by: author)
            }
            return try work.record(dossier, outcome, by: author)
        }
    }

    /// What an outcome asks for: reason, missing items, findings, kind of response, date, parties, seats.
    fileprivate static func asked(
        _ outcome: OutcomeDraft, _ rule: OutcomeRule, _ view: DossierView, _ fields: inout FieldDraft
    ) throws -> [(UInt64, CBORValue)] {
        var body: [(UInt64, CBORValue)] = []
        if let reason = outcome.reason {
            body.append((5, fields.commit(.text(reason), audience: .all).item))
        }
        if !outcome.missingItems.isEmpty { body.append((6, .array(outcome.missingItems.map { .text($0) }))) }
        if rule.ask.contains(.findings) {
            let open = view.state.openFindings(severities: [], asOf: nil, view.history).map(\.dot)
            let named = outcome.findings ?? open
            if !named.isEmpty { body.append((7, .array(named.prefix(64).map(\.item)))) }
        }
        if let kind = outcome.responseKind { body.append((8, .text(kind))) }
        if let date = outcome.targetDate {
            guard CivilDay.parse(date) != nil else {
                throw NodeFailure.badValue(field: "--target-date", value: date, expected: "YYYY-MM-DD")
            }
            body.append((9, .text(date)))
        }
        if !outcome.binds.isEmpty {
            body.append(
                (10, .map(outcome.binds.map { CBORPair(key: .text($0.slot), value: .bytes($0.unit.bytes)) })))
        }
        if !outcome.seats.isEmpty {
            body.append(
                (
                    11,
                    .array(
                        outcome.seats.map {
                            .array([.text($0.team), .text($0.seat), .bytes($0.unit.bytes), .bytes($0.person)])
                        })
                ))
        }
        return body
    }

    /// Signs the documents that a recorded outcome waits for.
    package func sign(
        _ dossier: DossierID, step: String?, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let waiting = view.state.procedure.open.filter {
                [.waitingForSignatures, .contested].contains($0.state) && (step == nil || $0.step == step)
            }
            for activation in waiting {
                for candidate in activation.candidates where !candidate.waitingFor.isEmpty {
                    guard let mandate = try? act.mandate(roles: act.roles(candidate.waitingFor)),
                        let outcome = try view.record(of: candidate, options.instances)
                    else { continue }
                    let documents = try act.claims(outcome.documents)
                    try act.refuseMissingProofs(candidate)
                    let shown = view.sentence(
                        view.definition.step(activation.step), candidate.outcome, outcome.documents.map(\.document),
                        language: author.language)
                    var body: [(UInt64, CBORValue)] = [
                        (1, .text(activation.step)), (2, .bytes(activation.id.bytes.bytes)),
                        (3, .text(candidate.outcome)), (4, documents),
                    ]
                    let isParaf = view.definition.isParaf(step: activation.step, outcome: candidate.outcome) {
                        candidate.waitingFor.contains($0) && act.signs($0, under: mandate)
                    }
                    if isParaf { body.append((5, .bool(true))) }
                    let old = view.madeAnew(activation.id, candidate.outcome)
                    if !old.isEmpty { body.append((6, .array(old.map { .bytes($0.bytes) }))) }
                    body += try act.fields(mandate: mandate, shown: shown, &fields)
                    fields.add(Code.sign, body)
                    return
                }
            }
            throw NodeFailure.nothingToSign
        }
    }

    /// Rules between the outcomes of a contested step.
    package func rule(
        _ dossier: DossierID, step: String?, winner: String, note: String?, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            let contested = view.state.procedure.open.first {
                $0.candidates.count > 1 && (step == nil || $0.step == step)
            }
            guard let activation = contested, let definition = view.definition.step(activation.step) else {
                throw NodeFailure.nothingToRule
            }
            let names = activation.candidates.map(\.outcome)
            guard let chosen = activation.candidates.first(where: { $0.outcome == winner }),
                let record = chosen.completing ?? chosen.acts.first
            else { throw NodeFailure.unknownOutcome(winner, known: names) }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let resolvers = [definition.resolver ?? "it.head", "it.head", "authority.official"]
            let ids = activation.candidates.flatMap(\.acts).map { view.state.acts[$0].act.id }.sorted()
            var body: [(UInt64, CBORValue)] = [
                (1, .bytes(activation.id.bytes.bytes)), (2, .array(ids.map { .bytes($0.bytes) })),
                (3, .bytes(view.state.acts[record].act.id.bytes)),
            ]
            if let note { body.append((4, fields.commit(.text(note), audience: .all).item)) }
            let earlier = view.state.acts.filter { record in
                if case .ruling(let ruling) = record.act.body { return ruling.activation == activation.id }
                return false
            }
            if !earlier.isEmpty { body.append((5, .array(earlier.map { .bytes($0.act.id.bytes) }))) }
            let shown = view.sentence(definition, winner, [], language: author.language)
            body += try act.fields(mandate: try act.mandate(roles: resolvers), shown: shown, &fields)
            fields.add(Code.ruling, body)
        }
    }

    /// *Tanda terima*: makes an outcome of another unit final.
    package func acknowledge(
        _ dossier: DossierID, step: String?, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            let done = view.state.procedure.activations.last {
                $0.state == .done && !$0.isFinal && (step == nil || $0.step == step)
            }
            guard let activation = done,
                let candidate = activation.candidates.first(where: { $0.outcome == activation.decided }),
                let record = candidate.completing
            else { throw NodeFailure.unknownStep(step ?? "") }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let shown = view.sentence(
                view.definition.step(activation.step), candidate.outcome, [], language: author.language)
            var body: [(UInt64, CBORValue)] = [(1, .bytes(view.state.acts[record].act.id.bytes))]
            body += try act.fields(mandate: try act.mandate(roles: []), shown: shown, &fields)
            fields.add(Code.acknowledge, body)
        }
    }

    /// withdraw, cancel, suspend or resume.
    package func close(
        _ dossier: DossierID, code: Int, reason: String?, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            if let end = view.state.procedure.end { throw NodeFailure.closed(end.rawValue) }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            var body: [(UInt64, CBORValue)] = []
            if let reason { body.append((1, fields.commit(.text(reason), audience: .all).item)) }
            let roles = ["applicant.head", "it.head"]
            body += try act.fields(mandate: try act.mandate(roles: roles), shown: reason ?? "", &fields)
            fields.add(code, body)
        }
    }
}

extension Replica.Work {
    fileprivate mutating func record(
        _ dossier: DossierID, _ outcome: OutcomeDraft, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, isOpinion: outcome.isOpinion, by: author) { work, view, fields in
            let (activation, step, rule) = try view.openStep(outcome)
            let act = ActDraft(view: view, author: author, options: outcome.options, now: work.now)
            let (documents, names) = try act.documents(step.brings + step.given(by: rule))
            let mandate = try act.mandate(roles: act.roles(rule.by ?? step.by))
            var body: [(UInt64, CBORValue)] = [
                (1, .text(step.id)), (2, .bytes(activation.id.bytes.bytes)), (3, .text(rule.name)),
            ]
            if !names.isEmpty { body.append((4, documents)) }
            let known = view.itemNames(of: step)
            for item in outcome.missingItems where !known.isEmpty && !known.contains(item) {
                throw NodeFailure.unknownField(item, known: known)
            }
            body += try Replica.asked(outcome, rule, view, &fields)
            let old = view.madeAnew(activation.id, rule.name)
            if !old.isEmpty { body.append((12, .array(old.map { .bytes($0.bytes) }))) }
            let shown = view.sentence(step, rule.name, names, language: author.language)
            body += try act.fields(mandate: mandate, shown: shown, &fields)
            fields.add(Code.outcome, body)
        }
    }
}

extension ActDraft {
    /// The documents of a record, if they still stand as it named them.
    func claims(_ claims: [DocumentClaim]) throws -> CBORValue {
        var pairs: [CBORPair] = []
        for claim in claims {
            guard let type = view.definition.document(claim.document) else { continue }
            let content = view.state.content(of: type, instance: claim.instance, view.history)
            try refuseMissingOpenings(content)
            let revision = content.revision(stage: claim.stage)
            guard revision == claim.revision else {
                throw NodeFailure.noEffect(.otherRevision, step: "", detail: claim.document)
            }
            pairs.append(
                CBORPair(key: .text(claim.document), value: self.claim(claim.instance, revision, claim.stage)))
        }
        return .map(pairs)
    }
}

extension DossierView {
    /// The last record of an outcome; of those that name other instances the one that was asked for.
    fileprivate func record(of candidate: Candidate, _ instances: InstanceChoice) throws -> OutcomeAct? {
        let records = candidate.acts.compactMap { place -> OutcomeAct? in
            guard case .outcome(let outcome) = state.acts[place].act.body else { return nil }
            return outcome
        }
        if let record = records.last(where: { instances.allows($0.documents) }) { return record }
        for claim in records.flatMap(\.documents) {
            guard let asked = instances[claim.document], asked != claim.instance else { continue }
            let known = records.flatMap(\.documents).filter { $0.document == claim.document }.map(\.instance)
            throw NodeFailure.unknownInstance(
                document: claim.document, instance: asked, known: Set(known).sorted())
        }
        return nil
    }

    /// The open activation that an outcome belongs to.
    func openStep(_ outcome: OutcomeDraft) throws -> (Activation, Step, OutcomeRule) {
        let open = state.procedure.open.filter { outcome.step == nil || $0.step == outcome.step }
        guard !open.isEmpty else { throw notOpen(outcome.step) }
        for activation in open {
            if let step = definition.step(activation.step), let rule = step.outcome(outcome.name) {
                return (activation, step, rule)
            }
        }
        let known = open.flatMap { definition.step($0.step)?.outcomes.map(\.name) ?? [] }
        throw NodeFailure.unknownOutcome(outcome.name, known: known)
    }

    /// Why a step cannot be acted on.
    func notOpen(_ step: String?) -> NodeFailure {
        state.procedure.end.map { .closed($0.rawValue) } ?? .unknownStep(step ?? "")
    }

    /// The sentence that a signer is shown and that is committed with the signature.
    package func sentence(_ step: Step?, _ outcome: String, _ documents: [String], language: String) -> String {
        let titles = documents.map { definition.document($0)?.title ?? $0 }
        let place = step.map { "\($0.id). \($0.title)" } ?? ""
        let tail = titles.isEmpty ? "" : " [" + titles.joined(separator: "; ") + "]"
        return "\(quotedTitle): \(place): \(language == "en" ? "outcome" : "hasil") \(outcome)\(tail)"
    }
}
