import Envelope
import GRDB
import Sodium
import Synchronization

/// A replica's SQLite file: verified change sets in, rows out, one transaction per batch.
///
/// WAL with a full sync of every commit; one writing connection per process, and a lock file against other processes.
/// What a closure of ``write(_:)`` did is on the disk when it returns, or not at all.
package final class Store: Sendable {
    private let database: any DatabaseWriter
    private let lock: WriteLock
    package let path: String
    /// The folder that it lies in, with its files.
    var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    /// Milliseconds that a reader waits for a checkpoint of another process.
    static let busySeconds = 5.0
    /// Pages of 4 KiB after which a commit moves the log into the file.
    private static let logPageCount = 200

    /// - Parameters:
    ///   - create: makes the file; else it has to be there.
    ///   - isShared: readers beside the writer, for a service; else one connection does both, which opens faster.
    package init(path: String, create: Bool = false, isShared: Bool = false) throws {
        guard PrivateFile.exists(path) != create else {
            throw create ? StoreFailure.alreadyThere(path: path) : StoreFailure.noReplica(path: path)
        }
        self.path = path
        lock = try WriteLock(path: path + ".lock")
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.maximumReaderCount = 4
        configuration.label = "mufakat"
        do {
            database = try lock.withLock { () -> any DatabaseWriter in
                if isShared || create { return try DatabasePool(path: path, configuration: configuration) }
                return try DatabaseQueue(path: path, configuration: configuration)
            }
        } catch let error as DatabaseError {
            throw Self.translate(error, path)
        }
        // Closing would checkpoint outside the lock, and make the next process begin a log anew: the connections live as
        // long as the process, unless ``close()`` ends them in order.
        Self.opened.withLock { $0.append(database) }
        do {
            try prepare()
        } catch let error as DatabaseError { throw Self.translate(error, path) }
    }

    private func prepare() throws {
        try database.writeWithoutTransaction { db in
            // GRDB sets NORMAL in WAL mode after any set-up of ours, so FULL comes now, and is read back.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            let mode = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0
            guard mode == 2 else { throw StoreFailure.notDurable(mode: mode) }
            // Debian builds with it; a copy that is not built so has to overwrite what is deleted as well.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            // The next process that opens the file reads the whole log; a short one opens at once.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.logPageCount)")
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            if version != Self.schemaVersion { try lock.withLock { try Self.prepareSchema(db) } }
        }
    }

    /// Makes the file private before SQLite opens it.
    package static func create(at path: String) throws -> Store {
        guard !PrivateFile.exists(path) else { throw StoreFailure.alreadyThere(path: path) }
        let store = try Store(path: path, create: true)
        for suffix in ["", "-wal", "-shm", ".lock"] { PrivateFile.makePrivate(path + suffix) }
        return store
    }

    /// Every connection of this process, so that none is closed by going out of scope.
    private static let opened = Mutex<[any DatabaseWriter]>([])

    package func read<Result>(_ body: (StoreReader) throws -> Result) throws -> Result {
        let damage = DamageList()
        do {
            let result = try database.read { try body(StoreReader(db: $0, folder: folder, damage: damage)) }
            setApart(damage)
            return result
        } catch let error as DatabaseError { throw Self.translate(error, path) }
    }

    /// Reads without a transaction: each statement sees what is stored then, and what takes long between two of them
    /// keeps no other process from moving the log into the file. What would write fails.
    package func rehearse<Result>(_ body: (StoreWriter) throws -> Result) throws -> Result {
        let damage = DamageList()
        defer { setApart(damage) }
        do {
            return try database.unsafeRead { db in
                try db.execute(sql: "PRAGMA query_only = ON")
                defer { if !db.configuration.readonly { try? db.execute(sql: "PRAGMA query_only = OFF") } }
                return try body(StoreWriter(db: db, folder: folder, damage: damage))
            }
        } catch let error as DatabaseError { throw Self.translate(error, path) }
    }

    /// Sets apart what a reader found damaged. What cannot be written now is found again by the next.
    private func setApart(_ damage: DamageList) {
        guard !damage.items.isEmpty else { return }
        try? write { try $0.setApart(damage.items) }
    }

    /// One transaction under the lock. Throwing rolls everything back.
    package func write<Result>(_ body: (StoreWriter) throws -> Result) throws -> Result {
        do {
            return try database.writeWithoutTransaction { db in try Self.transact(db, lock, folder, body) }
        } catch let error as DatabaseError { throw Self.translate(error, path) }
    }

    /// The same for callers that may not block: runs on the writer's own queue.
    package func write<Result: Sendable>(
        async body: @escaping @Sendable (StoreWriter) throws -> Result
    ) async throws -> Result {
        let (lock, folder) = (lock, folder)
        do {
            return try await database.writeWithoutTransaction { db in try Self.transact(db, lock, folder, body) }
        } catch let error as DatabaseError { throw Self.translate(error, path) }
    }

    private static func transact<Result>(
        _ db: Database, _ lock: WriteLock, _ folder: String, _ body: (StoreWriter) throws -> Result
    ) throws -> Result {
        try lock.withLock {
            let damage = DamageList()
            do {
                return try commit(db) {
                    let writer = StoreWriter(db: db, folder: folder, damage: damage)
                    let result = try body(writer)
                    try writer.setApart(damage.items)
                    return result
                }
            } catch {
                // What was refused for what it found leaves that marked.
                if !damage.items.isEmpty {
                    try? commit(db) {
                        try StoreWriter(db: db, folder: folder, damage: DamageList()).setApart(damage.items)
                    }
                }
                throw error
            }
        }
    }

    private static func commit<Result>(_ db: Database, _ body: () throws -> Result) throws -> Result {
        try db.execute(sql: "BEGIN IMMEDIATE")
        do {
            let result = try body()
            try db.execute(sql: "COMMIT")
            return result
        } catch {
            // After a full disk SQLite has rolled back already.
            if db.isInsideTransaction { try? db.execute(sql: "ROLLBACK") }
            throw error
        }
    }

    /// Moves the log into the file; under the lock like every write.
    package func checkpoint() throws { try underLock { try $0.checkpoint(.truncate) } }

    /// The writer outside a transaction, under the lock.
    func underLock(_ body: (Database) throws -> Void) throws {
        do {
            try database.writeWithoutTransaction { db in try lock.withLock { try body(db) } }
        } catch let error as DatabaseError { throw Self.translate(error, path) }
    }

    func underLock(async body: @escaping @Sendable (Database) throws -> Void) async throws {
        let lock = lock
        do {
            try await database.writeWithoutTransaction { db in try lock.withLock { try body(db) } }
        } catch let error as DatabaseError { throw Self.translate(error, path) }
    }

    /// After large transactions: the next process would have to read their log.
    package func settle() throws {
        let size = PrivateFile.identity(of: path + "-wal")?.size ?? 0
        if size > Self.logPageCount * 4_096 * 2 { try checkpoint() }
    }

    /// SQLite's own check of the file.
    package func integrity() throws -> String {
        try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check") ?? "" }
    }

    /// Ends the connections under the lock. For a process that opens the same file again.
    package func close() {
        try? lock.withLock { try database.close() }
    }

    /// What SQLite says where there is no room for the database, its log, or the log's index.
    private static let fullCodes: [ResultCode] = [
        .SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMSIZE,
    ]

    private static func translate(_ error: DatabaseError, _ path: String) -> StoreFailure {
        switch error.resultCode {
        case .SQLITE_FULL: .diskFull(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path, seconds: Int(busySeconds))
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(path: path, fact: error.message ?? "")
        case .SQLITE_IOERR where Self.fullCodes.contains(error.extendedResultCode): .diskFull(path: path)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR:
            .damaged(path: path, fact: error.description)
        default: .damaged(path: path, fact: error.description)
        }
    }
}

/// Reads within one transaction.
package struct StoreReader {
    let db: Database
    /// The replica's folder.
    package let folder: String
    /// What is found damaged on the way: set apart when the transaction ends.
    let damage: DamageList
}

/// Writes within one transaction, and reads what it wrote.
package struct StoreWriter {
    let db: Database
    let folder: String
    let damage: DamageList
    /// For this transaction: a rollback takes it away with the rows.
    let memory = TransactionMemory()

    package var reader: StoreReader { StoreReader(db: db, folder: folder, damage: damage) }
}

/// What a transaction keeps in memory: numbers of interned bytes, and words for the index.
final class TransactionMemory {
    var units: [UnitID: Int64] = [:]
    var unitSets: [[UnitID]: Int64] = [:]
    var devices: [PublicKey: Int64] = [:]
    /// Words that wait to be indexed, by dossier.
    var words: [Int64: String] = [:]
    /// An opening was taken away.
    var hasErased = false
    /// One whose words the index holds and that was set apart before.
    var hasLostWords = false
}
