package import Envelope
import GRDB
package import History
package import Sodium

extension StoreWriter {
    private func look(_ table: String, _ column: String, _ bytes: [UInt8]) throws -> Int64 {
        let data = bytes.databaseBytes
        let find = try db.cachedStatement(sql: "SELECT number FROM \(table) WHERE \(column) = ?")
        if let number = try Int64.fetchOne(find, arguments: [data]) { return number }
        try db.cachedStatement(sql: "INSERT INTO \(table) (\(column)) VALUES (?)").execute(arguments: [data])
        return db.lastInsertedRowID
    }

    package func unitNumber(_ unit: UnitID) throws -> Int64 {
        if let known = memory.units[unit] { return known }
        let number = try look("unit", "id", unit.bytes)
        memory.units[unit] = number
        return number
    }

    func setNumber(_ units: [UnitID]) throws -> Int64 {
        if let known = memory.unitSets[units] { return known }
        let number = try look("unit_set", "units", units.flatMap(\.bytes))
        memory.unitSets[units] = number
        return number
    }

    func deviceNumber(_ key: PublicKey) throws -> Int64 {
        if let known = memory.devices[key] { return known }
        let number = try look("device", "key", key.bytes.bytes)
        memory.devices[key] = number
        return number
    }

    /// The number of a dossier, made where it is new; its derived columns follow with ``update(_:_:)``.
    package func dossierNumber(_ dossier: DossierID) throws -> Int64 {
        if let number = try reader.number(of: dossier) { return number }
        try db.cachedStatement(
            sql: "INSERT INTO dossier (id, short, digest, change_count) VALUES (?, ?, x'', 0)"
        ).execute(
            arguments: [dossier.bytes.databaseBytes, Int64(bitPattern: dossier.raw.prefix64)])
        return db.lastInsertedRowID
    }

    package func append(_ change: Verified<ChangeSet>, dossier: Int64) throws -> Int64 {
        let value = change.value
        let device = try deviceNumber(value.author)
        try db.cachedStatement(
            sql: "INSERT INTO change (dossier, device, seq, id, bytes) VALUES (?, ?, ?, ?, ?)"
        ).execute(
            arguments: [
                dossier, device, Int64(clamping: value.seq), value.id.bytes.databaseBytes, value.bytes.databaseBytes,
            ])
        let number = db.lastInsertedRowID
        if value.seq == 0 { try noteWriter(device, dossier) }
        return number
    }

    /// Notes a place, with its opening where it came along.
    package func append(
        _ place: Place, dossier: Int64, change: Int64, own: UnitID, opening: Opening?
    ) throws {
        let readers = try setNumber(place.readers)
        let author = try place.author.map { try unitNumber($0) } ?? 0
        try db.cachedStatement(
            sql: """
                INSERT INTO place (dossier, change, commitment, kind, readers, author, mine, salt, opened, audience, size)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                dossier, change, place.committed.commitment.bytes.databaseBytes, Int64(place.kind.rawValue), readers,
                author, place.readers.contains(own), opening?.salt.databaseBytes,
                opening?.opened.encoded.databaseBytes, place.committed.audience.encoded.databaseBytes,
                place.committed.size.map { Int64(clamping: $0) },
            ])
        if let opening { index(opening, dossier: dossier) }
    }

    /// Makes an opened text findable. The index holds which words a dossier has and nothing else (no content, no
    /// positions), so further words of the same dossier are simply added, and an edit costs its own words only. They
    /// are collected: FTS5 closes a segment when a row comes again.
    func index(_ opening: Opening, dossier: Int64) {
        guard case .text(let text) = opening.opened else { return }
        memory.words[dossier, default: ""] += text + "\n"
    }

    func flushWords(_ dossier: Int64) throws {
        guard let words = memory.words.removeValue(forKey: dossier) else { return }
        try db.cachedStatement(sql: "INSERT INTO search (rowid, text) VALUES (?, ?)").execute(arguments: [
            dossier, words,
        ])
    }

    /// Fills in an opening at its place in one change set. The caller has checked that it fits there: at the place of
    /// another author who repeats the commitment it does not, or he would say who may read it.
    package func fill(_ opening: Opening, dossier: Int64, change: ChangeSetID) throws {
        let commitment = opening.commitment.bytes
        let short = Array(commitment.prefix(8)).databaseBytes
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT place.number FROM place INDEXED BY place_commitment
                    JOIN change ON change.number = place.change
                    WHERE place.dossier = ? AND substr(place.commitment, 1, 8) = ? AND place.commitment = ?
                    AND place.opened IS NULL AND change.id = ?
                    """), arguments: [dossier, short, commitment.databaseBytes, change.bytes.databaseBytes])
        guard !rows.isEmpty else { return }
        let update = try db.cachedStatement(sql: "UPDATE place SET salt = ?, opened = ? WHERE number = ?")
        let clear = try db.cachedStatement(sql: "DELETE FROM damaged WHERE place = ?")
        for row in rows {
            let number: Int64 = row[0]
            try update.execute(
                arguments: [opening.salt.databaseBytes, opening.opened.encoded.databaseBytes, number])
            try clear.execute(arguments: [number])
        }
        index(opening, dossier: dossier)
    }

    /// A commitment that becomes readable here by a release.
    package func markMine(_ releases: [DossierRecord.Release], dossier: Int64) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE place SET mine = 1 WHERE dossier = ? AND commitment = ? AND author = ?")
        for release in releases {
            try statement.execute(
                arguments: [dossier, release.commitment.bytes.databaseBytes, try unitNumber(release.author)])
        }
    }

    /// Replaces everything derived from a dossier.
    package func update(_ number: Int64, _ record: DossierRecord, isNew: Bool) throws {
        try db.cachedStatement(
            sql: """
                UPDATE dossier SET digest = ?, change_count = ?, state_hash = ?, title = ?, procedure = ?, status = ?,
                steps = ?, created = ?, updated = ?, title_basis = ?, times = ?, slow = ? WHERE number = ?
                """
        ).execute(
            arguments: [
                record.digest.bytes.databaseBytes, record.changeCount, record.stateHash.bytes.databaseBytes,
                record.title, record.procedure, record.status, record.steps, Int64(clamping: record.created),
                Int64(clamping: record.updated), record.titleBasis, record.times.databaseBytes,
                record.isSlow, number,
            ])
        try updateLists(number, record, isNew: isNew)
        if !isNew { try clearStale(number) }
        try flushWords(number)
    }

    /// Parties, tasks, releases and erasures change with acts only; most change sets leave them as they are.
    private func updateLists(_ number: Int64, _ record: DossierRecord, isNew: Bool) throws {
        let lists = record.listsImage
        if !isNew {
            let known = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT derived FROM dossier WHERE number = ?"), arguments: [number])
            if known?.bytes(0) == lists { return }
            try clearLists(number)
        }
        try db.cachedStatement(sql: "UPDATE dossier SET derived = ? WHERE number = ?")
            .execute(arguments: [lists.databaseBytes, number])
        let party = try db.cachedStatement(sql: "INSERT OR IGNORE INTO party (unit, dossier) VALUES (?, ?)")
        for unit in record.parties { try party.execute(arguments: [try unitNumber(unit), number]) }
        let removed = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO removed (unit, dossier, digest) VALUES (?, ?, ?)")
        for party in record.removed {
            try removed.execute(
                arguments: [try unitNumber(party.unit), number, party.digest.bytes.databaseBytes])
        }
        let named = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO named (dossier, reader, unit, wrote) VALUES (?, ?, ?, ?)")
        for unit in record.named {
            try named.execute(arguments: [number, 0, try unitNumber(unit), record.writers.contains(unit)])
        }
        for party in record.removed {
            let reader = try unitNumber(party.unit)
            for unit in party.named { try named.execute(arguments: [number, reader, try unitNumber(unit), false]) }
        }
        let task = try db.cachedStatement(
            sql: "INSERT INTO task (dossier, unit, role, step, kind) VALUES (?, ?, ?, ?, ?)")
        for item in record.tasks {
            try task.execute(arguments: [number, try unitNumber(item.unit), item.role, item.step, item.kind])
        }
        let release = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO release (dossier, commitment, unit, author) VALUES (?, ?, ?, ?)")
        for item in record.releases {
            try release.execute(
                arguments: [
                    number, item.commitment.bytes.databaseBytes, try unitNumber(item.reader),
                    try unitNumber(item.author),
                ])
        }
        try insert(record.letters, dossier: number)
        try updateErasures(number, record.erased, isNew: isNew)
    }

    func clearLists(_ number: Int64) throws {
        for sql in [
            "DELETE FROM party WHERE dossier = ?", "DELETE FROM removed WHERE dossier = ?",
            "DELETE FROM named WHERE dossier = ?", "DELETE FROM task WHERE dossier = ?",
            "DELETE FROM release WHERE dossier = ?", "DELETE FROM letter WHERE dossier = ?",
            "DELETE FROM erasure WHERE dossier = ?",
        ] { try db.cachedStatement(sql: sql).execute(arguments: [number]) }
    }

    /// Drops everything derived, for `rebuild`.
    package func dropDerived() throws {
        try db.execute(sql: "INSERT INTO search (search) VALUES ('delete-all')")
        for table in ["party", "removed", "named", "task", "release", "letter", "erasure"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE dossier NOT IN (SELECT dossier FROM held)")
        }
        try db.execute(sql: "DELETE FROM scope_root")
        try db.execute(
            sql: "UPDATE place SET erased = 0 WHERE erased = 1 AND dossier NOT IN (SELECT dossier FROM held)")
        try db.execute(
            sql: """
                UPDATE dossier SET state_hash = NULL, title = NULL, procedure = NULL, status = NULL, steps = NULL,
                created = NULL, updated = NULL, derived = NULL, title_basis = NULL, times = NULL
                WHERE number NOT IN (SELECT dossier FROM held)
                """)
    }

    /// Fills the index of a dossier anew, for `rebuild`.
    package func reindex(_ dossier: Int64) throws {
        try collectWords(dossier)
        try flushWords(dossier)
    }

    /// Collects what the index holds of a dossier: every text that is open here.
    func collectWords(_ dossier: Int64) throws {
        for opening in try reader.texts(of: dossier) { index(opening, dossier: dossier) }
    }

    /// All derived rows as one text, for comparing a rebuilt store with what was there.
    package func derivedImage() throws -> [UInt8] {
        var stream = Blake2bStream(personal: Personal("mufakat state"))
        try db.execute(sql: "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(main, search, instance)")
        for sql in [
            "SELECT * FROM dossier ORDER BY number", "SELECT * FROM party ORDER BY unit, dossier",
            "SELECT * FROM removed ORDER BY unit, dossier", "SELECT * FROM named ORDER BY dossier, reader, unit",
            "SELECT * FROM task ORDER BY dossier, unit, role, step, kind",
            "SELECT * FROM release ORDER BY dossier, commitment, unit, author",
            "SELECT * FROM writer ORDER BY device, dossier",
            "SELECT * FROM erasure ORDER BY dossier, commitment, author",
            "SELECT number FROM place WHERE erased = 1 ORDER BY number",
            "SELECT term, doc FROM temp.words ORDER BY term, doc",
        ] {
            let rows = try Row.fetchCursor(db, sql: sql)
            while let row = try rows.next() { stream.update(Array(row.description.utf8)) }
        }
        return stream.finish().bytes
    }

    package func cacheRoot(_ peer: UnitID, root: Bytes32, count: Int, units: [UnitID]) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO scope_root (unit, generation, root, count, units) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                try unitNumber(peer), try reader.generation(), root.bytes.databaseBytes, count,
                units.flatMap(\.bytes).databaseBytes,
            ])
    }

    /// Refusals that `check` lists; the oldest go, so that nobody fills a disk with them.
    ///
    /// - Parameter count: how many were refused for the same reason in one batch; the object is the first.
    package func noteRefusal(
        at: UInt64, dossier: DossierID?, object: Bytes32?, reason: String, count: Int = 1
    ) throws {
        try db.execute(
            sql: "INSERT INTO refusal (at, dossier, object, reason, count) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                Int64(clamping: at), dossier?.bytes.databaseBytes, object?.bytes.databaseBytes, reason, count,
            ])
        try db.execute(sql: "DELETE FROM refusal WHERE number <= ?", arguments: [db.lastInsertedRowID - 1_000])
    }

    package func notePeer(_ address: String, unit: UnitID?, at: UInt64) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO peer (address, unit, at) VALUES (?, ?, ?)",
            arguments: [address, unit?.bytes.databaseBytes, Int64(clamping: at)])
    }
}

extension StoreWriter {
    /// Flips a bit in every stored envelope: what a failing disk does. For tests of what is said then.
    package func damageChanges() throws {
        let rows = try Row.fetchAll(db, sql: "SELECT number, bytes FROM change")
        for row in rows {
            var bytes = row.bytes(1)
            bytes[bytes.count / 2] ^= 1
            try db.execute(
                sql: "UPDATE change SET bytes = ? WHERE number = ?", arguments: [bytes.databaseBytes, row[0] as Int64])
        }
    }
}
