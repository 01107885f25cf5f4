package import Envelope
import GRDB
package import Sodium

extension StoreReader {
    /// Change sets of a dossier from a number on, in the order in which they were accepted, until they have about so
    /// many bytes; `next` is where to go on, nil after the last.
    package func changes(
        of dossier: DossierID, from start: Int64, byteCount: Int
    ) throws -> (rows: [StoredChange], next: Int64?) {
        guard let number = try number(of: dossier) else { return ([], nil) }
        let statement = try db.cachedStatement(
            sql: """
                SELECT change.number, change.id, device.key, change.seq, change.bytes FROM change
                JOIN device ON device.number = change.device
                WHERE change.dossier = ? AND change.number >= ? ORDER BY change.number
                """)
        var found: [StoredChange] = []
        var count = 0
        let rows = try Row.fetchCursor(statement, arguments: [number, start])
        while let row = try rows.next() {
            if count >= byteCount { return (found, row[0]) }
            let item = try Self.log(row)
            let bytes = row.bytes(4)
            count += bytes.count
            found.append(StoredChange(number: row[0], id: item.id, device: item.device, seq: item.seq, bytes: bytes))
        }
        return (found, nil)
    }

    /// Places of a dossier's change sets in the logs of their devices.
    package func logs(
        of dossier: DossierID
    ) throws -> [(id: ChangeSetID, device: PublicKey, seq: UInt64)] {
        guard let number = try number(of: dossier) else { return [] }
        let statement = try db.cachedStatement(
            sql: """
                SELECT change.number, change.id, device.key, change.seq FROM change
                JOIN device ON device.number = change.device WHERE change.dossier = ? ORDER BY change.number
                """)
        var found: [(id: ChangeSetID, device: PublicKey, seq: UInt64)] = []
        let rows = try Row.fetchCursor(statement, arguments: [number])
        while let row = try rows.next() { found.append(try Self.log(row)) }
        return found
    }

    private static func log(_ row: Row) throws -> (id: ChangeSetID, device: PublicKey, seq: UInt64) {
        guard let id = ChangeSetID(row.bytes(1)), let key = Bytes32(row.bytes(2)) else {
            throw StoreFailure.damaged(path: "change", fact: "\(row[0] as Int64)")
        }
        return (id, PublicKey(key), UInt64(clamping: row[3] as Int64))
    }
}
