extension DefinitionRules {
    /// E07, E08, E09, E19, E20, E21.
    mutating func checkGraph() {
        if graph.order == nil {
            add("E19", nil, "next", "tujuan maju membentuk lingkaran", "advance targets form a cycle")
        }
        guard let start = graph.index[definition.start] else { return }
        let reachable = graph.reachable(from: start)
        var reachesCompletion = false
        for (place, step) in definition.steps.enumerated() {
            if !reachable.contains(place) {
                add("E07", step.id, "id", "tidak terjangkau dari awal", "cannot be reached from the start")
                continue
            }
            let ends = graph.edges.filter { graph.reachable(from: place).contains($0.from) }.compactMap(\.end)
            if ends.isEmpty { add("E08", step.id, "next", "tidak ada jalan ke akhir", "no end can be reached") }
            if ends.contains(where: { definition.end($0)?.state == .completed }) { reachesCompletion = true }
        }
        if !reachesCompletion {
            add("E09", nil, "ends", "tidak ada akhir selesai", "no end with state completed can be reached")
        }
        for step in definition.steps { checkEffects(step) }
    }

    private mutating func checkEffects(_ step: Step) {
        for outcome in step.outcomes {
            let key = "next.\(outcome.name)"
            let isBack = outcome.effect == .return || outcome.effect == .rework
            for target in outcome.targets {
                if isBack, let to = graph.index[target], let from = graph.index[step.id] {
                    if to == from || !graph.reachable(from: to, advanceOnly: true).contains(from) {
                        add("E19", step.id, key, "bukan langkah sebelumnya", "does not lead to an earlier step")
                    }
                }
                checkEnd(target, outcome, step.id, key)
            }
            if outcome.effect != .advance, !outcome.ask.contains(.reason), !outcome.ask.contains(.findings) {
                add("E21", step.id, key, "harus meminta alasan atau temuan", "must ask for reason or findings")
            }
        }
    }

    private mutating func checkEnd(_ target: String, _ outcome: OutcomeRule, _ step: String, _ key: String) {
        let state = definition.end(target)?.state
        let fits =
            switch outcome.effect {
            case .reject: state == .rejected
            case .discontinue: state == .discontinued
            case .advance: state != .rejected && state != .discontinued
            case .return, .rework: state == nil
            }
        if !fits {
            add("E20", step, key, "akibat tidak cocok dengan akhir", "effect does not fit the state of the end")
        }
    }

    /// E17, E18, E30.
    mutating func checkForks() {
        var joined: Set<Int> = []
        for step in definition.steps {
            for outcome in step.outcomes where outcome.targets.count > 1 {
                let key = "next.\(outcome.name)"
                let starts = outcome.targets.compactMap { graph.index[$0] }
                let lanes = starts.map { graph.reachable(from: $0, advanceOnly: true, stopAtJoins: true) }
                let joins = lanes.map { lane in lane.filter { definition.steps[$0].joinsAll } }
                if Set(joins.map { $0.sorted() }).count != 1 || joins.first?.count != 1 {
                    add("E17", step.id, key, "jalur tidak bertemu di satu langkah", "lanes do not meet in one join")
                }
                for lane in lanes where leavesToEnd(lane) {
                    add("E17", step.id, key, "jalur berakhir sendiri", "a lane ends the dossier by itself")
                }
                if starts.count > 1 { joined.formUnion(joins.flatMap { $0 }) }
                checkParallel(lanes, joins: Set(joins.flatMap { $0 }))
            }
        }
        for (place, step) in definition.steps.enumerated() where step.joinsAll && !joined.contains(place) {
            add("E18", step.id, "join", "tidak menerima ≥ 2 jalur", "does not receive two lanes of one fork")
        }
    }

    private func leavesToEnd(_ lane: Set<Int>) -> Bool {
        graph.edges.contains { edge in
            lane.contains(edge.from) && edge.isAdvance && edge.end != nil && !definition.steps[edge.from].joinsAll
        }
    }

    private mutating func checkParallel(_ lanes: [Set<Int>], joins: Set<Int>) {
        for (place, lane) in lanes.enumerated() {
            let others = lanes.enumerated().filter { $0.offset != place }.reduce(into: Set<Int>()) {
                $0.formUnion($1.element)
            }.subtracting(joins).subtracting(lane)
            for index in lane.subtracting(joins).sorted() {
                let step = definition.steps[index]
                for (key, condition) in guards(of: step) {
                    for case (.outcome(let other, _), _) in Self.leaves(condition) {
                        if let otherIndex = graph.index[other], others.contains(otherIndex) {
                            add("E30", step.id, key, "menunjuk jalur sejajar", "refers to a parallel lane")
                        }
                    }
                }
            }
        }
    }

    /// E11, E12, E15, E22, E26, E27, W13: what must be there on every path before a step.
    mutating func checkPaths() {
        guard graph.order != nil else { return }
        for (place, step) in definition.steps.enumerated() {
            let known = graph.before[place]
            for reference in step.needs where !reference.isOptional { checkNeed(reference, step, known) }
            let formed = known.certain.union(step.assign.map { "team " + $0 })
            let bound = known.certain.union(step.bind.map { "slot " + $0 })
            for (key, name) in actors(of: step) where key != "assign" {
                checkBound(name, step, key, formed: formed, bound: bound)
            }
            for outcome in step.outcomes {
                for reference in step.brings + step.given(by: outcome) {
                    guard let type = definition.document(reference.document) else { continue }
                    for signer in type.rule(stage: reference.stage)?.need ?? [] where !signer.isOptional {
                        checkSigner(signer.name, step, formed: formed, bound: bound, document: type.id)
                    }
                }
            }
            checkDue(step, known)
            checkGuards(step, known)
        }
    }

    private mutating func checkNeed(
        _ reference: DocumentReference, _ step: Step, _ known: DefinitionGraph.Knowledge
    ) {
        let name = "doc " + reference.document
        if known.certain.contains(name) { return }
        if known.possible.contains(name) {
            add(
                "W13", step.id, "needs", "hanya ada pada sebagian jalan: \(reference.document)",
                "exists only on some paths: \(reference.document)")
        } else {
            add(
                "E15", step.id, "needs", "tidak pernah ada sebelumnya: \(reference.document)",
                "is on no path before: \(reference.document)")
        }
    }

    private mutating func checkBound(
        _ name: String, _ step: Step, _ key: String, formed: Set<String>, bound: Set<String>
    ) {
        if let team = definition.team(name) {
            if !formed.contains("team " + team.id) {
                add("E11", step.id, key, "tim belum dibentuk: \(name)", "team not formed on every path: \(name)")
            }
        } else if let slot = definition.slot(ofRole: name), definition.party(slot)?.bindAt != nil,
            !bound.contains("slot " + slot)
        {
            add("E12", step.id, key, "pihak belum ditetapkan: \(slot)", "party not bound on every path: \(slot)")
        }
    }

    private mutating func checkSigner(
        _ name: String, _ step: Step, formed: Set<String>, bound: Set<String>, document: String
    ) {
        let key = "docs.\(document).sign"
        if let team = definition.team(name) {
            if !formed.contains("team " + team.id) {
                add("E11", step.id, key, "tim belum dibentuk: \(name)", "team not formed on every path: \(name)")
            }
        } else if let slot = definition.slot(ofRole: name), definition.party(slot)?.bindAt != nil,
            !bound.contains("slot " + slot)
        {
            add("E26", step.id, key, "penanda tangan belum menjadi pihak: \(name)", "signer is not bound yet: \(name)")
        }
    }

    private mutating func checkDue(_ step: Step, _ known: DefinitionGraph.Knowledge) {
        guard case .target(let document, let name)? = step.due else { return }
        guard let field = definition.document(document)?.field(name), field.kind == .date || field.kind == .datetime
        else {
            add("E22", step.id, "due", "bukan bidang tanggal: \(document).\(name)", "is not a date field")
            return
        }
        if !known.certain.contains("doc " + document) {
            add("E22", step.id, "due", "dokumen belum pasti ada", "its document is not given on every path before")
        }
    }

    private mutating func checkGuards(_ step: Step, _ known: DefinitionGraph.Knowledge) {
        let own = (step.brings + step.gives + step.outcomes.flatMap { $0.gives ?? [] }).map { "doc " + $0.document }
        for (key, condition) in guards(of: step) {
            let possible = key == "guard" ? known.possible : known.possible.union(own)
            for (leaf, positive) in Self.leaves(condition) {
                switch leaf {
                case .document(let name), .signed(let name):
                    if positive, !possible.contains("doc " + name) {
                        add("E27", step.id, key, "tidak pernah terpenuhi: \(name)", "can never hold: \(name)")
                    }
                case .bound(let slot): checkSlots([slot], step.id, key)
                case .present(let slots): checkSlots(slots, step.id, key)
                case .outcome(let other, let name):
                    if definition.step(other)?.outcome(name) == nil {
                        add("E27", step.id, key, "hasil tidak dikenal", "unknown outcome: \(other) \(name)")
                    }
                default: break
                }
            }
        }
    }

    private mutating func checkSlots(_ slots: [String], _ step: String, _ key: String) {
        for slot in slots where definition.party(slot) == nil {
            add("E27", step, key, "pihak tidak dikenal: \(slot)", "unknown party: \(slot)")
        }
    }
}
