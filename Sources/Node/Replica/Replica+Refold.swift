import Envelope
import History
import Sodium
import Store

extension Replica {
    /// Dossiers of one transaction: some tens of milliseconds under the write lock.
    private static let refoldCount = 128

    /// Folds dossiers that an ending left marked, in batches of their own transactions: what is killed between two goes
    /// on with the next. Costs one look where nothing is marked.
    ///
    /// - Parameter budget: begins no further batch after so long; nil folds all.
    package func refold(budget: Duration? = nil, progress: (Int, Int) -> Void = { _, _ in }) throws {
        guard try store.read({ try $0.hasStale() }) else { return }
        let total = try store.read { try $0.staleCount() }
        let clock = ContinuousClock()
        let start = clock.now
        var done = 0
        while budget.map({ clock.now - start < $0 }) ?? true {
            let count = try transact(.own) { work in try work.refoldStale(limit: Self.refoldCount) }
            guard count > 0 else { break }
            done += count
            progress(done, max(done, total))
        }
        try store.settle()
    }
}

extension Replica.Work {
    /// - Returns: how many marks are gone.
    fileprivate mutating func refoldStale(limit: Int) throws -> Int {
        let stale = try tx.reader.staleDossiers(limit: limit)
        for item in stale {
            do {
                guard var loaded = try load(item.id) else { continue }
                try refold(item.id, &loaded)
                try tx.clearStale(item.number)
            } catch let failure where Self.isOfOneDossier(failure) {
                try tx.markBroken(item.number)
                try tx.noteRefusal(at: now, dossier: item.id, object: nil, reason: "\(failure)")
            }
            // They were not in use: what is read next may be.
            memory.loaded[item.id] = nil
        }
        didRefold = didRefold || !stale.isEmpty
        return stale.count
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
