/// The rules of procedures.md §3.4 that look at a whole definition. Each family is one function; the order of the
/// issues is that of the file.
struct DefinitionRules {
    let definition: ProcedureDefinition
    let graph: DefinitionGraph
    var issues: [ValidationIssue] = []

    static func check(_ definition: ProcedureDefinition) -> [ValidationIssue] {
        var rules = DefinitionRules(definition: definition, graph: DefinitionGraph(definition))
        rules.checkNames()
        rules.checkTargets()
        rules.checkUses()
        rules.checkGraph()
        rules.checkForks()
        rules.checkPaths()
        rules.checkSigning()
        rules.checkKinds()
        rules.checkWarnings()
        return rules.issues
    }

    mutating func add(_ code: String, _ step: String?, _ key: String, _ id: String, _ en: String) {
        issues.append(ValidationIssue(code, step: step, key: key, id, en))
    }

    private mutating func checkNames() {
        let allowed = definition.id.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46
        }
        if definition.id.isEmpty || !allowed { add("E02", nil, "id", "harus [a-z0-9.-]+", "must match [a-z0-9.-]+") }
        if definition.version < 1 { add("E02", nil, "version", "harus ≥ 1", "must be ≥ 1") }
        var seen: Set<String> = []
        for id in definition.steps.map(\.id) + definition.ends.map(\.id) where !seen.insert(id).inserted {
            add("E03", nil, "steps", "nama ganda: \(id)", "duplicate name: \(id)")
        }
        if definition.step(definition.start) == nil {
            add("E04", nil, "start", "bukan langkah: \(definition.start)", "is not a step: \(definition.start)")
        }
    }

    private mutating func checkTargets() {
        for step in definition.steps {
            for outcome in step.outcomes {
                if outcome.targets.isEmpty {
                    add("E05", step.id, "next.\(outcome.name)", "tanpa tujuan", "has no target")
                }
                for target in outcome.targets
                where definition.step(target) == nil && definition.end(target) == nil {
                    add(
                        "E05", step.id, "next.\(outcome.name)", "tujuan tidak ada: \(target)",
                        "has an unknown target: \(target)")
                }
            }
            let least = step.kind == .decision || step.kind == .review ? 2 : 1
            if step.outcomes.count < least {
                add("E06", step.id, "next", "perlu ≥ \(least) hasil", "needs ≥ \(least) outcomes")
            }
        }
    }

    /// Roles, teams, documents and slots that are named exist (E10, E11, E13, E14, E16, E29).
    private mutating func checkUses() {
        for role in definition.roles where definition.party(role.party) == nil || !role.id.hasPrefix(role.party + ".") {
            add("E10", nil, "roles.\(role.id)", "pihak tidak dikenal", "names an unknown party")
        }
        for step in definition.steps {
            if step.by.isEmpty { add("E13", step.id, "by", "tidak boleh kosong", "must not be empty") }
            for (key, name) in actors(of: step) { checkActor(name, step.id, key) }
            for slot in step.bind + (step.meeting?.parties ?? []) where definition.party(slot) == nil {
                add("E10", step.id, "parties", "pihak tidak dikenal: \(slot)", "unknown party: \(slot)")
            }
            checkAssigned(step)
            for (key, reference) in references(of: step) { checkDocument(reference, step.id, key) }
        }
        for type in definition.documents {
            for rule in rules(of: type) {
                for signer in rule.need { checkActor(signer.name, nil, "docs.\(type.id).sign") }
            }
            checkFieldNames(type)
        }
        checkBeginnings()
    }

    /// E11, E12: the step that forms a team or binds a party does so.
    private mutating func checkBeginnings() {
        for team in definition.teams {
            for slot in team.from where definition.party(slot) == nil {
                add("E10", nil, "teams.\(team.id).from", "pihak tidak dikenal: \(slot)", "unknown party: \(slot)")
            }
            if definition.step(team.formedAt)?.assign.contains(team.id) != true {
                add(
                    "E11", nil, "teams.\(team.id).formedAt", "langkah \(team.formedAt) tidak membentuk tim itu",
                    "step \(team.formedAt) does not assign it")
            }
            if team.from.isEmpty || !team.seats.contains(where: { $0.name == "ketua" && $0.least >= 1 }) {
                add("E11", nil, "teams.\(team.id).seats", "perlu asal dan ketua", "needs units and a ketua")
            }
        }
        for party in definition.parties {
            guard let bindAt = party.bindAt, definition.step(bindAt)?.bind.contains(party.slot) != true else {
                continue
            }
            add(
                "E12", nil, "parties.\(party.slot).bindAt", "langkah \(bindAt) tidak mengikat pihak itu",
                "step \(bindAt) does not bind it")
        }
    }

    private mutating func checkAssigned(_ step: Step) {
        for name in step.assign where definition.team(name) == nil {
            add("E11", step.id, "assign", "bukan tim: \(name)", "is not a team: \(name)")
        }
        for outcome in step.outcomes {
            for name in outcome.by ?? [] where !step.by.contains(name) {
                add("E10", step.id, "next.\(outcome.name).by", "bukan bagian dari by: \(name)", "is not in by: \(name)")
            }
        }
    }

    func rules(of type: DocumentType) -> [SignRule] {
        (type.sign.map { [$0] } ?? []) + type.signByStage.map(\.rule)
    }

    private mutating func checkActor(_ name: String, _ step: String?, _ key: String) {
        if definition.role(name) != nil { return }
        let isTeam = name.hasPrefix("team.")
        guard definition.team(name) == nil else { return }
        add(
            isTeam ? "E11" : "E10", step, key, "tidak dikenal: \(name)", "is not defined: \(name)")
    }

    private mutating func checkDocument(_ reference: DocumentReference, _ step: String, _ key: String) {
        guard let type = definition.document(reference.document) else {
            add(
                "E14", step, key, "dokumen tidak dikenal: \(reference.document)",
                "unknown document: \(reference.document)")
            return
        }
        if let stage = reference.stage, !type.stages.contains(stage) {
            add("E16", step, key, "tahap tidak dikenal: \(stage)", "unknown stage: \(stage)")
        }
    }

    private mutating func checkFieldNames(_ type: DocumentType) {
        for name in type.personal {
            let parts = name.split(separator: ".").map(String.init)
            guard let field = parts.first.flatMap({ type.field($0) }) else {
                add("E29", nil, "docs.\(type.id).personal", "bidang tidak ada: \(name)", "unknown field: \(name)")
                continue
            }
            if parts.count == 2 {
                guard case .table(let columns) = field.kind, columns.contains(where: { $0.name == parts[1] }) else {
                    add("E29", nil, "docs.\(type.id).personal", "kolom tidak ada: \(name)", "unknown column: \(name)")
                    continue
                }
            }
        }
        for entry in type.audience where entry.field != "*" && type.field(entry.field) == nil {
            add("E29", nil, "docs.\(type.id).audience", "bidang tidak ada", "unknown field: \(entry.field)")
        }
        var names: Set<String> = []
        for field in type.fields {
            if !names.insert(field.name).inserted {
                add(
                    "E29", nil, "docs.\(type.id).fields", "bidang ganda: \(field.name)",
                    "duplicate field: \(field.name)")
            }
            if case .table(let columns) = field.kind, Set(columns.map(\.name)).count != columns.count {
                add(
                    "E29", nil, "docs.\(type.id).fields", "kolom ganda: \(field.name)",
                    "duplicate column: \(field.name)")
            }
        }
    }

    /// Every role or team that a step names, with the key where it stands.
    func actors(of step: Step) -> [(key: String, name: String)] {
        var actors = step.by.map { ("by", $0) } + step.with.map { ("with", $0) }
        actors += step.sign?.need.map { ("sign", $0.name) } ?? []
        actors += step.resolver.map { [("contest", $0)] } ?? []
        actors += step.assign.map { ("assign", $0) }
        for outcome in step.outcomes {
            actors += outcome.sign?.need.map { ("next.\(outcome.name).sign", $0.name) } ?? []
            actors += outcome.escalate.map { [("next.\(outcome.name).escalate", $0)] } ?? []
            actors += outcome.by?.map { ("next.\(outcome.name).by", $0) } ?? []
        }
        return actors.map { (key: $0.0, name: $0.1) }
    }

    func references(of step: Step) -> [(key: String, reference: DocumentReference)] {
        var all = step.needs.map { ("needs", $0) } + step.brings.map { ("brings", $0) }
        all += step.gives.map { ("gives", $0) }
        for outcome in step.outcomes { all += outcome.gives?.map { ("next.\(outcome.name).gives", $0) } ?? [] }
        func reference(_ name: String) -> DocumentReference {
            DocumentReference(document: name, stage: nil, isOptional: true)
        }
        all += step.release.map { ("release", reference($0)) }
        if let meeting = step.meeting {
            all += [meeting.attendance, meeting.minutes].compactMap { $0 }.map { ("meeting", reference($0)) }
        }
        for (key, condition) in guards(of: step) {
            all += Self.documents(in: condition).map { (key, reference($0)) }
        }
        if case .target(let document, _)? = step.due { all.append(("due", reference(document))) }
        return all.map { (key: $0.0, reference: $0.1) }
    }

    func guards(of step: Step) -> [(key: String, condition: Guard)] {
        var guards = step.entry.map { [("guard", $0)] } ?? []
        for outcome in step.outcomes {
            if let when = outcome.when { guards.append(("next.\(outcome.name).when", when)) }
        }
        return guards.map { (key: $0.0, condition: $0.1) }
    }

    /// The leaves of a guard; `positive` says whether it must hold (not below `not` or `any`).
    static func leaves(_ condition: Guard) -> [(leaf: Guard, positive: Bool)] {
        var queue: [(Guard, Bool)] = [(condition, true)]
        var leaves: [(leaf: Guard, positive: Bool)] = []
        while let (next, positive) = queue.popLast() {
            switch next {
            case .all(let parts): queue += parts.map { ($0, positive) }
            case .any(let parts) where !parts.isEmpty: queue += parts.map { ($0, false) }
            case .not(let part): queue.append((part, false))
            default: leaves.append((leaf: next, positive: positive))
            }
        }
        return leaves
    }

    static func documents(in condition: Guard) -> [String] {
        leaves(condition).compactMap { leaf in
            switch leaf.leaf {
            case .document(let name), .signed(let name): name
            default: nil
            }
        }
    }
}
