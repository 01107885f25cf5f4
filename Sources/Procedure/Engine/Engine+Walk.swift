import CBOR
import Sodium

/// An activation that is to be looked at.
struct Visit {
    let number: Int
    let id: ActivationID
    let step: Int
    let round: Int
    let causes: [Cause]
    /// The same by number, among ``Engine/sources``.
    let sources: Range<Int>
    let since: Int?
    let targetDate: String?
    /// Lanes: the forks it lies in, outermost first.
    let forks: [Activation.Lane]
    /// Where among ``Engine/visits`` its row begins.
    let row: Int
}

/// ``Cause``, by number.
struct Source {
    let activation: Int
    let outcome: Int
}

/// By which something begins.
struct Way {
    let causes: [Cause]
    /// The same by number, among ``Engine/sources``.
    let sources: Range<Int>
    let day: Int?
    /// Where among ``Engine/visits`` the row of what caused it begins.
    let row: Int
}

extension Engine {
    mutating func walk() {
        guard let step = rules.start, let start = recorded.start else { return }
        visits = [Int32](repeating: 0, count: rules.steps.count)
        begin(
            start, recorded.ids[start], at: step, after: Way(causes: [], sources: 0..<0, day: nil, row: 0), forks: [],
            targetDate: nil)
        // Each activation beyond the first needs a recorded outcome; twice that bounds joins and forks.
        let budget = 2 * acts.count * max(1, rules.steps.count) + 2
        queue.reserveCapacity(recorded.ids.count)
        sources.reserveCapacity(recorded.ids.count)
        visits.reserveCapacity(recorded.ids.count * rules.steps.count)
        var (next, settled) = (0, 0)
        while next < queue.count, settled < budget, !steps.isExceeded {
            let visit = queue[next]
            next += 1
            guard isNew(visit.number) else { continue }
            settle(visit)
            settled += 1
        }
    }

    private mutating func isNew(_ number: Int) -> Bool {
        while isSettled.count <= number { isSettled.append(false) }
        defer { isSettled[number] = true }
        return !isSettled[number]
    }

    private mutating func begin(
        _ number: Int, _ id: ActivationID, at step: Int, after way: Way, forks: [Activation.Lane], targetDate: String?
    ) {
        let row = visits.count
        for place in way.row..<way.row + rules.steps.count { visits.append(visits[place]) }
        visits[row + step] += 1
        queue.append(
            Visit(
                number: number, id: id, step: step, round: Int(visits[row + step]), causes: way.causes,
                sources: way.sources,
                since: way.day, targetDate: targetDate, forks: forks, row: row))
    }

    private mutating func settle(_ visit: Visit) {
        steps.add()
        let step = rules.steps[visit.step]
        let place = places.count
        append(decide(visit, step), visit.number, step: visit.step)
        if let (candidate, rule) = decision(place) { return follow(candidate, rule, of: visit, step) }
        guard result.activations[place].state == .contested else { return }
        freeze(result.activations[place].candidates.filter { $0.completing != nil }, of: visit, step)
    }

    mutating func append(_ activation: consuming Activation, _ number: Int, step: Int) {
        result.activations.append(activation)
        places.append((number: number, step: step))
    }

    /// The candidate that took effect, by place among the activations; nil where none did.
    func decision(_ place: Int) -> (candidate: Candidate, rule: NumberedOutcome)? {
        guard let decided = result.activations[place].decided else { return nil }
        for candidate in result.activations[place].candidates where candidate.outcome == decided {
            return (candidate: candidate, rule: rules.steps[places[place].step].outcomes[candidate.rule])
        }
        return nil
    }

    /// What an outcome that took effect brings about.
    private mutating func follow(
        _ candidate: Candidate, _ rule: NumberedOutcome, of visit: Visit, _ step: NumberedStep
    ) {
        guard let completing = candidate.completing else { return }
        if !step.bind.isEmpty { bind(candidate.acts, step) }
        if facts[completing].namesMore { seat(completing) }
        let targetDate = facts[completing].targetDate
        sources.append(Source(activation: visit.number, outcome: rule.name))
        let way = Way(
            causes: [Cause(activation: visit.id, outcome: rule.text)], sources: sources.count - 1..<sources.count,
            day: candidate.completedBy.map { acts[$0].statedDay }, row: visit.row)
        for (lane, target) in rule.targets.enumerated() {
            if target.end >= 0 {
                result.end = result.end ?? rules.ends[target.end].state
                result.endTitle = rules.ends[target.end].title
                result.isEndFinal = candidate.isFinal
                continue
            }
            guard target.step >= 0 else { continue }
            // A rework leaves the fork it happens in; all lanes of that fork end with it.
            var forks = rule.isAdvance ? visit.forks : []
            if rule.targets.count > 1 {
                forks.append(Activation.Lane(fork: visit.id, index: lane, count: rule.targets.count))
            }
            if rules.steps[target.step].joinsAll, let last = forks.last {
                arrive(way, in: last, at: target, forks: forks, targetDate: targetDate)
                continue
            }
            let (number, id) = follower(of: visit, rule, lane: lane)
            begin(number, id, at: target.step, after: way, forks: forks, targetDate: targetDate)
        }
    }

    /// Of the slots that the step binds: else whoever decides anything could unbind a party by naming another.
    private mutating func bind(_ records: [Int], _ step: NumberedStep) {
        for index in records where facts[index].namesMore {
            guard case .outcome(let record) = acts[index].body else { continue }
            for bind in record.binds {
                let slot = slot(bind.slot)
                if step.bind.contains(slot) { add(bind.unit, to: slot, by: index) }
            }
        }
    }

    private mutating func seat(_ completing: Int) {
        guard case .outcome(let act) = acts[completing].body else { return }
        memory.rights += 1
        for seat in act.seats where !seats.contains(seat) { seats.append(seat) }
    }

    /// What an outcome activates in one of its lanes alone.
    private mutating func follower(
        of visit: Visit, _ rule: NumberedOutcome, lane: Int
    ) -> (number: Int, id: ActivationID) {
        if let known = recorded.follower(of: visit.number, outcome: rule.name, lane: lane) {
            return (number: known, id: recorded.ids[known])
        }
        return recorded.follower(of: visit.id, rule, rule.targets[lane])
    }

    private mutating func arrive(
        _ way: Way, in lane: Activation.Lane, at target: NumberedOutcome.Target, forks: [Activation.Lane],
        targetDate: String?
    ) {
        arrivals[lane.fork, default: []].append((lane: lane.index, way: way))
        let here = arrivals[lane.fork] ?? []
        guard Set(here.map(\.lane)).count == lane.count else { return }
        let row = visits.count
        for step in rules.steps.indices { visits.append(here.map { visits[$0.way.row + step] }.max() ?? 0) }
        let first = sources.count
        for other in here { sources += sources[other.way.sources] }
        let causes = here.flatMap(\.way.causes).sorted()
        let id = ActivationID(dossier: dossier, step: target.name, causes: causes)
        let joined = Way(
            causes: causes, sources: first..<sources.count, day: here.compactMap(\.way.day).max(), row: row)
        begin(
            recorded.number(id), id, at: target.step, after: joined, forks: Array(forks.dropLast()),
            targetDate: targetDate)
    }

    /// Nothing downstream of a sengketa is active; what had begun is shown as frozen, its facts kept.
    private mutating func freeze(_ candidates: [Candidate], of visit: Visit, _ step: NumberedStep) {
        for candidate in candidates {
            let rule = step.outcomes[candidate.rule]
            let cause = Cause(activation: visit.id, outcome: rule.text)
            for (lane, target) in rule.targets.enumerated() where target.step >= 0 {
                let (number, id) = follower(of: visit, rule, lane: lane)
                _ = isNew(number)
                append(
                    Activation(
                        id: id, step: target.name, round: Int(visits[visit.row + target.step]) + 1, causes: [cause],
                        state: .frozen), number, step: target.step)
                holdBack(number, for: "ruling")
            }
        }
    }

    // MARK: At the end

    mutating func finish() {
        let reworked = forksThatWereLeft
        for place in result.activations.indices {
            switch result.activations[place].state {
            case .active, .waitingForSignatures, .contested, .frozen: break
            case .done, .ended: continue
            }
            let laneEnded = result.activations[place].forks.contains { reworked.contains($0.fork) }
            if result.end != nil || laneEnded { result.activations[place].state = .ended }
        }
        assign()
        collectCorrections()
        result.seats = seats
        result.bindings = slotNames.names.indices.filter { !bindings[$0].isEmpty }
            .sorted { slotNames.names[$0].utf8.lexicographicallyPrecedes(slotNames.names[$1].utf8) }
            .map { SlotBinding(slot: slotNames.names[$0], units: units(of: $0, for: nil)) }
        result.removed = removals.isEmpty ? [] : removedUnits
        result.skipped = skippedSteps()
    }

    private var forksThatWereLeft: Set<ActivationID> {
        var forks: Set<ActivationID> = []
        for place in result.activations.indices where !result.activations[place].forks.isEmpty {
            guard let (_, rule) = decision(place), !rule.isAdvance else { continue }
            forks.formUnion(result.activations[place].forks.map(\.fork))
        }
        return forks
    }

    /// A task is handed on by whoever may decide the step, or leads the unit that it is handed to.
    private mutating func assign() {
        var standing: [ActivationID: Chains] = [:]
        var known: [ActivationID: Int]?
        for index in others where facts[index].isAuthorised {
            guard case .reassign(let id, let actor) = acts[index].body else { continue }
            let activations = known ?? activationPlaces
            known = activations
            guard let place = activations[id], places[place].step >= 0 else {
                result.verdicts[index] = .noEffect(.notActive, detail: "")
                continue
            }
            let isLed = facts[index].unit == actor.unit && acts[index].role.hasSuffix(".head") && holdsOwnRole(index)
            guard isLed || rules.steps[places[place].step].by.contains(where: { fills(index, $0) }) else {
                result.verdicts[index] = .opinion
                continue
            }
            standing[id, default: Chains()].add(index, context)
            result.verdicts[index] = .effective
        }
        let latest = standing.values.flatMap { $0.latest(context) }.sorted()
        result.assignments = latest.compactMap { index in
            guard case .reassign(let id, let actor) = acts[index].body else { return nil }
            return Assignment(activation: id, actor: actor, act: index)
        }
    }

    /// Of each id the first.
    var activationPlaces: [ActivationID: Int] {
        steps.add(result.activations.count)
        return Dictionary(
            result.activations.indices.map { (result.activations[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func skippedSteps() -> [String] {
        var isSeen = [Bool](repeating: false, count: rules.steps.count)
        var isReachable = isSeen
        var queue: [Int] = []
        for place in result.activations.indices {
            let step = places[place].step
            guard step >= 0 else { continue }
            isSeen[step] = true
            switch result.activations[place].state {
            case .active, .waitingForSignatures, .contested, .frozen:
                if !isReachable[step] { queue.append(step) }
                isReachable[step] = true
            case .done, .ended: continue
            }
        }
        while let next = queue.popLast() {
            for outcome in rules.steps[next].outcomes {
                for target in outcome.targets where target.step >= 0 && !isReachable[target.step] {
                    isReachable[target.step] = true
                    queue.append(target.step)
                }
            }
        }
        return rules.steps.indices.filter { !isSeen[$0] && !isReachable[$0] }.map { rules.steps[$0].id }
    }
}
