import CBOR
import Sodium

/// The outcome that a ruling chose.
struct RuledOutcome {
    /// Which of the step's outcomes.
    let rule: Int
    /// The act of the ruling.
    let ruling: Int
    /// Candidates it names, by change set.
    let named: [Bytes32]
    let isFinal: Bool
}

extension Engine {
    /// The ruling that settles an activation; nil where there is none, or where rulings conflict.
    mutating func ruledOutcome(_ activation: inout Activation, _ visit: Visit, _ step: NumberedStep) -> RuledOutcome? {
        if recorded.rulings.places(of: visit.number).isEmpty { return nil }
        var valid: [Int] = []
        for index in recorded.rulings[visit.number] where judgeRuling(index, activation, visit, step) {
            valid.append(index)
        }
        guard !valid.isEmpty else { return nil }
        // A ruling that saw and names others replaces them.
        var naming: [Bytes32: [Int]] = [:]
        for other in valid {
            for id in rulingAct(other)?.rulings ?? [] { naming[id, default: []].append(other) }
        }
        let standing = valid.filter { index in
            !(naming[acts[index].id] ?? []).contains { $0 != index && context.isAncestor(index, of: $0) }
        }
        let outcomes = standing.compactMap { ruled($0, activation, visit, step) }
        if Set(outcomes.map(\.rule)).count == 1 { return united(outcomes) }
        let finals = outcomes.filter(\.isFinal)
        if Set(finals.map(\.rule)).count == 1 { return united(outcomes.filter { $0.rule == finals[0].rule }) }
        activation.isDoublyRuled = true
        for index in standing { result.verdicts[index] = .contested }
        return nil
    }

    /// Rulings that chose the same count as one: which of them stands last must decide nothing.
    private func united(_ rulings: [RuledOutcome]) -> RuledOutcome? {
        rulings.last.map { last in
            RuledOutcome(
                rule: last.rule, ruling: last.ruling, named: rulings.flatMap(\.named),
                isFinal: rulings.contains(where: \.isFinal))
        }
    }

    private func rulingAct(_ index: Int) -> RulingAct? {
        guard case .ruling(let ruling) = acts[index].body else { return nil }
        return ruling
    }

    private mutating func judgeRuling(
        _ index: Int, _ activation: Activation, _ visit: Visit, _ step: NumberedStep
    ) -> Bool {
        guard facts[index].isAuthorised, let ruling = rulingAct(index) else { return false }
        if let reason = rulingFault(index, ruling, activation, visit, step) {
            result.verdicts[index] = .noEffect(reason, detail: "")
            return false
        }
        result.verdicts[index] = .effective
        return true
    }

    private func rulingFault(
        _ index: Int, _ ruling: RulingAct, _ activation: Activation, _ visit: Visit, _ step: NumberedStep
    ) -> EngineReason? {
        let records = activation.candidates.lazy.flatMap(\.acts)
        // What lost its authority later and stands among the named means nothing; only the winner must still be one.
        guard ruling.candidates.contains(ruling.winner),
            let winner = candidate(ruling.winner, activation), context.isAncestor(winner, of: index)
        else { return .notACandidate }
        guard !isInvolved(index, in: visit.number) else { return .recordedACandidate }
        guard mayRule(index, records, step) else { return .notTheResolver }
        let opposesFinal = activation.candidates.contains { $0.isFinal && $0.rule != facts[winner].rule }
        if opposesFinal, !isFinalRuling(index, facts[winner].outcome, visit, step) { return .againstFinal }
        return nil
    }

    /// The record that an id names, where it is one of a candidate.
    private func candidate(_ id: Bytes32, _ activation: Activation) -> Int? {
        guard let act = act(id) else { return nil }
        return activation.candidates.contains { $0.rule == facts[act].rule && Self.holds($0.acts, act) } ? act : nil
    }

    /// - Parameter acts: ascending.
    private static func holds(_ acts: [Int], _ act: Int) -> Bool {
        var (low, high) = (0, acts.count)
        while low < high {
            let middle = (low + high) / 2
            if acts[middle] < act { low = middle + 1 } else { high = middle }
        }
        return low < acts.count && acts[low] == act
    }

    /// Whether the author of a ruling had recorded or signed one of the outcomes before. What he does later takes
    /// nothing back.
    private func isInvolved(_ index: Int, in activation: Int) -> Bool {
        involvement(of: acts[index].actor, in: activation).hasAny(before: index, context)
    }

    /// The resolver; one level up where somebody of that level recorded a candidate (procedures.md §3.5).
    private func mayRule(_ index: Int, _ records: some Sequence<Int>, _ step: NumberedStep) -> Bool {
        for (place, level) in step.resolvers.enumerated() where holdsRole(index, level) {
            if place == 0 { return true }
            return records.contains { record in
                steps.add()
                return holdsRole(record, step.resolvers[place - 1])
            }
        }
        return false
    }

    private func ruled(
        _ index: Int, _ activation: Activation, _ visit: Visit, _ step: NumberedStep
    ) -> RuledOutcome? {
        guard let ruling = rulingAct(index) else { return nil }
        guard let winner = act(ruling.winner) else { return nil }
        for candidate in activation.candidates where Self.holds(candidate.acts, winner) {
            return RuledOutcome(
                rule: candidate.rule, ruling: index, named: ruling.candidates,
                isFinal: isFinalRuling(index, step.outcomes[candidate.rule].name, visit, step))
        }
        return nil
    }

    // MARK: Final (Protocol 4 §3.7)

    /// An authorised act of a person of another unit rests on the outcome and has no rival of it in its past.
    func isFinal(_ name: Int, _ records: [Int], _ visit: Visit, _ step: NumberedStep) -> Bool {
        let derived = recorded.derived(from: name, of: visit.number)
        let rivals = rivals(of: name, visit, step)
        let isFew = facts.count - records[0] <= Self.scanCountMax
        let groups = isFew ? [] : groups(of: records)
        func isResting(_ index: Int) -> Bool {
            guard facts[index].isAuthorised, !steps.isExceeded else { return false }
            let isDerived = recorded.contains(derived, facts[index].number)
            guard isDerived || mayRest(index, visit.number) else { return false }
            // Only what it has to say of another unit's records makes it more than a word for oneself.
            guard isFew ? saw(records, index) : saw(groups, index),
                isDerived || rests(index, on: name, records, isFew ? nil : groups)
            else { return false }
            return !rivals.contains { rival in
                context.isAncestor(rival, of: index) && !wasRuledOut(rival, name, visit, step, before: index)
            }
        }
        // What has a record in its past comes after it.
        if isFew { return (records[0]..<facts.count).contains(where: isResting) }
        for place in records.indices {
            if acknowledgements(of: acts[records[place]].id).contains(where: isResting) { return true }
        }
        if recorded.isReached(visit.number) {
            let own = [
                recorded.records[visit.number], recorded.signatures[visit.number], recorded.rulings[visit.number],
            ]
            steps.add(own.reduce(0) { $0 + $1.count })
            if own.joined().contains(where: isResting) { return true }
        }
        return acts(in: derived, notOf: hasTwoParties && isOfOneUnit(records) ? facts[records[0]].unit : nil, isResting)
    }

    private func isOfOneUnit(_ records: [Int]) -> Bool {
        records.allSatisfy { facts[$0].unit == facts[records[0]].unit }
    }

    private func saw(_ records: [Int], _ index: Int) -> Bool {
        records.contains { context.isAncestor($0, of: index) && isByOther(index, than: $0) }
    }

    /// Records by who made them.
    private func groups(of records: [Int]) -> RecordGroups {
        var found: RecordGroups = []
        var places: [Actor: Int] = [:]
        steps.add(records.count)
        for record in records {
            if let place = places[acts[record].actor] {
                found[place].add(record, context)
            } else {
                places[acts[record].actor] = found.count
                found.append(Chains([record], context))
            }
        }
        return found
    }

    private typealias RecordGroups = [Chains]

    private func saw(_ groups: RecordGroups, _ index: Int) -> Bool {
        groups.contains { group in
            steps.add()
            return group.first.map { isByOther(index, than: $0) } ?? false && group.hasAny(before: index, context)
        }
    }

    /// Records of other outcomes of the activation, by who was entitled to them.
    private func rivals(of name: Int, _ visit: Visit, _ step: NumberedStep) -> [Int] {
        var rivals: [Int] = []
        for place in recorded.records.places(of: visit.number) {
            let index = recorded.records.item(place)
            steps.add()
            guard facts[index].isRivalEntitled, facts[index].outcome != name,
                let rule = step.outcome(facts[index].outcome), isBy(index, rule), hasSeenCauses(index, visit)
            else { continue }
            rivals.append(index)
        }
        return rivals
    }

    /// Acknowledgements, and what is of the same activation.
    private func mayRest(_ index: Int, _ activation: Int) -> Bool {
        facts[index].kind == .acknowledge
            || facts[index].number == activation && recorded.isReached(activation)
    }

    private func isByOther(_ index: Int, than record: Int) -> Bool {
        context.partyCount(asOf: index) < 2
            ? acts[record].actor != acts[index].actor : facts[record].unit != facts[index].unit
    }

    /// Whether an acknowledgement, or an act of the same activation, rests on another's records of its past.
    ///
    /// - Parameter groups: of the records, where there are many.
    private func rests(_ index: Int, on name: Int, _ records: [Int], _ groups: RecordGroups?) -> Bool {
        func isOther(_ record: Int) -> Bool {
            context.isAncestor(record, of: index) && isByOther(index, than: record)
        }
        switch acts[index].body {
        case .acknowledge(let id):
            return act(id).map { facts[$0].outcome == name && Self.holds(records, $0) && isOther($0) } ?? false
        case .sign:
            if facts[index].outcome == name { return true }
            if groups != nil {
                return facts[index].claims.contains { place in
                    acts(claiming: claims[place]).contains { Self.holds(records, $0) && isOther($0) }
                }
            }
            return records.contains { record in
                isOther(record)
                    && facts[record].claims.contains { place in
                        facts[index].claims.contains { claims[$0].isSameRevision(as: claims[place]) }
                    }
            }
        case .outcome: return facts[index].outcome == name
        default: return false
        }
    }

    /// By a ruling of somebody who may rule: anybody else's would clear the way for an accomplice's acknowledgement.
    private func wasRuledOut(
        _ rival: Int, _ name: Int, _ visit: Visit, _ step: NumberedStep, before index: Int
    ) -> Bool {
        recorded.rulings[visit.number].contains { ruling in
            steps.add()
            guard facts[ruling].isRivalEntitled, !steps.isExceeded, let act = rulingAct(ruling),
                context.isAncestor(ruling, of: index),
                act.candidates.contains(acts[rival].id), !isInvolved(ruling, in: visit.number),
                mayRule(ruling, recorded.records[visit.number], step)
            else { return false }
            return self.name(ofWinner: act, in: visit.number) == name
        }
    }

    private func name(ofWinner ruling: RulingAct, in activation: Int) -> Int? {
        guard let winner = act(ruling.winner), facts[winner].kind == .outcome, facts[winner].number == activation else {
            return nil
        }
        return facts[winner].outcome
    }

    private func isFinalRuling(_ ruling: Int, _ name: Int, _ visit: Visit, _ step: NumberedStep) -> Bool {
        let derived = recorded.derived(from: name, of: visit.number)
        func isResting(_ index: Int) -> Bool {
            guard facts[index].isAuthorised, !steps.isExceeded, context.isAncestor(ruling, of: index),
                isByOther(index, than: ruling)
            else { return false }
            return !recorded.rulings[visit.number].contains { other in
                steps.add()
                guard facts[other].isRivalEntitled, context.isAncestor(other, of: index),
                    let opposing = rulingAct(other), let chosen = self.name(ofWinner: opposing, in: visit.number),
                    chosen != name
                else { return false }
                return !(rulingAct(ruling)?.rulings.contains(acts[other].id) ?? false)
                    && !isInvolved(other, in: visit.number)
                    && mayRule(other, recorded.records[visit.number], step)
            }
        }
        if acknowledgements(of: acts[ruling].id).contains(where: isResting) { return true }
        return acts(in: derived, notOf: hasTwoParties ? facts[ruling].unit : nil, isResting)
    }
}
