import Sodium

/// The outcome that a ruling chose.
struct RuledOutcome {
    let outcome: String
    /// The act of the ruling.
    let ruling: Int
    /// Candidates it names, by change set.
    let named: [Bytes32]
    let isFinal: Bool
}

extension Engine {
    /// The ruling that settles an activation; nil where there is none, or where rulings conflict.
    mutating func ruledOutcome(_ activation: inout Activation, _ step: Step) -> RuledOutcome? {
        let valid = (rulingsOf[activation.id] ?? []).filter { judgeRuling($0, activation, step) }
        guard !valid.isEmpty else { return nil }
        // A ruling that saw and names others replaces them.
        let standing = valid.filter { index in
            !valid.contains { other in
                guard other != index, let later = rulingAct(other) else { return false }
                return later.rulings.contains(acts[index].id) && context.isAncestor(index, of: other)
            }
        }
        let outcomes = standing.compactMap { ruled($0, activation, step) }
        var names: [String] = []
        for outcome in outcomes where !names.contains(outcome.outcome) { names.append(outcome.outcome) }
        if names.count == 1 { return united(outcomes) }
        let finals = outcomes.filter(\.isFinal)
        if Set(finals.map(\.outcome)).count == 1 { return united(outcomes.filter { $0.outcome == finals[0].outcome }) }
        activation.isDoublyRuled = true
        for index in standing { result.verdicts[index] = .contested }
        return nil
    }

    /// Rulings that chose the same count as one: which of them stands last must decide nothing.
    private func united(_ rulings: [RuledOutcome]) -> RuledOutcome? {
        rulings.last.map { last in
            RuledOutcome(
                outcome: last.outcome, ruling: last.ruling, named: rulings.flatMap(\.named),
                isFinal: rulings.contains(where: \.isFinal))
        }
    }

    private func rulingAct(_ index: Int) -> RulingAct? {
        guard case .ruling(let ruling) = acts[index].body else { return nil }
        return ruling
    }

    private mutating func judgeRuling(_ index: Int, _ activation: Activation, _ step: Step) -> Bool {
        guard acts[index].isAuthorised, let ruling = rulingAct(index) else { return false }
        if let reason = rulingFault(index, ruling, activation, step) {
            result.verdicts[index] = .noEffect(reason, detail: "")
            return false
        }
        result.verdicts[index] = .effective
        return true
    }

    private func rulingFault(
        _ index: Int, _ ruling: RulingAct, _ activation: Activation, _ step: Step
    ) -> EngineReason? {
        let records = activation.candidates.flatMap(\.acts)
        // What lost its authority later and stands among the named means nothing; only the winner must still be one.
        guard ruling.candidates.contains(ruling.winner),
            records.contains(where: { acts[$0].id == ruling.winner && context.isAncestor($0, of: index) })
        else { return .notACandidate }
        guard !isInvolved(index, in: activation.id) else { return .recordedACandidate }
        guard mayRule(index, records, step) else { return .notTheResolver }
        if let winner = records.first(where: { acts[$0].id == ruling.winner }), let name = outcomeAct(winner)?.name {
            let opposesFinal = activation.candidates.contains { $0.isFinal && $0.outcome != name }
            if opposesFinal, !isFinalRuling(index, name, activation, step) { return .againstFinal }
        }
        return nil
    }

    /// Whether the author of a ruling had recorded or signed one of the outcomes before. What he does later takes
    /// nothing back.
    private func isInvolved(_ index: Int, in activation: ActivationID) -> Bool {
        ((outcomesOf[activation] ?? []) + (signaturesOf[activation] ?? [])).contains {
            acts[$0].isRivalEntitled && acts[$0].actor == acts[index].actor && context.isAncestor($0, of: index)
        }
    }

    /// The resolver; one level up where somebody of that level recorded a candidate (procedures.md §3.5).
    private func mayRule(_ index: Int, _ records: [Int], _ step: Step) -> Bool {
        var levels: [String] = []
        for level in [step.resolver ?? "it.head", "it.head", "authority.official"] where !levels.contains(level) {
            levels.append(level)
        }
        for (place, level) in levels.enumerated() where holdsRole(acts[index], level) {
            if place == 0 { return true }
            return records.contains { holdsRole(acts[$0], levels[place - 1]) }
        }
        return false
    }

    private func ruled(_ index: Int, _ activation: Activation, _ step: Step) -> RuledOutcome? {
        guard let ruling = rulingAct(index) else { return nil }
        for candidate in activation.candidates where candidate.acts.contains(where: { acts[$0].id == ruling.winner }) {
            return RuledOutcome(
                outcome: candidate.outcome, ruling: index, named: ruling.candidates,
                isFinal: isFinalRuling(index, candidate.outcome, activation, step))
        }
        return nil
    }

    // MARK: Final (Protocol 4 §3.7)

    /// An authorised act of a person of another unit rests on the outcome and has no rival of it in its past.
    func isFinal(_ name: String, _ records: [Int], _ activation: Activation, _ step: Step) -> Bool {
        let derived = recorded.derived(from: name, of: activation.id)
        let own = recorded.numbers[activation.id] ?? RecordedSteps.other
        let rivals = (outcomesOf[activation.id] ?? []).filter { index in
            guard acts[index].isRivalEntitled, let record = outcomeAct(index), record.name != name,
                let rule = step.outcome(record.name)
            else { return false }
            return (rule.by ?? step.by).contains { fills(acts[index], $0) } && hasSeenCauses(index, activation)
        }
        return acts.indices.contains { index in
            let number = recorded.numberOfAct[index]
            guard number == RecordedSteps.acknowledgement || number >= 0 && (number == own || derived[number]),
                acts[index].isAuthorised
            else { return false }
            // Only what it has to say of another unit's records makes it more than a word for oneself.
            let others = records.filter { context.isAncestor($0, of: index) && isByOther(index, than: $0) }
            guard !others.isEmpty, number >= 0 && derived[number] || rests(index, on: name, others) else {
                return false
            }
            return !rivals.contains { rival in
                context.isAncestor(rival, of: index) && !wasRuledOut(rival, name, activation, step, before: index)
            }
        }
    }

    private func isByOther(_ index: Int, than record: Int) -> Bool {
        context.partyCount(asOf: index) < 2
            ? acts[record].actor != acts[index].actor : acts[record].actor.unit != acts[index].actor.unit
    }

    /// Whether an acknowledgement, or an act of the same activation, rests on records of its past.
    private func rests(_ index: Int, on name: String, _ records: [Int]) -> Bool {
        switch acts[index].body {
        case .acknowledge(let id): return records.contains { acts[$0].id == id }
        case .sign(let sign):
            if sign.outcome == name { return true }
            return records.contains { record in
                outcomeAct(record)?.documents.contains { claim in
                    sign.documents.contains { $0.isSameRevision(as: claim) }
                } ?? false
            }
        case .outcome(let outcome): return outcome.name == name
        default: return false
        }
    }

    /// By a ruling of somebody who may rule: anybody else's would clear the way for an accomplice's acknowledgement.
    private func wasRuledOut(
        _ rival: Int, _ name: String, _ activation: Activation, _ step: Step, before index: Int
    ) -> Bool {
        (rulingsOf[activation.id] ?? []).contains { ruling in
            guard acts[ruling].isRivalEntitled, let act = rulingAct(ruling), context.isAncestor(ruling, of: index),
                act.candidates.contains(acts[rival].id), !isInvolved(ruling, in: activation.id),
                mayRule(ruling, outcomesOf[activation.id] ?? [], step)
            else { return false }
            return self.name(ofWinner: act) == name
        }
    }

    private func name(ofWinner ruling: RulingAct) -> String? {
        (outcomesOf[ruling.activation] ?? []).first { acts[$0].id == ruling.winner }.flatMap { outcomeAct($0)?.name }
    }

    private func isFinalRuling(_ ruling: Int, _ name: String, _ activation: Activation, _ step: Step) -> Bool {
        let derived = recorded.derived(from: name, of: activation.id)
        return acts.indices.contains { index in
            guard acts[index].isAuthorised, context.isAncestor(ruling, of: index), isByOther(index, than: ruling)
            else { return false }
            let isOpposed = (rulingsOf[activation.id] ?? []).contains { other in
                guard acts[other].isRivalEntitled, context.isAncestor(other, of: index),
                    let opposing = rulingAct(other), let chosen = self.name(ofWinner: opposing), chosen != name
                else { return false }
                return !(rulingAct(ruling)?.rulings.contains(acts[other].id) ?? false)
                    && !isInvolved(other, in: activation.id)
                    && mayRule(other, outcomesOf[activation.id] ?? [], step)
            }
            if isOpposed { return false }
            switch acts[index].body {
            case .acknowledge(let id): return id == acts[ruling].id
            default:
                let number = recorded.numberOfAct[index]
                return number >= 0 && derived[number]
            }
        }
    }
}
