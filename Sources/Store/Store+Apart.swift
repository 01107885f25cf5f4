package import Envelope
import GRDB
package import History
package import Sodium

/// A dossier that a peer sent and that does not, or not yet, give both units access (Protocol 6 §6). Its change sets lie
/// in tables of their own: no list, count, digest, search, task or register can know of them.
package struct ApartRow: Sendable {
    package let number: Int64
    package let id: DossierID
    /// Change sets that were held when it was folded last.
    package let judgedCount: Int
    package let changeCount: Int
    package let byteCount: Int
}

/// What one unit has kept apart at this replica.
package struct ApartTotals: Sendable, Equatable {
    package var count = 0
    package var byteCount = 0
    /// Those of them that the unit opened itself.
    package var openedCount = 0
}

/// Dossiers of one key that wait, for people.
package struct WaitingDossiers: Sendable, Equatable {
    package let unit: UnitID
    package let key: PublicKey
    package let count: Int

    package init(unit: UnitID, key: PublicKey, count: Int) {
        (self.unit, self.key, self.count) = (unit, key, count)
    }
}

extension StoreReader {
    private static func apart(_ row: Row) -> ApartRow? {
        guard let id = DossierID(row.bytes(1)) else { return nil }
        return ApartRow(number: row[0], id: id, judgedCount: row[2], changeCount: row[3], byteCount: row[4])
    }

    private static let apartColumns = "number, id, judged, changes, bytes"

    package func apart(_ dossier: DossierID) throws -> ApartRow? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT \(Self.apartColumns) FROM apart WHERE id = ?"),
            arguments: [dossier.bytes.databaseBytes]
        ).flatMap(Self.apart)
    }

    /// Those that a unit sent and of which something came after they were folded last.
    package func unjudgedApart(from unit: UnitID) throws -> [ApartRow] {
        guard let number = try unitNumber(unit) else { return [] }
        return try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT \(Self.apartColumns) FROM apart WHERE unit = ? AND judged < changes ORDER BY number"),
            arguments: [number]
        ).compactMap(Self.apart)
    }

    /// Envelopes in the order in which they came: parents first.
    package func apartChanges(_ apart: Int64) throws -> [StoredChange] {
        let statement = try db.cachedStatement(
            sql: "SELECT number, id, device, seq, bytes FROM apart_change WHERE apart = ? ORDER BY number")
        return try Row.fetchAll(statement, arguments: [apart]).map { row in
            guard let id = ChangeSetID(row.bytes(1)), let key = Bytes32(row.bytes(2)) else {
                throw StoreFailure.damaged(path: "apart_change", fact: "\(row[0] as Int64)")
            }
            return StoredChange(
                number: row[0], id: id, device: PublicKey(key), seq: UInt64(clamping: row[3] as Int64),
                bytes: row.bytes(4))
        }
    }

    package func apartTotals(from unit: UnitID) throws -> ApartTotals {
        guard let number = try unitNumber(unit) else { return ApartTotals() }
        let statement = try db.cachedStatement(
            sql: "SELECT count(*), ifnull(sum(bytes), 0), ifnull(sum(opened), 0) FROM apart WHERE unit = ?")
        guard let row = try Row.fetchOne(statement, arguments: [number]) else { return ApartTotals() }
        return ApartTotals(count: row[0], byteCount: row[1], openedCount: row[2])
    }

    /// The one that came first of those that a unit sent, but not a given one.
    package func oldestApart(
        from unit: UnitID, isOpened: Bool, except dossier: DossierID
    ) throws -> Int64? {
        guard let number = try unitNumber(unit) else { return nil }
        return try Int64.fetchOne(
            db.cachedStatement(
                sql: "SELECT number FROM apart WHERE unit = ? AND opened >= ? AND id != ? ORDER BY number LIMIT 1"),
            arguments: [number, isOpened, dossier.bytes.databaseBytes])
    }

    /// Dossiers, not kept apart, that a unit opened and in which this replica's unit has written nothing.
    package func unansweredCount(of unit: UnitID) throws -> Int {
        guard let number = try unitNumber(unit) else { return 0 }
        return try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM dossier WHERE awaits = ?"), arguments: [number]) ?? 0
    }

    /// What is kept apart, by the key that sent it.
    package func waiting() throws -> [WaitingDossiers] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT unit.id, apart.device, count(*) FROM apart JOIN unit ON unit.number = apart.unit
                GROUP BY apart.unit, apart.device ORDER BY min(apart.number)
                """
        ).compactMap { row in
            guard let unit = UnitID(row.bytes(0)), let key = Bytes32(row.bytes(1)) else { return nil }
            return WaitingDossiers(unit: unit, key: PublicKey(key), count: row[2])
        }
    }

    // MARK: Turned away

    /// Why a new dossier of a unit is not taken; nil for one that nothing stands against.
    package func turnedAway(_ dossier: DossierID) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT reason FROM turned_away WHERE id = ?"),
            arguments: [dossier.bytes.databaseBytes])
    }

    /// New dossiers that a unit sent and that are not taken.
    package func turnedAway(from unit: UnitID) throws -> [(dossier: DossierID, reason: String)] {
        guard let number = try unitNumber(unit) else { return [] }
        return try Row.fetchAll(
            db.cachedStatement(sql: "SELECT id, reason FROM turned_away WHERE unit = ? ORDER BY number"),
            arguments: [number]
        ).compactMap { row in DossierID(row.bytes(0)).map { (dossier: $0, reason: row[1]) } }
    }

    /// How many new dossiers are not taken, by unit and reason.
    package func turnedAwayCounts() throws -> [(unit: UnitID, reason: String, count: Int)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT unit.id, turned_away.reason, count(*) FROM turned_away
                JOIN unit ON unit.number = turned_away.unit
                GROUP BY turned_away.unit, turned_away.reason ORDER BY min(turned_away.number)
                """
        ).compactMap { row in UnitID(row.bytes(0)).map { (unit: $0, reason: row[1], count: row[2]) } }
    }
}

extension StoreWriter {
    /// Rows of new dossiers that are not taken, kept of one unit; the oldest go.
    package static let turnedAwayCountMax = 1_024

    /// - Parameter isOpened: the sender's unit opened it.
    package func keepApart(
        _ dossier: DossierID, from unit: UnitID, key: PublicKey, isOpened: Bool
    ) throws -> Int64 {
        try db.cachedStatement(
            sql: "INSERT INTO apart (id, unit, device, opened, judged, changes, bytes) VALUES (?, ?, ?, ?, 0, 0, 0)"
        ).execute(
            arguments: [dossier.bytes.databaseBytes, try unitNumber(unit), key.bytes.bytes.databaseBytes, isOpened])
        return db.lastInsertedRowID
    }

    package func append(_ changes: [Verified<ChangeSet>], apart: Int64) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO apart_change (apart, id, device, seq, bytes) VALUES (?, ?, ?, ?, ?)")
        var byteCount = 0
        for change in changes.map(\.value) {
            try statement.execute(
                arguments: [
                    apart, change.id.bytes.databaseBytes, change.author.bytes.bytes.databaseBytes,
                    Int64(clamping: change.seq), change.bytes.databaseBytes,
                ])
            byteCount += change.bytes.count
        }
        try db.cachedStatement(sql: "UPDATE apart SET changes = changes + ?, bytes = bytes + ? WHERE number = ?")
            .execute(arguments: [changes.count, byteCount, apart])
    }

    package func noteJudged(apart: Int64) throws {
        try db.cachedStatement(sql: "UPDATE apart SET judged = changes WHERE number = ?").execute(arguments: [apart])
    }

    package func removeApart(_ apart: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM apart_change WHERE apart = ?").execute(arguments: [apart])
        try db.cachedStatement(sql: "DELETE FROM apart WHERE number = ?").execute(arguments: [apart])
    }

    /// - Parameter unit: opened the dossier, in which this replica's unit has written nothing; nil where it has, or
    ///   opened it itself.
    package func setAwaits(_ dossier: Int64, _ unit: UnitID?) throws {
        let number = try unit.map { try unitNumber($0) } ?? 0
        let before =
            try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT awaits FROM dossier WHERE number = ?"), arguments: [dossier]) ?? 0
        guard before != number else { return }
        try db.cachedStatement(sql: "UPDATE dossier SET awaits = ? WHERE number = ?").execute(
            arguments: [number, dossier])
        // There is room again: what was not taken for lack of it may come.
        if before != 0 { try admitTurnedAway(unit: before, reason: TurnedAway.quota) }
    }

    private func admitTurnedAway(unit: Int64, reason: String) throws {
        try db.cachedStatement(sql: "DELETE FROM turned_away WHERE unit = ? AND reason = ?").execute(
            arguments: [unit, reason])
    }

    /// Remembers that a new dossier is not taken, so that it is not sent again and again.
    package func turnAway(_ dossier: DossierID, from unit: UnitID, reason: String) throws {
        let number = try unitNumber(unit)
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO turned_away (id, unit, reason) VALUES (?, ?, ?)").execute(
            arguments: [dossier.bytes.databaseBytes, number, reason])
        try db.cachedStatement(
            sql: """
                DELETE FROM turned_away WHERE unit = ?1 AND number <= (
                    SELECT number FROM turned_away WHERE unit = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
                """
        ).execute(arguments: [number, Self.turnedAwayCountMax])
    }

    package func forgetTurnedAway(_ dossier: DossierID) throws {
        try db.cachedStatement(sql: "DELETE FROM turned_away WHERE id = ?").execute(
            arguments: [dossier.bytes.databaseBytes])
    }
}

/// Why a new dossier is not taken.
package enum TurnedAway {
    package static let quota = "quota"
    package static let budget = "budget"
}
