import Authority
import Dossier
package import Envelope
import History
package import Procedure
import Registry

/// One reason why a step is not further, for `why`.
package enum Obstacle: Sendable, Equatable {
    /// Nobody has recorded an outcome: who may, and which outcomes there are.
    case awaitsOutcome(roles: [String], outcomes: [String])
    /// An outcome sent it back: what was missing then, and what of it is there by now.
    case returned(step: String, reason: Value?, items: [MissingItem])
    case awaitsSignature(roles: [String])
    /// A document was changed after the outcome that still waits for signatures over it.
    case signedBefore(document: String, outcome: String)
    case contested(outcomes: [String], resolver: String)
    /// A document that has to be written first, with its fields that are empty.
    case documentIncomplete(document: String, missing: [String])
    case documentConflict(document: String, paths: [String])
    case documentUnsigned(document: String, signers: [String])
    case findingsOpen(count: Int, severities: [String])
    case asks(outcome: String, what: [String])
    case openingsMissing(count: Int)
    /// Values are gone, or one person asked for it.
    case erasure(ErasureRecord)
    /// A party that came later may not read yet what the procedure offers it.
    case release(ReleaseProposal)
    /// Of a mandate or key that has ended, dated before; plain work is ratified, all else is done anew.
    case awaitsRatification(change: ChangeSetID, author: String, isPlain: Bool)
    /// A newer version of the procedure that heads have to sign.
    case awaitsMigration(version: Int, roles: [String])
    case actWithoutEffect(change: ChangeSetID, author: String, verdict: String)
    /// A letter number that is borne twice, or void and borne.
    case letterNumber(register: String, number: Int, conflicts: [String])
    case closed(status: String)
    case notFinal(step: String)
}

extension DossierView {
    /// Why a dossier, or one step of it, is where it is.
    package func obstacles(step: String?) -> [Obstacle] {
        var found: [Obstacle] = []
        if missingCount > 0 { found.append(.openingsMissing(count: missingCount)) }
        if step == nil {
            found += releaseProposals.map { .release($0) }
            found += erasures.map { .erasure($0) }
            found += letterConflicts.map {
                .letterNumber(register: $0.register, number: $0.number, conflicts: $0.conflicts.map(\.rawValue))
            }
        }
        if step == nil, let pending = pendingMigration {
            found.append(.awaitsMigration(version: pending.record.version, roles: pending.waitingFor))
        }
        if let end = state.procedure.end { found.append(.closed(status: end.rawValue)) }
        for activation in state.procedure.open where step == nil || activation.step == step {
            guard let definition = definition.step(activation.step) else { continue }
            switch activation.state {
            case .contested:
                found.append(
                    .contested(
                        outcomes: activation.candidates.map(\.outcome), resolver: definition.resolver ?? "it.head"))
            case .waitingForSignatures:
                for candidate in activation.candidates where !candidate.waitingFor.isEmpty {
                    let changed = changedSince(candidate)
                    found += changed.map { .signedBefore(document: $0, outcome: candidate.outcome) }
                    if changed.isEmpty { found.append(.awaitsSignature(roles: candidate.waitingFor)) }
                }
            default:
                if let returned = returned(activation) { found.append(returned) }
                found.append(.awaitsOutcome(roles: definition.by, outcomes: definition.outcomes.map(\.name)))
                found += obstacles(before: definition)
            }
        }
        let policy = ProcedurePolicy(history: history, registry: registry, definition: state.pinned)
        for (place, record) in state.acts.enumerated() {
            if state.verdicts[record.item].reason == .awaitsRatification {
                let roles = rolesThatRatify(record.item)
                found.append(
                    .awaitsRatification(
                        change: history.items[record.item].id, author: authorName(of: record.item),
                        isPlain: policy.mayRatify(record.item, inRole: roles.first ?? "")))
                continue
            }
            guard let verdict = ineffective(state.procedure.verdicts[place]) else { continue }
            found.append(
                .actWithoutEffect(
                    change: history.items[record.item].id, author: authorName(of: record.item), verdict: verdict))
        }
        if let last = state.procedure.activations.last(where: { $0.state == .done }), !last.isFinal,
            state.procedure.end != nil
        {
            found.append(.notFinal(step: last.step))
        }
        return found
    }

    private func ineffective(_ verdict: ActVerdict) -> String? {
        switch verdict {
        case .effective, .waiting, .contested: nil
        default: verdict.code
        }
    }

    /// Documents that the last record of an outcome names at a revision that is not the one that stands.
    package func changedSince(_ candidate: Candidate) -> [String] {
        guard let last = candidate.acts.last, case .outcome(let record) = state.acts[last].act.body else { return [] }
        return record.documents.filter { claim in
            guard let type = definition.document(claim.document) else { return false }
            return state.content(of: type, instance: claim.instance, history).revision(stage: claim.stage)
                != claim.revision
        }.map(\.document)
    }

    private func obstacles(before step: Step) -> [Obstacle] {
        var found: [Obstacle] = []
        for reference in step.brings + step.gives where !reference.isOptional {
            guard let type = definition.document(reference.document) else { continue }
            let instance = instanceToWrite(type.id)
            let content = state.content(of: type, instance: instance, history)
            if !content.conflicts.isEmpty {
                found.append(.documentConflict(document: type.id, paths: content.conflicts.map(\.text)))
            } else if !content.isComplete {
                let missing =
                    content.entries.isEmpty ? type.fields.filter { !$0.isOptional }.map(\.name) : content.missing
                found.append(.documentIncomplete(document: type.id, missing: missing))
            }
        }
        for outcome in step.outcomes {
            if case .findingsOpen(let count, let severities)? = outcome.when {
                let open = state.openFindings(severities: severities, asOf: nil, history).count
                if open > count { found.append(.findingsOpen(count: open, severities: severities)) }
            }
            if !outcome.ask.isEmpty { found.append(.asks(outcome: outcome.name, what: outcome.ask.map(\.rawValue))) }
        }
        return found
    }
}
