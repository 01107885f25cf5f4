package import Dossier
package import Envelope
import GRDB
import History
import Sodium

extension StoreWriter {
    func insert(_ letters: [LetterEntry], dossier: Int64) throws {
        guard !letters.isEmpty else { return }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO letter (dossier, unit, register, first, last, kind, document, instance, key, change, author)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for letter in letters {
            var (kind, document, instance) = ("void", "", 0)
            var key: [UInt8]?
            switch letter.kind {
            case .lease(let leased): (kind, key) = ("lease", leased.bytes.bytes)
            case .use(let name, let number): (kind, document, instance) = ("use", name, number)
            case .void: break
            }
            try statement.execute(
                arguments: [
                    dossier, try unitNumber(letter.unit), letter.register, letter.first, letter.last, kind, document,
                    instance, key?.databaseBytes, letter.change.bytes.databaseBytes,
                    letter.author.bytes.bytes.databaseBytes,
                ])
        }
    }
}

extension StoreReader {
    /// A unit's register as this replica holds it, or all of its registers; in the order of registers and numbers.
    package func letters(
        of unit: UnitID, register: String?
    ) throws -> [(dossier: DossierID, entry: LetterEntry)] {
        guard let number = try unitNumber(unit) else { return [] }
        let filter = register == nil ? "" : "AND letter.register = ?"
        let statement = try db.cachedStatement(
            sql: """
                SELECT dossier.id, register, first, last, kind, document, instance, key, change, author FROM letter
                JOIN dossier ON dossier.number = letter.dossier WHERE letter.unit = ? \(filter)
                ORDER BY register, first, change
                """)
        let rows = try Row.fetchCursor(statement, arguments: register.map { [number, $0] } ?? [number])
        var found: [(dossier: DossierID, entry: LetterEntry)] = []
        while let row = try rows.next() {
            guard let dossier = DossierID(row.bytes(0)), let change = ChangeSetID(row.bytes(8)),
                let author = Bytes32(row.bytes(9)).map({ PublicKey($0) })
            else { continue }
            let kind: LetterEntry.Kind
            switch row[4] as String {
            case "lease":
                guard let key = Bytes32(row.bytes(7)).map({ PublicKey($0) }) else { continue }
                kind = .lease(key)
            case "use": kind = .use(document: row[5], instance: row[6])
            default: kind = .void
            }
            found.append(
                (
                    dossier: dossier,
                    entry: LetterEntry(
                        unit: unit, register: row[1], first: row[2], last: row[3], kind: kind, change: change,
                        author: author)
                ))
        }
        return found
    }
}
