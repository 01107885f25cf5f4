import GRDB

/// Whether what listings show follows from the facts.
extension StoreWriter {
    private static let columns =
        "digest, change_count, state_hash, title, procedure, status, steps, created, updated, title_basis, times"
    private static let letterColumns =
        "unit, register, first, last, kind, document, instance, key, change, author"
    private static let derivedTables = [
        "dossier": "\(columns) FROM dossier WHERE number",
        "party": "unit FROM party WHERE dossier", "removed": "unit, digest FROM removed WHERE dossier",
        "named": "reader, unit, wrote FROM named WHERE dossier",
        "task": "unit, role, step, kind FROM task WHERE dossier",
        "release": "commitment, unit, author FROM release WHERE dossier",
        "letter": "\(letterColumns) FROM letter WHERE dossier",
        "erasure": "commitment, author FROM erasure WHERE dossier",
    ]

    private func image(of number: Int64, _ columns: String) throws -> [String] {
        try Row.fetchAll(db.cachedStatement(sql: "SELECT \(columns) = ?"), arguments: [number]).map(\.description)
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Tables in which the rows of a dossier are not those that a fresh fold gives; those rows are marked to be made
    /// anew. The transaction may do nothing else: what it numbers on the way is rolled back.
    package func differences(_ number: Int64, from record: DossierRecord) throws -> [String] {
        let before = try Self.derivedTables.mapValues { try image(of: number, $0) }
        try db.execute(sql: "SAVEPOINT fresh")
        try db.execute(sql: "UPDATE dossier SET derived = NULL WHERE number = ?", arguments: [number])
        try update(number, record, isNew: false)
        let after = try Self.derivedTables.mapValues { try image(of: number, $0) }
        try db.execute(sql: "ROLLBACK TO fresh")
        try db.execute(sql: "RELEASE fresh")
        let tables = before.keys.filter { before[$0] != after[$0] }.sorted()
        if !tables.isEmpty { try makeAnew(number) }
        return tables
    }

    /// Marks the derived rows of a dossier, so that the next fold makes them anew.
    package func makeAnew(_ number: Int64) throws {
        try db.execute(sql: "UPDATE dossier SET derived = NULL WHERE number = ?", arguments: [number])
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO stale (dossier, state)
                SELECT number, CASE slow WHEN 0 THEN 0 ELSE 2 END FROM dossier WHERE number = ?
                """, arguments: [number])
    }
}
