import CBOR
package import Envelope
import GRDB
package import Registry
package import Sodium

/// Where a name stands in the registry: a commitment of one entry. Another entry that repeats the commitment is a place
/// of its own, which nothing opens.
package struct NamePlace: Sendable {
    package let commitment: Commitment
    package let entry: Int64
    /// The unit that it is about; nil for the network's own.
    package let unit: UnitID?
    package let reach: NameReach
    package let isHeld: Bool
}

/// Which names one unit may learn from another (Protocol 3 §2). Of each unit it asks the store once.
package struct NameScope {
    private let reader: StoreReader
    package let receiver: UnitID
    /// Both have access to the dossier that they share with the unit that a name is about.
    package let giver: UnitID
    private var known: [Group: Bool] = [:]

    private struct Group: Hashable {
        let unit: UnitID
        let reach: NameReach
    }

    /// - Parameter giver: the receiver itself where only its own scope is asked about.
    package init(_ reader: StoreReader, receiver: UnitID, giver: UnitID) {
        (self.reader, self.receiver, self.giver) = (reader, receiver, giver)
    }

    package mutating func allows(_ unit: UnitID?, _ reach: NameReach) throws -> Bool {
        guard let unit, unit != receiver, reach != .members else { return true }
        let group = Group(unit: unit, reach: reach)
        if let answer = known[group] { return answer }
        let answer = try reader.isShared(with: unit, giver, receiver, hasWritten: reach == .partners)
        known[group] = answer
        return answer
    }
}

extension StoreReader {
    /// Whether three units have access to one dossier, and the first has written in it where that is asked.
    package func isShared(with unit: UnitID, _ giver: UnitID, _ receiver: UnitID, hasWritten: Bool) throws -> Bool {
        guard let about = try unitNumber(unit), let first = try unitNumber(giver), let second = try unitNumber(receiver)
        else { return false }
        let written =
            hasWritten
            ? """
            CROSS JOIN named ON named.dossier = c.dossier AND named.reader = 0 AND named.unit = c.unit AND named.wrote = 1
            """ : ""
        let statement = try db.cachedStatement(
            sql: """
                SELECT 1 FROM party AS c CROSS JOIN party AS a ON a.unit = ? AND a.dossier = c.dossier
                CROSS JOIN party AS b ON b.unit = ? AND b.dossier = c.dossier \(written) WHERE c.unit = ? LIMIT 1
                """)
        return try Row.fetchOne(statement, arguments: [first, second, about]) != nil
    }

    /// The opening of a name in the registry; nil where none is held, or what is held does not fit.
    package func name(_ commitment: Commitment) throws -> Opening? {
        let statement = try db.cachedStatement(
            sql: "SELECT salt, opened, author, audience FROM name WHERE commitment = ? AND opened IS NOT NULL")
        let rows = try Row.fetchAll(statement, arguments: [commitment.bytes.databaseBytes])
        for row in rows {
            let found = Self.verified(
                commitment, salt: row.bytes(0), kind: 0, opened: row.bytes(1), author: row.bytes(2),
                audience: row.bytes(3))
            if let found { return found }
        }
        if !rows.isEmpty { damage.note(.name(commitment)) }
        return nil
    }

    /// The same at the place of one entry, by its author: an entry that repeats the commitment of another names nothing.
    package func name(_ value: Committed, by author: PublicKey) throws -> Opening? {
        guard let found = try name(value.commitment), found.fits(author: author, audience: value.audience) else {
            return nil
        }
        return found
    }

    /// All places of a commitment in the registry.
    package func namePlaces(_ commitment: Commitment) throws -> [NamePlace] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT name.entry, name.reach, name.opened IS NOT NULL, unit.id FROM name
                LEFT JOIN unit ON unit.number = name.unit WHERE name.commitment = ? ORDER BY name.entry
                """)
        return try Row.fetchAll(statement, arguments: [commitment.bytes.databaseBytes]).compactMap { row in
            guard let reach = NameReach(rawValue: UInt64(clamping: row[1] as Int64)) else { return nil }
            return NamePlace(
                commitment: commitment, entry: row[0], unit: UnitID(row.bytes(3)), reach: reach, isHeld: row[2])
        }
    }

    /// Units of which names are held, or missing, with what of them.
    private func nameGroups(
        areHeld: Bool, for receiver: UnitID
    ) throws -> [(number: Int64, unit: UnitID?, reach: NameReach)] {
        // Of names that go to parties only , those of units that are party to something.
        let statement = try db.cachedStatement(
            sql: """
                SELECT DISTINCT name.unit, name.reach, unit.id FROM name LEFT JOIN unit ON unit.number = name.unit
                WHERE name.opened \(areHeld ? "IS NOT NULL" : "IS NULL")
                AND (name.reach = 0 OR unit.id = ? OR EXISTS (SELECT 1 FROM party WHERE party.unit = name.unit))
                ORDER BY name.reach, name.unit
                """)
        return try Row.fetchAll(statement, arguments: [receiver.bytes.databaseBytes]).compactMap { row in
            guard let reach = NameReach(rawValue: UInt64(clamping: row[1] as Int64)) else { return nil }
            return (number: row[0], unit: UnitID(row.bytes(2)), reach: reach)
        }
    }

    private func missingNames(
        _ group: (number: Int64, unit: UnitID?, reach: NameReach), from pivot: Bytes32, limit: Int
    ) throws -> [Commitment] {
        var found: [Commitment] = []
        // In a circle from the pivot on.
        for comparison in [">=", "<"] where found.count < limit {
            let statement = try db.cachedStatement(
                sql: """
                    SELECT commitment FROM name WHERE reach = ? AND unit = ? AND opened IS NULL
                    AND commitment \(comparison) ? ORDER BY commitment LIMIT ?
                    """)
            found += try Row.fetchAll(
                statement,
                arguments: [
                    Int64(group.reach.rawValue), group.number, pivot.bytes.databaseBytes, limit - found.count,
                ]
            ).compactMap { Commitment($0.bytes(0)) }
        }
        return found
    }

    /// Names that the receiver of a scope may learn and that are missing here: of the unit that gives first, then one of
    /// each unit in turn, so that no unit whose names nobody holds crowds out another's.
    ///
    /// - Parameter pivot: where to begin; another one with each connection, so that in the end every name is asked for.
    package func missingNames(_ scope: inout NameScope, from pivot: Bytes32, limit: Int) throws -> [Commitment] {
        var (giver, others): ([[Commitment]], [[Commitment]]) = ([], [])
        for group in try nameGroups(areHeld: false, for: scope.receiver)
        where try scope.allows(group.unit, group.reach) {
            let names = try missingNames(group, from: pivot, limit: limit)
            if group.unit == scope.giver { giver.append(names) } else { others.append(names) }
        }
        let start = others.isEmpty ? 0 : Int(pivot.prefix64 % UInt64(others.count))
        let lists = giver + others.dropFirst(start) + others.prefix(start)
        var found: [Commitment] = []
        var seen: Set<Commitment> = []
        for round in 0..<limit where found.count < limit {
            for list in lists where round < list.count && found.count < limit {
                if seen.insert(list[round]).inserted { found.append(list[round]) }
            }
        }
        return found
    }

    /// Names that are held here, that the receiver of a scope may learn, and that are meant; at most `limit`.
    package func heldNames(
        _ scope: inout NameScope, limit: Int, _ isMeant: (Commitment) -> Bool
    ) throws -> [Commitment] {
        var found: [Commitment] = []
        let statement = try db.cachedStatement(
            sql: "SELECT commitment FROM name WHERE reach = ? AND unit = ? AND opened IS NOT NULL")
        for group in try nameGroups(areHeld: true, for: scope.receiver)
        where try scope.allows(group.unit, group.reach) {
            let rows = try Row.fetchCursor(statement, arguments: [Int64(group.reach.rawValue), group.number])
            while let row = try rows.next() {
                guard let commitment = Commitment(row.bytes(0)), isMeant(commitment) else { continue }
                found.append(commitment)
                if found.count == limit { return found }
            }
        }
        return found
    }
}

extension StoreWriter {
    /// Notes where names of an entry stand; their openings follow.
    ///
    /// - Parameter unit: that the entry is about.
    func noteNames(of entry: Entry, number: Int64, unit: UnitID?) throws {
        guard let reach = entry.body.nameReach else { return }
        let unit = try unit.map { try unitNumber($0) } ?? 0
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO name (commitment, entry, unit, reach, author, audience) VALUES (?, ?, ?, ?, ?, ?)
                """)
        for value in entry.body.committedValues {
            try statement.execute(
                arguments: [
                    value.commitment.bytes.databaseBytes, number, unit, Int64(reach.rawValue),
                    entry.author.bytes.bytes.databaseBytes, value.audience.encoded.databaseBytes,
                ])
        }
    }

    /// Fills in a name at an entry; the caller has checked that it fits there.
    package func fillName(_ opening: Opening, entry: Int64) throws {
        try db.cachedStatement(
            sql: "UPDATE name SET salt = ?, opened = ? WHERE commitment = ? AND entry = ? AND opened IS NULL"
        ).execute(
            arguments: [
                opening.salt.databaseBytes, opening.opened.encoded.databaseBytes,
                opening.commitment.bytes.databaseBytes, entry,
            ])
        try clearApart(kind: "name", opening.commitment.bytes)
    }
}
