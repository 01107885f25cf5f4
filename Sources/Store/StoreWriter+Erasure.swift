package import Envelope
import GRDB
import Sodium

/// Erasures (Protocol 4 §6): within the transaction that learns of one, everything that shows a value goes. What lies
/// on the disk beneath goes by ``Store/scrub(remove:)`` right after.
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
            sql: "SELECT number, kind, opened FROM place WHERE dossier = ? AND commitment = ? AND author = ?")
        let clear = try db.cachedStatement(
            sql: "UPDATE place SET salt = NULL, opened = NULL, erased = 1 WHERE number = ?")
        var isIndexed = true
        for value in erased {
            let author = try unitNumber(value.author)
            let key: StatementArguments = [dossier, value.commitment.bytes.databaseBytes, author]
            try note.execute(arguments: key)
            for row in try Row.fetchAll(find, arguments: key) {
                let opened = row.bytes(2)
                if isIndexed, !opened.isEmpty {
                    isIndexed = false
                    try takeFromIndex(dossier)
                }
                try clear.execute(arguments: [row[0] as Int64])
                guard !opened.isEmpty else { continue }
                memory.hasErased = true
                if row[1] == Int64(Opening.Kind.file.rawValue) { try discard(heldAs: opened) }
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

    /// Gives a file up that no place names any more; the scrub removes it.
    private func discard(heldAs opened: [UInt8]) throws {
        let data = opened.databaseBytes
        let isNeeded = try Row.fetchOne(db, sql: "SELECT 1 FROM place WHERE opened = ? LIMIT 1", arguments: [data])
        guard isNeeded == nil else { return }
        try db.execute(
            sql: "INSERT OR IGNORE INTO discard (file) SELECT id FROM file WHERE held_as = ?", arguments: [data])
        try db.execute(sql: "DELETE FROM file WHERE held_as = ?", arguments: [data])
    }

    /// The end of a transaction in which something was erased asks for the scrub.
    ///
    /// - Returns: whether there was anything to end.
    package func finishErasures() throws -> Bool {
        guard memory.hasErased else { return false }
        memory.hasErased = false
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
    /// - Parameter remove: unlinks a file that nothing names.
    package func scrub(remove: (FileID) throws -> Void) throws {
        try underLock { db in try Self.scrub(db, path, remove) }
    }

    /// The same on the writer's own queue, for callers that may not block.
    package func scrub(async remove: @escaping @Sendable (FileID) throws -> Void) async throws {
        let path = path
        try await underLock(async: { db in try Self.scrub(db, path, remove) })
    }

    private static func scrub(_ db: Database, _ path: String, _ remove: (FileID) throws -> Void) throws {
        let count = try StoreReader(db: db).counter(scrubCounter)
        guard count > 0 else { return }
        // A file that a later change set names again stays.
        let ids = try Row.fetchAll(db, sql: "SELECT file FROM discard WHERE file NOT IN (SELECT id FROM file)")
        for row in ids { if let id = FileID(row.bytes(0)) { try remove(id) } }
        try db.execute(sql: "DELETE FROM discard")
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
