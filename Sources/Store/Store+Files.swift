import CBOR
package import Envelope
import GRDB

/// Files and the places that they are held for (Protocol 6 §5). The bytes of a file lie once on the disk; a place is
/// served only where this replica attached the file there, or received it whole for that place.
extension StoreReader {
    /// Where the file of a place is from.
    package enum Holding: Int64, Sendable {
        /// Nowhere: equal bytes that are here for another place do not count.
        case never = 0
        /// Attached here, or received for this place.
        case held
        /// It was, and its bytes are gone or others. Any bytes that fit make it whole.
        case lost
    }

    /// A file that a place lacks.
    package struct MissingFile: Sendable {
        package let dossier: DossierID
        package let commitment: Commitment
        package let file: FileID
        package let size: Int
        package let holding: Holding
    }

    static func fileID(_ opened: [UInt8]) -> FileID? {
        guard let item = try? CBORValue.decode(opened), case .bytes(let bytes) = item else { return nil }
        return FileID(bytes)
    }

    /// What this unit may have and lacks: texts and files, by dossier, the latest first.
    package func missingCounts() throws -> [(dossier: DossierID, texts: Int, files: Int)] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT dossier.id, sum(texts), sum(files) FROM (
                    SELECT dossier AS number, count(DISTINCT commitment) AS texts, 0 AS files
                    FROM place INDEXED BY place_missing WHERE opened IS NULL AND mine = 1 AND erased = 0 GROUP BY dossier
                    UNION ALL SELECT dossier, 0, count(DISTINCT commitment) FROM place INDEXED BY place_unheld
                    WHERE kind = 1 AND opened IS NOT NULL AND held <> 1 AND mine = 1 GROUP BY dossier
                ) AS missing JOIN dossier ON dossier.number = missing.number
                GROUP BY missing.number ORDER BY dossier.updated DESC, missing.number
                """)
        return rows.compactMap { row in
            DossierID(row.bytes(0)).map { (dossier: $0, texts: row[1] as Int, files: row[2] as Int) }
        }
    }

    /// Names in the folder of files that some place stands for: a file, what of it was found damaged, and the part of
    /// one that is on its way.
    package func fileNames() throws -> Set<String> {
        var names: Set<String> = []
        let files = try Row.fetchCursor(
            db, sql: "SELECT DISTINCT opened FROM place INDEXED BY place_file WHERE kind = 1 AND opened IS NOT NULL")
        while let row = try files.next() {
            if let file = Self.fileID(row.bytes(0)) { names.formUnion([file.hex, file.hex + ".damaged"]) }
        }
        let parts = try Row.fetchCursor(
            db,
            sql: """
                SELECT commitment FROM place INDEXED BY place_unheld
                WHERE kind = 1 AND opened IS NOT NULL AND held <> 1
                """)
        while let row = try parts.next() {
            if let commitment = Commitment(row.bytes(0)) { names.insert(commitment.hex + ".part") }
        }
        return names
    }
}

extension StoreWriter {
    /// A file was copied in for a change set of this replica.
    package func holdFile(_ file: FileID, _ commitment: Commitment, change: Int64) throws {
        try db.cachedStatement(sql: "UPDATE place SET held = 1 WHERE change = ? AND commitment = ? AND kind = 1")
            .execute(arguments: [change, commitment.bytes.databaseBytes])
        try findFile(file)
    }

    /// A file came whole for a place of a dossier.
    package func holdFile(_ file: FileID, _ commitment: Commitment, dossier: Int64) throws {
        let bytes = commitment.bytes
        try db.cachedStatement(
            sql: """
                UPDATE place SET held = 1 WHERE dossier = ? AND substr(commitment, 1, 8) = ? AND commitment = ?
                AND kind = 1 AND opened = ?
                """
        ).execute(
            arguments: [
                dossier, Array(bytes.prefix(8)).databaseBytes, bytes.databaseBytes, Self.opened(file).databaseBytes,
            ])
        try findFile(file)
    }

    /// Its bytes are here: places that lost them have them again.
    private func findFile(_ file: FileID) throws {
        try db.cachedStatement(
            sql: "UPDATE place SET held = 1 WHERE opened = ? AND kind = 1 AND opened IS NOT NULL AND held = 2"
        ).execute(arguments: [Self.opened(file).databaseBytes])
    }

    /// Its bytes are gone, or others.
    package func loseFile(_ file: FileID) throws {
        try db.cachedStatement(
            sql: "UPDATE place SET held = 2 WHERE opened = ? AND kind = 1 AND opened IS NOT NULL AND held = 1"
        ).execute(arguments: [Self.opened(file).databaseBytes])
    }

    private static func opened(_ file: FileID) -> [UInt8] { Value.bytes(file.bytes).encoded }
}
