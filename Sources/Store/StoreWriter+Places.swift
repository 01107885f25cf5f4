package import Envelope
import GRDB
package import Sodium

/// What a signed change set says of its own row and of its places: what the rows have to be.
package struct SignedRows: Sendable {
    package let change: ChangeSetID
    package let author: PublicKey
    package let seq: UInt64
    package let places: [SignedPlace]

    package init(change: ChangeSetID, author: PublicKey, seq: UInt64, places: [SignedPlace]) {
        (self.change, self.author, self.seq, self.places) = (change, author, seq, places)
    }
}

/// A place as the history says it.
package struct SignedPlace: Sendable {
    package let place: Place
    /// Meant for this unit, by audience or release.
    package let isMine: Bool
    package let isErased: Bool

    package init(place: Place, isMine: Bool, isErased: Bool) {
        (self.place, self.isMine, self.isErased) = (place, isMine, isErased)
    }
}

/// Whether the rows of change sets and places are those that the signed history gives.
extension StoreWriter {
    /// Compares the rows of a dossier with the signed history and makes those that differ anew; what was held at a place
    /// stays, and is verified by whoever reads it. What is erased is made anew by the next fold.
    ///
    /// - Returns: the tables in which rows differed.
    package func mendRows(_ dossier: Int64, from signed: [SignedRows]) throws -> [String] {
        var held = try placeRows(dossier)
        var (lacking, mended): ([(change: Int64, image: PlaceImage)], [(number: Int64, author: PublicKey)]) = ([], [])
        var isChangeMended = false
        var spare: [PlaceRowImage] = []
        for item in signed {
            guard let row = try mendChange(item, dossier: dossier) else { continue }
            var rest = held.removeValue(forKey: row.number) ?? []
            let wanted = try item.places.map { try image(of: $0) }
            if rest.map(\.image) != wanted {
                for image in wanted {
                    if let index = rest.firstIndex(where: { $0.image == image }) {
                        rest.remove(at: index)
                    } else {
                        lacking.append((row.number, image))
                    }
                }
                spare += rest
            }
            isChangeMended = isChangeMended || row.wasOther
            if row.wasOther || lacking.last?.change == row.number { mended.append((row.number, item.author)) }
        }
        for number in held.keys.sorted() { spare += held[number] ?? [] }
        let isPlaceMended = !lacking.isEmpty || !spare.isEmpty
        for item in lacking { try write(item.image, change: item.change, dossier: dossier, over: &spare) }
        for row in spare { try removePlace(row.number) }
        for item in mended { try putBack(item.number, by: item.author) }
        return (isChangeMended ? ["change"] : []) + (isPlaceMended ? ["place"] : [])
    }

    private struct PlaceRowImage {
        let number: Int64
        let image: PlaceImage
    }

    /// The columns of a place that follow from what was signed.
    private struct PlaceImage: Equatable {
        let commitment: [UInt8]
        let kind: Int64
        let readers: Int64
        let author: Int64
        let isMine: Bool
        let isErased: Bool
        let audience: [UInt8]
        let size: Int64?

        var arguments: StatementArguments {
            [commitment.databaseBytes, kind, readers, author, isMine, audience.databaseBytes, size]
        }
    }

    private func image(of signed: SignedPlace) throws -> PlaceImage {
        let place = signed.place
        return PlaceImage(
            commitment: place.committed.commitment.bytes, kind: Int64(place.kind.rawValue),
            readers: try setNumber(place.readers), author: try place.author.map { try unitNumber($0) } ?? 0,
            isMine: signed.isMine, isErased: signed.isErased, audience: place.committed.audience.encoded,
            size: place.committed.size.map { Int64(clamping: $0) })
    }

    private func placeRows(_ dossier: Int64) throws -> [Int64: [PlaceRowImage]] {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT number, change, commitment, kind, readers, author, mine, erased, audience, size FROM place
                WHERE dossier = ? ORDER BY number
                """, arguments: [dossier])
        var found: [Int64: [PlaceRowImage]] = [:]
        while let row = try rows.next() {
            let image = PlaceImage(
                commitment: row.bytes(2), kind: row[3], readers: row[4], author: row[5], isMine: row[6],
                isErased: row[7], audience: row.bytes(8), size: row[9])
            found[row[1], default: []].append(PlaceRowImage(number: row[0], image: image))
        }
        return found
    }

    /// The number of a change set's row; its device and place in that log are set right.
    private func mendChange(_ item: SignedRows, dossier: Int64) throws -> (number: Int64, wasOther: Bool)? {
        let find = try db.cachedStatement(
            sql: """
                SELECT change.number, change.seq, device.key FROM change
                LEFT JOIN device ON device.number = change.device WHERE change.dossier = ? AND change.id = ?
                """)
        let arguments: StatementArguments = [dossier, item.change.bytes.databaseBytes]
        guard let row = try Row.fetchOne(find, arguments: arguments) else { return nil }
        let number: Int64 = row[0]
        if row[1] as Int64 == Int64(clamping: item.seq), row.bytes(2) == item.author.bytes.bytes {
            return (number, false)
        }
        try db.execute(
            sql: "UPDATE change SET device = ?, seq = ? WHERE number = ?",
            arguments: [try deviceNumber(item.author), Int64(clamping: item.seq), number])
        return (number, true)
    }

    /// Writes a place over a row of its commitment that stands for nothing else, so that what opens it stays.
    private func write(
        _ image: PlaceImage, change: Int64, dossier: Int64, over spare: inout [PlaceRowImage]
    ) throws {
        guard let index = spare.firstIndex(where: { $0.image.commitment == image.commitment }) else {
            return try db.execute(
                sql: """
                    INSERT INTO place (commitment, kind, readers, author, mine, audience, size, dossier, change)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """, arguments: image.arguments + [dossier, change])
        }
        try db.execute(
            sql: """
                UPDATE place SET commitment = ?, kind = ?, readers = ?, author = ?, mine = ?, audience = ?, size = ?,
                change = ? WHERE number = ?
                """, arguments: image.arguments + [change, spare.remove(at: index).number])
    }

    /// What was set apart because a column beside it was another fits again: nobody else may have it.
    private func putBack(_ change: Int64, by author: PublicKey) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT place.number, place.commitment, place.kind, place.audience, damaged.salt, damaged.opened
                FROM place JOIN damaged ON damaged.place = place.number
                WHERE place.change = ? AND place.opened IS NULL AND place.erased = 0
                """, arguments: [change])
        for row in rows {
            let opening = StoreReader.verified(
                Commitment(row.bytes(1)), salt: row.bytes(4), kind: row[2], opened: row.bytes(5),
                author: author.bytes.bytes, audience: row.bytes(3))
            guard opening != nil else { continue }
            try db.execute(
                sql: "UPDATE place SET salt = ?, opened = ? WHERE number = ?",
                arguments: [row.bytes(4).databaseBytes, row.bytes(5).databaseBytes, row[0] as Int64])
            try db.execute(sql: "DELETE FROM damaged WHERE place = ?", arguments: [row[0] as Int64])
        }
    }

    private func removePlace(_ number: Int64) throws {
        try db.execute(sql: "DELETE FROM damaged WHERE place = ?", arguments: [number])
        try db.execute(sql: "DELETE FROM place WHERE number = ?", arguments: [number])
    }
}
