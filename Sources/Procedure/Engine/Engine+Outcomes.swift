import Sodium

extension Engine {
    /// Collects what was recorded for an activation and settles which outcome takes effect.
    mutating func decide(_ visit: Visit, _ step: NumberedStep) -> Activation {
        var activation = Activation(
            id: visit.id, step: step.id, round: visit.round, causes: visit.causes, state: .active)
        (activation.since, activation.targetDate, activation.forks) = (visit.since, visit.targetDate, visit.forks)
        var valid: [Int] = []
        for place in recorded.records.places(of: visit.number) {
            let index = recorded.records.item(place)
            if judge(index, visit, step) { valid.append(index) }
        }
        activation.candidates = candidates(valid, visit, step)
        judgeSignatures(activation, visit, step)
        guard !valid.isEmpty else { return activation }
        let standing = onlyStanding(activation, step)
        if let ruled = ruledOutcome(&activation, visit, step) {
            settleRuled(ruled, &activation)
        } else if let standing, !hasRivalCompletions(activation.candidates[standing], step) {
            settleSingle(standing, &activation)
        } else if let final = onlyFinal(activation.candidates) {
            settleFinal(final, &activation)
        } else {
            activation.state = .contested
            for index in valid { result.verdicts[index] = .contested }
        }
        return activation
    }

    /// In the order of their first records.
    private func candidates(_ valid: [Int], _ visit: Visit, _ step: NumberedStep) -> [Candidate] {
        var candidates: [Candidate] = []
        for index in valid {
            guard let number = facts[index].rule, !candidates.contains(where: { $0.rule == number }) else { continue }
            let isOnly = valid.allSatisfy { facts[$0].rule == number }
            let records = isOnly ? valid : valid.filter { facts[$0].rule == number }
            candidates.append(candidate(step.outcomes[number], records, visit, step))
        }
        return candidates
    }

    /// Whether a record counts as a candidate; sets its verdict where it does not.
    private mutating func judge(_ index: Int, _ visit: Visit, _ step: NumberedStep) -> Bool {
        guard facts[index].isAuthorised else { return false }
        guard facts[index].step == step.number, let number = facts[index].rule else {
            let name = recordedName(index)
            result.verdicts[index] = .noEffect(.unknownOutcome, detail: name)
            return false
        }
        let rule = step.outcomes[number]
        guard mayDecide(index, rule, visit) else {
            result.verdicts[index] = .opinion
            return false
        }
        if let (reason, detail) = fault(index, rule, visit, step) {
            result.verdicts[index] = .noEffect(reason, detail: detail)
            return false
        }
        return true
    }

    private func recordedName(_ index: Int) -> String {
        guard case .outcome(let outcome) = acts[index].body else { return "" }
        return outcome.name
    }

    /// One of `by` (of the outcome, else of the step); after `max` rounds only `escalate`.
    private func mayDecide(_ index: Int, _ rule: NumberedOutcome, _ visit: Visit) -> Bool {
        if let max = rule.max, visit.round > max {
            return rule.escalate.map { fills(index, $0) } ?? false
        }
        return isBy(index, rule)
    }

    func isBy(_ index: Int, _ rule: NumberedOutcome) -> Bool {
        for capacity in rule.by where fills(index, capacity) { return true }
        return false
    }

    /// What an outcome lacks, everything asked in the past of its own record.
    private func fault(
        _ index: Int, _ rule: NumberedOutcome, _ visit: Visit, _ step: NumberedStep
    ) -> (EngineReason, String)? {
        guard hasSeenCauses(index, visit) else { return (.causeNotSeen, "") }
        if isClosed(before: index) { return (.closed, "") }
        if isOnHold(index) { return (.onHold, "") }
        if let entry = step.entry, !holds(entry, index, visit) { return (.guardNotSatisfied, "guard") }
        if let when = rule.when, !holds(when, index, visit) { return (.guardNotSatisfied, "when") }
        for ask in rule.asks where !facts[index].answers.contains(Answers(ask)) { return (Self.reason(ask), "") }
        for reference in step.needs where !reference.isOptional {
            if let reason = needFault(reference, index) { return (reason, reference.name) }
        }
        for reference in rule.named where !names(index, reference) { return (.documentMissing, reference.name) }
        guard rule.isAdvance else { return nil }
        return advanceFault(index, step)
    }

    /// Whether a record names a document, with a revision that its own past holds.
    private func names(_ index: Int, _ reference: NumberedReference) -> Bool {
        for place in facts[index].claims
        where claims[place].document == reference.document && claims[place].stage == reference.stage
            && claims[place].isPresent
        { return true }
        return false
    }

    private static func reason(_ ask: OutcomeRule.Ask) -> EngineReason {
        switch ask {
        case .reason: .reasonMissing
        case .missingItems: .missingItemsMissing
        case .findings: .findingsMissing
        case .responseKind: .responseKindMissing
        case .targetDate: .targetDateMissing
        }
    }

    /// Parties of a meeting, slots to bind and seats to fill.
    private func advanceFault(_ index: Int, _ step: NumberedStep) -> (EngineReason, String)? {
        if let slot = step.meetingSlots?.first(where: { holder(of: $0, for: index) == nil }) {
            return (.partyNotBound, slotNames.names[slot])
        }
        guard !(step.bind.isEmpty && step.assign.isEmpty), case .outcome(let record) = acts[index].body else {
            return nil
        }
        for slot in step.bind where !record.binds.contains(where: { $0.slot == slotNames.names[slot] }) {
            return (.partyNotBound, slotNames.names[slot])
        }
        for (name, team) in step.assign {
            guard team >= 0 else { return (.seatsMissing, name) }
            if let detail = seatFault(rules.teams[team], record, index) { return (.seatsMissing, detail) }
        }
        return nil
    }

    func hasSeenCauses(_ index: Int, _ visit: Visit) -> Bool {
        for place in visit.sources where !hasSeen(sources[place], index) { return false }
        return true
    }

    /// Whether an outcome by somebody entitled to it lies in the past of an act.
    private func hasSeen(_ source: Source, _ index: Int) -> Bool {
        for place in recorded.records.places(of: source.activation) {
            let record = recorded.records.item(place)
            guard facts[record].outcome == source.outcome, facts[record].isAuthorised,
                let number = facts[record].rule, context.isAncestor(record, of: index)
            else { continue }
            let rule = rules.steps[facts[record].step].outcomes[number]
            if isBy(record, rule) || rule.escalate.map({ fills(record, $0) }) ?? false { return true }
        }
        return false
    }

    /// A needed document was named by an outcome of the past; where it has a sign rule, it carries the signatures.
    private func needFault(_ reference: NumberedReference, _ index: Int) -> EngineReason? {
        let rule = reference.isBrought ? nil : reference.rule
        var isNamed = false
        for entry in namings.places(of: reference.document) {
            let place = namings.item(entry)
            guard isNaming(place, stage: reference.stage), context.isAncestor(claims[place].act, of: index) else {
                continue
            }
            guard let rule else { return nil }
            isNamed = true
            if isSigned(claims[place], rule, asOf: index) { return nil }
        }
        return isNamed ? .documentNotSigned : .documentMissing
    }

    /// Nil for one that the definition does not describe.
    func document(_ number: Int) -> NumberedDocument? {
        number < rules.documents.count ? rules.documents[number] : nil
    }

    /// Whether a claim is by an outcome, and of a stage where one is given.
    private func isNaming(_ place: Int, stage: Int) -> Bool {
        facts[claims[place].act].kind == .outcome && (stage < 0 || claims[place].stage == stage)
    }

    private func seatFault(_ team: Team, _ record: OutcomeAct, _ index: Int) -> String? {
        let members = record.seats.filter { $0.team == team.id }
        for seat in team.seats {
            let count = members.filter { $0.seat == seat.name }.count
            if !(seat.least...seat.most).contains(count) { return "\(team.id) \(seat.name)" }
        }
        for name in team.from {
            let bound = slotNames.find(name).map { units(of: $0, for: index) } ?? []
            if !members.contains(where: { bound.contains($0.actor.unit) }) { return "\(team.id) \(name)" }
        }
        return nil
    }

    // MARK: Guards

    /// Guards nest as deep as the file allows (``JSONReader/depthMax``); so does this recursion.
    private func holds(_ condition: NumberedGuard, _ index: Int, _ visit: Visit) -> Bool {
        switch condition {
        case .document(let number): return isNamed(number, asOf: index)
        case .signed(let number):
            return namings[number].contains { place in
                guard isNaming(place, stage: -1), context.isAncestor(claims[place].act, of: index),
                    let rule = document(number)?.rule(stage: claims[place].stage)
                else { return false }
                return isSigned(claims[place], rule, asOf: index)
            }
        case .outcome(let step, let name):
            return step >= 0
                && facts.indices.contains { source in
                    facts[source].isAuthorised && facts[source].kind == .outcome && facts[source].step == step
                        && facts[source].outcome == name && context.isAncestor(source, of: index)
                }
        case .findingsOpen(let count, let severities):
            return context.openFindings(severities: severities, asOf: index) <= count
        case .present(let slots):
            return slots.allSatisfy { slot in
                units(of: slot, for: index).contains { context.hasWritten(unit: $0, asOf: index) }
            }
        case .bound(let slot): return holder(of: slot, for: index) != nil
        case .round(let comparison, let number): return comparison.holds(visit.round, number)
        case .all(let parts): return parts.allSatisfy { holds($0, index, visit) }
        case .any(let parts): return parts.contains { holds($0, index, visit) }
        case .not(let part): return !holds(part, index, visit)
        }
    }

    private func isNamed(_ document: Int, asOf index: Int) -> Bool {
        namings[document].contains { isNaming($0, stage: -1) && context.isAncestor(claims[$0].act, of: index) }
    }

    // MARK: Candidates

    private func candidate(
        _ rule: NumberedOutcome, _ records: [Int], _ visit: Visit, _ step: NumberedStep
    ) -> Candidate {
        var completing: Int?
        var waiting: [String] = []
        for index in records {
            let missing = waitingFor(index, rule, visit.number)
            if missing.isEmpty {
                completing = completing ?? index
            } else if !records.contains(where: { context.isAncestor(index, of: $0) }) {
                // Of a record that a later one saw nothing is waited for any more.
                waiting += missing.filter { !waiting.contains($0) }
            }
        }
        return Candidate(
            outcome: rule.text, acts: records, completing: completing,
            completedBy: completing.map { lastSignature(over: $0, visit) },
            waitingFor: completing == nil ? waiting : [],
            isFinal: completing != nil && isFinal(rule.name, records, visit, step), rule: rule.number)
    }

    /// Two records of one outcome whose documents were both completed with different revisions.
    private func hasRivalCompletions(_ candidate: Candidate, _ step: NumberedStep) -> Bool {
        guard candidate.acts.reduce(0, { $0 + facts[$1].claims.count }) > 1 else { return false }
        let rule = step.outcomes[candidate.rule]
        var seen: [Int] = []
        for index in candidate.acts where waitingFor(index, rule, facts[index].number).isEmpty {
            for place in facts[index].claims where rule.given.contains(claims[place].document) {
                let isRival = seen.contains {
                    claims[$0].document == claims[place].document && !claims[$0].isSameRevision(as: claims[place])
                }
                if isRival, self.rule(of: place) != nil { return true }
                seen.append(place)
            }
        }
        return false
    }

    /// The sign rule of a claimed document at its stage.
    func rule(of place: Int) -> NumberedSignRule? {
        document(claims[place].document)?.rule(stage: claims[place].stage)
    }

    // MARK: Settling

    /// What its signers refused is left behind.
    private mutating func settleSingle(_ only: Int, _ activation: inout Activation) {
        conclude(activation.candidates[only], &activation)
        guard activation.candidates.count > 1 else { return }
        let rule = activation.candidates[only].rule
        for candidate in activation.candidates where candidate.rule != rule {
            for index in candidate.acts { result.verdicts[index] = .superseded }
        }
    }

    /// The place of the one that its signers did not refuse; nil where there are more, or none.
    private func onlyStanding(_ activation: Activation, _ step: NumberedStep) -> Int? {
        var only: Int?
        for place in activation.candidates.indices where !isRefused(place, activation, step) {
            guard only == nil else { return nil }
            only = place
        }
        return only
    }

    /// An outcome that still waits for the signature of somebody who recorded an outcome of his side alone (`by`): he was
    /// asked, and this is the answer. There would be nothing to rule between, as no ruling stands for a signature.
    private func isRefused(_ place: Int, _ activation: Activation, _ step: NumberedStep) -> Bool {
        guard activation.candidates[place].completing == nil else { return false }
        let candidate = activation.candidates[place]
        return activation.candidates.contains { other in
            guard other.completing != nil, other.rule != candidate.rule, step.outcomes[other.rule].hasOwnBy else {
                return false
            }
            return other.acts.contains { index in
                candidate.waitingFor.contains { signs(index, rules.capacity($0)) }
            }
        }
    }

    private mutating func conclude(_ candidate: Candidate, _ activation: inout Activation) {
        let isDone = candidate.completing != nil
        activation.state = isDone ? .done : .waitingForSignatures
        if isDone { (activation.decided, activation.isFinal) = (candidate.outcome, candidate.isFinal) }
        if candidate.acts.count == 1 {
            result.verdicts[candidate.acts[0]] = isDone ? .effective : .waiting(candidate.waitingFor)
            return
        }
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
        let named = standing.flatMap { facts[$0].claims }
        return facts[index].claims.contains { place in
            rule(of: place) != nil
                && named.contains {
                    claims[$0].document == claims[place].document && claims[$0].instance == claims[place].instance
                } && !named.contains { claims[$0].isSameRevision(as: claims[place]) }
        }
    }

    private mutating func settleFinal(_ final: Candidate, _ activation: inout Activation) {
        conclude(final, &activation)
        for candidate in activation.candidates where candidate.rule != final.rule {
            for index in candidate.acts { result.verdicts[index] = .objection }
        }
    }

    private mutating func settleRuled(_ ruled: RuledOutcome, _ activation: inout Activation) {
        guard let place = activation.candidates.firstIndex(where: { $0.rule == ruled.rule }) else { return }
        let winner = activation.candidates[place]
        let chosen = Candidate(
            outcome: winner.outcome, acts: winner.acts, completing: winner.completing,
            completedBy: winner.completing == nil ? nil : ruled.ruling, waitingFor: winner.waitingFor,
            isFinal: winner.isFinal || ruled.isFinal, rule: winner.rule)
        conclude(chosen, &activation)
        if winner.completing != nil { activation.candidates[place] = chosen }
        for candidate in activation.candidates where candidate.rule != ruled.rule {
            for index in candidate.acts {
                result.verdicts[index] = ruled.named.contains(acts[index].id) ? .superseded : .objection
            }
        }
    }

    private func onlyFinal(_ candidates: [Candidate]) -> Candidate? {
        let finals = candidates.filter(\.isFinal)
        return finals.count == 1 ? finals[0] : nil
    }
}
