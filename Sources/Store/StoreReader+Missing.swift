package import Envelope
import GRDB
import Sodium

/// What this unit may have and lacks. Some of each dossier comes before the rest of any, in an order that is another one
/// with each connection: what nobody can give crowds out nothing else.
extension StoreReader {
    /// Of one dossier in a first round.
    private static let countInRound = 32

    /// Openings that this unit may have and lacks, in dossiers shared with a peer; each commitment of a dossier once.
    ///
    /// - Parameter pivot: the order of the dossiers.
    package func missingOpenings(
        _ peer: UnitID, pivot: UInt64, limit: Int
    ) throws -> [(dossier: DossierID, commitment: Commitment)] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT DISTINCT commitment FROM place INDEXED BY place_missing
                WHERE opened IS NULL AND mine = 1 AND erased = 0 AND dossier = ? LIMIT ? OFFSET ?
                """)
        return try inTurn(try dossiersMissingOpenings(peer), pivot, limit) { dossier, count, skipped in
            try Row.fetchAll(statement, arguments: [dossier.number, count, skipped]).compactMap { row in
                Commitment(row.bytes(0)).map { (dossier: dossier.id, commitment: $0) }
            }
        }
    }

    /// Files that this unit may have and lacks, in dossiers shared with a peer; each place of a dossier once.
    ///
    /// - Parameter pivot: the order of the dossiers.
    package func missingFiles(_ peer: UnitID, pivot: UInt64, limit: Int) throws -> [MissingFile] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT DISTINCT commitment, opened, size, held FROM place INDEXED BY place_unheld
                WHERE kind = 1 AND opened IS NOT NULL AND held <> 1 AND mine = 1 AND dossier = ? LIMIT ? OFFSET ?
                """)
        return try inTurn(try dossiersMissingFiles(peer), pivot, limit) { dossier, count, skipped in
            try Row.fetchAll(statement, arguments: [dossier.number, count, skipped]).compactMap { row in
                guard let commitment = Commitment(row.bytes(0)), let file = Self.fileID(row.bytes(1)) else {
                    return nil
                }
                return MissingFile(
                    dossier: dossier.id, commitment: commitment, file: file, size: Int(clamping: row[2] as Int64? ?? 0),
                    holding: Holding(rawValue: row[3]) ?? .never)
            }
        }
    }

    package func isMissingAnything(_ peer: UnitID) throws -> Bool {
        try !missingOpenings(peer, pivot: 0, limit: 1).isEmpty || !missingFiles(peer, pivot: 0, limit: 1).isEmpty
    }

    private typealias Numbered = (number: Int64, id: DossierID)

    private func inTurn<Item>(
        _ dossiers: [Numbered], _ pivot: UInt64, _ limit: Int, _ fetch: (Numbered, Int, Int) throws -> [Item]
    ) throws -> [Item] {
        func place(_ dossier: Numbered) -> UInt64 { UInt64(bitPattern: dossier.number) &* (pivot | 1) }
        var found: [Item] = []
        for (skipped, count) in [(0, Self.countInRound), (Self.countInRound, limit)] {
            for dossier in dossiers.sorted(by: { place($0) < place($1) }) where found.count < limit {
                found += try fetch(dossier, min(count, limit - found.count), skipped)
            }
        }
        return found
    }

    private func dossiersMissingOpenings(_ peer: UnitID) throws -> [Numbered] {
        try dossiers(
            sharedWith: peer,
            next: """
                SELECT min(dossier) FROM place INDEXED BY place_missing
                WHERE opened IS NULL AND mine = 1 AND erased = 0 AND dossier > ?
                """)
    }

    private func dossiersMissingFiles(_ peer: UnitID) throws -> [Numbered] {
        try dossiers(
            sharedWith: peer,
            next: """
                SELECT min(dossier) FROM place INDEXED BY place_unheld
                WHERE kind = 1 AND opened IS NOT NULL AND held <> 1 AND dossier > ?
                """)
    }

    /// Dossiers shared with a peer that an index names: one step in it for each.
    private func dossiers(sharedWith peer: UnitID, next: String) throws -> [Numbered] {
        guard let second = try unitNumber(peer) else { return [] }
        let following = try db.cachedStatement(sql: next)
        let shared = try db.cachedStatement(
            sql: """
                SELECT dossier.id FROM dossier JOIN party ON party.dossier = dossier.number AND party.unit = ?
                WHERE dossier.number = ? AND dossier.number NOT IN left_out
                """)
        var (found, last): ([Numbered], Int64) = ([], 0)
        while let number = try Int64.fetchOne(following, arguments: [last]) {
            last = number
            guard let row = try Row.fetchOne(shared, arguments: [second, number]), let id = DossierID(row.bytes(0))
            else { continue }
            found.append((number: number, id: id))
        }
        return found
    }
}
