import GRDB

extension Store {
    /// Raised with every change of the tables. Another one is refused by name.
    static let schemaVersion = 7

    /// Facts (entry, blob, name, change, place, archive) and what is derived from them (the rest), which `rebuild` makes
    /// anew; `stale` says of which dossiers the derived rows wait for that, `damaged` keeps what did not fit what was
    /// signed. `held` of a place is where its file is from (``StoreReader/Holding``): a fact as well. What is not of a
    /// dossier held here, or not folded, has its own tables: `held`, `allowance`, `apart`, `turned_away`.
    /// STRICT tables with integer keys; hashes are compared in full and indexed by their first eight bytes.
    static let schema = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) STRICT, WITHOUT ROWID;
        CREATE TABLE counter (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE authored (number INTEGER PRIMARY KEY, id BLOB NOT NULL, change INTEGER) STRICT;
        CREATE INDEX authored_entry ON authored (number) WHERE change IS NULL;
        CREATE TABLE entry (
            number INTEGER PRIMARY KEY, short INTEGER NOT NULL, unit INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE INDEX entry_short ON entry (short);
        CREATE INDEX entry_unit ON entry (unit);
        CREATE TABLE blob (
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL, checked INTEGER NOT NULL) STRICT;
        CREATE TABLE name (
            commitment BLOB NOT NULL, entry INTEGER NOT NULL, unit INTEGER NOT NULL, reach INTEGER NOT NULL, salt BLOB,
            opened BLOB, author BLOB NOT NULL, audience BLOB NOT NULL, PRIMARY KEY (commitment, entry))
            STRICT, WITHOUT ROWID;
        CREATE INDEX name_missing ON name (reach, unit) WHERE opened IS NULL;
        CREATE INDEX name_held ON name (reach, unit) WHERE opened IS NOT NULL;
        CREATE TABLE unit (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;
        CREATE TABLE unit_set (number INTEGER PRIMARY KEY, units BLOB NOT NULL UNIQUE) STRICT;
        CREATE TABLE device (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE) STRICT;
        CREATE TABLE dossier (
            number INTEGER PRIMARY KEY, id BLOB NOT NULL, short INTEGER NOT NULL, digest BLOB NOT NULL,
            change_count INTEGER NOT NULL, state_hash BLOB, title TEXT, procedure TEXT, status TEXT, steps TEXT,
            created INTEGER, updated INTEGER, derived BLOB, title_basis TEXT,
            times BLOB, slow INTEGER NOT NULL DEFAULT 0, awaits INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE INDEX dossier_short ON dossier (short);
        CREATE INDEX dossier_updated ON dossier (updated);
        CREATE INDEX dossier_awaits ON dossier (awaits) WHERE awaits != 0;
        CREATE TABLE change (
            number INTEGER PRIMARY KEY, dossier INTEGER NOT NULL, device INTEGER NOT NULL, seq INTEGER NOT NULL,
            id BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE INDEX change_dossier ON change (dossier);
        CREATE TABLE writer (
            device INTEGER NOT NULL, dossier INTEGER NOT NULL, PRIMARY KEY (device, dossier)) STRICT, WITHOUT ROWID;
        CREATE TABLE stale (dossier INTEGER PRIMARY KEY, state INTEGER NOT NULL) STRICT;
        CREATE TABLE held (
            dossier INTEGER PRIMARY KEY, reason TEXT NOT NULL, found INTEGER NOT NULL, allowed INTEGER NOT NULL) STRICT;
        CREATE INDEX stale_slow ON stale (dossier) WHERE state = 2;
        CREATE VIEW left_out AS SELECT dossier FROM held UNION SELECT dossier FROM stale WHERE state = 2;
        CREATE TABLE allowance (id BLOB PRIMARY KEY, multiple INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE apart (
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, unit INTEGER NOT NULL, device BLOB NOT NULL,
            opened INTEGER NOT NULL, judged INTEGER NOT NULL, changes INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
        CREATE INDEX apart_unit ON apart (unit);
        CREATE TABLE apart_change (
            number INTEGER PRIMARY KEY, apart INTEGER NOT NULL, id BLOB NOT NULL, device BLOB NOT NULL,
            seq INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE INDEX apart_change_apart ON apart_change (apart);
        CREATE TABLE turned_away (
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, unit INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
        CREATE INDEX turned_away_unit ON turned_away (unit);
        CREATE TABLE place (
            number INTEGER PRIMARY KEY, dossier INTEGER NOT NULL, change INTEGER NOT NULL, commitment BLOB NOT NULL,
            kind INTEGER NOT NULL, readers INTEGER NOT NULL, author INTEGER NOT NULL, mine INTEGER NOT NULL,
            salt BLOB, opened BLOB, erased INTEGER NOT NULL DEFAULT 0, audience BLOB NOT NULL, size INTEGER,
            held INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE INDEX place_dossier ON place (dossier);
        CREATE INDEX place_commitment ON place (dossier, substr(commitment, 1, 8));
        CREATE INDEX place_file ON place (opened) WHERE kind = 1 AND opened IS NOT NULL;
        CREATE INDEX place_unheld ON place (dossier) WHERE kind = 1 AND opened IS NOT NULL AND held <> 1;
        CREATE INDEX place_missing ON place (dossier) WHERE opened IS NULL AND mine = 1 AND erased = 0;
        CREATE INDEX place_erased ON place (dossier) WHERE erased = 1;
        CREATE TABLE release (
            dossier INTEGER NOT NULL, commitment BLOB NOT NULL, unit INTEGER NOT NULL, author INTEGER NOT NULL,
            PRIMARY KEY (dossier, commitment, unit, author)) STRICT, WITHOUT ROWID;
        CREATE TABLE erasure (
            dossier INTEGER NOT NULL, commitment BLOB NOT NULL, author INTEGER NOT NULL,
            PRIMARY KEY (dossier, commitment, author)) STRICT, WITHOUT ROWID;
        CREATE TABLE damaged (
            number INTEGER PRIMARY KEY, kind TEXT NOT NULL, place INTEGER UNIQUE, id BLOB NOT NULL, salt BLOB,
            opened BLOB) STRICT;
        CREATE TABLE party (
            unit INTEGER NOT NULL, dossier INTEGER NOT NULL, PRIMARY KEY (unit, dossier)) STRICT, WITHOUT ROWID;
        CREATE INDEX party_dossier ON party (dossier);
        CREATE TABLE removed (
            unit INTEGER NOT NULL, dossier INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (unit, dossier))
            STRICT, WITHOUT ROWID;
        CREATE INDEX removed_dossier ON removed (dossier);
        CREATE TABLE named (
            dossier INTEGER NOT NULL, reader INTEGER NOT NULL, unit INTEGER NOT NULL, wrote INTEGER NOT NULL,
            PRIMARY KEY (dossier, reader, unit)) STRICT, WITHOUT ROWID;
        CREATE TABLE task (
            dossier INTEGER NOT NULL, unit INTEGER NOT NULL, role TEXT NOT NULL, step TEXT NOT NULL,
            kind TEXT NOT NULL) STRICT;
        CREATE INDEX task_unit ON task (unit, role);
        CREATE INDEX task_dossier ON task (dossier);
        CREATE TABLE letter (
            dossier INTEGER NOT NULL, unit INTEGER NOT NULL, register TEXT NOT NULL, first INTEGER NOT NULL,
            last INTEGER NOT NULL, kind TEXT NOT NULL, document TEXT NOT NULL, instance INTEGER NOT NULL, key BLOB,
            change BLOB NOT NULL, author BLOB NOT NULL) STRICT;
        CREATE INDEX letter_register ON letter (unit, register);
        CREATE INDEX letter_dossier ON letter (dossier);
        CREATE TABLE archive (
            number INTEGER PRIMARY KEY, batch INTEGER NOT NULL, line INTEGER NOT NULL, year INTEGER NOT NULL,
            reference TEXT NOT NULL, title TEXT NOT NULL, procedure TEXT NOT NULL, applicant TEXT NOT NULL,
            opened INTEGER NOT NULL, closed INTEGER, status TEXT NOT NULL, note TEXT NOT NULL) STRICT;
        CREATE UNIQUE INDEX archive_reference ON archive (year, reference);
        CREATE TABLE refusal (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, dossier BLOB, object BLOB, reason TEXT NOT NULL,
            count INTEGER NOT NULL) STRICT;
        CREATE TABLE peer (address TEXT PRIMARY KEY, unit BLOB, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE scope_root (
            unit INTEGER PRIMARY KEY, generation INTEGER NOT NULL, root BLOB NOT NULL, count INTEGER NOT NULL,
            units BLOB NOT NULL) STRICT;
        CREATE VIRTUAL TABLE search USING fts5(
            text, tokenize = "unicode61 remove_diacritics 2", content = '', detail = none, columnsize = 0);
        """

    /// Creates the tables of a new file, or checks that the file is one this build knows.
    static func prepareSchema(_ db: Database) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if found == schemaVersion { return }
        guard found <= schemaVersion else { throw StoreFailure.newerSchema(found: found, known: schemaVersion) }
        guard found == 0 else { throw StoreFailure.olderSchema(found: found, known: schemaVersion) }
        try db.inTransaction(.immediate) {
            try db.execute(sql: schema)
            try db.execute(sql: "PRAGMA user_version = \(schemaVersion)")
            return .commit
        }
    }
}

extension StoreWriter {
    /// For migrations, and for tests of what a later build would leave.
    package func setSchemaVersion(_ version: Int) throws { try db.execute(sql: "PRAGMA user_version = \(version)") }
}
