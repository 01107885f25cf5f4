package import Envelope
import GRDB
import Sodium

extension StoreReader {
    private static let columns = """
        dossier.number, dossier.id, dossier.title, dossier.procedure, dossier.status, dossier.steps, dossier.created,
        dossier.updated, dossier.change_count, dossier.state_hash, dossier.digest, dossier.title_basis,
        EXISTS (SELECT 1 FROM stale WHERE stale.dossier = dossier.number), dossier.times,
        EXISTS (SELECT 1 FROM held WHERE held.dossier = dossier.number)
        """

    static func row(_ row: Row) -> DossierRow {
        DossierRow(
            number: row[0], id: DossierID(Bytes32(row.bytes(1)) ?? .zero), title: row[2] ?? "",
            procedure: row[3] ?? "", status: row[4] ?? "", steps: row[5] ?? "",
            created: UInt64(clamping: row[6] as Int64? ?? 0), updated: UInt64(clamping: row[7] as Int64? ?? 0),
            changeCount: row[8], stateHash: Bytes32(row.bytes(9)) ?? .zero, digest: Bytes32(row.bytes(10)) ?? .zero,
            isStale: row[12], titleBasis: row[11], times: row.bytes(13), isHeld: row[14])
    }

    package func number(of dossier: DossierID) throws -> Int64? {
        let statement = try db.cachedStatement(sql: "SELECT number, id FROM dossier WHERE short = ?")
        let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: dossier.raw.prefix64)])
        while let row = try rows.next() {
            if Bytes32(row.bytes(1)) == dossier.raw { return row[0] }
        }
        return nil
    }

    package func row(of dossier: DossierID) throws -> DossierRow? {
        guard let number = try number(of: dossier) else { return nil }
        return try Row.fetchOne(
            db.cachedStatement(sql: "SELECT \(Self.columns) FROM dossier WHERE number = ?"), arguments: [number]
        ).map(Self.row)
    }

    /// Latest first. Rows that are stale are listed with every status: theirs is not known.
    package func dossiers(limit: Int, offset: Int = 0, status: String? = nil) throws -> [DossierRow] {
        let filter = status == nil ? "" : "WHERE status = ? OR number IN (SELECT dossier FROM stale)"
        let statement = try db.cachedStatement(
            sql: "SELECT \(Self.columns) FROM dossier \(filter) ORDER BY updated DESC, number DESC LIMIT ? OFFSET ?")
        let arguments: StatementArguments = status.map { [$0, limit, offset] } ?? [limit, offset]
        return try Row.fetchAll(statement, arguments: arguments).map(Self.row)
    }

    /// Every dossier, the oldest first.
    package func eachDossier(_ body: (DossierRow) throws -> Void) throws {
        let statement = try db.cachedStatement(
            sql: "SELECT \(Self.columns) FROM dossier ORDER BY created, number")
        let rows = try Row.fetchCursor(statement)
        while let row = try rows.next() { try body(Self.row(row)) }
    }

    package func dossierCount() throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM dossier")) ?? 0
    }

    /// Change sets that are stored of a dossier.
    package func changeCount(of number: Int64) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM change WHERE dossier = ?"), arguments: [number]) ?? 0
    }

    package func allDossiers() throws -> [DossierID] {
        let rows = try Row.fetchCursor(db, sql: "SELECT id FROM dossier ORDER BY number")
        var ids: [DossierID] = []
        while let row = try rows.next() {
            if let id = DossierID(row.bytes(0)) { ids.append(id) }
        }
        return ids
    }

    /// Dossiers whose id begins with hexadecimal digits; at most three, for telling that a prefix is not unique.
    package func dossiers(prefix: String) throws -> [DossierID] {
        guard prefix.utf8.count <= 64,
            let low = Bytes32(hex: prefix + String(repeating: "0", count: 64 - prefix.utf8.count)),
            let high = Bytes32(hex: prefix + String(repeating: "f", count: 64 - prefix.utf8.count))
        else { return [] }
        // The index holds the first eight bytes as signed numbers: a prefix is one range of them, or two.
        let (first, last) = (Int64(bitPattern: low.prefix64), Int64(bitPattern: high.prefix64))
        let condition = first <= last ? "short BETWEEN ? AND ?" : "(short >= ? OR short <= ?)"
        let statement = try db.cachedStatement(sql: "SELECT id FROM dossier WHERE \(condition)")
        var ids: [DossierID] = []
        let rows = try Row.fetchCursor(statement, arguments: [first, last])
        while let row = try rows.next(), ids.count < 3 {
            if let id = DossierID(row.bytes(0)), low <= id.raw, id.raw <= high { ids.append(id) }
        }
        return ids
    }

    /// Tasks of roles of a unit.
    package func tasks(unit: UnitID, roles: [String]) throws -> [(row: DossierRow, task: DossierRecord.Task)] {
        guard let unitNumber = try unitNumber(unit) else { return [] }
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(Self.columns), task.role, task.step, task.kind FROM task JOIN dossier ON dossier.number = task.dossier
                WHERE task.unit = ? AND task.role = ? ORDER BY dossier.updated DESC LIMIT 500
                """)
        var found: [(row: DossierRow, task: DossierRecord.Task)] = []
        for role in roles {
            let rows = try Row.fetchCursor(statement, arguments: [unitNumber, role])
            while let row = try rows.next() {
                found.append(
                    (
                        row: Self.row(row),
                        task: DossierRecord.Task(unit: unit, role: row[15], step: row[16], kind: row[17])
                    ))
            }
        }
        return found
    }

    /// Full text: dossiers in whose texts every token begins some word. Tokens are quoted, so no operator of FTS5 is
    /// understood; at most 32 tokens.
    package func search(_ text: String, limit: Int) throws -> [DossierRow] {
        let tokens = text.split { !$0.isLetter && !$0.isNumber }.prefix(32)
        guard !tokens.isEmpty else { return [] }
        // What the tokenizer takes for two words cannot be asked of an index without positions: it finds nothing.
        let rows = try? Row.fetchAll(
            db,
            sql: """
                SELECT \(Self.columns) FROM search JOIN dossier ON dossier.number = search.rowid
                WHERE search MATCH ? ORDER BY dossier.updated DESC LIMIT ?
                """, arguments: [tokens.map { "\"\($0)\"*" }.joined(separator: " "), limit])
        return (rows ?? []).map(Self.row)
    }

    /// Envelopes of a dossier in the order in which they were accepted: parents first.
    package func changes(of dossier: DossierID) throws -> [StoredChange] {
        guard let number = try number(of: dossier) else { return [] }
        let statement = try db.cachedStatement(
            sql: """
                SELECT change.number, change.id, device.key, change.seq, change.bytes FROM change
                LEFT JOIN device ON device.number = change.device WHERE change.dossier = ? ORDER BY change.number
                """)
        var found: [StoredChange] = []
        let rows = try Row.fetchCursor(statement, arguments: [number])
        while let row = try rows.next() {
            guard let id = ChangeSetID(row.bytes(1)), let key = Bytes32(row.bytes(2)) else {
                throw StoreFailure.damaged(path: "change", fact: "\(row[0] as Int64)")
            }
            found.append(
                StoredChange(
                    number: row[0], id: id, device: PublicKey(key), seq: UInt64(clamping: row[3] as Int64),
                    bytes: row.bytes(4)))
        }
        return found
    }

    package func unitNumber(_ unit: UnitID) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT number FROM unit WHERE id = ?"), arguments: [unit.bytes.databaseBytes])
    }

    /// Units that have access to a dossier.
    package func parties(of dossier: DossierID) throws -> [UnitID] {
        guard let number = try number(of: dossier) else { return [] }
        let statement = try db.cachedStatement(
            sql: "SELECT unit.id FROM party JOIN unit ON unit.number = party.unit WHERE party.dossier = ?")
        return try Row.fetchAll(statement, arguments: [number]).compactMap { UnitID($0.bytes(0)) }.sorted()
    }

    package func refusals() throws -> [StoredRefusal] {
        try Row.fetchAll(db, sql: "SELECT at, dossier, object, reason, count FROM refusal ORDER BY number").map {
            StoredRefusal(
                at: UInt64(clamping: $0[0] as Int64), dossier: Hexadecimal.encode($0.bytes(1)),
                object: Hexadecimal.encode($0.bytes(2)), reason: $0[3], count: $0[4])
        }
    }

    package func peers() throws -> [(address: String, unit: UnitID?, at: UInt64)] {
        try Row.fetchAll(db, sql: "SELECT address, unit, at FROM peer ORDER BY at DESC").map {
            (address: $0[0], unit: UnitID($0.bytes(1)), at: UInt64(clamping: $0[2] as Int64))
        }
    }
}
