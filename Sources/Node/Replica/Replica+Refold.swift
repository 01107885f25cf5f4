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
    /// Goes at one slow fold, where others write meanwhile; its mark then waits for the next occasion.
    private static let attemptCount = 3

    /// Folds dossiers that an ending or a slow fold left marked, outside the lock, and writes the results in batches of
    /// their own transactions: what is killed between two goes on with the next. Costs one look where nothing is marked.
    ///
    /// - Parameter budget: begins no further batch after so long, keeps batches small and leaves slow folds alone; nil
    ///   folds all.
    package func refold(budget: Duration? = nil, progress: (Int, Int) -> Void = { _, _ in }) throws {
        guard try store.read({ try $0.hasAnyStale() }) else { return }
        let total = try store.read { try $0.staleCount() }
        let clock = ContinuousClock()
        let start = clock.now
        var done = 0
        while budget.map({ clock.now - start < $0 }) ?? true {
            let limit = budget == nil ? Self.refoldCount : Self.refoldCount / 8
            let count = try refoldSmall(limit: limit)
            guard count > 0 else { break }
            done += count
            progress(done, max(done, total))
        }
        if budget == nil {
            try refoldSlow {
                done += 1
                progress(done, max(done, total))
            }
        }
        try store.settle()
    }

    /// One batch of small folds. They are quick, so whoever has to know who is party to what waits for them.
    ///
    /// - Returns: how many marks were looked at.
    func refoldSmall(limit: Int = refoldCount) throws -> Int {
        let snapshot = try store.read { reader in
            try caughtUp(reader, .own) { memory in try RefoldSnapshot(.small, limit: limit, memory, reader) }
        }
        guard !snapshot.items.isEmpty else { return 0 }
        let folded = snapshot.folded(stepCountMax: limits.small.stepCount)
        try transact(.own) { work in
            let isCurrent = try work.tx.reader.lastEntryNumber() == snapshot.lastEntry
            for item in folded { try work.finishRefold(item, isCurrent: isCurrent) }
        }
        return snapshot.items.count
    }

    /// Folds each slow dossier by a snapshot outside the lock, and writes the result if nothing changed meanwhile.
    func refoldSlow(only dossiers: MarkedDossiers = .all, progress: () -> Void = {}) throws {
        var after: Int64 = 0
        while let item = try store.read({ try $0.staleDossiers(.slow, after: after, limit: 1).first }) {
            after = item.number
            guard dossiers.contains(item.id) else { continue }
            for _ in 0..<Self.attemptCount where try refoldSlow(item) {
                progress()
                break
            }
        }
    }

    /// - Returns: whether the mark is gone.
    private func refoldSlow(_ item: (number: Int64, id: DossierID)) throws -> Bool {
        let snapshot: SlowSnapshot
        do {
            guard let read = try readSlow(item) else { return true }
            snapshot = read
        } catch let failure where Replica.isOfOneDossier(failure) {
            try transact(.own) { work in try work.noteBroken(item, failure) }
            return true
        }
        var loaded = snapshot.loaded
        do {
            try loaded.fold(
                snapshot.registry, snapshot.definitions, stepCountMax: limits.fold.stepCount * snapshot.multiple)
        } catch {
            return try transact(.own) { work in try work.hold(item, error, snapshot.lastEntry) }
        }
        let record = try loaded.record(snapshot.registry, snapshot.definitions) { commitment, number in
            try store.read { try $0.opening(commitment, dossier: number) }
        }
        let derived = loaded
        return try transact(.own) { work in
            guard try work.tx.reader.staleState(item.number) == .slow else { return true }
            guard try work.tx.reader.lastEntryNumber() == snapshot.lastEntry,
                try work.tx.reader.changeCount(of: item.number) == derived.history.count
            else { return false }
            var loaded = derived
            try work.write(record, of: &loaded, under: snapshot.registry)
            try work.tx.clearStale(item.number)
            work.memory.loaded[item.id] = nil
            work.didRefold = true
            return true
        }
    }

    private func readSlow(_ item: (number: Int64, id: DossierID)) throws -> SlowSnapshot? {
        try store.read { reader in
            try caughtUp(reader, .own) { memory in
                guard try reader.staleState(item.number) == .slow else { return nil }
                let history = try memory.history(of: item.id, reader)
                guard let opening = history.opening else { return nil }
                return SlowSnapshot(
                    loaded: LoadedDossier(number: item.number, history: history),
                    definitions: try memory.definitions(of: history, opening, reader), registry: memory.registry,
                    lastEntry: try reader.lastEntryNumber(), multiple: try reader.allowance(item.id))
            }
        }
    }

    /// A damaged row, or a definition that is not held: others can be folded all the same.
    static func isOfOneDossier(_ failure: any Error) -> Bool {
        switch failure {
        case StoreFailure.damaged: true
        case NodeFailure.unknownDefinition, NodeFailure.definitionInvalid: true
        default: false
        }
    }
}

/// A dossier of a slow fold, as it was read.
private struct SlowSnapshot: Sendable {
    let loaded: LoadedDossier
    let definitions: DossierDefinitions
    let registry: Registry
    /// What came after it may change the fold.
    let lastEntry: Int64
    /// How many times the usual budget it may cost on this replica.
    let multiple: Int
}

/// Marked dossiers of small folds, as they were read.
private struct RefoldSnapshot: Sendable {
    var items: [Refolding] = []
    let registry: Registry
    let definitions: [BlobID: ProcedureDefinition]
    let lastEntry: Int64

    init(_ state: StaleState, limit: Int, _ memory: Replica.Memory, _ reader: StoreReader) throws {
        registry = memory.registry
        definitions = memory.definitions
        lastEntry = try reader.lastEntryNumber()
        for item in try reader.staleDossiers(state, limit: limit) {
            let rows = Result { try reader.changes(of: item.id) }
            items.append(Refolding(number: item.number, id: item.id, rows: (try? rows.get()) ?? []))
        }
    }

    /// On all cores, in the same order.
    func folded(stepCountMax: Int) -> [Refolding] {
        let size = 16
        let chunks = stride(from: 0, to: items.count, by: size).map { Array(items[$0..<min($0 + size, items.count)]) }
        let results = Mutex<[[Refolding]]>(chunks)
        DispatchQueue.concurrentPerform(iterations: chunks.count) { place in
            var chunk = chunks[place]
            for index in chunk.indices { chunk[index].fold(registry, definitions, stepCountMax: stepCountMax) }
            results.withLock { $0[place] = chunk }
        }
        return results.withLock { $0.flatMap { $0 } }
    }
}

/// A marked dossier on its way: what was read, and what became of it on some core.
private struct Refolding: Sendable {
    let number: Int64
    let id: DossierID
    let rows: [StoredChange]
    /// Nil where something that it names is not held, or its rows are damaged: then it goes the long way. Not folded
    /// where that is beyond the small budget.
    var loaded: LoadedDossier?

    /// Pure, so it runs on any core.
    mutating func fold(
        _ registry: Registry, _ definitions: [BlobID: ProcedureDefinition], stepCountMax: Int
    ) {
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
        _ = try? loaded.fold(registry, known, stepCountMax: stepCountMax)
        self.loaded = loaded
    }
}

extension Replica.Work {
    /// What the endings of this transaction leave marked for folds outside the lock.
    func slowOfEndings() throws -> MarkedDossiers {
        var found = MarkedDossiers.none
        for ending in endings {
            switch registry.reach(of: ending) {
            case .nobody: continue
            case .everybody: found = .all
            case .keys(let keys): found.formUnion(.some(Set(try tx.reader.slowDossiers(writtenBy: keys))))
            }
        }
        return found
    }

    /// - Parameter isCurrent: nothing came to the registry since the fold.
    fileprivate mutating func finishRefold(_ item: Refolding, isCurrent: Bool) throws {
        // Somebody else may have folded it, or made it larger.
        guard try tx.reader.staleState(item.number) == .small else { return }
        didRefold = true
        do {
            let isSame = try isCurrent && tx.reader.changeCount(of: item.number) == item.loaded?.history.count
            guard var loaded = try isSame ? item.loaded : load(item.id) else { return }
            if try refoldIfSmall(item.id, &loaded) { try tx.clearStale(item.number) }
        } catch let failure where Replica.isOfOneDossier(failure) {
            try noteBroken((number: item.number, id: item.id), failure)
        }
        // They were not in use: what is read next may be.
        memory.loaded[item.id] = nil
    }

    /// Holds a dossier back whose fold took more steps than it may: what was derived last stays.
    ///
    /// - Returns: whether the mark is gone.
    fileprivate mutating func hold(
        _ item: (number: Int64, id: DossierID), _ excess: FoldExceeded, _ lastEntry: Int64
    ) throws -> Bool {
        guard try tx.reader.staleState(item.number) == .slow else { return true }
        guard try tx.reader.lastEntryNumber() == lastEntry else { return false }
        try tx.hold(item.number, reason: excess.limit.rawValue, found: excess.value, allowed: excess.max)
        memory.loaded[item.id] = nil
        didRefold = true
        return true
    }

    fileprivate mutating func noteBroken(_ item: (number: Int64, id: DossierID), _ failure: any Error) throws {
        try tx.markBroken(item.number)
        try tx.noteRefusal(at: now, dossier: item.id, object: nil, reason: "\(failure)")
        didRefold = true
    }
}
