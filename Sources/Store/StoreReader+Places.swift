import CBOR
package import Envelope
import GRDB
import Sodium

/// Places of commitments with what opens them. Every opening that leaves here was verified on the way: what does not
/// fit is noted, and counts as missing.
extension StoreReader {
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
        /// What was held did not fit what was signed, and was set apart.
        package let isDamaged: Bool
        /// Bytes of the file; 0 for a text.
        package let size: Int
        package var holding: Holding

        /// Meant for this unit, and not here.
        package var isMissing: Bool { isMine && !isErased && opening == nil }

        /// The file that the opening names.
        package var file: FileID? {
            guard kind == .file, case .bytes(let bytes)? = opening?.opened else { return nil }
            return FileID(bytes)
        }

        /// What the history says of the place, with what the row holds of it.
        package func asSigned(_ signed: SignedPlace) -> PlaceRow {
            PlaceRow(
                change: change, commitment: commitment, kind: signed.place.kind, readers: signed.place.readers,
                isMine: signed.isMine, opening: signed.isErased ? nil : opening, author: signed.place.author,
                isErased: signed.isErased, isDamaged: isDamaged,
                size: Int(clamping: signed.place.committed.size ?? 0), holding: holding)
        }

        /// A place of which there is no row.
        package static func empty(_ signed: SignedPlace, in change: ChangeSetID) -> PlaceRow {
            PlaceRow(
                change: change, commitment: signed.place.committed.commitment, kind: signed.place.kind,
                readers: signed.place.readers, isMine: signed.isMine, opening: nil, author: signed.place.author,
                isErased: signed.isErased, isDamaged: false, size: Int(clamping: signed.place.committed.size ?? 0),
                holding: .never)
        }

        /// Known, meant for this unit, and its bytes are not here.
        package var isMissingFile: Bool { isMine && !isErased && file != nil && holding != .held }
    }

    private static let openedColumns = """
        place.number, place.commitment, place.kind, place.salt, place.opened, place.audience, device.key
        """
    private static let rowColumns = """
        \(openedColumns), change.id, unit_set.units, place.mine, unit.id, place.erased, place.size, place.held,
        EXISTS (SELECT 1 FROM damaged WHERE damaged.place = place.number)
        """
    private static let tables = """
        JOIN change ON change.number = place.change JOIN device ON device.number = change.device
        """
    private static let rowTables = """
        \(tables) JOIN unit_set ON unit_set.number = place.readers LEFT JOIN unit ON unit.number = place.author
        """

    package func places(of dossier: DossierID) throws -> [PlaceRow] {
        guard let number = try number(of: dossier) else { return [] }
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(Self.rowColumns) FROM place \(Self.rowTables)
                WHERE place.dossier = ? ORDER BY place.number
                """)
        return try places(statement, [number])
    }

    /// The places of one commitment: by an index, for a peer asks for each piece of a file anew.
    package func places(of dossier: DossierID, _ commitment: Commitment) throws -> [PlaceRow] {
        guard let number = try number(of: dossier) else { return [] }
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(Self.rowColumns) FROM place INDEXED BY place_commitment \(Self.rowTables)
                WHERE place.dossier = ? AND substr(place.commitment, 1, 8) = ? AND place.commitment = ?
                """)
        return try places(statement, Self.key(number, commitment))
    }

    private static func key(_ dossier: Int64, _ commitment: Commitment) -> StatementArguments {
        let bytes = commitment.bytes
        return [dossier, Array(bytes.prefix(8)).databaseBytes, bytes.databaseBytes]
    }

    private func places(_ statement: Statement, _ arguments: StatementArguments) throws -> [PlaceRow] {
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var found: [PlaceRow] = []
        while let row = try rows.next() { if let place = place(row) { found.append(place) } }
        return found
    }

    private func place(_ row: Row) -> PlaceRow? {
        guard let change = ChangeSetID(row.bytes(7)), let commitment = Commitment(row.bytes(1)),
            let kind = Opening.Kind(rawValue: UInt64(clamping: row[2] as Int64))
        else { return nil }
        let author = UnitID(row.bytes(10))
        let readers = Self.readers(row.bytes(8), audience: row.bytes(5), author)
        let opening = opening(in: row)
        let isThere = !row.bytes(4).isEmpty
        return PlaceRow(
            change: change, commitment: commitment, kind: kind, readers: readers, isMine: row[9], opening: opening,
            author: author, isErased: row[11], isDamaged: row[14] || (isThere && opening == nil),
            size: Int(clamping: row[12] as Int64? ?? 0), holding: Holding(rawValue: row[13]) ?? .never)
    }

    /// Units that may open a place: those noted, as far as the audience means them. The audience is verified with what
    /// opens the commitment, so that a row gives nobody what was written for others.
    private static func readers(_ packed: [UInt8], audience: [UInt8], _ author: UnitID?) -> [UnitID] {
        let noted = stride(from: 0, to: packed.count - 31, by: 32).compactMap { UnitID(packed[$0..<($0 + 32)]) }
        guard let item = try? CBORValue.decode(audience), let audience = try? Audience(item) else { return [] }
        switch audience {
        case .all: return noted
        case .own: return noted.filter { $0 == author }
        case .units(let units): return noted.filter { $0 == author || units.contains($0) }
        }
    }

    /// The opening in a row that begins with ``openedColumns``; nil where none is held, or what is held does not fit.
    private func opening(in row: Row) -> Opening? {
        let opened = row.bytes(4)
        guard !opened.isEmpty else { return nil }
        let found = Self.verified(
            Commitment(row.bytes(1)), salt: row.bytes(3), kind: row[2], opened: opened, author: row.bytes(6),
            audience: row.bytes(5))
        if found == nil { damage.note(.place(row[0])) }
        return found
    }

    /// What opens a commitment, out of the bytes that are kept of it.
    static func verified(
        _ commitment: Commitment?, salt: [UInt8], kind: Int, opened: [UInt8], author: [UInt8], audience: [UInt8]
    ) -> Opening? {
        guard let commitment, let item = try? CBORValue.decode(opened), let value = try? Value(item),
            let kind = Opening.Kind(rawValue: UInt64(clamping: kind)), let key = Bytes32(author),
            let audienceItem = try? CBORValue.decode(audience), let audience = try? Audience(audienceItem)
        else { return nil }
        return Opening(
            verifying: commitment, author: PublicKey(key), audience: audience, kind: kind, opened: value, salt: salt)
    }

    /// One opening of a dossier, if it is held.
    package func opening(_ commitment: Commitment, dossier: Int64) throws -> Opening? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(Self.openedColumns) FROM place INDEXED BY place_commitment \(Self.tables)
                WHERE place.dossier = ? AND substr(place.commitment, 1, 8) = ? AND place.commitment = ?
                AND place.opened IS NOT NULL
                """)
        let rows = try Row.fetchCursor(statement, arguments: Self.key(dossier, commitment))
        while let row = try rows.next() { if let opening = opening(in: row) { return opening } }
        return nil
    }

    /// Texts of a dossier that are held, for the index of words.
    func texts(of dossier: Int64) throws -> [Opening] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(Self.openedColumns) FROM place \(Self.tables)
                WHERE place.dossier = ? AND place.opened IS NOT NULL AND place.kind = 0
                """)
        let rows = try Row.fetchCursor(statement, arguments: [dossier])
        var found: [Opening] = []
        while let row = try rows.next() { if let opening = opening(in: row) { found.append(opening) } }
        return found
    }
}

extension StoreReader.PlaceRow {
    /// A place that is not stored yet, with its opening; a file that it names is here.
    package init(_ place: Place, of change: ChangeSetID, isMine: Bool, opening: Opening?) {
        (self.change, commitment, kind) = (change, place.committed.commitment, place.kind)
        (readers, self.isMine, self.opening) = (place.readers, isMine, opening)
        (author, isErased, isDamaged) = (place.author, false, false)
        size = Int(clamping: place.committed.size ?? 0)
        holding = place.kind == .file && opening != nil ? .held : .never
    }
}
