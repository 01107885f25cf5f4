import CBOR
package import Envelope
import GRDB
package import Registry
import Sodium

extension StoreReader {
    /// Entries in the order in which they were accepted, parents first, from a number on.
    package func entries(after number: Int64) throws -> [(number: Int64, bytes: [UInt8])] {
        let statement = try db.cachedStatement(sql: "SELECT number, bytes FROM entry WHERE number > ? ORDER BY number")
        let rows = try Row.fetchCursor(statement, arguments: [number])
        var found: [(number: Int64, bytes: [UInt8])] = []
        while let row = try rows.next() { found.append((number: row[0], bytes: row.bytes(1))) }
        return found
    }

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

    /// A blob, and whether it passed the rules of definitions when it was stored.
    package func checkedBlob(_ id: BlobID) throws -> (bytes: [UInt8], isChecked: Bool)? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT bytes, checked FROM blob WHERE id = ?"), arguments: [id.bytes.databaseBytes]
        ).map { (bytes: $0.bytes(0), isChecked: $0[1]) }
    }

    /// The opening of a name in the registry.
    package func name(_ commitment: Commitment) throws -> Opening? {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT salt, opened FROM name WHERE commitment = ?"),
                arguments: [commitment.bytes.databaseBytes])
        else { return nil }
        return Self.opening(commitment, salt: row.bytes(0), kind: 0, opened: row.bytes(1))
    }

    static func opening(_ commitment: Commitment, salt: [UInt8], kind: Int, opened: [UInt8]) -> Opening? {
        guard salt.count == Opening.saltByteCount, let item = try? CBORValue.decode(opened),
            let value = try? Value(item), let kind = Opening.Kind(rawValue: UInt64(kind))
        else { return nil }
        return Opening(stored: commitment, salt: salt, kind: kind, opened: value)
    }
}

extension StoreWriter {
    @discardableResult
    package func append(_ entry: Verified<Entry>) throws -> Int64 {
        try db.cachedStatement(sql: "INSERT INTO entry (bytes) VALUES (?)")
            .execute(arguments: [entry.value.bytes.databaseBytes])
        return db.lastInsertedRowID
    }

    package func setMeta(_ key: String, _ value: [UInt8]) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
            .execute(arguments: [key, value.databaseBytes])
    }

    package func insertBlob(_ id: BlobID, _ bytes: [UInt8], isChecked: Bool) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO blob (id, bytes, checked) VALUES (?, ?, ?)")
            .execute(arguments: [id.bytes.databaseBytes, bytes.databaseBytes, isChecked])
    }

    package func insertName(_ opening: Opening) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO name (commitment, salt, opened) VALUES (?, ?, ?)")
            .execute(
                arguments: [
                    opening.commitment.bytes.databaseBytes, opening.salt.databaseBytes,
                    opening.opened.encoded.databaseBytes,
                ])
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
