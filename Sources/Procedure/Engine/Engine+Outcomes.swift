import CBOR
import Sodium

extension Engine {
    /// Collects what was recorded for an activation, and lets the outcome take effect that is chosen.
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
        if !valid.isEmpty { choose(among: valid, &activation, visit, step) }
        return activation
    }

    /// In the order of their first records.
    private func candidates(_ valid: [Int], _ visit: Visit, _ step: NumberedStep) -> [Candidate] {
        var candidates: [Candidate] = []
        steps.add(valid.count)
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
        let places = recorded.records.places(of: source.activation)
        if places.count > Self.fewCountMax { return opening(source).hasAny(before: index, context) }
        for place in places {
            let record = recorded.records.item(place)
            if facts[record].outcome == source.outcome, context.isAncestor(record, of: index), opens(record) {
                return true
            }
        }
        return false
    }

    /// Up to so many records each is asked when it is needed.
    static let fewCountMax = 8
    /// Up to so many acts after a record all are looked at.
    static let scanCountMax = 128

    /// Whether a record is by somebody entitled to its outcome.
    private func opens(_ record: Int) -> Bool {
        guard facts[record].isAuthorised, let number = facts[record].rule else { return false }
        let rule = rules.steps[facts[record].step].outcomes[number]
        return isBy(record, rule) || rule.escalate.map { fills(record, $0) } ?? false
    }

    /// Records by which others have seen an outcome, as of the bindings and seats there are by now.
    private func opening(_ source: Source) -> Chains {
        let key = EngineMemory.Subject(activation: source.activation, outcome: source.outcome)
        if let known = memory.seen[key], known.rights == memory.rights { return known.records }
        let records = recorded.records[source.activation].filter { facts[$0].outcome == source.outcome && opens($0) }
        steps.add(recorded.records.places(of: source.activation).count)
        let chains = Chains(records, context)
        memory.seen[key] = (rights: memory.rights, records: chains)
        return chains
    }

    /// A needed document was named by an outcome of the past; where it has a sign rule, it carries the signatures.
    private func needFault(_ reference: NumberedReference, _ index: Int) -> EngineReason? {
        guard let rule = reference.isBrought ? nil : reference.rule else {
            let isNamed = outcomes(naming: reference.document, stage: reference.stage).hasAny(before: index, context)
            return isNamed ? nil : .documentMissing
        }
        var seen: Set<RevisionKey> = []
        for entry in namings.places(of: reference.document) {
            let place = namings.item(entry)
            steps.add()
            guard isNaming(place, stage: reference.stage), !steps.isExceeded,
                context.isAncestor(claims[place].act, of: index), seen.insert(RevisionKey(claims[place])).inserted
            else { continue }
            if isSigned(claims[place], rule, asOf: index) { return nil }
        }
        return seen.isEmpty ? .documentMissing : .documentNotSigned
    }

    /// Nil for one that the definition does not describe.
    func document(_ number: Int) -> NumberedDocument? {
        number < rules.documents.count ? rules.documents[number] : nil
    }

    /// Whether a claim is by an outcome, and of a stage where one is given.
    func isNaming(_ place: Int, stage: Int) -> Bool {
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
            var seen: Set<RevisionKey> = []
            return namings[number].contains { place in
                steps.add()
                guard isNaming(place, stage: -1), context.isAncestor(claims[place].act, of: index),
                    seen.insert(RevisionKey(claims[place])).inserted, !steps.isExceeded,
                    let rule = document(number)?.rule(stage: claims[place].stage)
                else { return false }
                return isSigned(claims[place], rule, asOf: index)
            }
        case .outcome(let step, let name):
            return step >= 0 && outcomes(of: step, name).hasAny(before: index, context)
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
        outcomes(naming: document, stage: -1).hasAny(before: index, context)
    }

    // MARK: Candidates

    private func candidate(
        _ rule: NumberedOutcome, _ records: [Int], _ visit: Visit, _ step: NumberedStep
    ) -> Candidate {
        var completing: Int?
        var waiting: [String] = []
        // Of a record that a later one saw nothing is waited for any more.
        let latest = records.count > 1 ? Set(self.latest(of: records)) : Set(records)
        for index in records {
            if completing != nil || steps.isExceeded { break }
            let missing = waitingFor(index, rule, visit.number)
            if missing.isEmpty {
                completing = completing ?? index
            } else if latest.contains(index) {
                waiting += missing.filter { !waiting.contains($0) }
            }
        }
        return Candidate(
            outcome: rule.text, acts: records, completing: completing,
            completedBy: completing.map { lastSignature(over: $0, visit) },
            waitingFor: completing == nil ? waiting : [],
            isFinal: completing != nil && isFinal(rule.name, records, visit, step), rule: rule.number)
    }

    /// The sign rule of a claimed document at its stage.
    func rule(of place: Int) -> NumberedSignRule? {
        document(claims[place].document)?.rule(stage: claims[place].stage)
    }
}
