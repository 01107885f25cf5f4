import Procedure

/// A definition on the screen: who, with which documents, in which steps.
enum ProcedureText {
    static func lines(_ definition: ProcedureDefinition, _ language: Language) -> [String] {
        var lines = [
            definition.title, "\(definition.id) \(definition.version)",
            "\(definition.institution) · \(definition.sourceFile)",
            "\(definition.zone) · \(definition.calendar) · \(definition.dayUnit?.rawValue ?? "-")", "",
        ]
        for party in definition.parties {
            let when = party.bindAt.map { $0 == "open" ? "" : " (\($0))" } ?? ""
            lines.append("\(party.slot): \(party.label)\(when)")
            for role in definition.roles where role.party == party.slot {
                lines.append("  \(role.id)  \(role.title)")
            }
        }
        for team in definition.teams {
            let seats = team.seats.map { "\($0.name) \($0.least)-\($0.most)" }.joined(separator: ", ")
            lines.append(
                "\(team.id)  \(team.title) (\(team.formedAt); \(team.from.joined(separator: " + ")); \(seats))")
        }
        lines.append("")
        for document in definition.documents {
            let fields = document.fields.map { $0.name + ($0.isOptional ? "?" : "") }.joined(separator: ", ")
            lines.append("\(document.id)  \(document.title): \(fields)")
        }
        lines.append("")
        for step in definition.steps {
            let title = language == .english ? step.english ?? step.title : step.title
            lines.append("\(step.id). \(title) [\((step.by).joined(separator: ", "))]")
            for outcome in step.outcomes {
                let effect = outcome.effect == .advance ? "" : " (\(outcome.effect.rawValue))"
                lines.append("     \(outcome.name) → \(outcome.targets.joined(separator: " + "))\(effect)")
            }
        }
        return lines
    }
}
