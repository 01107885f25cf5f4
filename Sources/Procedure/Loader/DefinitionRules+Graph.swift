extension DefinitionRules {
    /// E07, E08, E09, E19, E20, E21.
    mutating func checkGraph() {
        if graph.order == nil {
            add("E19", nil, "next", "tujuan maju membentuk lingkaran", "advance targets form a cycle")
        }
        guard let start = graph.index[definition.start] else { return }
        let reachable = graph.reachable[start]
        var reachesCompletion = false
        for (place, step) in definition.steps.enumerated() {
            if !reachable.contains(place) {
                add("E07", step.id, "id", "tidak terjangkau dari awal", "cannot be reached from the start")
                continue
            }
            let ends = graph.reachable[place].flatMap { graph.edges(from: $0).compactMap(\.end) }
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
                    if to == from || !graph.ahead[to].contains(from) {
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
                let lanes = outcome.targets.compactMap { graph.index[$0] }.map { graph.lane(from: $0) }
                let joins = lanes.reduce(into: Set<Int>()) { $0.formUnion($1.joins) }
                if joins.count != 1 || lanes.contains(where: \.joins.isEmpty) || lanes.count < outcome.targets.count {
                    add("E17", step.id, key, "jalur tidak bertemu di satu langkah", "lanes do not meet in one join")
                }
                if lanes.contains(where: \.endsDossier) {
                    add("E17", step.id, key, "jalur berakhir sendiri", "a lane ends the dossier by itself")
                }
                if Set(outcome.targets).count > 1 { joined.formUnion(joins) }
                checkParallel(lanes.map(\.steps))
            }
        }
        for (place, step) in definition.steps.enumerated() where step.joinsAll && !joined.contains(place) {
            add("E18", step.id, "join", "tidak menerima ≥ 2 jalur", "does not receive two lanes of one fork")
        }
    }

    /// A guard or a need that refers to what only a parallel lane brings about.
    private mutating func checkParallel(_ lanes: [Set<Int>]) {
        for (place, lane) in lanes.enumerated() {
            let others = lanes.enumerated().filter { $0.offset != place }.reduce(into: Set<Int>()) {
                $0.formUnion($1.element)
            }.subtracting(lane)
            let brought = Set(others.sorted().flatMap { made(by: definition.steps[$0]) })
            for index in lane.subtracting(others).sorted() {
                let step = definition.steps[index]
                let own = graph.before[index].possible
                for reference in step.needs
                where brought.contains(reference.document) && !own.contains("doc " + reference.document) {
                    addParallel(step.id, "needs", reference.document)
                }
                for (key, condition) in guards(of: step) {
                    for (leaf, _) in Self.leaves(condition) {
                        switch leaf {
                        case .outcome(let other, _):
                            if let index = graph.index[other], others.contains(index) {
                                addParallel(step.id, key, other)
                            }
                        case .document(let name), .signed(let name):
                            if brought.contains(name), !own.contains("doc " + name) { addParallel(step.id, key, name) }
                        default: break
                        }
                    }
                }
            }
        }
    }

    private func made(by step: Step) -> [String] {
        (step.brings + step.outcomes.flatMap { step.given(by: $0) }).map(\.document)
    }

    private mutating func addParallel(_ step: String, _ key: String, _ name: String) {
        add("E30", step, key, "menunjuk jalur sejajar: \(name)", "refers to a parallel lane: \(name)")
    }

    /// E11, E12, E15, E22, E26, E27, W13: what must be there on every path before a step.
    mutating func checkPaths() {
        guard graph.order != nil else { return }
        for (place, step) in definition.steps.enumerated() {
            let known = graph.before[place]
            for reference in step.needs where !reference.isOptional { checkNeed(reference, step, known) }
            checkStages(step, known)
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
        let name = "doc " + reference.document + (reference.stage.map { "@" + $0 } ?? "")
        if known.certain.contains(name) { return }
        if known.possible.contains(name) {
            add(
                "W13", step.id, "needs", "hanya ada pada sebagian jalan: \(name.dropFirst(4))",
                "exists only on some paths: \(name.dropFirst(4))")
        } else {
            add(
                "E15", step.id, "needs", "tidak pernah ada sebelumnya: \(name.dropFirst(4))",
                "is on no path before: \(name.dropFirst(4))")
        }
    }

    /// E16: over advance targets a document never goes back to an earlier stage.
    private mutating func checkStages(_ step: Step, _ known: DefinitionGraph.Knowledge) {
        for outcome in step.outcomes where outcome.effect == .advance {
            for reference in step.given(by: outcome) {
                guard let stage = reference.stage, let type = definition.document(reference.document),
                    let place = type.stages.firstIndex(of: stage)
                else { continue }
                for later in type.stages[(place + 1)...] where known.possible.contains("doc \(type.id)@\(later)") {
                    add(
                        "E16", step.id, "gives", "tahap mundur: \(type.id) \(later) → \(stage)",
                        "stages only move forward: \(type.id) \(later) → \(stage)")
                }
            }
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
            let code = key.hasSuffix("sign") ? "E26" : "E12"
            add(code, step.id, key, "pihak belum ditetapkan: \(slot)", "party not bound on every path: \(slot)")
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
                checkLeaf(leaf, positive, possible, step, key)
            }
        }
    }

    /// What can never hold, or asks for what does not exist.
    private mutating func checkLeaf(
        _ leaf: Guard, _ positive: Bool, _ possible: Set<String>, _ step: Step, _ key: String
    ) {
        switch leaf {
        case .document(let name), .signed(let name):
            if positive, !possible.contains("doc " + name) { addFalse(step.id, key, name) }
            if case .signed = leaf, let type = definition.document(name), rules(of: type).isEmpty {
                addFalse(step.id, key, "signed \(name)")
            }
        case .bound(let slot): checkSlots([slot], step.id, key)
        case .present(let slots): checkSlots(slots, step.id, key)
        case .outcome(let other, let name):
            if definition.step(other)?.outcome(name) == nil {
                add("E27", step.id, key, "hasil tidak dikenal: \(other) \(name)", "unknown outcome: \(other) \(name)")
            } else if let from = graph.index[other], let to = graph.index[step.id],
                from == to || !graph.reachable[from].contains(to)
            {
                addFalse(step.id, key, "\(other) \(name)")
            }
        case .findingsOpen(let count, _): if count < 0 { addFalse(step.id, key, "findingsOpen \(count)") }
        case .round(let comparison, let number):
            // Rounds count from 1.
            let most = comparison == .less || comparison == .lessOrEqual || comparison == .equal
            if most, !comparison.holds(max(1, comparison == .equal ? number : 1), number) {
                addFalse(step.id, key, "round \(comparison.rawValue) \(number)")
            }
        case .any(let parts): if parts.isEmpty { addFalse(step.id, key, "any []") }
        case .all, .not: break
        }
    }

    private mutating func addFalse(_ step: String, _ key: String, _ what: String) {
        add("E27", step, key, "tidak pernah terpenuhi: \(what)", "can never hold: \(what)")
    }

    private mutating func checkSlots(_ slots: [String], _ step: String, _ key: String) {
        for slot in slots where definition.party(slot) == nil {
            add("E27", step, key, "pihak tidak dikenal: \(slot)", "unknown party: \(slot)")
        }
    }
}
