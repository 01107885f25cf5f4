import CBOR
package import Envelope
package import History
import Procedure
import Registry
import Sodium

extension DossierState {
    /// Definitions that change sets of a dossier want it to go on with: each is held before they are taken.
    package static func migrationEntries(_ history: DossierHistory) -> [EntryID] {
        var found: Set<EntryID> = []
        for item in history.items { if let entry = item.migrationEntry { found.insert(entry) } }
        return found.sorted()
    }

    /// What each migration names, by its change set; those that its own registry heads publish.
    static func migrationTargets(
        _ history: DossierHistory, _ registry: Registry, _ newer: [EntryID: ProcedureDefinition]
    ) -> [Int: MigrationTarget] {
        var targets: [Int: MigrationTarget] = [:]
        for (index, item) in history.items.enumerated() {
            guard let entry = item.migrationEntry, let definition = newer[entry],
                registry.definition(entry, in: history.covers[index]) != nil
            else { continue }
            targets[index] = MigrationTarget(entry: entry.raw, definition: definition)
        }
        return targets
    }

    /// Chooses the version in force, and compares the documents that acts name under it.
    ///
    /// - Parameter targets: by change set.
    /// - Returns: verdicts on migrations, by act.
    mutating func migrate(
        _ history: DossierHistory, _ targets: [Int: MigrationTarget], removals: [(unit: Bytes32, act: Int)]
    ) -> [Int: ActVerdict] {
        guard acts.contains(where: { $0.code == Code.migrate }) else { return [:] }
        let plain = self
        var known = [definition.version: acts]
        func records(_ definition: ProcedureDefinition) -> [ActRecord] {
            if let found = known[definition.version] { return found }
            var state = plain
            state.acts = []
            state.collectActs(history, definition)
            known[definition.version] = state.acts
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
            removals: removals, targets: places, context: FoldContext(history: history, state: plain),
            actsUnder: { records($0).map(\.act) })
        acts = records(result.definition)
        definition = result.definition
        return result.verdicts
    }
}

extension ChangeSet {
    /// The entry that a migration names; nil of any other change set.
    package var migrationEntry: EntryID? {
        guard let operation = operations.first, operation.code == Code.migrate else { return nil }
        return operation.body[unsigned: 1]?.bytesValue.flatMap { EntryID($0) }
    }
}
