package import Sodium

/// A revision of a document that an act names, as its own past had it.
struct Naming {
    let act: Int
    let claim: DocumentClaim
    let isOutcome: Bool
}

/// A lane that has come to its join.
struct Arrival {
    let lane: Int
    let cause: Cause
    let activation: Activation
    let day: Int?
}

/// The union model (procedures.md §3.1, §3.2, §3.5; Protocol 4 §3) as a pure function: a definition and the acts of a
/// dossier in, the state of every activation and the verdict on every act out.
///
/// **Why activations are evaluated from the start each time.** Whether an outcome counts depends on who else recorded
/// what, on rulings and on finality, all of which may arrive later; nothing can be decided once and kept. The walk is
/// finite: an activation is made by an outcome that somebody recorded, and each record belongs to one activation.
///
/// **Why causality and never position.** The order of `acts` is canonical (lamport, rank, id), which an author can
/// influence by grinding. It orders lists; every question of right is asked through `isAncestor`.
package struct Engine<Context: EngineContext> {
    let definition: ProcedureDefinition
    let dossier: Bytes32
    let acts: [Act]
    let context: Context
    var result = EngineResult()
    /// Units by slot, each with the acts that bound it.
    var bindings: [String: [Binding]]
    let removals: [(unit: Bytes32, act: Int)]
    var seats: [SeatClaim] = []
    var outcomesOf: [ActivationID: [Int]] = [:]
    var signaturesOf: [ActivationID: [Int]] = [:]
    var rulingsOf: [ActivationID: [Int]] = [:]
    var acknowledgements: [Int] = []
    /// Revisions of each document that authorised acts name, as they held them; in canonical order.
    var namings: [String: [Naming]] = [:]
    let recorded: RecordedSteps
    /// Documents that a party brings from outside; their own signatures are on paper.
    let brought: Set<String>
    /// Requests to close, suspend or resume that were recorded after an outcome had ended the dossier.
    var lateRequests: Set<Int> = []
    private var arrivals: [ActivationID: [Arrival]] = [:]
    private var queue: [Activation] = []

    /// - Parameters:
    ///   - parties: slots bound at opening.
    ///   - acts: in canonical order.
    ///   - removals: units that were removed, each by which act.
    ///   - ratified: the result for the same acts if what awaits ratification were authorised; nil where nothing does.
    package static func run(
        definition: ProcedureDefinition, dossier: Bytes32, parties: [(slot: String, unit: Bytes32)], acts: [Act],
        removals: [(unit: Bytes32, act: Int)] = [], ratified: EngineResult? = nil, context: Context
    ) -> EngineResult {
        let start = Engine(
            definition: definition, dossier: dossier, acts: acts, removals: removals, context: context,
            bindings: Dictionary(
                parties.map { ($0.slot, [Binding(unit: $0.unit, isOpened: true)]) },
                uniquingKeysWith: { first, _ in first }))
        var engine = start
        engine.evaluate()
        let late = engine.requestsAfterTheEnd
        if !late.isEmpty {
            engine = start
            engine.lateRequests = late
            engine.evaluate()
        }
        if let ratified { engine.freezeUnratified(ratified) }
        engine.finish()
        return engine.result
    }

    private init(
        definition: ProcedureDefinition, dossier: Bytes32, acts: [Act], removals: [(unit: Bytes32, act: Int)],
        context: Context, bindings: [String: [Binding]]
    ) {
        self.definition = definition
        self.dossier = dossier
        self.acts = acts.enumerated().map { place, act in
            var placed = act
            placed.place = place
            return placed
        }
        self.removals = removals
        self.context = context
        self.bindings = bindings
        brought = Set(definition.steps.flatMap(\.brings).map(\.document))
        recorded = RecordedSteps(
            definition: definition, dossier: dossier, acts: acts,
            joins: Joins(definition: definition, dossier: dossier, acts: acts))
    }

    private mutating func evaluate() {
        result.verdicts = acts.map { act in
            act.isAuthorised ? .noEffect(.notActive, detail: "") : .noEffect(.unauthorised, detail: "")
        }
        sortActs()
        bindExplicitly()
        closeOnRequest()
        begin(step: definition.start, causes: [], from: nil, day: nil, forks: [], targetDate: nil)
        // Each activation beyond the first needs a recorded outcome; twice that bounds joins and forks.
        var budget = 2 * acts.count * max(1, definition.steps.count) + 2
        while !queue.isEmpty && budget > 0 {
            let next = queue.removeFirst()
            guard !result.activations.contains(where: { $0.id == next.id }) else { continue }
            settle(next)
            budget -= 1
        }
    }

    private mutating func sortActs() {
        for (index, act) in acts.enumerated() {
            switch act.body {
            case .outcome(let outcome):
                outcomesOf[outcome.activation, default: []].append(index)
                note(outcome.documents, index, isOutcome: true)
            case .sign(let sign):
                signaturesOf[sign.activation, default: []].append(index)
                note(sign.documents, index, isOutcome: false)
            case .ruling(let ruling): rulingsOf[ruling.activation, default: []].append(index)
            case .acknowledge(let id): acknowledge(id, index)
            case .bind, .unbind, .withdraw, .cancel, .suspend, .resume, .reassign, .migration: break
            case .numbering: if act.isAuthorised { result.verdicts[index] = .effective }
            case .other: result.verdicts[index] = .noEffect(.malformed, detail: "")
            }
        }
    }

    private mutating func note(_ claims: [DocumentClaim], _ index: Int, isOutcome: Bool) {
        guard acts[index].isAuthorised else { return }
        for claim in claims where claim.isPresent {
            namings[claim.document, default: []].append(Naming(act: index, claim: claim, isOutcome: isOutcome))
        }
    }

    private mutating func acknowledge(_ id: Bytes32, _ index: Int) {
        acknowledgements.append(index)
        guard acts[index].isAuthorised else { return }
        let isKnown = acts.indices.contains { acts[$0].id == id && context.isAncestor($0, of: index) }
        result.verdicts[index] = isKnown ? .effective : .noEffect(.unknownTarget, detail: "")
    }

    /// The head of a party binds a slot that is bound at no step (the arbiter as `authority`).
    private mutating func bindExplicitly() {
        for (index, act) in acts.enumerated() where act.isAuthorised {
            guard case .bind(let slot, let unit) = act.body else { continue }
            guard act.role.hasSuffix(".head"), holdsRole(act, act.role, onlySeen: true) else {
                result.verdicts[index] = .opinion
                continue
            }
            guard mayBindAnew(slot, index) else {
                result.verdicts[index] = .noEffect(.alreadyBound, detail: slot)
                continue
            }
            add(unit, to: slot, by: index)
            result.verdicts[index] = .effective
        }
        // A proposal waits for a second unit.
        for (index, act) in acts.enumerated() where act.isAuthorised {
            guard case .unbind = act.body else { continue }
            result.verdicts[index] = removals.contains { $0.act == index } ? .effective : .waiting(["removal"])
        }
    }

    // MARK: Activations

    private mutating func begin(
        step: String, causes: [Cause], from: Activation?, day: Int?, forks: [Activation.Lane], targetDate: String?
    ) {
        var visits = from?.visits ?? [:]
        let round = (visits[step] ?? 0) + 1
        visits[step] = round
        var activation = Activation(
            id: ActivationID(dossier: dossier, step: step, causes: causes), step: step, round: round,
            causes: causes.sorted(), state: .active)
        activation.since = day
        activation.forks = forks
        activation.visits = visits
        activation.targetDate = targetDate
        queue.append(activation)
    }

    private mutating func settle(_ next: Activation) {
        guard let step = definition.step(next.step) else { return }
        var activation = next
        decide(&activation, step)
        result.activations.append(activation)
        let chosen = activation.candidates.filter { $0.completing != nil }
        switch activation.state {
        case .done:
            guard let candidate = chosen.first(where: { $0.outcome == activation.decided }) else { return }
            follow(candidate, of: activation, step)
        case .contested: freeze(chosen, of: activation, step)
        default: break
        }
    }

    /// What an outcome that took effect brings about.
    private mutating func follow(_ candidate: Candidate, of activation: Activation, _ step: Step) {
        guard let rule = step.outcome(candidate.outcome), let completing = candidate.completing,
            case .outcome(let act) = acts[completing].body
        else { return }
        for index in candidate.acts {
            guard case .outcome(let record) = acts[index].body else { continue }
            // Of the slots that the step binds: else whoever decides anything could unbind a party by naming another.
            for bind in record.binds where step.bind.contains(bind.slot) { add(bind.unit, to: bind.slot, by: index) }
        }
        for seat in act.seats where !seats.contains(seat) { seats.append(seat) }
        let day = candidate.completedBy.map { acts[$0].statedDay }
        let cause = Cause(activation: activation.id, outcome: candidate.outcome)
        for (lane, target) in rule.targets.enumerated() {
            if let end = definition.end(target) {
                result.end = result.end ?? end.state
                result.endTitle = end.title
                result.isEndFinal = candidate.isFinal
                continue
            }
            var forks = activation.forks
            // A rework leaves the fork it happens in; all lanes of that fork end with it.
            if rule.effect != .advance { forks = [] }
            if rule.targets.count > 1 {
                forks.append(Activation.Lane(fork: activation.id, index: lane, count: rule.targets.count))
            }
            arrive(at: target, cause: cause, from: activation, day: day, forks: forks, targetDate: act.targetDate)
        }
    }

    private mutating func arrive(
        at target: String, cause: Cause, from activation: Activation, day: Int?, forks: [Activation.Lane],
        targetDate: String?
    ) {
        guard definition.step(target)?.joinsAll == true, let lane = forks.last else {
            begin(step: target, causes: [cause], from: activation, day: day, forks: forks, targetDate: targetDate)
            return
        }
        arrivals[lane.fork, default: []].append(
            Arrival(lane: lane.index, cause: cause, activation: activation, day: day))
        let here = arrivals[lane.fork] ?? []
        guard Set(here.map(\.lane)).count == lane.count else { return }
        var merged = activation
        for arrival in here {
            for (step, count) in arrival.activation.visits {
                merged.visits[step] = max(merged.visits[step] ?? 0, count)
            }
        }
        begin(
            step: target, causes: here.map(\.cause), from: merged, day: here.compactMap(\.day).max(),
            forks: Array(forks.dropLast()), targetDate: targetDate)
    }

    /// Nothing downstream of a sengketa is active; what had begun is shown as frozen, its facts kept.
    private mutating func freeze(_ candidates: [Candidate], of activation: Activation, _ step: Step) {
        for candidate in candidates {
            let cause = Cause(activation: activation.id, outcome: candidate.outcome)
            for target in step.outcome(candidate.outcome)?.targets ?? [] where definition.step(target) != nil {
                let id = ActivationID(dossier: dossier, step: target, causes: [cause])
                let round = (activation.visits[target] ?? 0) + 1
                result.activations.append(
                    Activation(id: id, step: target, round: round, causes: [cause], state: .frozen))
                holdBack(id, for: "ruling")
            }
        }
    }

    private mutating func finish() {
        let reworked = Set(
            result.activations.filter { activation in
                guard let decided = activation.decided, let rule = definition.step(activation.step)?.outcome(decided)
                else { return false }
                return rule.effect != .advance
            }.flatMap { $0.forks.map(\.fork) })
        for index in result.activations.indices {
            let isOpen = [.active, .waitingForSignatures, .contested, .frozen].contains(
                result.activations[index].state)
            let laneEnded = result.activations[index].forks.contains { reworked.contains($0.fork) }
            if isOpen, result.end != nil || laneEnded { result.activations[index].state = .ended }
        }
        assign()
        collectCorrections()
        result.seats = seats
        result.bindings = bindings.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map {
            SlotBinding(slot: $0, units: units(of: $0, for: nil))
        }
        result.removed = removedUnits
        result.skipped = skippedSteps()
    }

    /// A task is handed on by whoever may decide the step, or leads the unit that it is handed to.
    private mutating func assign() {
        var standing: [Assignment] = []
        for (index, act) in acts.enumerated() where act.isAuthorised {
            guard case .reassign(let id, let actor) = act.body else { continue }
            guard let activation = result.activation(id), let step = definition.step(activation.step) else {
                result.verdicts[index] = .noEffect(.notActive, detail: "")
                continue
            }
            let isLed = act.actor.unit == actor.unit && act.role.hasSuffix(".head") && holdsRole(act, act.role)
            guard isLed || step.by.contains(where: { fills(act, $0) }) else {
                result.verdicts[index] = .opinion
                continue
            }
            standing.removeAll { $0.activation == id && context.isAncestor($0.act, of: index) }
            standing.append(Assignment(activation: id, actor: actor, act: index))
            result.verdicts[index] = .effective
        }
        result.assignments = standing
    }

    private func skippedSteps() -> [String] {
        var reachable = Set(result.open.map(\.step)).union(
            result.activations.filter { $0.state == .frozen }.map(\.step))
        var queue = Array(reachable)
        while let next = queue.popLast() {
            for outcome in definition.step(next)?.outcomes ?? [] {
                for target in outcome.targets where reachable.insert(target).inserted { queue.append(target) }
            }
        }
        let seen = Set(result.activations.map(\.step))
        return definition.steps.map(\.id).filter { !seen.contains($0) && !reachable.contains($0) }
    }

    // MARK: Rights

    /// Whether an act fills a role of a bound party.
    func holdsRole(_ act: Act, _ role: String, onlySeen: Bool = false) -> Bool {
        guard act.role.utf8.elementsEqual(role.utf8), let slot = definition.slot(ofRole: role) else { return false }
        return units(of: slot, for: act.place, onlySeen: onlySeen) == [act.actor.unit]
    }

    /// Whether an act fills a role, or any seat of a team.
    func fills(_ act: Act, _ name: String) -> Bool {
        if definition.team(name) != nil { return seats.contains { $0.team == name && $0.actor == act.actor } }
        return holdsRole(act, name)
    }

    /// Whether an act may sign for a role, or for a team as its ketua.
    func signs(_ act: Act, _ name: String) -> Bool {
        if definition.team(name) != nil {
            return seats.contains { $0.team == name && $0.seat == "ketua" && $0.actor == act.actor }
        }
        return holdsRole(act, name)
    }
}
