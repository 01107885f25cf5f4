/// The graph of a definition: its edges, a topological order of the advance edges, and what is certainly or possibly
/// there before each step. Built without recursion; a step has an index.
struct DefinitionGraph {
    struct Edge {
        let from: Int
        let outcome: Int
        /// Nil for an end.
        let to: Int?
        let end: String?
        let isAdvance: Bool
    }

    /// Documents, bound slots and formed teams, as names with a prefix.
    struct Knowledge {
        var certain: Set<String> = []
        var possible: Set<String> = []
    }

    /// A lane of a fork.
    struct Lane {
        /// From its start up to the join that ends it.
        let steps: Set<Int>
        /// The joins it comes to.
        let joins: Set<Int>
        /// Whether it ends a dossier by advancing.
        let endsDossier: Bool
    }

    let definition: ProcedureDefinition
    let index: [String: Int]
    let edges: [Edge]
    /// Places of edges, by the step they leave.
    private let leaving: [[Int]]
    /// Steps in an order in which advance edges point forward; nil where they form a cycle.
    let order: [Int]?
    private(set) var before: [Knowledge] = []
    /// Steps that can be reached from each step, itself included, over all edges.
    private(set) var reachable: [Set<Int>] = []
    /// The same over advance edges alone.
    private(set) var ahead: [Set<Int>] = []

    init(_ definition: ProcedureDefinition) {
        self.definition = definition
        var index: [String: Int] = [:]
        for (place, step) in definition.steps.enumerated() where index[step.id] == nil { index[step.id] = place }
        var edges: [Edge] = []
        for (from, step) in definition.steps.enumerated() {
            for (place, outcome) in step.outcomes.enumerated() {
                for target in outcome.targets {
                    edges.append(
                        Edge(
                            from: from, outcome: place, to: index[target],
                            end: index[target] == nil ? target : nil, isAdvance: outcome.effect == .advance))
                }
            }
        }
        self.index = index
        self.edges = edges
        var leaving = [[Int]](repeating: [], count: definition.steps.count)
        for (place, edge) in edges.enumerated() { leaving[edge.from].append(place) }
        self.leaving = leaving
        order = Self.sorted(edges, leaving)
        before = flow()
        reachable = definition.steps.indices.map { reach(from: $0, advanceOnly: false) }
        ahead = definition.steps.indices.map { reach(from: $0, advanceOnly: true) }
    }

    func edges(from step: Int) -> [Edge] { leaving[step].map { edges[$0] } }

    private static func sorted(_ edges: [Edge], _ leaving: [[Int]]) -> [Int]? {
        let count = leaving.count
        var incoming = [Int](repeating: 0, count: count)
        for edge in edges where edge.isAdvance { if let to = edge.to { incoming[to] += 1 } }
        var ready = incoming.indices.filter { incoming[$0] == 0 }
        var order: [Int] = []
        while let next = ready.first {
            ready.removeFirst()
            order.append(next)
            for edge in leaving[next].map({ edges[$0] }) where edge.isAdvance {
                guard let to = edge.to else { continue }
                incoming[to] -= 1
                if incoming[to] == 0 { ready.append(to) }
            }
        }
        return order.count == count ? order : nil
    }

    /// A path runs over advance targets; at a join what all lanes give counts together (procedures.md E15).
    private func flow() -> [Knowledge] {
        var before = [Knowledge](repeating: Knowledge(), count: definition.steps.count)
        guard let order else { return before }
        for step in order {
            let incoming = edges.filter { $0.isAdvance && $0.to == step }
            var arrivals = incoming.map { after($0, before[$0.from]) }
            // A step that only a refusal leads to starts with what the refusing step had.
            if arrivals.isEmpty {
                arrivals = edges.filter { $0.to == step && $0.from != step }.map { after($0, before[$0.from]) }
            }
            guard var merged = arrivals.first else { continue }
            for arrival in arrivals.dropFirst() {
                if definition.steps[step].joinsAll {
                    merged.certain.formUnion(arrival.certain)
                } else {
                    merged.certain.formIntersection(arrival.certain)
                }
                merged.possible.formUnion(arrival.possible)
            }
            before[step] = merged
        }
        return before
    }

    private func after(_ edge: Edge, _ knowledge: Knowledge) -> Knowledge {
        let step = definition.steps[edge.from]
        var result = knowledge
        for reference in step.brings + step.given(by: step.outcomes[edge.outcome]) {
            for name in Self.names(reference) {
                result.possible.insert(name)
                if !reference.isOptional { result.certain.insert(name) }
            }
        }
        for name in step.bind.map({ "slot " + $0 }) + step.assign.map({ "team " + $0 }) {
            result.certain.insert(name)
            result.possible.insert(name)
        }
        return result
    }

    /// What a reference to a document knows: the document, and the document at its stage.
    private static func names(_ reference: DocumentReference) -> [String] {
        ["doc " + reference.document] + (reference.stage.map { ["doc \(reference.document)@\($0)"] } ?? [])
    }

    private func reach(from start: Int, advanceOnly: Bool) -> Set<Int> {
        var seen: Set<Int> = [start]
        var queue = [start]
        while let next = queue.popLast() {
            for edge in edges(from: next) where edge.isAdvance || !advanceOnly {
                if let to = edge.to, seen.insert(to).inserted { queue.append(to) }
            }
        }
        return seen
    }

    /// Forks inside a lane have joins of their own, so a place is a step and a depth.
    func lane(from start: Int) -> Lane {
        struct Place: Hashable {
            let step: Int
            let depth: Int
        }
        var seen: Set<Place> = []
        var (steps, joins): (Set<Int>, Set<Int>) = ([], [])
        var endsDossier = false
        let joinCount = definition.steps.filter(\.joinsAll).count
        var queue = [Place(step: start, depth: 0)]
        while var next = queue.popLast() {
            if definition.steps[next.step].joinsAll {
                guard next.depth > 0 else {
                    joins.insert(next.step)
                    continue
                }
                next = Place(step: next.step, depth: next.depth - 1)
            }
            guard seen.insert(next).inserted else { continue }
            steps.insert(next.step)
            for edge in edges(from: next.step) where edge.isAdvance {
                let isFork = definition.steps[next.step].outcomes[edge.outcome].targets.count > 1
                guard let to = edge.to else {
                    endsDossier = true
                    continue
                }
                // Deeper than there are joins to come out by is as good as lost.
                let depth = min(next.depth + (isFork ? 1 : 0), joinCount + 1)
                queue.append(Place(step: to, depth: depth))
            }
        }
        return Lane(steps: steps, joins: joins, endsDossier: endsDossier)
    }
}
