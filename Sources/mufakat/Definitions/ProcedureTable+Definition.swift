import Prints
import Procedure

extension ProcedureTable {
    /// A definition in the order of its steps. What the source does not say is marked with an asterisk.
    init(_ definition: ProcedureDefinition, _ language: Language) {
        let names = Self.actors(of: definition)
        self.init(
            id: definition.id, version: definition.version, title: definition.title,
            institution: definition.institution, file: definition.sourceFile,
            actors: names.map { definition.role($0)?.title ?? definition.team($0)?.title ?? $0 })
        rows = definition.steps.map { Self.row($0, definition, names, language) }
    }

    /// Roles and teams that act or take part, in the order of the file.
    private static func actors(of definition: ProcedureDefinition) -> [String] {
        let used = definition.steps.flatMap { $0.by + $0.with }
        return (definition.roles.map(\.id) + definition.teams.map(\.id)).filter { used.contains($0) }
    }

    private static func row(
        _ step: Step, _ definition: ProcedureDefinition, _ names: [String], _ language: Language
    ) -> Row {
        func star(_ key: String) -> String { step.inferred.covers(key) ? "*" : "" }
        func titles(_ references: [DocumentReference], _ key: String) -> [String] {
            references.map { reference in
                let type = definition.document(reference.document)
                let mark = type?.inferred == .whole ? "*" : star(key)
                let stage = reference.stage.map { " (\($0))" } ?? ""
                return (type?.title ?? reference.document) + stage + (reference.isOptional ? " (bila ada)" : "") + mark
            }
        }
        let title = language == .english ? step.english ?? step.title : step.title
        let given = step.gives + step.outcomes.flatMap { $0.gives ?? [] }.filter { !step.gives.contains($0) }
        return Row(
            number: step.id, activity: title + star("title"),
            ticks: names.map { name in
                if step.by.contains(name) { return "●" + star("by") }
                return step.with.contains(name) ? "○" + star("with") : ""
            },
            requirements: (titles(step.needs, "needs") + titles(step.brings, "brings")).joined(separator: "\n"),
            time: time(step.due, definition) + star("due"),
            output: titles(given, "gives").joined(separator: "\n"),
            remarks: remarks(step, definition))
    }

    /// As the source writes it.
    static func time(_ due: Due?, _ definition: ProcedureDefinition) -> String {
        switch due {
        case .days(let count): "\(count) hari"
        case .workingDays(let count): "\(count) hari kerja"
        case .target(let document, let field):
            "target: \(definition.document(document)?.title ?? document) (\(field))"
        case .tentative: "tentatif"
        case nil: ""
        }
    }

    /// Outcomes with where they lead, signers, and what the file says beside.
    private static func remarks(_ step: Step, _ definition: ProcedureDefinition) -> String {
        var lines = step.outcomes.map { outcome in
            let targets = outcome.targets.map { definition.end($0)?.title ?? $0 }.joined(separator: " + ")
            let effect = outcome.effect == .advance ? "" : " [\(outcome.effect.rawValue)]"
            let mark = step.inferred.covers("next.\(outcome.name)") || step.inferred.covers("next") ? "*" : ""
            return "\(outcome.say ?? outcome.name) → \(targets)\(effect)\(mark)"
        }
        let rules =
            [step.sign].compactMap { $0 }
            + step.gives.compactMap { definition.document($0.document)?.rule(stage: $0.stage) }
        var signers: [String] = []
        for signer in rules.flatMap(\.need) {
            let title = definition.role(signer.name)?.title ?? definition.team(signer.name)?.title ?? signer.name
            let text = title + (signer.isOptional ? "?" : "")
            if !signers.contains(text) { signers.append(text) }
        }
        if !signers.isEmpty { lines.append("ttd: " + signers.joined(separator: ", ")) }
        if let note = step.note { lines.append(note) }
        return lines.joined(separator: "\n")
    }

    /// For a terminal: a legend of the actors, then the table.
    func lines(_ language: Language) -> [String] {
        var lines = [title, "\(institution) · \(file) · \(id) \(version)", ""]
        for (place, actor) in actors.enumerated() { lines.append("  [\(place + 1)] \(actor)") }
        lines.append("")
        func flat(_ text: String) -> String { text.split(separator: "\n").joined(separator: "; ") }
        let header =
            ["No", Message("Kegiatan", "Activity").text(language)] + actors.indices.map { "[\($0 + 1)]" }
            + [
                Message("Kelengkapan", "Requirements").text(language), Message("Waktu", "Time").text(language),
                "Output",
                Message("Keterangan", "Remarks").text(language),
            ]
        lines += Terminal.tableLines(
            header,
            rows.map { row in
                [row.number, row.activity] + row.ticks + [
                    flat(row.requirements), row.time, flat(row.output), flat(row.remarks),
                ]
            })
        lines.append("")
        lines.append(
            Message(
                "● pelaksana · ○ ikut serta · * disimpulkan, tidak tertulis pada sumber",
                "● acts · ○ takes part · * inferred, not in the source"
            ).text(language))
        return lines
    }
}

extension Inferred {
    /// Whether a key of the object is our inference.
    func covers(_ key: String) -> Bool {
        switch self {
        case .none: false
        case .whole: true
        case .keys(let keys): keys.contains(key)
        }
    }
}
