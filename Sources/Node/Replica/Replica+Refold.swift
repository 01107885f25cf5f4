import Dispatch
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store
import Synchronization

extension Replica {
    /// Dossiers of one transaction: it holds the write lock for some tenths of a second at most.
    private static let refoldCount = 384

    /// Folds dossiers that an ending left marked, in batches of their own transactions: what is killed between two goes
    /// on with the next. Costs one look where nothing is marked.
    ///
    /// - Parameter budget: begins no further batch after so long, and keeps batches small; nil folds all.
    package func refold(budget: Duration? = nil, progress: (Int, Int) -> Void = { _, _ in }) throws {
        guard try store.read({ try $0.hasStale() }) else { return }
        let total = try store.read { try $0.staleCount() }
        let clock = ContinuousClock()
        let start = clock.now
        var done = 0
        while budget.map({ clock.now - start < $0 }) ?? true {
            let limit = budget == nil ? Self.refoldCount : Self.refoldCount / 8
            let count = try transact(.own) { work in try work.refoldStale(limit: limit) }
            guard count > 0 else { break }
            done += count
            progress(done, max(done, total))
        }
        try store.settle()
    }
}

/// A marked dossier on its way: what was read, and what became of it on some core.
private struct Refolding: Sendable {
    let number: Int64
    let id: DossierID
    let rows: [StoredChange]
    /// Nil where something that it names is not held, or its rows are damaged: then it goes the long way.
    var loaded: LoadedDossier?

    /// Pure, so it runs on any core.
    mutating func fold(_ registry: Registry, _ definitions: [BlobID: ProcedureDefinition]) {
        guard let network = registry.network else { return }
        var history = DossierHistory(network: network)
        for row in rows {
            guard let change = try? row.change(of: id, network),
                (try? history.insert(change, registry: registry)) != nil
            else { return }
        }
        guard let opening = history.opening,
            case .publishDefinition(let publication)? = registry.entry(opening.definition)?.body,
            let definition = definitions[publication.blob]
        else { return }
        var known = DossierDefinitions(pinned: definition)
        for entry in DossierState.migrationEntries(history, registry) {
            guard case .publishDefinition(let publication)? = registry.entry(entry)?.body,
                let newer = definitions[publication.blob]
            else { return }
            known.newer[entry] = newer
        }
        var loaded = LoadedDossier(number: number, history: history)
        _ = loaded.folded(registry, known)
        self.loaded = loaded
    }
}

extension Replica.Work {
    /// - Returns: how many marks are gone.
    fileprivate mutating func refoldStale(limit: Int) throws -> Int {
        var batch: [Refolding] = []
        for item in try tx.reader.staleDossiers(limit: limit) {
            batch.append(Refolding(number: item.number, id: item.id, rows: try tx.reader.changes(of: item.id)))
        }
        for item in Self.folded(batch, registry, memory.definitions) {
            do {
                guard var loaded = try item.loaded ?? load(item.id) else { continue }
                try refold(item.id, &loaded)
                try tx.clearStale(item.number)
            } catch let failure where Self.isOfOneDossier(failure) {
                try tx.markBroken(item.number)
                try tx.noteRefusal(at: now, dossier: item.id, object: nil, reason: "\(failure)")
            }
            // They were not in use: what is read next may be.
            memory.loaded[item.id] = nil
        }
        didRefold = didRefold || !batch.isEmpty
        return batch.count
    }

    /// On all cores, in the same order.
    private static func folded(
        _ batch: [Refolding], _ registry: Registry, _ definitions: [BlobID: ProcedureDefinition]
    ) -> [Refolding] {
        let size = 16
        let chunks = stride(from: 0, to: batch.count, by: size).map { Array(batch[$0..<min($0 + size, batch.count)]) }
        let results = Mutex<[[Refolding]]>(chunks)
        DispatchQueue.concurrentPerform(iterations: chunks.count) { place in
            var chunk = chunks[place]
            for index in chunk.indices { chunk[index].fold(registry, definitions) }
            results.withLock { $0[place] = chunk }
        }
        return results.withLock { $0.flatMap { $0 } }
    }

    /// A damaged row, or a definition that is not held: others can be folded all the same.
    private static func isOfOneDossier(_ failure: any Error) -> Bool {
        switch failure {
        case StoreFailure.damaged: true
        case NodeFailure.unknownDefinition, NodeFailure.definitionInvalid: true
        default: false
        }
    }
}
