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

    /// Dossiers of the scope that are held back, or wait for a slow fold.
    package func leftOut(_ own: UnitID, _ peer: UnitID) throws -> [DossierID] {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT dossier.id FROM left_out JOIN dossier ON dossier.number = left_out.dossier ORDER BY number"
            ))
        return try rows.compactMap { DossierID($0.bytes(0)) }.filter { try sharesAccess($0, own, peer) }
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

    // MARK: Places

    /// A place of a commitment that units may open, with its opening where it is held.
    package struct PlaceRow: Sendable {
        package let change: ChangeSetID
        package let commitment: Commitment
        package let kind: Opening.Kind
        package let readers: [UnitID]
        package let isMine: Bool
        package let opening: Opening?
        /// The unit that wrote it.
        package let author: UnitID?
        /// Its unit erased it: no opening is held, and none is taken.
        package let isErased: Bool

        /// Meant for this unit, and not here.
        package var isMissing: Bool { isMine && !isErased && opening == nil }
    }

    package func places(of dossier: DossierID) throws -> [PlaceRow] {
        guard let number = try number(of: dossier) else { return [] }
        let statement = try db.cachedStatement(
            sql: """
                SELECT change.id, place.commitment, place.kind, unit_set.units, place.mine, place.salt, place.opened,
                unit.id, place.erased FROM place JOIN change ON change.number = place.change
                JOIN unit_set ON unit_set.number = place.readers
                LEFT JOIN unit ON unit.number = place.author WHERE place.dossier = ? ORDER BY place.number
                """)
        let rows = try Row.fetchCursor(statement, arguments: [number])
        var found: [PlaceRow] = []
        while let row = try rows.next() { if let place = Self.place(row) { found.append(place) } }
        return found
    }

    private static func place(_ row: Row) -> PlaceRow? {
        guard let change = ChangeSetID(row.bytes(0)), let commitment = Commitment(row.bytes(1)),
            let kind = Opening.Kind(rawValue: UInt64(clamping: row[2] as Int64))
        else { return nil }
        let packed = row.bytes(3)
        let readers = stride(from: 0, to: packed.count - 31, by: 32).compactMap { UnitID(packed[$0..<($0 + 32)]) }
        let salt = row.bytes(5)
        let opening =
            salt.isEmpty
            ? nil : opening(commitment, salt: salt, kind: Int(kind.rawValue), opened: row.bytes(6))
        return PlaceRow(
            change: change, commitment: commitment, kind: kind, readers: readers, isMine: row[4], opening: opening,
            author: UnitID(row.bytes(7)), isErased: row[8])
    }

    /// One opening of a dossier, if it is held.
    package func opening(_ commitment: Commitment, dossier: Int64) throws -> Opening? {
        let statement = try db.cachedStatement(
            sql:
                "SELECT kind, salt, opened FROM place WHERE dossier = ? AND commitment = ? AND opened IS NOT NULL LIMIT 1"
        )
        return try Row.fetchOne(statement, arguments: [dossier, commitment.bytes.databaseBytes]).flatMap {
            Self.opening(commitment, salt: $0.bytes(1), kind: $0[0], opened: $0.bytes(2))
        }
    }

    /// Openings of a dossier by commitment, as far as they are held.
    package func openings(of dossier: DossierID) throws -> [Commitment: Opening] {
        guard let number = try number(of: dossier) else { return [:] }
        let statement = try db.cachedStatement(
            sql: "SELECT commitment, kind, salt, opened FROM place WHERE dossier = ? AND opened IS NOT NULL")
        let rows = try Row.fetchCursor(statement, arguments: [number])
        var found: [Commitment: Opening] = [:]
        while let row = try rows.next() {
            guard let commitment = Commitment(row.bytes(0)) else { continue }
            found[commitment] = Self.opening(
                commitment, salt: row.bytes(2), kind: row[1], opened: row.bytes(3))
        }
        return found
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

    /// Openings and files that this unit may have and lacks, in dossiers shared with a peer.
    package func missing(
        _ own: UnitID, _ peer: UnitID, limit: Int
    ) throws -> [(dossier: DossierID, commitment: Commitment, isFile: Bool)] {
        guard let second = try unitNumber(peer) else { return [] }
        let openings = try Row.fetchAll(
            db,
            sql: """
                SELECT dossier.id, place.commitment FROM place INDEXED BY place_missing
                CROSS JOIN dossier ON dossier.number = place.dossier
                CROSS JOIN party ON party.dossier = place.dossier AND party.unit = ?
                WHERE place.opened IS NULL AND place.mine = 1 AND place.erased = 0
                AND place.dossier NOT IN left_out LIMIT ?
                """, arguments: [second, limit])
        let files = try Row.fetchAll(
            db,
            sql: """
                SELECT dossier.id, place.commitment FROM file CROSS JOIN place ON place.opened = file.held_as
                JOIN dossier ON dossier.number = place.dossier
                JOIN party ON party.dossier = place.dossier AND party.unit = ? WHERE file.complete = 0 LIMIT ?
                """, arguments: [second, limit])
        var found: [(dossier: DossierID, commitment: Commitment, isFile: Bool)] = []
        for (rows, isFile) in [(openings, false), (files, true)] {
            for row in rows {
                if let id = DossierID(row.bytes(0)), let commitment = Commitment(row.bytes(1)) {
                    found.append((dossier: id, commitment: commitment, isFile: isFile))
                }
            }
        }
        return Array(found.prefix(limit))
    }

    package func isMissingAnything(_ own: UnitID, _ peer: UnitID) throws -> Bool {
        try !missing(own, peer, limit: 1).isEmpty
    }

    /// Bytes of a file as announced, and whether all are here.
    package func file(_ id: FileID) throws -> (size: Int, isComplete: Bool)? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT size, complete FROM file WHERE id = ?"),
            arguments: [id.bytes.databaseBytes]
        ).map { (size: $0[0], isComplete: $0[1]) }
    }
}
