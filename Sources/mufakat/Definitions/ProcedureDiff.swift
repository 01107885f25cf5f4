import Procedure

/// Two definitions side by side, by the names of what they hold.
struct ProcedureDiff {
    struct Change {
        /// `step 6`, `role it.head`, `document minutes`, or empty for the definition itself.
        let place: String
        let key: String
        /// Empty where it is new.
        let before: String
        /// Empty where it is gone.
        let after: String
    }

    private(set) var changes: [Change] = []

    init(_ old: ProcedureDefinition, _ new: ProcedureDefinition) {
        compare("", Self.head(old), Self.head(new))
        compare("role", old.roles.map { ($0.id, Self.values($0)) }, new.roles.map { ($0.id, Self.values($0)) })
        compare("team", old.teams.map { ($0.id, Self.values($0)) }, new.teams.map { ($0.id, Self.values($0)) })
        compare(
            "document", old.documents.map { ($0.id, Self.values($0)) }, new.documents.map { ($0.id, Self.values($0)) })
        compare("step", old.steps.map { ($0.id, Self.values($0)) }, new.steps.map { ($0.id, Self.values($0)) })
        compare("end", old.ends.map { ($0.id, Self.values($0)) }, new.ends.map { ($0.id, Self.values($0)) })
    }

    private typealias Values = [(key: String, value: String)]

    private mutating func compare(_ kind: String, _ old: [(String, Values)], _ new: [(String, Values)]) {
        for (id, values) in old {
            let place = "\(kind) \(id)"
            if let other = new.first(where: { $0.0 == id })?.1 {
                compare(place, values, other)
            } else {
                changes.append(Change(place: place, key: "", before: values.first?.value ?? id, after: ""))
            }
        }
        for (id, values) in new where !old.contains(where: { $0.0 == id }) {
            changes.append(Change(place: "\(kind) \(id)", key: "", before: "", after: values.first?.value ?? id))
        }
    }

    private mutating func compare(_ place: String, _ old: Values, _ new: Values) {
        for (key, value) in old {
            let other = new.first { $0.key == key }?.value ?? ""
            if value != other { changes.append(Change(place: place, key: key, before: value, after: other)) }
        }
        for (key, value) in new where !old.contains(where: { $0.key == key }) {
            changes.append(Change(place: place, key: key, before: "", after: value))
        }
    }

    private static func head(_ definition: ProcedureDefinition) -> Values {
        [
            ("id", definition.id), ("version", "\(definition.version)"), ("title", definition.title),
            ("source", "\(definition.institution), \(definition.sourceFile)"), ("zone", definition.zone),
            ("calendar", definition.calendar), ("dayUnit", definition.dayUnit?.rawValue ?? ""),
            ("start", definition.start),
            (
                "parties",
                definition.parties.map { "\($0.slot): \($0.label)\($0.bindAt.map { " @\($0)" } ?? "")" }.joined(
                    separator: ", ")
            ),
        ]
    }

    private static func values(_ role: Role) -> Values {
        [("title", role.title), ("party", role.party), ("sub", role.sub ?? "")]
    }

    private static func values(_ team: Team) -> Values {
        [
            ("title", team.title), ("formedAt", team.formedAt), ("from", team.from.joined(separator: ", ")),
            ("seats", team.seats.map { "\($0.name) \($0.least)-\($0.most)" }.joined(separator: ", ")),
        ]
    }

    private static func values(_ document: DocumentType) -> Values {
        [
            ("title", document.title), ("number", document.hasNumber ? "true" : "false"),
            ("stages", document.stages.joined(separator: ", ")),
            (
                "fields",
                document.fields.map { "\($0.name): \($0.kind)\($0.isOptional ? "?" : "")" }.joined(separator: ", ")
            ),
            ("sign", text(document.sign)),
            ("signByStage", document.signByStage.map { "\($0.stage): \(text($0.rule))" }.joined(separator: "; ")),
            ("personal", document.personal.joined(separator: ", ")),
            ("audience", document.audience.map { "\($0.field): \($0.audience)" }.joined(separator: ", ")),
        ]
    }

    private static func values(_ end: End) -> Values { [("title", end.title), ("state", end.state.rawValue)] }

    private static func values(_ step: Step) -> Values {
        [
            ("title", step.title), ("kind", step.kind.rawValue), ("by", step.by.joined(separator: ", ")),
            ("with", step.with.joined(separator: ", ")), ("needs", text(step.needs)), ("brings", text(step.brings)),
            ("gives", text(step.gives)), ("due", step.due.map { "\($0)" } ?? ""),
            ("join", step.joinsAll ? "all" : ""), ("guard", step.entry.map { "\($0)" } ?? ""),
            ("sign", text(step.sign)), ("assign", step.assign.joined(separator: ", ")),
            ("bind", step.bind.joined(separator: ", ")), ("release", step.release.joined(separator: ", ")),
            ("contest", step.resolver ?? ""), ("note", step.note ?? ""),
            ("meeting", (step.meeting?.parties ?? []).joined(separator: ", ")),
        ] + step.outcomes.map { ("next.\($0.name)", text($0)) }
    }

    private static func text(_ references: [DocumentReference]) -> String {
        references.map { $0.document + ($0.stage.map { "@\($0)" } ?? "") + ($0.isOptional ? "?" : "") }
            .joined(separator: ", ")
    }

    private static func text(_ rule: SignRule?) -> String {
        guard let rule else { return "" }
        let need = rule.need.map { $0.name + ($0.isOptional ? "?" : "") }.joined(separator: ", ")
        return "\(need) (\(rule.rule)\(rule.isSequence ? ", sequence" : "")\(rule.isParaf ? ", paraf" : ""))"
    }

    private static func text(_ outcome: OutcomeRule) -> String {
        var parts = ["→ " + outcome.targets.joined(separator: " + ")]
        if outcome.effect != .advance { parts.append(outcome.effect.rawValue) }
        if !outcome.ask.isEmpty { parts.append("ask " + outcome.ask.map(\.rawValue).joined(separator: ", ")) }
        if let gives = outcome.gives { parts.append("gives " + text(gives)) }
        if let when = outcome.when { parts.append("when \(when)") }
        if let sign = outcome.sign { parts.append("sign " + text(sign)) }
        if let max = outcome.max { parts.append("max \(max)") }
        if let escalate = outcome.escalate { parts.append("escalate \(escalate)") }
        if let by = outcome.by { parts.append("by " + by.joined(separator: ", ")) }
        return parts.joined(separator: "; ")
    }
}
