package import Envelope
import GRDB

/// What was read and is not what was signed: some other program, or the disk, changed it.
enum Damage: Hashable {
    /// The opening at a place.
    case place(Int64)
    case name(Commitment)
    case blob(BlobID)
    /// The bytes of a file are gone, or others.
    case file(FileID)
}

/// What one transaction found damaged, each once.
final class DamageList {
    private(set) var items: [Damage] = []

    func note(_ item: Damage) {
        if !items.contains(item) { items.append(item) }
    }
}

/// Something that was set apart and did not come again yet.
package enum DamagedItem: Hashable, Sendable {
    case name(Commitment)
    case blob(BlobID)
}

extension StoreReader {
    /// Marks a file whose bytes are gone or others, so that it is wanted again.
    package func noteLost(_ file: FileID) { damage.note(.file(file)) }

    /// Names and blobs that were set apart. Texts are marked at their places.
    package func damagedItems() throws -> [DamagedItem] {
        let rows = try Row.fetchAll(db, sql: "SELECT kind, id FROM damaged WHERE place IS NULL ORDER BY number")
        return rows.compactMap { row in
            (row[0] as String) == "name"
                ? Commitment(row.bytes(1)).map { .name($0) } : BlobID(row.bytes(1)).map { .blob($0) }
        }
    }

    /// Reads every name and every blob, so that what does not fit is set apart.
    package func verifyNamesAndBlobs() throws {
        for row in try Row.fetchAll(db, sql: "SELECT DISTINCT commitment FROM name WHERE opened IS NOT NULL") {
            if let commitment = Commitment(row.bytes(0)) { _ = try name(commitment) }
        }
        for row in try Row.fetchAll(db, sql: "SELECT id FROM blob") {
            if let id = BlobID(row.bytes(0)) { _ = try blob(id) }
        }
    }
}

extension StoreWriter {
    /// Takes what is damaged away from where it is read: it is missing from then on, and asked for like everything that
    /// is missing. What was there is kept beside.
    func setApart(_ damage: [Damage]) throws {
        guard !damage.isEmpty else { return }
        for item in damage {
            switch item {
            case .place(let number):
                try db.execute(
                    sql: """
                        INSERT OR REPLACE INTO damaged (kind, place, id, salt, opened)
                        SELECT 'place', number, commitment, salt, opened FROM place WHERE number = ? AND opened IS NOT NULL
                        """, arguments: [number])
                // Its file was held as something else: it counts again when it is found to fit.
                try db.execute(
                    sql: """
                        UPDATE place SET salt = NULL, opened = NULL, held = CASE held WHEN 1 THEN 2 ELSE held END
                        WHERE number = ?
                        """, arguments: [number])
            case .name(let commitment):
                let id = commitment.bytes.databaseBytes
                try db.execute(
                    sql: """
                        INSERT INTO damaged (kind, id, salt, opened)
                        SELECT 'name', commitment, salt, opened FROM name WHERE commitment = ? AND opened IS NOT NULL LIMIT 1
                        """, arguments: [id])
                try db.execute(sql: "UPDATE name SET salt = NULL, opened = NULL WHERE commitment = ?", arguments: [id])
            case .blob(let blob):
                let id = blob.bytes.databaseBytes
                try db.execute(
                    sql: "INSERT INTO damaged (kind, id, opened) SELECT 'blob', id, bytes FROM blob WHERE id = ?",
                    arguments: [id])
                try db.execute(sql: "DELETE FROM blob WHERE id = ?", arguments: [id])
            case .file(let file): try loseFile(file)
            }
        }
        try raiseGeneration()
    }

    /// What came again needs no trace of what it replaces.
    func clearApart(kind: String, _ id: [UInt8]) throws {
        try db.cachedStatement(sql: "DELETE FROM damaged WHERE place IS NULL AND kind = ? AND id = ?")
            .execute(arguments: [kind, id.databaseBytes])
    }
}
