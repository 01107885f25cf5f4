package import Envelope
import GRDB
package import Sodium

/// Marks on dossiers whose derived rows no longer follow from what is known: an ending (a revocation, a suspension…)
/// came in that may take effect away there. The mark is set in the transaction that stores the ending; the rows are
/// folded anew in transactions of their own, so a mark outlives a crash. Scope digests rest on heads alone and stay right.
extension StoreReader {
    /// Whether any derived row waits to be folded anew. Dossiers that cannot be folded do not count.
    package func hasStale() throws -> Bool {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM stale WHERE broken = 0 LIMIT 1")) != nil
    }

    package func staleCount() throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM stale WHERE broken = 0")) ?? 0
    }

    /// Marked dossiers in the order of their numbers, at most so many.
    package func staleDossiers(limit: Int) throws -> [(number: Int64, id: DossierID)] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT dossier.number, dossier.id FROM stale JOIN dossier ON dossier.number = stale.dossier
                WHERE stale.broken = 0 ORDER BY stale.dossier LIMIT ?
                """)
        var found: [(number: Int64, id: DossierID)] = []
        let rows = try Row.fetchCursor(statement, arguments: [limit])
        while let row = try rows.next() {
            guard let id = DossierID(row.bytes(1)) else {
                throw StoreFailure.damaged(path: "dossier", fact: "\(row[0] as Int64)")
            }
            found.append((number: row[0], id: id))
        }
        return found
    }

    /// Dossiers in which any of the keys wrote, in the order of their numbers.
    package func dossiers(writtenBy keys: [PublicKey]) throws -> [DossierID] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT dossier.number, dossier.id FROM writer JOIN device ON device.number = writer.device
                JOIN dossier ON dossier.number = writer.dossier WHERE device.key = ? ORDER BY writer.dossier
                """)
        var found: [(number: Int64, id: DossierID)] = []
        for key in keys {
            for row in try Row.fetchAll(statement, arguments: [key.bytes.bytes.databaseBytes]) {
                if let id = DossierID(row.bytes(1)) { found.append((number: row[0], id: id)) }
            }
        }
        found.sort { $0.number < $1.number }
        return found.enumerated().filter { $0 == 0 || found[$0 - 1].number != $1.number }.map(\.element.id)
    }
}

extension StoreWriter {
    /// Marks the dossiers in which any of the keys wrote.
    package func markStale(writtenBy keys: [PublicKey]) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO stale (dossier, broken)
                SELECT dossier, 0 FROM writer WHERE device = (SELECT number FROM device WHERE key = ?)
                ON CONFLICT (dossier) DO UPDATE SET broken = 0
                """)
        for key in keys { try statement.execute(arguments: [key.bytes.bytes.databaseBytes]) }
    }

    package func markAllStale() throws {
        try db.execute(sql: "INSERT OR REPLACE INTO stale (dossier, broken) SELECT number, 0 FROM dossier")
    }

    /// The derived rows of a dossier follow from what is known.
    package func clearStale(_ number: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM stale WHERE dossier = ?").execute(arguments: [number])
    }

    /// A dossier that cannot be folded (its rows are damaged) is in nobody's scope and nobody's task until it can be.
    package func markBroken(_ number: Int64) throws {
        try clearLists(number)
        try db.execute(sql: "UPDATE dossier SET derived = NULL WHERE number = ?", arguments: [number])
        try db.execute(sql: "UPDATE stale SET broken = 1 WHERE dossier = ?", arguments: [number])
    }

    func noteWriter(_ device: Int64, _ dossier: Int64) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO writer (device, dossier) VALUES (?, ?)")
            .execute(arguments: [device, dossier])
    }

    /// Who wrote where, made anew from the change sets, for `rebuild`.
    package func rebuildWriters() throws {
        try db.execute(sql: "DELETE FROM writer")
        try db.execute(sql: "INSERT INTO writer (device, dossier) SELECT DISTINCT device, dossier FROM change")
    }
}
