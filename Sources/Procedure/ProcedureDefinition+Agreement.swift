extension ProcedureDefinition {
    /// What a newer version changes of steps that a dossier has walked (Protocol 4 §3.14): the names of the parts, sorted;
    /// empty where all stays as it was. Titles, notes and marks of inference may change, rules may not.
    package func changes(to newer: ProcedureDefinition, walked: Set<String>) -> [String] {
        var parts = Parts()
        for step in steps where walked.contains(step.id) { parts.add(step, self) }
        var changed: [String] = []
        if start != newer.start { changed.append("start") }
        if zone != newer.zone { changed.append("zone") }
        for slot in parties {
            let other = newer.party(slot.slot)
            if other?.kind != slot.kind || other?.bindAt != slot.bindAt { changed.append("parties.\(slot.slot)") }
        }
        for id in walked where step(id)?.rules != newer.step(id)?.rules { changed.append("steps.\(id)") }
        for id in parts.documents where document(id)?.rules != newer.document(id)?.rules {
            changed.append("docs.\(id)")
        }
        for id in parts.roles where role(id)?.party != newer.role(id)?.party { changed.append("roles.\(id)") }
        for id in parts.teams where team(id)?.rules != newer.team(id)?.rules { changed.append("teams.\(id)") }
        for id in parts.ends where end(id)?.state != newer.end(id)?.state { changed.append("ends.\(id)") }
        return changed.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What steps refer to.
    private struct Parts {
        var documents: Set<String> = []
        var roles: Set<String> = []
        var teams: Set<String> = []
        var ends: Set<String> = []

        mutating func add(_ step: Step, _ definition: ProcedureDefinition) {
            var actors = step.by + step.with + [step.resolver].compactMap { $0 }
            actors += step.sign?.need.map(\.name) ?? []
            var named = (step.needs + step.brings + step.gives).map(\.document) + step.release
            named += [step.meeting?.attendance, step.meeting?.minutes].compactMap { $0 }
            for outcome in step.outcomes {
                actors += (outcome.by ?? []) + [outcome.escalate].compactMap { $0 }
                actors += outcome.sign?.need.map(\.name) ?? []
                named += (outcome.gives ?? []).map(\.document)
                ends.formUnion(outcome.targets.filter { definition.end($0) != nil })
            }
            for id in named {
                guard let type = definition.document(id) else { continue }
                documents.insert(id)
                actors += ([type.sign].compactMap { $0 } + type.signByStage.map(\.rule)).flatMap(\.need).map(\.name)
            }
            for name in actors {
                if let team = definition.team(name) {
                    teams.insert(name)
                    roles.formUnion(team.from.filter { definition.role($0) != nil })
                } else {
                    roles.insert(name)
                }
            }
            teams.formUnion(step.assign)
        }
    }
}

extension Step {
    /// Without what is only read.
    fileprivate var rules: Step {
        var step = self
        (step.title, step.english, step.note, step.inferred) = ("", nil, nil, .none)
        return step
    }
}

extension DocumentType {
    fileprivate var rules: DocumentType {
        var type = self
        (type.title, type.inferred) = ("", .none)
        return type
    }
}

extension Team {
    fileprivate var rules: Team {
        var team = self
        team.title = ""
        return team
    }
}
