import GRDB

/// A line of a register that was imported: local, unsigned, exchanged with nobody. A fact, so `rebuild` leaves it.
package struct ArchiveEntry: Sendable, Equatable {
    /// Of the imported file.
    package let line: Int
    package var batch = 0
    package var reference = ""
    package var title = ""
    package var procedure = ""
    package var applicant = ""
    /// Days since 1970.
    package var opened = 0
    package var closed: Int?
    /// As of dossiers; empty where the file says nothing.
    package var status = ""
    package var note = ""

    package init(line: Int) { self.line = line }
}

extension StoreReader {
    /// In the order of opening.
    package func archive() throws -> [ArchiveEntry] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT line, batch, reference, title, procedure, applicant, opened, closed, status, note FROM archive
                ORDER BY opened, number
                """
        ).map { row in
            var entry = ArchiveEntry(line: row[0])
            (entry.batch, entry.reference, entry.title, entry.procedure) = (row[1], row[2], row[3], row[4])
            (entry.applicant, entry.opened, entry.closed) = (row[5], row[6], row[7])
            (entry.status, entry.note) = (row[8], row[9])
            return entry
        }
    }

    package func isArchived(_ reference: String, year: Int) throws -> Bool {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM archive WHERE year = ? AND reference = ?"),
            arguments: [year, reference]) != nil
    }

    package func lastArchiveBatch() throws -> Int { try counter("archive_batch") }
}

extension StoreWriter {
    package func archive(_ entry: ArchiveEntry, batch: Int, year: Int) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO archive (
                    batch, line, year, reference, title, procedure, applicant, opened, closed, status, note)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                batch, entry.line, year, entry.reference, entry.title, entry.procedure, entry.applicant, entry.opened,
                entry.closed, entry.status, entry.note,
            ])
        let last = try reader.lastArchiveBatch()
        // A number is used once, also after what it named is gone.
        if batch > last { try raise("archive_batch", by: batch - last) }
    }

    /// - Returns: how many lines went.
    package func removeArchive(batch: Int) throws -> Int {
        try db.execute(sql: "DELETE FROM archive WHERE batch = ?", arguments: [batch])
        return db.changesCount
    }
}
