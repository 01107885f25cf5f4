import Envelope
import GRDB
import Sodium

/// Erasures (Protocol 4 §6): within the transaction that learns of one, everything that shows a value goes. What lies
/// on the disk beneath goes by ``Store/scrub(sweep:)`` right after.
extension StoreWriter {
    /// Replaces the erasures of a dossier: takes salts and values away, and drops the mark of what is erased no more
    /// (its erasure lost its authority), which then is missing again.
    func updateErasures(_ dossier: Int64, _ erased: [AuthoredValue], isNew: Bool) throws {
        if !isNew {
            try db.cachedStatement(sql: "UPDATE place SET erased = 0 WHERE dossier = ? AND erased = 1")
                .execute(arguments: [dossier])
        }
        guard !erased.isEmpty else { return }
        let note = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO erasure (dossier, commitment, author) VALUES (?, ?, ?)")
        let find = try db.cachedStatement(
            sql: """
                SELECT place.number, place.opened, damaged.number FROM place LEFT JOIN damaged ON damaged.place = place.number
                WHERE place.dossier = ? AND place.commitment = ? AND place.author = ?
                """)
        let clear = try db.cachedStatement(
            sql: "UPDATE place SET salt = NULL, opened = NULL, held = 0, erased = 1 WHERE number = ?")
        let clearDamaged = try db.cachedStatement(sql: "DELETE FROM damaged WHERE number = ?")
        var isIndexed = true
        for value in erased {
            let author = try unitNumber(value.author)
            let key: StatementArguments = [dossier, value.commitment.bytes.databaseBytes, author]
            try note.execute(arguments: key)
            for row in try Row.fetchAll(find, arguments: key) {
                let damaged: Int64? = row[2]
                if isIndexed, !row.bytes(1).isEmpty {
                    isIndexed = false
                    try takeFromIndex(dossier)
                }
                try clear.execute(arguments: [row[0] as Int64])
                if !row.bytes(1).isEmpty || damaged != nil { memory.hasErased = true }
                guard let damaged else { continue }
                try clearDamaged.execute(arguments: [damaged])
                memory.hasLostWords = true
            }
        }
        if !isIndexed { try collectWords(dossier) }
    }

    /// Takes the words of one dossier out of the index, while its texts are still here: an index without content forgets
    /// what it is told again, word by word, and that costs this dossier's words only. What stays open is added again
    /// when the row is flushed. The deleted words lie in older segments until the scrub merges them.
    private func takeFromIndex(_ dossier: Int64) throws {
        try flushWords(dossier)
        try collectWords(dossier)
        guard let words = memory.words.removeValue(forKey: dossier) else { return }
        try db.cachedStatement(sql: "INSERT INTO search (search, rowid, text) VALUES ('delete', ?, ?)").execute(
            arguments: [dossier, words])
    }

    /// The end of a transaction in which something was erased asks for the scrub. Words of a text that was set apart are
    /// not known any more: then the whole index is made anew.
    ///
    /// - Returns: whether there was anything to end.
    package func finishErasures() throws -> Bool {
        guard memory.hasErased else { return false }
        memory.hasErased = false
        if memory.hasLostWords {
            memory.hasLostWords = false
            try db.execute(sql: "INSERT INTO search (search) VALUES ('delete-all')")
            for number in try Int64.fetchAll(db, sql: "SELECT number FROM dossier ORDER BY number") {
                try reindex(number)
            }
        }
        try raise(Store.scrubCounter, by: 1)
        return true
    }
}

extension Store {
    /// Grows with each transaction that erased something; back to nothing when the disk is clean.
    static let scrubCounter = "scrub"

    package func needsScrub() throws -> Bool { try read { try $0.counter(Self.scrubCounter) > 0 } }

    /// Takes from the disk what was erased, under the lock: files, stale copies in pages, the log.
    ///
    /// `secure_delete` overwrites what is deleted, and is not enough: when pages are balanced, old copies of rows stay
    /// in unused bytes, and are found by whoever reads the file (of 300 erased texts in a test, five were). `VACUUM`
    /// writes a file that never held them. The mark goes last, so a crash or a full disk leaves the rest to the next
    /// command. Nothing is overwritten before it is unlinked: on copy-on-write and flash storage that reaches other
    /// cells than the old ones.
    ///
    /// - Parameter sweep: unlinks, of all that lies among the files, what has none of the names that places stand for.
    package func scrub(sweep: (Set<String>) throws -> Void) throws {
        try underLock { db in try Self.scrub(db, path, folder, sweep) }
    }

    /// Removes what no place stands for, under the lock: nobody copies a file in meanwhile.
    package func sweepFiles(_ sweep: (Set<String>) throws -> Void) throws {
        let folder = folder
        try underLock { try sweep(StoreReader(db: $0, folder: folder, damage: DamageList()).fileNames()) }
    }

    /// The same on the writer's own queue, for callers that may not block.
    package func scrub(async sweep: @escaping @Sendable (Set<String>) throws -> Void) async throws {
        let (path, folder) = (path, folder)
        try await underLock(async: { db in try Self.scrub(db, path, folder, sweep) })
    }

    private static func scrub(
        _ db: Database, _ path: String, _ folder: String, _ sweep: (Set<String>) throws -> Void
    ) throws {
        let reader = StoreReader(db: db, folder: folder, damage: DamageList())
        let count = try reader.counter(scrubCounter)
        guard count > 0 else { return }
        try sweep(reader.fileNames())
        // One segment: what was deleted from older ones is in none any more.
        try db.execute(sql: "INSERT INTO search (search) VALUES ('optimize')")
        try db.execute(sql: "VACUUM")
        try db.checkpoint(.truncate)
        guard (PrivateFile.identity(of: path + "-wal")?.size ?? 0) == 0 else {
            throw StoreFailure.busy(path: path + "-wal", seconds: Int(busySeconds))
        }
        try db.execute(
            sql: "UPDATE counter SET value = value - ? WHERE key = ?", arguments: [count, scrubCounter])
    }
}
