extension DefinitionRules {
    /// E23, E24, E25, E31, E32.
    mutating func checkSigning() {
        for step in definition.steps {
            if let rule = step.sign { checkRule(rule, step.id, "sign") }
            for outcome in step.outcomes {
                if let rule = outcome.sign { checkRule(rule, step.id, "next.\(outcome.name).sign") }
            }
            if step.kind == .handover { checkHandover(step) }
            if step.kind == .approval { checkApproval(step) }
        }
        for type in definition.documents {
            for rule in rules(of: type) {
                checkRule(rule, nil, "docs.\(type.id).sign")
                checkAudience(type, rule)
            }
        }
        for step in definition.steps {
            if case .target(let document, let name)? = step.due, let type = definition.document(document),
                type.audience(of: name) != .all || type.personal.contains(name)
            {
                add(
                    "E32", step.id, "due", "bidang harus terbaca semua pihak dan terang",
                    "the field must have audience all and stand in clear")
            }
        }
    }

    private mutating func checkRule(_ rule: SignRule, _ step: String?, _ key: String) {
        if rule.need.isEmpty { add("E23", step, key, "need tidak boleh kosong", "need must not be empty") }
        if case .number(let count) = rule.rule, !(1...max(1, rule.need.count)).contains(count) {
            add("E23", step, key, "jumlah di luar peran", "number exceeds the needed roles")
        }
        if Set(rule.need.map(\.name)).count != rule.need.count {
            add("E23", step, key, "peran ganda", "duplicate role")
        }
    }

    /// The rules that an advance of a step waits for.
    private func advanceRules(of step: Step) -> [SignRule] {
        var found = step.sign.map { [$0] } ?? []
        for outcome in step.outcomes where outcome.effect == .advance {
            found += outcome.sign.map { [$0] } ?? []
            for reference in step.given(by: outcome) {
                if let rule = definition.document(reference.document)?.rule(stage: reference.stage) {
                    found.append(rule)
                }
            }
        }
        return found
    }

    private mutating func checkHandover(_ step: Step) {
        let isTwoSided = advanceRules(of: step).contains { rule in
            guard rule.rule == .all else { return false }
            let waited = rule.need.filter { !$0.isOptional }
            return Set(waited.compactMap { definition.slot(ofRole: $0.name) }).count >= 2
        }
        if !isTwoSided {
            add(
                "E24", step.id, "sign", "serah terima perlu tanda tangan kedua pihak",
                "a handover is signed by roles of two parties, rule all")
        }
    }

    private mutating func checkApproval(_ step: Step) {
        if advanceRules(of: step).isEmpty {
            add("E25", step.id, "sign", "penetapan tanpa tanda tangan", "an approval has no sign rule")
        }
    }

    private mutating func checkAudience(_ type: DocumentType, _ rule: SignRule) {
        func slots(_ signer: SignRule.Signer) -> [String] {
            definition.team(signer.name)?.from ?? definition.slot(ofRole: signer.name).map { [$0] } ?? []
        }
        let signing = Set(rule.need.flatMap(slots))
        for field in type.fields {
            for signer in rule.need {
                let reads =
                    switch type.audience(of: field.name) {
                    case .all: true
                    // The author's own unit: then no signer may come from another one.
                    case .own: signing.count <= 1
                    case .slots(let readers): slots(signer).allSatisfy(readers.contains)
                    }
                if !reads {
                    add(
                        "E31", nil, "docs.\(type.id).audience", "penanda tangan tidak membaca \(field.name)",
                        "a signer may not read \(field.name): \(signer.name)")
                }
            }
        }
    }

    /// E28 and what a kind suggests.
    mutating func checkKinds() {
        for step in definition.steps where step.kind == .meeting {
            let listsAttendance = step.gives.contains { $0.document.contains("attendance") }
            if (step.meeting?.parties ?? []).isEmpty && !listsAttendance {
                add("E28", step.id, "meeting", "rapat tanpa pihak atau daftar hadir", "a meeting names no parties")
            }
        }
    }

    mutating func checkWarnings() {
        var used: Set<String> = []
        for step in definition.steps {
            used.formUnion(actors(of: step).map(\.name))
            warnAbout(step)
        }
        for type in definition.documents {
            for rule in rules(of: type) { used.formUnion(rule.need.map(\.name)) }
            let isMade = definition.steps.contains { step in
                step.brings.contains { $0.document == type.id }
                    || step.outcomes.contains { step.given(by: $0).contains { $0.document == type.id } }
            }
            if !isMade { add("W04", nil, "docs.\(type.id)", "tidak pernah dibuat", "is never brought or given") }
        }
        for name in definition.roles.map({ "roles." + $0.id }) + definition.teams.map({ "teams." + $0.id })
        where !used.contains(String(name[name.index(name.startIndex, offsetBy: 6)...])) {
            add("W05", nil, name, "tidak pernah dipakai", "is never used")
        }
        warnAboutRefusal()
        warnAboutOrder()
        if definition.dayUnit == nil,
            definition.steps.contains(where: { if case .days? = $0.due { true } else { false } })
        {
            add("W12", nil, "dayUnit", "tidak disebut walau ada tenggat hari", "is missing although plain hari is used")
        }
    }

    private mutating func warnAbout(_ step: Step) {
        for outcome in step.outcomes {
            let isLoop = outcome.effect == .rework || outcome.effect == .return
            if isLoop, outcome.max == nil {
                add("W01", step.id, "next.\(outcome.name)", "putaran tanpa batas", "is a loop without max")
            }
            if outcome.effect == .rework { warnAboutSelfTest(step, outcome) }
        }
        if step.due == nil { add("W02", step.id, "due", "tanpa tenggat", "has no due") }
        if step.kind == .decision, step.resolver == nil {
            add("W03", step.id, "contest", "tanpa penetap; bawaan kepala", "has no resolver; the IT head is taken")
        }
        if step.title.isEmpty || step.title.count > 120 {
            add("W08", step.id, "title", "kosong atau lebih dari 120 huruf", "is missing or over 120 characters")
        }
    }

    private mutating func warnAboutSelfTest(_ step: Step, _ outcome: OutcomeRule) {
        let builders = outcome.targets.compactMap { definition.step($0) }.flatMap(\.by)
        for reference in step.given(by: outcome) {
            let signers = definition.document(reference.document)?.rule(stage: reference.stage)?.need ?? []
            for signer in signers where builders.contains(signer.name) {
                add(
                    "W06", step.id, "gives", "\(signer.name) membuat dan menandatangani uji",
                    "\(signer.name) builds and signs the test")
            }
        }
    }

    private mutating func warnAboutRefusal() {
        let builds = Set(
            definition.steps.flatMap(\.outcomes).filter { $0.effect == .rework }.flatMap(\.targets)
                .compactMap { graph.index[$0] })
        guard let order = graph.order, let first = order.firstIndex(where: builds.contains) else { return }
        let canRefuse = order[..<first].contains { place in
            definition.steps[place].outcomes.contains { [.return, .reject, .discontinue].contains($0.effect) }
        }
        if !canRefuse {
            add("W07", nil, "steps", "tidak bisa ditolak sebelum pembuatan", "nothing can be refused before building")
        }
    }

    private mutating func warnAboutOrder() {
        var last = 0
        for step in definition.steps {
            // "6b" is the second lane of number 6.
            let digits = step.id.utf8.drop { !(48...57).contains($0) }.prefix { (48...57).contains($0) }
            guard let number = Int(String(decoding: digits, as: UTF8.self)) else { continue }
            if number != last + 1 && number != last {
                add("W10", step.id, "id", "nomor tidak berurutan", "numbers have gaps or another order")
            }
            last = number
        }
    }

    /// W11: steps that differ from the version before, for a migration notice.
    static func notices(from old: ProcedureDefinition, to new: ProcedureDefinition) -> [ValidationIssue] {
        new.steps.compactMap { step in
            old.step(step.id) == step
                ? nil
                : ValidationIssue(
                    "W11", step: step.id, key: "id", "berbeda dari versi \(old.version)",
                    "differs from version \(old.version)")
        }
    }
}
