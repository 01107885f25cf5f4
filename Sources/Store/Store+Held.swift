package import Envelope
import GRDB
import Sodium

/// Dossiers that are held back (Protocol 6 §6): their fold would cost more than its budget. What was derived last stays;
/// nothing more is taken, sent or written until a person takes the dossier up.
package struct HeldDossier: Sendable, Equatable {
    package let id: DossierID
    /// Which limit: `changes`, `bytes` or `steps`.
    package let reason: String
    package let found: Int
    package let allowed: Int

    package init(id: DossierID, reason: String, found: Int, allowed: Int) {
        (self.id, self.reason, self.found, self.allowed) = (id, reason, found, allowed)
    }
}

extension StoreReader {
    private static func held(_ row: Row) -> HeldDossier? {
        DossierID(row.bytes(0)).map { HeldDossier(id: $0, reason: row[1], found: row[2], allowed: row[3]) }
    }

    private static let heldQuery = """
        SELECT dossier.id, held.reason, held.found, held.allowed FROM held
        JOIN dossier ON dossier.number = held.dossier
        """

    package func heldDossiers() throws -> [HeldDossier] {
        try Row.fetchAll(db.cachedStatement(sql: "\(Self.heldQuery) ORDER BY held.dossier")).compactMap(Self.held)
    }

    package func held(_ dossier: DossierID) throws -> HeldDossier? {
        guard let number = try number(of: dossier) else { return nil }
        return try held(number)
    }

    package func held(_ number: Int64) throws -> HeldDossier? {
        try Row.fetchOne(
            db.cachedStatement(sql: "\(Self.heldQuery) WHERE held.dossier = ?"), arguments: [number]
        ).flatMap(Self.held)
    }

    /// How many times the usual budget a dossier may cost on this replica.
    package func allowance(_ dossier: DossierID) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT multiple FROM allowance WHERE id = ?"),
            arguments: [dossier.bytes.databaseBytes]) ?? 1
    }
}

extension StoreWriter {
    package func hold(_ number: Int64, reason: String, found: Int, allowed: Int) throws {
        try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO held (dossier, reason, found, allowed) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [number, reason, found, allowed])
        try clearStale(number)
    }

    /// Allows a dossier a multiple of the budget, and asks for its fold where it is held.
    package func takeUp(_ dossier: DossierID, multiple: Int) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO allowance (id, multiple) VALUES (?, ?)").execute(
            arguments: [dossier.bytes.databaseBytes, multiple])
        try forgetTurnedAway(dossier)
        guard let number = try reader.number(of: dossier) else { return }
        try db.cachedStatement(sql: "DELETE FROM held WHERE dossier = ?").execute(arguments: [number])
        try markSlow(number)
    }
}
