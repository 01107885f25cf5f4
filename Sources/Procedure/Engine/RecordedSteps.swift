import Sodium

/// Activations that acts name or that recorded outcomes lead to from the start, whether or not these take effect: each
/// with a number, so that what derives from an outcome is asked of integers.
struct RecordedSteps {
    /// An outcome that somebody recorded for an activation, and what it would activate.
    private struct Recorded {
        let outcome: Int
        /// For each target of the outcome, -1 where it is no step; then what it takes part in joining.
        let followers: Range<Int>
        /// What derives from it, by position; of a tree only.
        var span = 0..<0
    }

    /// Activations that derive from an outcome.
    struct Derived {
        fileprivate let span: Range<Int>
        /// By number; empty where the span says it.
        fileprivate let marks: [Bool]
    }

    private var hash: ActivationHash
    private var numbers: [ActivationID: Int]
    private(set) var ids: [ActivationID] = []
    /// Number of the first activation; nil where the definition has no start.
    private(set) var start: Int?
    /// By number: the step; -1 where recorded outcomes do not lead to it from the start.
    private var steps: [Int] = []
    /// By number, among ``recorded``.
    private var outcomes: [Range<Int>] = []
    private var recorded: [Recorded] = []
    private var followers: [Int] = []
    /// By number: position in an order in which what derives from an outcome has neighbouring positions. There is one
    /// while nothing is reached in two ways, as what joins lanes is.
    private var positions: [Int] = []
    private var isTree = true
    /// By number: acts that record its outcomes, sign for it, rule on it.
    private(set) var records = Groups(of: 0..<0, count: 0) { _ in nil }
    private(set) var signatures = Groups(of: 0..<0, count: 0) { _ in nil }
    private(set) var rulings = Groups(of: 0..<0, count: 0) { _ in nil }

    /// Numbers the activations that acts name.
    init(_ rules: NumberedProcedure, dossier: Bytes32, _ table: inout ActTable, joins: Joins) {
        hash = ActivationHash(dossier: dossier)
        let count = table.facts.count + 1
        numbers = Dictionary(minimumCapacity: count)
        ids.reserveCapacity(count)
        steps.reserveCapacity(count)
        outcomes.reserveCapacity(count)
        for index in table.facts.indices {
            if let id = table.facts[index].activation { table.number(index, number(id)) }
        }
        let facts = table.facts
        func groups(_ kind: ActFacts.Kind) -> Groups {
            Groups(of: facts.indices, count: ids.count) { facts[$0].kind == kind ? facts[$0].number : nil }
        }
        (records, signatures, rulings) = (groups(.outcome), groups(.sign), groups(.ruling))
        follow(rules, table, joins)
    }

    /// The number of an activation; the next one where it has none.
    mutating func number(_ id: ActivationID) -> Int {
        if let known = numbers[id] { return known }
        let number = ids.count
        numbers[id] = number
        ids.append(id)
        steps.append(-1)
        outcomes.append(0..<0)
        return number
    }

    private mutating func follow(_ rules: NumberedProcedure, _ table: ActTable, _ joins: Joins) {
        guard let start = rules.start else { return }
        var queue: [Int] = []
        queue.reserveCapacity(ids.count)
        recorded.reserveCapacity(ids.count)
        followers.reserveCapacity(ids.count)
        self.start = reach(hash.id(step: rules.startName, causes: []), start, &queue)
        var next = 0
        while next < queue.count {
            let number = queue[next]
            next += 1
            let (step, first) = (rules.steps[steps[number]], recorded.count)
            for place in records.places(of: number) {
                let record = records.item(place)
                // Names that the step does not have lead nowhere, however many are made up.
                guard let rule = step.outcome(table.facts[record].outcome),
                    !recorded[first...].contains(where: { $0.outcome == rule.name })
                else { continue }
                let begin = followers.count
                lead(rule, from: number, joins, &queue)
                recorded.append(Recorded(outcome: rule.name, followers: begin..<followers.count))
            }
            outcomes[number] = first..<recorded.count
        }
        place(queue)
    }

    private mutating func lead(
        _ rule: NumberedOutcome, from number: Int, _ joins: Joins, _ queue: inout [Int]
    ) {
        let id = ids[number]
        for target in rule.targets {
            guard target.step >= 0 else {
                followers.append(-1)
                continue
            }
            followers.append(
                reach(hash.id(step: target.hashed, activation: id, outcome: rule.hashed), target.step, &queue))
        }
        guard !joins.byCause.isEmpty else { return }
        for joined in joins.byCause[Cause(activation: id, outcome: rule.text)] ?? [] {
            followers.append(reach(joined.id, joined.step, &queue))
        }
    }

    private mutating func reach(_ id: ActivationID, _ step: Int, _ queue: inout [Int]) -> Int {
        let number = number(id)
        if steps[number] < 0 {
            steps[number] = step
            queue.append(number)
        } else {
            isTree = false
        }
        return number
    }

    /// Preorder of the tree: each outcome's followers, with all that derives from them, one after the other.
    ///
    /// - Parameter queue: what is reached, what leads to it before it.
    private mutating func place(_ queue: [Int]) {
        positions = [Int](repeating: -1, count: ids.count)
        guard isTree, let start = queue.first else { return }
        var sizes = [Int](repeating: 1, count: ids.count)
        for number in queue.reversed() {
            for outcome in outcomes[number] {
                for place in recorded[outcome].followers where followers[place] >= 0 {
                    sizes[number] += sizes[followers[place]]
                }
            }
        }
        positions[start] = 0
        for number in queue {
            var position = positions[number] + 1
            for outcome in outcomes[number] {
                let first = position
                for place in recorded[outcome].followers where followers[place] >= 0 {
                    positions[followers[place]] = position
                    position += sizes[followers[place]]
                }
                recorded[outcome].span = first..<position
            }
        }
    }

    /// What an outcome activates in one of its lanes alone, where nobody recorded it on the way there.
    mutating func follower(
        of id: ActivationID, _ rule: NumberedOutcome, _ target: NumberedOutcome.Target
    ) -> (number: Int, id: ActivationID) {
        let id = hash.id(step: target.hashed, activation: id, outcome: rule.hashed)
        return (number: number(id), id: id)
    }

    /// Whether recorded outcomes lead to an activation from the start.
    func isReached(_ number: Int) -> Bool { number >= 0 && steps[number] >= 0 }

    /// What an outcome that was recorded for an activation leads to in one of its lanes alone; nil where nobody recorded
    /// it on the way here.
    func follower(of number: Int, outcome: Int, lane: Int) -> Int? {
        for place in outcomes[number] where recorded[place].outcome == outcome {
            let range = recorded[place].followers
            return lane < range.count && followers[range.lowerBound + lane] >= 0
                ? followers[range.lowerBound + lane] : nil
        }
        return nil
    }

    /// Activations whose id derives from an outcome, as far as records name them.
    func derived(from outcome: Int, of number: Int) -> Derived {
        for place in outcomes[number] where recorded[place].outcome == outcome {
            return Derived(span: recorded[place].span, marks: isTree ? [] : marks(recorded[place].followers))
        }
        return Derived(span: 0..<0, marks: [])
    }

    /// Where a number stands among all that recorded outcomes lead to; nil for one that they do not.
    func position(_ number: Int) -> Int? {
        guard positions.indices.contains(number), positions[number] >= 0 else { return nil }
        return positions[number]
    }

    /// The positions of what derives from an outcome; nil where they are not neighbours.
    func span(of derived: Derived) -> Range<Int>? { derived.marks.isEmpty ? derived.span : nil }

    func contains(_ derived: Derived, _ number: Int) -> Bool {
        guard positions.indices.contains(number) else { return false }
        return derived.marks.isEmpty ? derived.span.contains(positions[number]) : derived.marks[number]
    }

    private func marks(_ first: Range<Int>) -> [Bool] {
        var marks = [Bool](repeating: false, count: ids.count)
        var stack = Array(followers[first])
        while let next = stack.popLast() {
            guard next >= 0, !marks[next] else { continue }
            marks[next] = true
            for place in outcomes[next] { stack += followers[recorded[place].followers] }
        }
        return marks
    }
}
