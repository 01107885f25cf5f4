import Procedure
package import Store

/// Last year's register from a CSV file.
///
/// A line becomes an entry of the archive: local, unsigned, marked as imported, exchanged with nobody. It does not become
/// a dossier: a dossier's acts are signed by persons under mandates of their time, and whoever signed last year's
/// decisions now, for them, would put a proof where there is none.
package struct RegisterImport: Sendable {
    package struct Issue: Error, Equatable, Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            case notText = "not-text"
            case quote
            case tooMany = "too-many"
            case unknownColumn = "unknown-column"
            case doubleColumn = "double-column"
            case missingColumn = "missing-column"
            case cellCount = "cell-count"
            case empty
            case tooLong = "too-long"
            case notADay = "not-a-day"
            case closedBeforeOpened = "closed-before-opened"
            case unknownStatus = "unknown-status"
            case double, known
        }

        package let line: Int
        package let column: String
        package let kind: Kind
        package let fact: String
    }

    package private(set) var entries: [ArchiveEntry] = []
    package private(set) var issues: [Issue] = []

    private enum Column: String, CaseIterable {
        case reference, title, procedure, applicant, opened, closed, status, note

        /// What a header may call it, beside its own name.
        var words: [String] {
            switch self {
            case .reference: ["nomor", "no. berkas", "number", "id"]
            case .title: ["judul"]
            case .procedure: ["prosedur"]
            case .applicant: ["pemohon"]
            case .opened: ["dibuka"]
            case .closed: ["ditutup", "selesai"]
            case .status: []
            case .note: ["catatan"]
            }
        }

        var byteCountMax: Int {
            switch self {
            case .reference, .procedure, .status: 100
            case .title, .applicant: 500
            case .note: 2_000
            case .opened, .closed: 10
            }
        }
    }

    private static let statuses: [(word: String, status: String)] = [
        ("berjalan", "active"), ("selesai", "completed"), ("ditolak", "rejected"),
        ("tidak dilanjutkan", "discontinued"), ("ditarik", "withdrawn"), ("dibatalkan", "cancelled"),
    ]

    /// Reads and checks a whole file; nothing is stored.
    ///
    /// - Parameter known: whether a reference of a year is in the archive already.
    package init(_ bytes: [UInt8], isKnown: (ArchiveEntry) throws -> Bool) throws {
        let records: [CSVReader.Record]
        do {
            records = try CSVReader.read(bytes)
        } catch {
            switch error {
            case .notText(let line): note(line, "", .notText)
            case .quote(let line): note(line, "", .quote)
            case .tooMany(let line): note(line, "", .tooMany, "> \(CSVReader.recordCountMax)")
            }
            return
        }
        guard let header = records.first, let columns = columns(header) else {
            if records.isEmpty { note(1, "", .missingColumn, "reference, title, opened") }
            return
        }
        var seen: Set<[UInt8]> = []
        for record in records.dropFirst() {
            guard let entry = entry(record, columns) else { continue }
            let key = Array("\(CivilDay.year(of: entry.opened)) \(entry.reference)".utf8)
            if !seen.insert(key).inserted {
                note(record.line, Column.reference.rawValue, .double, entry.reference)
            } else if try isKnown(entry) {
                note(record.line, Column.reference.rawValue, .known, entry.reference)
            } else {
                entries.append(entry)
            }
        }
    }

    private mutating func note(_ line: Int, _ column: String, _ kind: Issue.Kind, _ fact: String = "") {
        issues.append(Issue(line: line, column: column, kind: kind, fact: fact))
    }

    /// Which column stands where; nil where that is not clear.
    private mutating func columns(_ header: CSVReader.Record) -> [Column]? {
        var columns: [Column] = []
        for cell in header.cells {
            let word = cell.lowercased()
            guard let column = Column.allCases.first(where: { $0.rawValue == word || $0.words.contains(word) }) else {
                note(header.line, cell, .unknownColumn, Column.allCases.map(\.rawValue).joined(separator: ", "))
                continue
            }
            if columns.contains(column) { note(header.line, cell, .doubleColumn) }
            columns.append(column)
        }
        for column in [Column.reference, .title, .opened] where !columns.contains(column) {
            note(header.line, column.rawValue, .missingColumn, column.words.joined(separator: ", "))
        }
        return issues.isEmpty ? columns : nil
    }

    private mutating func entry(_ record: CSVReader.Record, _ columns: [Column]) -> ArchiveEntry? {
        let before = issues.count
        guard record.cells.count == columns.count else {
            note(record.line, "", .cellCount, "\(record.cells.count) ≠ \(columns.count)")
            return nil
        }
        var entry = ArchiveEntry(line: record.line)
        for (column, cell) in zip(columns, record.cells) {
            let text = Self.plain(cell)
            if text.utf8.count > column.byteCountMax {
                note(record.line, column.rawValue, .tooLong, "\(text.utf8.count) > \(column.byteCountMax) B")
                // One fault is enough for a day.
                if [.opened, .closed].contains(column) { continue }
            }
            switch column {
            case .reference: entry.reference = text
            case .title: entry.title = text
            case .procedure: entry.procedure = text
            case .applicant: entry.applicant = text
            case .note: entry.note = text
            case .opened: entry.opened = day(text, column, record.line) ?? 0
            case .closed: entry.closed = text.isEmpty ? nil : day(text, column, record.line)
            case .status: entry.status = status(text, record.line)
            }
        }
        for (text, column) in [(entry.reference, Column.reference), (entry.title, .title)] where text.isEmpty {
            note(record.line, column.rawValue, .empty)
        }
        if let closed = entry.closed, issues.count == before, closed < entry.opened {
            note(record.line, Column.closed.rawValue, .closedBeforeOpened, CivilDay.text(closed))
        }
        return issues.count == before ? entry : nil
    }

    /// Without the apostrophe that keeps spreadsheets from computing, and without white space at the ends.
    private static func plain(_ cell: String) -> String {
        var text = cell[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        if text.first == "'", let second = text.dropFirst().first, "=+-@".contains(second) { text.removeFirst() }
        return String(text)
    }

    /// `2025-12-31`, or as offices write it: `31/12/2025`, `31-12-2025`.
    private mutating func day(_ text: String, _ column: Column, _ line: Int) -> Int? {
        if let day = CivilDay.parse(text) { return day }
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "-" }
        if parts.count == 3, (1...2).contains(parts[0].utf8.count), (1...2).contains(parts[1].utf8.count) {
            func two(_ part: Substring) -> String { part.utf8.count == 1 ? "0" + part : String(part) }
            if let day = CivilDay.parse("\(parts[2])-\(two(parts[1]))-\(two(parts[0]))") { return day }
        }
        note(line, column.rawValue, .notADay, text)
        return nil
    }

    private mutating func status(_ text: String, _ line: Int) -> String {
        let word = text.lowercased()
        if word.isEmpty { return "" }
        if let found = Self.statuses.first(where: { $0.word == word || $0.status == word }) { return found.status }
        note(line, Column.status.rawValue, .unknownStatus, text)
        return ""
    }
}

extension Replica {
    package static let importByteCountMax = 16 << 20

    /// Reads a register, and stores it where nothing is wrong with it and it is no rehearsal.
    ///
    /// - Returns: the number of the import; nil where nothing was stored.
    package func importRegister(_ bytes: [UInt8], isRehearsal: Bool) throws -> (read: RegisterImport, batch: Int?) {
        try transact(.own) { work in
            let read = try RegisterImport(bytes) { entry in
                try work.tx.reader.isArchived(entry.reference, year: CivilDay.year(of: entry.opened))
            }
            guard !isRehearsal, read.issues.isEmpty, !read.entries.isEmpty else { return (read, nil) }
            let batch = try work.tx.reader.lastArchiveBatch() + 1
            for entry in read.entries {
                try work.tx.archive(entry, batch: batch, year: CivilDay.year(of: entry.opened))
            }
            return (read, batch)
        }
    }

    /// Takes an import back.
    ///
    /// - Returns: how many lines went.
    package func undoImport(_ batch: Int) throws -> Int {
        try transact(.own) { work in
            let count = try work.tx.removeArchive(batch: batch)
            guard count > 0 else {
                throw NodeFailure.badValue(field: "import", value: "\(batch)", expected: "mufakat register list --json")
            }
            return count
        }
    }

    /// Imported lines that a filter means, in the order of opening. They have no unit and are never overdue.
    package func archived(_ filter: RegisterFilter) throws -> [ArchiveEntry] {
        guard filter.unit == nil, !filter.isOverdue else { return [] }
        return try store.read { try $0.archive() }.filter { entry in
            if let procedure = filter.procedure, !entry.procedure.utf8.elementsEqual(procedure.utf8) { return false }
            if let status = filter.status, entry.status != status, status != "impor" { return false }
            if let year = filter.year, CivilDay.year(of: entry.opened) != year { return false }
            guard let text = filter.text?.lowercased() else { return true }
            let searched = "\(entry.reference) \(entry.title) \(entry.applicant) \(entry.note)".lowercased()
            return text.split(separator: " ").allSatisfy { searched.contains($0) }
        }
    }
}
