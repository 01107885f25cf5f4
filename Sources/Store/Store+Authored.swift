package import Envelope
import GRDB
package import Sodium

/// What the keys of this replica signed, numbered from 1: what the mark is compared with (Protocol 2 §7).
extension StoreWriter {
    /// - Parameter change: row of a change set; nil for a registry entry.
    package func noteAuthored(_ id: Bytes32, change: Int64?) throws {
        try db.cachedStatement(sql: "INSERT INTO authored (id, change) VALUES (?, ?)")
            .execute(arguments: [id.bytes.databaseBytes, change])
    }

    package func removeMeta(_ key: String) throws {
        try db.cachedStatement(sql: "DELETE FROM meta WHERE key = ?").execute(arguments: [key])
    }
}

extension StoreReader {
    package func authoredCount() throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT max(number) FROM authored")) ?? 0
    }

    /// The latest that was authored, and the latest registry entry among it.
    package func lastAuthored() throws -> (object: Bytes32?, entry: Bytes32?) {
        func id(_ condition: String) throws -> Bytes32? {
            try Row.fetchOne(
                db.cachedStatement(sql: "SELECT id FROM authored \(condition) ORDER BY number DESC LIMIT 1")
            ).flatMap { Bytes32($0.bytes(0)) }
        }
        return (try id(""), try id("WHERE change IS NULL"))
    }

    /// Whether the object of a number is this one, and its change set is really here: pages of a restored file and of
    /// a newer log may stand side by side.
    package func isAuthored(_ id: Bytes32, as number: Int) throws -> Bool {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT authored.id, authored.change, change.id FROM authored
                        LEFT JOIN change ON change.number = authored.change WHERE authored.number = ?
                        """), arguments: [number])
        else { return false }
        let isChange = (row[1] as Int64?) != nil
        return row.bytes(0) == id.bytes && (!isChange || row.bytes(2) == id.bytes)
    }

    package func hasAuthored(_ id: Bytes32) throws -> Bool {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM authored WHERE id = ?"), arguments: [id.bytes.databaseBytes]
        ) ?? 0 > 0
    }

    /// Dossiers with two change sets of one key and one seq.
    package func forkedDossiers() throws -> [DossierID] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT DISTINCT dossier.number, dossier.id FROM (
                    SELECT dossier FROM change GROUP BY dossier, device, seq HAVING count(*) > 1) AS forked
                JOIN dossier ON dossier.number = forked.dossier ORDER BY dossier.number
                """)
        return rows.compactMap { DossierID($0.bytes(1)) }
    }
}
