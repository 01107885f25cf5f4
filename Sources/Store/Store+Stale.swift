package import Envelope
import GRDB
package import Sodium

/// Marks on dossiers whose derived rows no longer follow from what is known: an ending (a revocation, a suspension…)
/// came in that may take effect away there. The mark is set in the transaction that stores the ending; the rows are
/// folded anew outside the lock, so a mark outlives a crash. A dossier whose fold is beyond the small budget is marked by
/// whatever is stored in it, and left out of every scope until it is folded.
package enum StaleState: Int64, Sendable {
    case small = 0
    /// Its rows are damaged: it cannot be folded.
    case broken = 1
    case slow = 2
}

extension StoreReader {
    /// Whether any derived row waits to be folded anew, the slow ones aside. Dossiers that cannot be folded do not count.
    package func hasStale() throws -> Bool {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM stale WHERE state = 0 LIMIT 1")) != nil
    }

    /// The same with the slow ones.
    package func hasAnyStale() throws -> Bool {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM stale WHERE state != 1 LIMIT 1")) != nil
    }

    package func staleCount() throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM stale WHERE state != 1")) ?? 0
    }

    package func slowCount() throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM stale WHERE state = 2")) ?? 0
    }

    /// Whether the fold of a dossier was beyond the small budget, or is known to be.
    package func isSlow(_ number: Int64) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT slow FROM dossier WHERE number = ?"), arguments: [number]) ?? false
    }

    package func staleState(_ number: Int64) throws -> StaleState? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT state FROM stale WHERE dossier = ?"), arguments: [number]
        ).flatMap(StaleState.init)
    }

    /// Marked dossiers in the order of their numbers, beyond one of them, at most so many.
    package func staleDossiers(
        _ state: StaleState, after number: Int64 = 0, limit: Int
    ) throws -> [(number: Int64, id: DossierID)] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT dossier.number, dossier.id FROM stale JOIN dossier ON dossier.number = stale.dossier
                WHERE stale.state = ? AND stale.dossier > ? ORDER BY stale.dossier LIMIT ?
                """)
        var found: [(number: Int64, id: DossierID)] = []
        let rows = try Row.fetchCursor(statement, arguments: [state.rawValue, number, limit])
        while let row = try rows.next() {
            guard let id = DossierID(row.bytes(1)) else {
                throw StoreFailure.damaged(path: "dossier", fact: "\(row[0] as Int64)")
            }
            found.append((number: row[0], id: id))
        }
        return found
    }

    /// Dossiers of slow folds in which any of the keys wrote.
    package func slowDossiers(writtenBy keys: [PublicKey]) throws -> [DossierID] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT dossier.id FROM writer JOIN device ON device.number = writer.device
                JOIN dossier ON dossier.number = writer.dossier WHERE device.key = ? AND dossier.slow != 0
                """)
        return try keys.flatMap { key in
            try Row.fetchAll(statement, arguments: [key.bytes.bytes.databaseBytes]).compactMap {
                DossierID($0.bytes(0))
            }
        }
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
                INSERT INTO stale (dossier, state)
                SELECT dossier.number, CASE slow WHEN 0 THEN 0 ELSE 2 END FROM writer
                JOIN dossier ON dossier.number = writer.dossier
                WHERE device = (SELECT number FROM device WHERE key = ?)
                AND dossier.number NOT IN (SELECT dossier FROM held)
                ON CONFLICT (dossier) DO UPDATE SET state = excluded.state
                """)
        for key in keys { try statement.execute(arguments: [key.bytes.bytes.databaseBytes]) }
    }

    package func markAllStale() throws {
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO stale (dossier, state)
                SELECT number, CASE slow WHEN 0 THEN 0 ELSE 2 END FROM dossier
                WHERE number NOT IN (SELECT dossier FROM held)
                """)
    }

    /// Its fold waits for its turn outside the lock.
    package func markSlow(_ number: Int64) throws {
        // They are found by words at once, whatever its other rows wait for.
        try flushWords(number)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO stale (dossier, state) VALUES (?, 2)").execute(
            arguments: [number])
        try db.cachedStatement(sql: "UPDATE dossier SET slow = 1 WHERE number = ?").execute(arguments: [number])
    }

    /// The derived rows of a dossier follow from what is known.
    package func clearStale(_ number: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM stale WHERE dossier = ?").execute(arguments: [number])
    }

    /// A dossier that cannot be folded (its rows are damaged) is in nobody's scope and nobody's task until it can be.
    package func markBroken(_ number: Int64) throws {
        try clearLists(number)
        try db.execute(sql: "UPDATE dossier SET derived = NULL WHERE number = ?", arguments: [number])
        try db.execute(sql: "UPDATE stale SET state = 1 WHERE dossier = ?", arguments: [number])
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
