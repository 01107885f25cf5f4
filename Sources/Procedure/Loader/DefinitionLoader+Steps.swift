extension DefinitionLoader {
    mutating func readStep(_ value: JSONValue) {
        let id = stepID(value)
        var object = ObjectReader(value, path: "", step: id)
        _ = object.text("id")
        let title = object.text("title") ?? ""
        guard let kind = Step.Kind(rawValue: object.text("kind") ?? "") else {
            issues += object.issues
            issues.append(
                Self.oneOf("kind", id, "action, review, decision, approval, meeting, handover, evaluation"))
            return
        }
        var step = Step(id: id, title: title, kind: kind)
        step.english = object.text("en", required: false)
        step.by = object.texts("by")
        step.with = object.texts("with")
        step.needs = references(object.texts("needs"))
        step.brings = references(object.texts("brings"))
        step.gives = references(object.texts("gives"))
        readJoinAndDue(&object, &step)
        if let entry = object.raw("guard") { step.entry = readBoundedGuard(entry, key: "guard", step: id) }
        if let meeting = object.raw("meeting") { step.meeting = readMeeting(meeting, step: id) }
        if let sign = object.raw("sign") { step.sign = readSign(sign, path: "sign", step: id) }
        step.assign = object.texts("assign")
        step.bind = object.texts("bind")
        step.release = object.texts("release")
        if let contest = object.raw("contest") {
            var reader = ObjectReader(contest, path: "contest", step: id)
            step.resolver = reader.text("resolver")
            _ = reader.finish()
            issues += reader.issues
        }
        for outcome in object.object("next") { step.outcomes.append(readOutcome(outcome, step: id)) }
        step.note = object.text("note", required: false)
        step.inferred = object.finish()
        issues += object.issues
        definition.steps.append(step)
    }

    private func stepID(_ value: JSONValue) -> String {
        if case .string(let id)? = value.member("id") { return id }
        return "#\(definition.steps.count + 1)"
    }

    private mutating func readJoinAndDue(_ object: inout ObjectReader, _ step: inout Step) {
        switch object.text("join", required: false) {
        case nil: break
        case "all"?: step.joinsAll = true
        default: object.note(Self.oneOf("join", step.id, "all"))
        }
        guard let due = object.text("due", required: false) else { return }
        step.due = Self.due(due)
        if step.due == nil {
            object.note(
                ValidationIssue(
                    "E22", step: step.id, key: "due", "tidak terbaca: \(due)", "cannot be read: \(due)"))
        }
    }

    static func due(_ text: String) -> Due? {
        if text == "tentatif" { return .tentative }
        if text.hasPrefix("target:") {
            let parts = text.dropFirst(7).split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            return .target(document: String(parts[0]), field: String(parts[1]))
        }
        let parts = text.split(separator: " ")
        guard parts.count == 2, let count = Int(parts[0]), (1...365).contains(count) else { return nil }
        switch parts[1] {
        case "hari": return .days(count)
        case "hari_kerja": return .workingDays(count)
        default: return nil
        }
    }

    private func references(_ texts: [String]) -> [DocumentReference] {
        texts.map { text in
            var name = text
            let isOptional = name.hasSuffix("?")
            if isOptional { name.removeLast() }
            var stage: String?
            if let at = name.firstIndex(of: "@") {
                stage = String(name[name.index(after: at)...])
                name = String(name[..<at])
            }
            return DocumentReference(document: name, stage: stage, isOptional: isOptional)
        }
    }

    private mutating func readMeeting(_ value: JSONValue, step: String) -> Step.Meeting {
        var object = ObjectReader(value, path: "meeting", step: step)
        let meeting = Step.Meeting(
            parties: object.texts("parties"), attendance: object.text("attendance", required: false),
            minutes: object.text("minutes", required: false))
        _ = object.finish()
        issues += object.issues
        return meeting
    }

    private mutating func readOutcome(_ member: JSONMember, step: String) -> OutcomeRule {
        let path = "next.\(member.key)"
        switch member.value {
        case .string(let target): return OutcomeRule(name: member.key, targets: [target])
        case .array: return OutcomeRule(name: member.key, targets: targets(member.value, path, step))
        default: break
        }
        var object = ObjectReader(member.value, path: path, step: step)
        var rule = OutcomeRule(
            name: member.key, targets: object.raw("to").map { targets($0, path + ".to", step) } ?? [])
        if let effect = object.text("effect", required: false) {
            if let known = OutcomeRule.Effect(rawValue: effect) {
                rule.effect = known
            } else {
                object.note(Self.oneOf("\(path).effect", step, "advance, return, rework, reject, discontinue"))
            }
        }
        for text in object.texts("ask") {
            if let ask = OutcomeRule.Ask(rawValue: text) {
                rule.ask.append(ask)
            } else {
                object.note(
                    Self.oneOf(
                        "\(path).ask", step, "reason, missing_items, findings, response_kind, target_date"))
            }
        }
        if object.raw("gives") != nil { rule.gives = references(object.texts("gives")) }
        if let when = object.raw("when") { rule.when = readBoundedGuard(when, key: "\(path).when", step: step) }
        if let sign = object.raw("sign") { rule.sign = readSign(sign, path: "\(path).sign", step: step) }
        rule.say = object.text("say", required: false)
        rule.max = object.integer("max", required: false)
        rule.escalate = object.text("escalate", required: false)
        if object.raw("by") != nil { rule.by = object.texts("by") }
        _ = object.finish()
        issues += object.issues
        return rule
    }

    /// A text, or a list of texts.
    private mutating func targets(_ value: JSONValue, _ key: String, _ step: String) -> [String] {
        if case .string(let target) = value { return [target] }
        var object = ObjectReader(.object([JSONMember(key: key, value: value)]), path: "", step: step)
        let texts = object.texts(key)
        issues += object.issues
        return texts
    }

    /// A guard of at most ``conditionCountMax`` conditions.
    private mutating func readBoundedGuard(_ value: JSONValue, key: String, step: String) -> Guard? {
        let condition = readGuard(value, key: key, step: step)
        guard let condition, DefinitionRules.leaves(condition).count > Self.conditionCountMax else { return condition }
        issues.append(Self.tooMany(key, step, Self.conditionCountMax))
        return nil
    }

    /// Guards nest at most as deep as the JSON they stand in, ``JSONReader/depthMax``; so does this recursion.
    private mutating func readGuard(_ value: JSONValue, key: String, step: String) -> Guard? {
        guard case .object(let members) = value, let first = members.first else {
            return closedVocabulary(key, step)
        }
        let isFindings = first.key == "findingsOpen" && members.count == 2 && members[1].key == "severity"
        guard members.count == 1 || isFindings else { return closedVocabulary(key, step) }
        switch (first.key, first.value) {
        case ("doc", .string(let name)): return .document(name)
        case ("signed", .string(let name)): return .signed(name)
        case ("bound", .string(let slot)): return .bound(slot)
        case ("present", .array): return .present(targets(first.value, key, step))
        case ("outcome", .array):
            let parts = targets(first.value, key, step)
            return parts.count == 2 ? .outcome(step: parts[0], name: parts[1]) : closedVocabulary(key, step)
        case ("findingsOpen", .integer(let count)):
            return .findingsOpen(count, severities: isFindings ? targets(members[1].value, key, step) : [])
        case ("round", .object(let bounds)):
            guard bounds.count == 1, let comparison = Guard.Comparison(rawValue: bounds[0].key),
                case .integer(let number) = bounds[0].value
            else { return closedVocabulary(key, step) }
            return .round(comparison, number)
        case ("not", _): return readGuard(first.value, key: key, step: step).map { .not($0) }
        case ("all", .array(let items)): return .all(items.compactMap { readGuard($0, key: key, step: step) })
        case ("any", .array(let items)): return .any(items.compactMap { readGuard($0, key: key, step: step) })
        default: return closedVocabulary(key, step)
        }
    }

    private mutating func closedVocabulary(_ key: String, _ step: String) -> Guard? {
        issues.append(
            ValidationIssue(
                "E27", step: step, key: key, "syarat di luar kosakata tertutup",
                "is outside the closed vocabulary of guards"))
        return nil
    }
}
