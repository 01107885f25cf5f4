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

    let definition: ProcedureDefinition
    let index: [String: Int]
    let edges: [Edge]
    /// Steps in an order in which advance edges point forward; nil where they form a cycle.
    let order: [Int]?
    private(set) var before: [Knowledge] = []

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
        order = Self.sorted(count: definition.steps.count, edges)
        before = flow()
    }

    private static func sorted(count: Int, _ edges: [Edge]) -> [Int]? {
        var incoming = [Int](repeating: 0, count: count)
        for edge in edges where edge.isAdvance { if let to = edge.to { incoming[to] += 1 } }
        var ready = incoming.indices.filter { incoming[$0] == 0 }
        var order: [Int] = []
        while let next = ready.first {
            ready.removeFirst()
            order.append(next)
            for edge in edges where edge.isAdvance && edge.from == next {
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
            result.possible.insert("doc " + reference.document)
            if !reference.isOptional { result.certain.insert("doc " + reference.document) }
        }
        for name in step.bind.map({ "slot " + $0 }) + step.assign.map({ "team " + $0 }) {
            result.certain.insert(name)
            result.possible.insert(name)
        }
        return result
    }

    /// Steps that can be reached from a step, itself included, over all or over advance edges.
    func reachable(from start: Int, advanceOnly: Bool = false, stopAtJoins: Bool = false) -> Set<Int> {
        var seen: Set<Int> = [start]
        var queue = [start]
        while let next = queue.popLast() {
            if stopAtJoins, definition.steps[next].joinsAll { continue }
            for edge in edges where edge.from == next && (edge.isAdvance || !advanceOnly) {
                if let to = edge.to, seen.insert(to).inserted { queue.append(to) }
            }
        }
        return seen
    }
}
