package import Envelope
import GRDB
package import Sodium

extension StoreReader {
    /// Dossiers that two units are both party to, with their digests, in the order of their ids; those from which one of
    /// them was removed with the digest of what it still shares. What is left out for now is not among them.
    package func scope(_ own: UnitID, _ peer: UnitID) throws -> [(dossier: DossierID, digest: Bytes32)] {
        guard let first = try unitNumber(own), let second = try unitNumber(peer) else { return [] }
        let sql: String
        let arguments: StatementArguments
        if own == peer {
            sql = """
                SELECT dossier.id, dossier.digest FROM party JOIN dossier ON dossier.number = party.dossier
                WHERE party.unit = ? AND party.dossier NOT IN left_out
                UNION ALL SELECT dossier.id, removed.digest FROM removed
                JOIN dossier ON dossier.number = removed.dossier WHERE removed.unit = ?
                AND removed.dossier NOT IN left_out
                """
            arguments = [first, first]
        } else {
            sql = """
                SELECT dossier.id, dossier.digest FROM party AS a
                JOIN party AS b ON b.unit = ? AND b.dossier = a.dossier JOIN dossier ON dossier.number = a.dossier
                WHERE a.unit = ? AND a.dossier NOT IN left_out
                UNION ALL SELECT dossier.id, removed.digest FROM removed
                JOIN party ON party.dossier = removed.dossier JOIN dossier ON dossier.number = removed.dossier
                WHERE ((removed.unit = ? AND party.unit = ?) OR (removed.unit = ? AND party.unit = ?))
                AND removed.dossier NOT IN left_out
                """
            arguments = [second, first, first, second, second, first]
        }
        var found: [(dossier: DossierID, digest: Bytes32)] = []
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
        while let row = try rows.next() {
            guard let id = Bytes32(row.bytes(0)), let digest = Bytes32(row.bytes(1)) else { continue }
            found.append((dossier: DossierID(id), digest: digest))
        }
        return found.sorted { $0.dossier < $1.dossier }
    }

    /// What is not taken for now in a connection with a unit: dossiers of the scope that are held back or wait for a
    /// slow fold, and then new ones of that unit that were turned away.
    ///
    /// - Parameter limit: at most so many.
    package func leftOut(_ own: UnitID, _ peer: UnitID, limit: Int) throws -> [DossierID] {
        var found: [DossierID] = []
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: "SELECT dossier.id FROM left_out JOIN dossier ON dossier.number = left_out.dossier ORDER BY number"
            ))
        while found.count < limit, let row = try rows.next() {
            guard let id = DossierID(row.bytes(0)), try sharesAccess(id, own, peer) else { continue }
            found.append(id)
        }
        return try found + turnedAway(from: peer).map(\.dossier).prefix(limit - found.count)
    }

    package func isLeftOut(_ dossier: DossierID) throws -> Bool {
        guard let number = try number(of: dossier) else { return false }
        return try Row.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM left_out WHERE dossier = ?"), arguments: [number]) != nil
    }

    package func isInScope(_ dossier: DossierID, _ own: UnitID, _ peer: UnitID) throws -> Bool {
        try !isLeftOut(dossier) && sharesAccess(dossier, own, peer)
    }

    private func sharesAccess(_ dossier: DossierID, _ own: UnitID, _ peer: UnitID) throws -> Bool {
        let parties = try parties(of: dossier)
        if parties.contains(own) && parties.contains(peer) { return true }
        return try removedUnit(of: dossier, own, peer) != nil
    }

    /// The one of two units that was removed from a dossier of the other; nil where both have access, or neither.
    package func removedUnit(of dossier: DossierID, _ own: UnitID, _ peer: UnitID) throws -> UnitID? {
        guard let number = try number(of: dossier) else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT unit.id FROM removed JOIN unit ON unit.number = removed.unit WHERE removed.dossier = ?")
        let removed = try Row.fetchAll(statement, arguments: [number]).compactMap { UnitID($0.bytes(0)) }
        if own == peer { return removed.contains(own) ? own : nil }
        let parties = try parties(of: dossier)
        if removed.contains(peer), parties.contains(own) { return peer }
        return removed.contains(own) && parties.contains(peer) ? own : nil
    }

    /// All units that change sets of the scope name: what they name of the registry has to be held.
    package func namedInScope(_ own: UnitID, _ peer: UnitID) throws -> [UnitID] {
        guard let first = try unitNumber(own), let second = try unitNumber(peer) else { return [own, peer].sorted() }
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT unit.id FROM party AS a JOIN party AS b ON b.unit = ?1 AND b.dossier = a.dossier
                JOIN named ON named.dossier = a.dossier AND named.reader = 0
                JOIN unit ON unit.number = named.unit WHERE a.unit = ?2
                UNION SELECT unit.id FROM removed
                JOIN named ON named.dossier = removed.dossier AND named.reader = removed.unit
                JOIN unit ON unit.number = named.unit WHERE removed.unit IN (?1, ?2)
                AND (?1 = ?2 OR EXISTS (SELECT 1 FROM party WHERE party.dossier = removed.dossier
                AND party.unit IN (?1, ?2) AND party.unit != removed.unit))
                """, arguments: [second, first])
        var units: Set<UnitID> = [own, peer]
        while let row = try rows.next() {
            if let id = UnitID(row.bytes(0)) { units.insert(id) }
        }
        return units.sorted()
    }

    /// Root, count and named units of a scope as they were computed last, if nothing was written since.
    package func cachedRoot(_ peer: UnitID) throws -> (root: Bytes32, count: Int, units: [UnitID])? {
        guard let number = try unitNumber(peer) else { return nil }
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT root, count, units FROM scope_root WHERE unit = ? AND generation = ?"),
                arguments: [number, try generation()]), let root = Bytes32(row.bytes(0))
        else { return nil }
        let packed = row.bytes(2)
        let units = stride(from: 0, to: packed.count - 31, by: 32).compactMap { UnitID(packed[$0..<($0 + 32)]) }
        return (root, row[1], units)
    }

    /// Values that their units released to a unit.
    package func releases(of dossier: DossierID, to unit: UnitID) throws -> Set<AuthoredValue> {
        guard let number = try number(of: dossier), let unitNumber = try unitNumber(unit) else { return [] }
        return try pairs(
            "SELECT commitment, unit.id FROM release JOIN unit ON unit.number = author WHERE dossier = ? AND unit = ?",
            [number, unitNumber])
    }

    /// Values that their units erased.
    package func erasures(of dossier: Int64) throws -> Set<AuthoredValue> {
        try pairs(
            "SELECT commitment, unit.id FROM erasure JOIN unit ON unit.number = author WHERE dossier = ?", [dossier])
    }

    private func pairs(_ sql: String, _ arguments: StatementArguments) throws -> Set<AuthoredValue> {
        var found: Set<AuthoredValue> = []
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
        while let row = try rows.next() {
            guard let commitment = Commitment(row.bytes(0)), let author = UnitID(row.bytes(1)) else { continue }
            found.insert(AuthoredValue(commitment: commitment, author: author))
        }
        return found
    }
}
