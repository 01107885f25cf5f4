package import Envelope
import GRDB
package import Registry
import Sodium

/// A registry entry as it is stored. Rows are numbered in the order in which entries were accepted, parents first.
package struct EntryRow: Sendable {
    package let number: Int64
    /// The number of the admission that opens the unit's chains; of a plain admission its own number; 0 in the rest of the
    /// network's chain.
    package let unit: Int64
    package let bytes: [UInt8]

    /// An entry of the network's chain that does no more than admit a unit: read only when the unit is asked for.
    package var isPlainAdmission: Bool { unit == number }
    package var isNetwork: Bool { unit == 0 || isPlainAdmission }
}

extension StoreReader {
    private func entries(_ condition: String, _ arguments: StatementArguments) throws -> [EntryRow] {
        let statement = try db.cachedStatement(sql: "SELECT number, unit, bytes FROM entry WHERE \(condition)")
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var found: [EntryRow] = []
        while let row = try rows.next() { found.append(EntryRow(number: row[0], unit: row[1], bytes: row.bytes(2))) }
        return found
    }

    /// Entries of any chain from a number on.
    package func entries(after number: Int64) throws -> [EntryRow] {
        try entries("number > ? ORDER BY number", [number])
    }

    package func entry(number: Int64) throws -> EntryRow? { try entries("number = ?", [number]).first }

    /// Entries whose id may be this one: its first eight bytes are indexed, and whoever decodes one compares the rest.
    package func entries(perhaps id: EntryID) throws -> [EntryRow] {
        try entries("short = ?", [Int64(bitPattern: id.raw.prefix64)])
    }

    /// All chains of a unit with their opener, by the number of its admission.
    package func entries(ofUnit number: Int64) throws -> [EntryRow] {
        try entries("unit = ?1 OR number = ?1 ORDER BY number", [number])
    }

    /// The network's chain without plain admissions.
    package func networkEntries() throws -> [EntryRow] { try entries("unit = 0 ORDER BY number", []) }

    package func wholeNetwork() throws -> [EntryRow] { try entries("unit = 0 OR unit = number ORDER BY number", []) }

    package func lastEntryNumber() throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(number) FROM entry")) ?? 0
    }

    /// The number of the last entry of the network's chain; of an unforked one also its highest.
    package func networkTip() throws -> Int64 { Int64(try counter("network_tip")) }

    package func isNetworkForked() throws -> Bool { try counter("network_forked") > 0 }

    package func meta(_ key: String) throws -> [UInt8]? {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT value FROM meta WHERE key = ?"), arguments: [key])
        else { return nil }
        return row.bytes(0)
    }

    /// Grows with every write that touches dossiers.
    package func generation() throws -> Int { try counter("generation") }

    package func counter(_ key: String) throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT value FROM counter WHERE key = ?"), arguments: [key]) ?? 0
    }

    package func blob(_ id: BlobID) throws -> [UInt8]? { try checkedBlob(id)?.bytes }

    package func holdsBlob(_ id: BlobID) throws -> Bool {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM blob WHERE id = ?"), arguments: [id.bytes.databaseBytes]) != nil
    }

    /// A blob, and whether it passed the rules of definitions when it was stored. Nil where it is not held, or where what
    /// is held has another name by now.
    package func checkedBlob(_ id: BlobID) throws -> (bytes: [UInt8], isChecked: Bool)? {
        let statement = try db.cachedStatement(sql: "SELECT bytes, checked FROM blob WHERE id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [id.bytes.databaseBytes]) else { return nil }
        let bytes = row.bytes(0)
        guard BlobID(hashing: bytes) == id else {
            damage.note(.blob(id))
            return nil
        }
        return (bytes: bytes, isChecked: row[1])
    }
}

extension StoreWriter {
    /// - Parameters:
    ///   - unit: see ``EntryRow/unit``; nil for a plain admission, whose own number it is.
    ///   - subject: the unit that the entry is about.
    package func append(
        _ entry: Verified<Entry>, unit: Int64?, isNetwork: Bool, about subject: UnitID?
    ) throws -> Int64 {
        let number = try reader.lastEntryNumber() + 1
        try db.cachedStatement(sql: "INSERT INTO entry (number, short, unit, bytes) VALUES (?, ?, ?, ?)")
            .execute(
                arguments: [
                    number, Int64(bitPattern: entry.value.id.raw.prefix64), unit ?? number,
                    entry.value.bytes.databaseBytes,
                ])
        try noteNames(of: entry.value, number: number, unit: subject)
        if isNetwork { try set("network_tip", to: Int(number)) }
        return number
    }

    /// From now on the network's chain is read whole: where it forks, heights do not say where an entry stands.
    package func noteNetworkFork() throws { try set("network_forked", to: 1) }

    private func set(_ key: String, to value: Int) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO counter (key, value) VALUES (?, ?)")
            .execute(arguments: [key, value])
    }

    package func setMeta(_ key: String, _ value: [UInt8]) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
            .execute(arguments: [key, value.databaseBytes])
    }

    package func insertBlob(_ id: BlobID, _ bytes: [UInt8], isChecked: Bool) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO blob (id, bytes, checked) VALUES (?, ?, ?)")
            .execute(arguments: [id.bytes.databaseBytes, bytes.databaseBytes, isChecked])
        try clearApart(kind: "blob", id.bytes)
    }

    /// From now on the rules are asked again whenever the blob is read.
    package func uncheckBlob(_ id: BlobID) throws {
        try db.execute(sql: "UPDATE blob SET checked = 0 WHERE id = ?", arguments: [id.bytes.databaseBytes])
    }

    /// A number that grows with every write that touches dossiers: what caches of the scope are keyed by.
    package func raiseGeneration() throws { try raise("generation", by: 1) }

    package func raise(_ key: String, by count: Int) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO counter (key, value) VALUES (?, ?)
                ON CONFLICT (key) DO UPDATE SET value = value + excluded.value
                """
        ).execute(arguments: [key, count])
    }
}
