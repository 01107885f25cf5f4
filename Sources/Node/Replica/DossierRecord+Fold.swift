import Authority
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

extension DossierRecord {
    /// What listings show of a folded dossier.
    init(
        state: DossierState, history: DossierHistory, registry: Registry, openings: [Commitment: Opening]
    ) {
        let definition = state.definition
        self.init(digest: history.digest, stateHash: state.hash, changeCount: history.count)
        procedure = definition.id
        times = state.timeline(history, definition, registry).encoded
        let reader = ValueReader(openings: openings, erased: state.erasedTexts(openings))
        if let write = state.values(.title, history).first {
            let (value, author) = (write.value, history.items[write.item].author)
            titleBasis = reader.basis(value)
            title =
                titleBasis == nil
                ? (reader.text(value, by: author) ?? "").clipped(toByteCount: Replica.titleByteCountMax) : ""
        }
        created = history.items.first?.at.milliseconds ?? 0
        // Of the heads: a time that somebody stated far ahead counts until another goes on from it.
        updated = history.headIndices.map { history.items[$0].at.milliseconds }.max() ?? 0
        let open = state.procedure.open
        steps = open.map(\.step).joined(separator: " ")
        status = Self.status(state)
        parties = state.procedure.bindings.compactMap { $0.unit.map { UnitID($0) } }.sorted()
        removed = state.procedure.removed.map { UnitID($0) }.map { unit in
            let shared = Set(state.sharedWithRemoved(unit, history).flatMap { history.parties[$0] })
            return RemovedParty(unit: unit, digest: state.digestForRemoved(unit, history), named: shared.sorted())
        }
        writers = Set(state.verdicts.compactMap(\.unit))
        named = Set(history.headIndices.flatMap { history.parties[$0] }).sorted()
        tasks =
            Self.tasks(state, definition) + Self.migrations(state)
            + Self.ratifications(state, history, definition, registry)
            + Self.removals(state, history, definition)
        releases = Self.releases(state, history)
        letters = state.letters(history)
        erased = state.erased.map { AuthoredValue(commitment: $0.commitment, author: $0.unit) }
    }

    static func status(_ state: DossierState) -> String {
        if state.procedure.activations.contains(where: { $0.state == .contested }) { return "contested" }
        if let end = state.procedure.end { return end.rawValue }
        if state.procedure.isSuspended { return "suspended" }
        return state.procedure.open.contains { $0.state == .waitingForSignatures } ? "waiting" : "active"
    }

    private static func tasks(_ state: DossierState, _ definition: ProcedureDefinition) -> [Task] {
        var tasks: [Task] = []
        var asked: Set<[String]> = []
        func add(_ name: String, _ step: String, _ kind: String) {
            // The same of many activations is the same task.
            guard asked.insert([name, step, kind]).inserted else { return }
            for (role, unit) in Self.holders(name, state, definition) {
                let task = Task(unit: unit, role: role, step: step, kind: kind)
                if !tasks.contains(task) { tasks.append(task) }
            }
        }
        for activation in state.procedure.open {
            guard let step = definition.step(activation.step) else { continue }
            switch activation.state {
            case .active: for name in step.by { add(name, step.id, "act") }
            case .waitingForSignatures:
                for candidate in activation.candidates {
                    for name in candidate.waitingFor { add(name, step.id, "sign") }
                }
            case .contested: add(step.resolver ?? "it.head", step.id, "rule")
            default: continue
            }
        }
        return tasks
    }

    /// Heads whose signature a migration waits for; the version stands for the step.
    private static func migrations(_ state: DossierState) -> [Task] {
        var tasks: [Task] = []
        var asked: Set<[String]> = []
        for record in state.migrations where record.version > state.definition.version {
            guard case .waiting(let roles)? = state.verdict(onAct: record.item) else { continue }
            for role in roles where asked.insert(["\(record.version)", role]).inserted {
                guard let slot = state.definition.slot(ofRole: role), let unit = state.procedure.binding(slot)?.unit
                else { continue }
                let task = Task(unit: UnitID(unit), role: role, step: "v\(record.version)", kind: "migrate")
                if !tasks.contains(task) { tasks.append(task) }
            }
        }
        return tasks
    }

    /// Plain work of an ended mandate or key in an open step, for the colleagues who may take it over.
    private static func ratifications(
        _ state: DossierState, _ history: DossierHistory, _ definition: ProcedureDefinition, _ registry: Registry
    ) -> [Task] {
        let waiting = state.acts.filter { state.verdicts[$0.item].reason == .awaitsRatification }
        guard !waiting.isEmpty else { return [] }
        let policy = ProcedurePolicy(history: history, registry: registry, definition: state.pinned)
        let open = Set(state.procedure.open.map(\.id))
        return waiting.flatMap { record -> [Task] in
            guard case .outcome(let outcome) = record.act.body, let unit = state.verdicts[record.item].unit,
                open.contains(outcome.activation)
            else { return [] }
            return (definition.step(outcome.step)?.ratifiers ?? []).filter { policy.mayRatify(record.item, inRole: $0) }
                .map {
                    Task(unit: unit, role: $0, step: outcome.step, kind: "ratify")
                }
        }
    }

    /// Removals to propose to the heads of the other parties, each from its day on (which `step` holds).
    private static func removals(
        _ state: DossierState, _ history: DossierHistory, _ definition: ProcedureDefinition
    ) -> [Task] {
        state.procedure.bindings.flatMap { binding -> [Task] in
            let writes = state.values(Path.accessEnd(binding.slot), history)
            guard let unit = binding.unit, writes.count == 1, case .text(let date)? = writes.first?.value,
                CivilDay.parse(date) != nil
            else { return [] }
            return definition.roles.filter { $0.id.hasSuffix(".head") }.compactMap { role in
                guard let other = state.procedure.binding(role.party)?.unit, other != unit else { return nil }
                return Task(unit: UnitID(other), role: role.id, step: date, kind: "remove")
            }
        }
    }

    /// The units whose people fill a role; for a team its slots.
    private static func holders(
        _ name: String, _ state: DossierState, _ definition: ProcedureDefinition
    ) -> [(role: String, unit: UnitID)] {
        if definition.team(name) != nil {
            return state.procedure.seats.filter { $0.team == name }.map { (name, UnitID($0.actor.unit)) }
        }
        guard let slot = definition.slot(ofRole: name), let unit = state.procedure.binding(slot)?.unit else {
            return []
        }
        return [(name, UnitID(unit))]
    }

    /// Releases count when the unit that wrote a value released it, by an authorised act. Who repeats another's
    /// commitment releases his own place, which nothing opens.
    static func releases(_ state: DossierState, _ history: DossierHistory) -> [Release] {
        guard !state.releases.isEmpty else { return [] }
        var written: Set<AuthoredValue> = []
        for (index, item) in history.items.enumerated() {
            guard let unit = state.verdicts[index].unit else { continue }
            for value in item.operations.flatMap(\.committedValues) {
                written.insert(AuthoredValue(commitment: value.commitment, author: unit))
            }
        }
        var found: Set<Release> = []
        for release in state.releases {
            guard let unit = state.verdicts[release.item].unit,
                written.contains(AuthoredValue(commitment: release.commitment, author: unit))
            else { continue }
            for reader in release.units {
                found.insert(Release(commitment: release.commitment, author: unit, reader: reader))
            }
        }
        return found.sorted {
            $0.commitment != $1.commitment
                ? $0.commitment < $1.commitment
                : $0.author != $1.author ? $0.author < $1.author : $0.reader < $1.reader
        }
    }
}
