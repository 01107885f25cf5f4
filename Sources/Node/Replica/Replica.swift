import CBOR
import Dossier
package import Envelope
import History
import Procedure
package import Registry
import Sodium
package import Store
import Synchronization

/// A unit's replica in a folder: the store, the sealed keys, and what is kept in memory of both.
///
/// Everything that changes goes through ``transact(_:)``: one transaction under the write lock, begun by catching up
/// with what another process wrote, ended by folding the touched dossiers.
package final class Replica: Sendable {
    package let folder: String
    package let store: Store
    package let keys: KeyRing
    package let limits: ReplicaLimits
    private let memory: Mutex<Memory>
    let gate: MarkGate
    private let marked = Mutex(false)
    let pace = Mutex(ScrubPace())

    /// Whether a transaction of this process stored an ending and left dossiers marked.
    package var hasMarked: Bool { marked.withLock { $0 } }

    /// What is kept between transactions. Valid for a generation of the store.
    struct Memory: Sendable {
        /// As much of it as was asked for; histories in ``loaded`` count its lanes.
        var registry = Registry()
        /// Units whose chains the registry holds, with the numbers of their admissions.
        var heldUnits: [UnitID: Int64] = [:]
        var isWhole = false
        var lastEntry: Int64 = 0
        var generation = -1
        /// Grows with everything that is kept, so that of two readers that add to it at once one gives way.
        var revision = 0
        var loaded: [DossierID: LoadedDossier] = [:]
        /// Dossiers that are kept apart and being received, so that a batch costs what it brings.
        var apart: [DossierID: ApartHistory] = [:]
        var definitions: [BlobID: ProcedureDefinition] = [:]
        /// Nil for a blob that is no calendar.
        var calendars: [BlobID: WorkCalendar?] = [:]
        var identity = ReplicaIdentity()
    }

    /// Histories kept in memory.
    static let loadedCountMax = 64
    package static let storeName = "mufakat.sqlite"

    private init(folder: String, store: Store, limits: ReplicaLimits) {
        self.folder = folder
        self.limits = limits
        self.store = store
        keys = KeyRing(folder: folder)
        gate = MarkGate(folder: folder, storePath: store.path)
        memory = Mutex(Memory())
    }

    package static func exists(_ folder: String) -> Bool { PrivateFile.exists("\(folder)/\(storeName)") }

    /// - Parameter isShared: for a service that reads while it writes.
    package static func open(
        _ folder: String, isShared: Bool = false, limits: ReplicaLimits = ReplicaLimits()
    ) throws -> Replica {
        Replica(folder: folder, store: try Store(path: "\(folder)/\(storeName)", isShared: isShared), limits: limits)
    }

    /// Makes the folder, an empty store and the mark beside it. Keys that are there already signed elsewhere, or in a
    /// store that is gone: then there is no mark, and nothing is signed before a repair.
    package static func create(_ folder: String, limits: ReplicaLimits = ReplicaLimits()) throws -> Replica {
        let path = "\(folder)/\(storeName)"
        guard !PrivateFile.exists(path) else { throw StoreFailure.alreadyThere(path: path) }
        do {
            try makeFolders(folder)
            let replica = Replica(folder: folder, store: try Store.create(at: path), limits: limits)
            if replica.keys.names.isEmpty { try replica.store.read { try replica.gate.begin($0) } }
            return replica
        } catch let failure as StoreFailure {
            // A replica without its mark would be taken for a copy: there is a whole one or none. Any other failure may
            // be that of coming second, and the files another's.
            guard failure.isForLackOfRoom else { throw failure }
            for part in ["", "-wal", "-shm", ".lock"] { PrivateFile.remove(path + part) }
            PrivateFile.remove("\(folder)/mark")
            for part in ["keys", "files", ""] { PrivateFile.removeEmptyFolder("\(folder)/\(part)") }
            throw failure
        }
    }

    private static func makeFolders(_ folder: String) throws {
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/" + part
            if !PrivateFile.exists(path) { try PrivateFile.makeFolder(path) }
        }
        for part in ["keys", "files"] { try PrivateFile.makeFolder("\(folder)/\(part)") }
    }

    // MARK: Transactions

    /// Everything of one transaction: what it may read, what it changed.
    struct Work {
        let tx: StoreWriter
        var memory: Memory
        /// Dossiers to fold before the transaction ends, each once.
        var touched: [DossierID] = []
        var isTouched: Set<DossierID> = []
        var registryGrew = false
        /// Names that this replica committed to, for the entries that it is about to write.
        var ownNames: [Opening] = []
        /// Entries that may take effect away from what is stored.
        var endings: [Entry] = []
        /// Derived rows changed without a dossier being touched.
        var didRefold = false
        /// The transaction took openings away: the disk has to be scrubbed after it.
        var hasErased = false
        /// Dossiers were left marked, for their folds run outside the lock.
        var hasDeferred = false
        /// Of an act that is worked out without the lock: nothing is signed or stored.
        var rehearsal: Rehearsal?
        /// What was derived outside the lock of dossiers as they are now.
        var prepared: [DossierID: DossierRecord] = [:]
        /// Dossiers that are new here, until it is known whether they are of the scope.
        var incoming = IncomingDossiers()
        let limits: ReplicaLimits
        let folder: String
        let gate: MarkGate
        let now: UInt64
    }

    func transact<Result>(
        _ extent: RegistryExtent = .everything, _ body: (inout Work) throws -> Result
    ) throws -> Result {
        let done = try store.write { tx in try perform(tx, extent, body) }
        remember(done.memory)
        // What is left undone here is done by the next command.
        if done.hasDeferred { try? refoldSlow() }
        if done.hasErased { try? scrub() }
        return done.result
    }

    /// The same on the writer's own queue, for callers that may not block. These fold slow dossiers and scrub when their
    /// batches end.
    func transact<Result: Sendable>(
        _ extent: RegistryExtent, async body: @escaping @Sendable (inout Work) throws -> Result
    ) async throws -> Result {
        let done = try await store.write(async: { [self] tx in try perform(tx, extent, body) })
        remember(done.memory)
        return done.result
    }

    /// What a transaction came to.
    fileprivate struct Done<Result> {
        let result: Result
        let memory: Memory
        let hasErased: Bool
        let hasDeferred: Bool
    }

    private func perform<Result>(
        _ tx: StoreWriter, _ extent: RegistryExtent, _ body: (inout Work) throws -> Result
    ) throws -> Done<Result> {
        var work = Work(
            tx: tx, memory: memory.withLock { $0 }, limits: limits, folder: folder, gate: gate, now: Clock.now)
        try work.memory.catchUp(tx.reader)
        try work.memory.load(extent, tx.reader)
        let result = try body(&work)
        let isEnding = !work.endings.isEmpty
        try work.finish()
        if isEnding { marked.withLock { $0 = true } }
        return Done(
            result: result, memory: work.memory, hasErased: work.hasErased, hasDeferred: work.hasDeferred)
    }

    private func remember(_ kept: Memory) {
        memory.withLock { memory in
            let revision = max(memory.revision, kept.revision) + 1
            memory = kept
            memory.revision = revision
            if memory.loaded.count > Self.loadedCountMax { memory.loaded = [:] }
        }
    }

    /// The registry and this replica's identity as they are now on the disk.
    ///
    /// - Parameter extent: what of the registry has to be held; there may be more.
    package func current(
        _ extent: RegistryExtent = .everything
    ) throws -> (registry: Registry, identity: ReplicaIdentity) {
        try store.read { reader in try caughtUp(reader, extent) { ($0.registry, $0.identity) } }
    }

    /// - Parameter extent: what of the registry has to be held when `body` begins; it may load more.
    func caughtUp<Result: Sendable>(
        _ reader: StoreReader, _ extent: RegistryExtent, _ body: (inout Memory) throws -> Result
    ) throws -> Result {
        var copy = memory.withLock { $0 }
        let before = copy
        try copy.catchUp(reader)
        try copy.load(extent, reader)
        let result = try body(&copy)
        guard copy.holdsMore(than: before) else { return result }
        copy.revision += 1
        if copy.loaded.count > Self.loadedCountMax { copy.loaded = [:] }
        let kept = copy
        // Whole or not at all: histories and covers are those of one registry.
        memory.withLock { if $0.revision == before.revision { $0 = kept } }
        return result
    }
}

extension Replica.Done: Sendable where Result: Sendable {}

/// A dossier that is kept apart, in memory.
struct ApartHistory: Sendable {
    let number: Int64
    var loaded: LoadedDossier
}

/// Which network and unit a replica belongs to.
package struct ReplicaIdentity: Sendable, Equatable {
    package var network: NetworkID?
    package var unit: UnitID?

    init() {}

    init(_ reader: StoreReader) throws {
        network = try reader.meta("network").flatMap { NetworkID($0) }
        unit = try reader.meta("unit").flatMap { UnitID($0) }
    }
}
