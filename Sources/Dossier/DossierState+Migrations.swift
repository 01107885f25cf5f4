import CBOR
package import Envelope
package import History
import Procedure
package import Registry
import Sodium

extension DossierState {
    /// Definitions that change sets of a dossier want it to go on with: each is held before they are taken. Those count
    /// that the registry heads of the change set publish: what a replica has of the registry beside them decides nothing,
    /// and nobody can make a dossier wait for a file by naming an entry that he had not seen.
    package static func migrationEntries(_ history: DossierHistory, _ registry: Registry) -> [EntryID] {
        Set(history.items.indices.compactMap { history.migrationEntry(at: $0, registry) }).sorted()
    }

    /// What each migration names, by its change set.
    static func migrationTargets(
        _ history: DossierHistory, _ registry: Registry, _ newer: [EntryID: ProcedureDefinition]
    ) -> [Int: MigrationTarget] {
        var targets: [Int: MigrationTarget] = [:]
        for index in history.items.indices {
            guard let entry = history.migrationEntry(at: index, registry), let definition = newer[entry] else {
                continue
            }
            targets[index] = MigrationTarget(entry: entry.raw, definition: definition)
        }
        return targets
    }

    /// Chooses the version in force, and compares the documents that acts name under it.
    ///
    /// - Parameter targets: by change set.
    /// - Returns: verdicts on migrations, by act.
    mutating func migrate(
        _ history: DossierHistory, _ targets: [Int: MigrationTarget], removals: [(unit: Bytes32, act: Int)],
        _ steps: StepCounter
    ) -> [Int: ActVerdict] {
        guard acts.contains(where: { $0.code == Code.migrate }) else { return [:] }
        let plain = self
        // By the whole definition: two entries may publish one version.
        var known = [(definition: definition, acts: acts)]
        func records(_ definition: ProcedureDefinition) -> [ActRecord] {
            if let found = known.first(where: { $0.definition == definition }) { return found.acts }
            var state = plain
            state.acts = []
            state.collectActs(history, definition, steps)
            known.append((definition: definition, acts: state.acts))
            return state.acts
        }
        var places: [Int: MigrationTarget] = [:]
        for (place, record) in acts.enumerated() {
            guard let target = targets[record.item] else { continue }
            places[place] = target
            migrations.append(
                MigrationRecord(item: record.item, entry: target.entry, version: target.definition.version))
        }
        let result = Migrations.judge(
            pinned: definition, dossier: history.dossier?.raw ?? .zero, parties: history.slotsAtOpening,
            removals: removals, targets: places, context: FoldContext(history: history, state: plain, steps: steps),
            actsUnder: { records($0).map(\.act) })
        acts = records(result.definition)
        definition = result.definition
        return result.verdicts
    }
}

extension DossierHistory {
    /// The definition that a migration names, where its own registry heads publish it; nil of any other change set.
    package func migrationEntry(at index: Int, _ registry: Registry) -> EntryID? {
        guard let entry = items[index].migrationTarget, registry.definition(entry, in: covers[index]) != nil else {
            return nil
        }
        return entry
    }
}

extension ChangeSet {
    /// Whether it wants the dossier to go on with another version.
    package var isMigration: Bool { operations.first?.code == Code.migrate }

    /// The entry that it names as the version's publication; nil where it wants none.
    package var migrationTarget: EntryID? {
        guard let operation = operations.first, operation.code == Code.migrate else { return nil }
        return operation.body[unsigned: 1]?.bytesValue.flatMap { EntryID($0) }
    }
}
