import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

/// A dossier that is kept apart, as it was read to be judged.
private struct ApartSnapshot: Sendable {
    let loaded: LoadedDossier
    let definitions: DossierDefinitions
    /// With the registry that its history was read under.
    let memory: Replica.Memory
    let multiple: Int
}

extension Replica {
    /// Folds what a peer sent and was too large to be folded while it came, outside the lock; what gives both units
    /// access becomes ordinary, and what is beyond the budget goes.
    func judgeApart(from sender: Sender) throws {
        for row in try store.read({ try $0.unjudgedApart(from: sender.unit) }) {
            guard let snapshot = try readApart(row) else { continue }
            var loaded = snapshot.loaded
            do throws(FoldExceeded) {
                let budget = limits.fold.stepCount * snapshot.multiple
                try loaded.fold(snapshot.memory.registry, snapshot.definitions, stepCountMax: budget)
            } catch {
                try transact(.own) { work in
                    guard let row = try work.tx.reader.apart(row.id) else { return }
                    try work.tx.noteRefusal(
                        at: work.now, dossier: row.id, object: nil,
                        reason: "\(TurnedAway.budget) \(error.limit.rawValue)")
                    try work.turnAway(row.id, row, from: sender, TurnedAway.budget)
                }
                continue
            }
            let folded = loaded
            try transact(.own) { work in try work.settle(row, folded, snapshot.memory, from: sender) }
        }
    }

    private func readApart(_ row: ApartRow) throws -> ApartSnapshot? {
        try store.read { reader in
            try caughtUp(reader, .own) { memory in
                guard let row = try reader.apart(row.id) else { return nil }
                let loaded = try memory.apart(row, reader)
                guard let opening = loaded.history.opening else { return nil }
                let definitions = try memory.definitions(of: loaded.history, opening, reader)
                return ApartSnapshot(
                    loaded: loaded, definitions: definitions, memory: memory,
                    multiple: try reader.allowance(row.id))
            }
        }
    }
}

extension Replica.Work {
    /// What becomes of a dossier that was folded outside the lock; nothing where more came, or less is kept.
    mutating func settle(
        _ row: ApartRow, _ folded: LoadedDossier, _ kept: Replica.Memory, from sender: Sender
    ) throws {
        guard try tx.reader.apart(row.id)?.changeCount == folded.history.count,
            try tx.reader.lastEntryNumber() == kept.lastEntry
        else { return }
        guard folded.state?.givesAccess(identity.unit, sender.unit) ?? false else {
            return try tx.noteJudged(apart: row.number)
        }
        // Its history counts the lanes of the registry that it was read under.
        memory = kept
        try memory.catchUp(tx.reader)
        memory.apart[row.id] = nil
        var loaded = folded
        try store(row.id, &loaded, openings: [:])
        try tx.removeApart(row.number)
    }
}
