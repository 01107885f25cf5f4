import Sodium

/// Activations that recorded outcomes lead to from the start, whether or not these take effect: each with a number, so
/// that what derives from an outcome is asked of integers.
struct RecordedSteps {
    /// An outcome that somebody recorded for an activation, and what it would activate.
    struct Recorded {
        let outcome: String
        let followers: [Int]
    }

    private(set) var numbers: [ActivationID: Int] = [:]
    /// By the number of the activation.
    private var recorded: [[Recorded]] = []
    /// By act: the number of the activation that an outcome, signature or ruling is of, ``acknowledgement``, or ``other``.
    let numberOfAct: [Int]

    static let other = -1
    static let acknowledgement = -2

    init(definition: ProcedureDefinition, dossier: Bytes32, acts: [Act], joins: Joins) {
        var names: [ActivationID: [String]] = [:]
        for act in acts {
            guard case .outcome(let outcome) = act.body else { continue }
            if names[outcome.activation]?.contains(outcome.name) != true {
                names[outcome.activation, default: []].append(outcome.name)
            }
        }
        var (numbers, recorded): ([ActivationID: Int], [[Recorded]]) = ([:], [])
        var queue: [(id: ActivationID, step: String)] = []
        func number(_ id: ActivationID, _ step: String) -> Int {
            if let known = numbers[id] { return known }
            numbers[id] = queue.count
            queue.append((id: id, step: step))
            return queue.count - 1
        }
        _ = number(ActivationID(dossier: dossier, step: definition.start, causes: []), definition.start)
        while recorded.count < queue.count {
            let (id, name) = queue[recorded.count]
            guard let outcomes = names[id], let step = definition.step(name) else {
                recorded.append([])
                continue
            }
            recorded.append(
                outcomes.map { outcome in
                    let cause = Cause(activation: id, outcome: outcome)
                    var followers: [Int] = []
                    for target in step.outcome(outcome)?.targets ?? [] where definition.step(target) != nil {
                        followers.append(
                            number(ActivationID(dossier: dossier, step: target, causes: [cause]), target))
                    }
                    for joined in joins.byCause[cause] ?? [] { followers.append(number(joined.id, joined.step)) }
                    return Recorded(outcome: outcome, followers: followers)
                })
        }
        numberOfAct = acts.map { act in
            switch act.body {
            case .outcome(let outcome): numbers[outcome.activation] ?? Self.other
            case .sign(let sign): numbers[sign.activation] ?? Self.other
            case .ruling(let ruling): numbers[ruling.activation] ?? Self.other
            case .acknowledge: Self.acknowledgement
            default: Self.other
            }
        }
        (self.numbers, self.recorded) = (numbers, recorded)
    }

    /// Activations whose id derives from an outcome, as far as records name them: by number whether it does.
    func derived(from outcome: String, of activation: ActivationID) -> [Bool] {
        var derived = [Bool](repeating: false, count: recorded.count)
        guard let start = numbers[activation],
            let first = recorded[start].first(where: { $0.outcome == outcome })
        else { return derived }
        var stack = first.followers
        while let next = stack.popLast() {
            guard !derived[next] else { continue }
            derived[next] = true
            for outcome in recorded[next] { stack += outcome.followers }
        }
        return derived
    }
}
