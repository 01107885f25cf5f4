import Sodium

extension Engine {
    /// Collects what was recorded for an activation and settles which outcome takes effect.
    mutating func decide(_ activation: inout Activation, _ step: Step) {
        let valid = (outcomesOf[activation.id] ?? []).filter { judge($0, activation, step) }
        let names = orderedNames(valid)
        activation.candidates = names.map { name in
            candidate(name, valid.filter { outcomeAct($0)?.name == name }, activation, step)
        }
        judgeSignatures(activation, step)
        guard !names.isEmpty else { return }
        let standing = activation.candidates.filter { !isRefused($0, activation, step) }
        if let ruled = ruledOutcome(&activation, step) {
            settleRuled(ruled, &activation)
        } else if standing.count == 1, !hasRivalCompletions(standing[0], step) {
            settleSingle(standing[0], &activation)
        } else if let final = onlyFinal(activation.candidates) {
            settleFinal(final, &activation)
        } else {
            activation.state = .contested
            for index in valid { result.verdicts[index] = .contested }
        }
    }

    func outcomeAct(_ index: Int) -> OutcomeAct? {
        guard case .outcome(let outcome) = acts[index].body else { return nil }
        return outcome
    }

    private func orderedNames(_ valid: [Int]) -> [String] {
        var names: [String] = []
        for index in valid {
            if let name = outcomeAct(index)?.name, !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Whether a record counts as a candidate; sets its verdict where it does not.
    private mutating func judge(_ index: Int, _ activation: Activation, _ step: Step) -> Bool {
        guard acts[index].isAuthorised, let record = outcomeAct(index) else { return false }
        guard record.step == step.id, let rule = step.outcome(record.name) else {
            result.verdicts[index] = .noEffect(.unknownOutcome, detail: record.name)
            return false
        }
        guard mayDecide(acts[index], rule, activation, step) else {
            result.verdicts[index] = .opinion
            return false
        }
        if let (reason, detail) = fault(index, record, rule, activation, step) {
            result.verdicts[index] = .noEffect(reason, detail: detail)
            return false
        }
        return true
    }

    /// One of `by` (of the outcome, else of the step); after `max` rounds only `escalate`.
    private func mayDecide(_ act: Act, _ rule: OutcomeRule, _ activation: Activation, _ step: Step) -> Bool {
        if let max = rule.max, activation.round > max {
            return rule.escalate.map { fills(act, $0) } ?? false
        }
        return (rule.by ?? step.by).contains { fills(act, $0) }
    }

    /// What an outcome lacks, everything asked in the past of its own record.
    private func fault(
        _ index: Int, _ record: OutcomeAct, _ rule: OutcomeRule, _ activation: Activation, _ step: Step
    ) -> (EngineReason, String)? {
        guard hasSeenCauses(index, activation) else { return (.causeNotSeen, "") }
        if isClosed(before: index) { return (.closed, "") }
        if isOnHold(index) { return (.onHold, "") }
        if let entry = step.entry, !holds(entry, index, activation) { return (.guardNotSatisfied, "guard") }
        if let when = rule.when, !holds(when, index, activation) { return (.guardNotSatisfied, "when") }
        if let fault = askFault(record, rule) { return (fault, "") }
        for reference in step.needs where !reference.isOptional {
            if let reason = needFault(reference, index) { return (reason, reference.document) }
        }
        for reference in step.brings + step.given(by: rule) where !reference.isOptional {
            let isNamed = record.documents.contains {
                $0.document == reference.document && $0.stage == reference.stage && $0.isPresent
            }
            if !isNamed { return (.documentMissing, reference.document) }
        }
        if rule.effect == .advance,
            let slot = step.meeting?.parties.first(where: { units(of: $0, for: index).count != 1 })
        {
            return (.partyNotBound, slot)
        }
        for slot in step.bind where rule.effect == .advance && !record.binds.contains(where: { $0.slot == slot }) {
            return (.partyNotBound, slot)
        }
        for team in step.assign where rule.effect == .advance {
            if let detail = seatFault(team, record, index) { return (.seatsMissing, detail) }
        }
        return nil
    }

    func hasSeenCauses(_ index: Int, _ activation: Activation) -> Bool {
        activation.causes.allSatisfy { cause in
            (outcomesOf[cause.activation] ?? []).contains { source in
                guard let record = outcomeAct(source), record.name == cause.outcome, acts[source].isAuthorised,
                    let step = definition.step(record.step), let rule = step.outcome(record.name)
                else { return false }
                return context.isAncestor(source, of: index)
                    && ((rule.by ?? step.by) + (rule.escalate.map { [$0] } ?? [])).contains { fills(acts[source], $0) }
            }
        }
    }

    private func askFault(_ record: OutcomeAct, _ rule: OutcomeRule) -> EngineReason? {
        for ask in rule.ask {
            switch ask {
            case .reason where !record.hasReason: return .reasonMissing
            case .missingItems where record.missingItems.isEmpty: return .missingItemsMissing
            case .findings where record.findingCount == 0: return .findingsMissing
            case .responseKind where record.responseKind == nil: return .responseKindMissing
            case .targetDate where record.targetDate == nil: return .targetDateMissing
            default: continue
            }
        }
        return nil
    }

    /// A needed document was named by an outcome of the past; where it has a sign rule, it carries the signatures.
    private func needFault(_ reference: DocumentReference, _ index: Int) -> EngineReason? {
        let claims = claims(of: reference.document, stage: reference.stage, asOf: index)
        guard !claims.isEmpty else { return .documentMissing }
        guard let rule = definition.document(reference.document)?.rule(stage: reference.stage) else { return nil }
        if brought.contains(reference.document) { return nil }
        return claims.contains { isSigned($0.claim, rule, asOf: index) } ? nil : .documentNotSigned
    }

    /// Claims of a document by authorised outcomes in the past of an act.
    private func claims(of document: String, stage: String?, asOf index: Int) -> [Naming] {
        (namings[document] ?? []).filter { naming in
            naming.isOutcome && (stage == nil || naming.claim.stage == stage)
                && context.isAncestor(naming.act, of: index)
        }
    }

    private func seatFault(_ team: String, _ record: OutcomeAct, _ index: Int) -> String? {
        guard let definition = definition.team(team) else { return team }
        let members = record.seats.filter { $0.team == team }
        for seat in definition.seats {
            let count = members.filter { $0.seat == seat.name }.count
            if !(seat.least...seat.most).contains(count) { return "\(team) \(seat.name)" }
        }
        for slot in definition.from {
            let units = units(of: slot, for: index)
            if !members.contains(where: { units.contains($0.actor.unit) }) { return "\(team) \(slot)" }
        }
        return nil
    }

    // MARK: Guards

    /// Guards nest as deep as the file allows (``JSONReader/depthMax``); so does this recursion.
    private func holds(_ condition: Guard, _ index: Int, _ activation: Activation) -> Bool {
        switch condition {
        case .document(let name): return !claims(of: name, stage: nil, asOf: index).isEmpty
        case .signed(let name):
            return claims(of: name, stage: nil, asOf: index).contains { source in
                guard let rule = definition.document(name)?.rule(stage: source.claim.stage) else { return false }
                return isSigned(source.claim, rule, asOf: index)
            }
        case .outcome(let step, let name):
            return acts.indices.contains { source in
                guard acts[source].isAuthorised, let record = outcomeAct(source) else { return false }
                return record.step == step && record.name == name && context.isAncestor(source, of: index)
            }
        case .findingsOpen(let count, let severities):
            return context.openFindings(severities: severities, asOf: index) <= count
        case .present(let slots):
            return slots.allSatisfy { slot in
                units(of: slot, for: index).contains { context.hasWritten(unit: $0, asOf: index) }
            }
        case .bound(let slot): return units(of: slot, for: index).count == 1
        case .round(let comparison, let number): return comparison.holds(activation.round, number)
        case .all(let parts): return parts.allSatisfy { holds($0, index, activation) }
        case .any(let parts): return parts.contains { holds($0, index, activation) }
        case .not(let part): return !holds(part, index, activation)
        }
    }

    // MARK: Settling

    /// What its signers refused is left behind.
    private mutating func settleSingle(_ only: Candidate, _ activation: inout Activation) {
        conclude(only, &activation)
        for candidate in activation.candidates where candidate.outcome != only.outcome {
            for index in candidate.acts { result.verdicts[index] = .superseded }
        }
    }

    /// An outcome that still waits for the signature of somebody who recorded an outcome of his side alone (`by`): he was
    /// asked, and this is the answer. There would be nothing to rule between, as no ruling stands for a signature.
    private func isRefused(_ candidate: Candidate, _ activation: Activation, _ step: Step) -> Bool {
        guard candidate.completing == nil else { return false }
        return activation.candidates.contains { other in
            guard other.completing != nil, other.outcome != candidate.outcome,
                step.outcome(other.outcome)?.by != nil
            else { return false }
            return other.acts.contains { index in candidate.waitingFor.contains { signs(acts[index], $0) } }
        }
    }

    private mutating func conclude(_ candidate: Candidate, _ activation: inout Activation) {
        let isDone = candidate.completing != nil
        activation.state = isDone ? .done : .waitingForSignatures
        if isDone { (activation.decided, activation.isFinal) = (candidate.outcome, candidate.isFinal) }
        let standing = standingRecords(candidate)
        for index in candidate.acts {
            let isOld = !standing.contains(index) && namesOtherRevision(index, than: standing)
            result.verdicts[index] = isOld ? .outdated : isDone ? .effective : .waiting(candidate.waitingFor)
        }
    }

    /// The record whose documents carry all signatures; while something is waited for, those that no later one saw.
    func standingRecords(_ candidate: Candidate) -> [Int] {
        if let completing = candidate.completing { return [completing] }
        return candidate.acts.filter { index in !candidate.acts.contains { context.isAncestor(index, of: $0) } }
    }

    /// Of a document that is signed.
    private func namesOtherRevision(_ index: Int, than standing: [Int]) -> Bool {
        let named = standing.compactMap { outcomeAct($0) }.flatMap(\.documents)
        return outcomeAct(index)?.documents.contains { claim in
            definition.document(claim.document)?.rule(stage: claim.stage) != nil
                && named.contains { $0.document == claim.document && $0.instance == claim.instance }
                && !named.contains { $0.isSameRevision(as: claim) }
        } ?? false
    }

    private mutating func settleFinal(_ final: Candidate, _ activation: inout Activation) {
        conclude(final, &activation)
        for candidate in activation.candidates where candidate.outcome != final.outcome {
            for index in candidate.acts { result.verdicts[index] = .objection }
        }
    }

    private mutating func settleRuled(_ ruled: RuledOutcome, _ activation: inout Activation) {
        guard let winner = activation.candidates.first(where: { $0.outcome == ruled.outcome }) else { return }
        conclude(
            Candidate(
                outcome: winner.outcome, acts: winner.acts, completing: winner.completing,
                completedBy: winner.completing == nil ? nil : ruled.ruling, waitingFor: winner.waitingFor,
                isFinal: winner.isFinal || ruled.isFinal), &activation)
        if let place = activation.candidates.firstIndex(where: { $0.outcome == ruled.outcome }),
            winner.completing != nil
        {
            activation.candidates[place] = Candidate(
                outcome: winner.outcome, acts: winner.acts, completing: winner.completing, completedBy: ruled.ruling,
                waitingFor: [], isFinal: winner.isFinal || ruled.isFinal)
        }
        for candidate in activation.candidates where candidate.outcome != ruled.outcome {
            for index in candidate.acts {
                result.verdicts[index] = ruled.named.contains(acts[index].id) ? .superseded : .objection
            }
        }
    }

    private func onlyFinal(_ candidates: [Candidate]) -> Candidate? {
        let finals = candidates.filter(\.isFinal)
        return finals.count == 1 ? finals[0] : nil
    }

    /// Two records of one outcome whose documents were both completed with different revisions.
    private func hasRivalCompletions(_ candidate: Candidate, _ step: Step) -> Bool {
        guard let rule = step.outcome(candidate.outcome) else { return false }
        let given = step.given(by: rule).map(\.document)
        var seen: [DocumentClaim] = []
        for index in candidate.acts {
            guard let record = outcomeAct(index), waitingFor(index, record, rule, step).isEmpty else { continue }
            for claim in record.documents where given.contains(claim.document) {
                let isSignedKind = definition.document(claim.document)?.rule(stage: claim.stage) != nil
                if isSignedKind,
                    seen.contains(where: { $0.document == claim.document && !$0.isSameRevision(as: claim) })
                {
                    return true
                }
                seen.append(claim)
            }
        }
        return false
    }

    private func candidate(
        _ name: String, _ records: [Int], _ activation: Activation, _ step: Step
    ) -> Candidate {
        guard let rule = step.outcome(name) else {
            return Candidate(
                outcome: name, acts: records, completing: nil, completedBy: nil, waitingFor: [], isFinal: false)
        }
        var completing: Int?
        var waiting: [String] = []
        for index in records {
            guard let record = outcomeAct(index) else { continue }
            let missing = waitingFor(index, record, rule, step)
            if missing.isEmpty {
                completing = completing ?? index
            } else if !records.contains(where: { context.isAncestor(index, of: $0) }) {
                // Of a record that a later one saw nothing is waited for any more.
                waiting += missing.filter { !waiting.contains($0) }
            }
        }
        return Candidate(
            outcome: name, acts: records, completing: completing,
            completedBy: completing.map { lastSignature(over: $0, activation, step) },
            waitingFor: completing == nil ? waiting : [],
            isFinal: completing != nil && isFinal(name, records, activation, step))
    }
}
