/// Reads CSV (RFC 4180) with the line of every record and fault. A spreadsheet of an office writes `;` where its locale
/// has a decimal comma, so the header line says which of the two separates.
///
/// Why our own: an import answers line by line, and what readers forgive (a quote in the middle, a record that is too
/// short) would put a title into another column of a register that nobody reads through.
package struct CSVReader {
    package struct Record: Equatable, Sendable {
        /// From 1.
        package let line: Int
        package let cells: [String]
    }

    package enum Fault: Error, Equatable, Sendable {
        case notText(line: Int)
        case quote(line: Int)
        case tooMany(line: Int)
    }

    package static let recordCountMax = 100_000

    package static func read(_ bytes: [UInt8]) throws(Fault) -> [Record] {
        let body = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        let header = body.prefix { $0 != 0x0a }
        let mark: UInt8 = header.count { $0 == 0x3b } > header.count { $0 == 0x2c } ? 0x3b : 0x2c
        var reader = CSVReader(mark: mark)
        for byte in body { try reader.take(byte) }
        try reader.finish()
        return reader.records
    }

    private let mark: UInt8
    private var records: [Record] = []
    private var cells: [String] = []
    private var cell: [UInt8] = []
    /// Of the byte that is read, and of the record's beginning.
    private var line = 1
    private var start = 1
    private var state = State.start

    private enum State { case start, plain, quoted, quoteInQuoted }

    private init(mark: UInt8) { self.mark = mark }

    private mutating func take(_ byte: UInt8) throws(Fault) {
        let quote: UInt8 = 0x22
        if state == .quoted {
            if byte == quote { state = .quoteInQuoted } else { cell.append(byte) }
            if byte == 0x0a { line += 1 }
            return
        }
        switch byte {
        case mark: try endCell()
        case 0x0a:
            if cell.last == 0x0d { cell.removeLast() }
            try endCell()
            try endRecord()
            line += 1
            start = line
        case 0x0d where state == .quoteInQuoted: break
        case quote where state == .start: state = .quoted
        case quote where state == .quoteInQuoted:
            cell.append(quote)
            state = .quoted
        default:
            guard byte != quote, state != .quoteInQuoted else { throw .quote(line: line) }
            cell.append(byte)
            state = .plain
        }
    }

    private mutating func endCell() throws(Fault) {
        guard let text = String(validating: cell, as: UTF8.self) else { throw .notText(line: line) }
        cells.append(text)
        cell = []
        state = .start
    }

    private mutating func endRecord() throws(Fault) {
        defer { cells = [] }
        guard cells != [""] else { return }
        guard records.count < Self.recordCountMax else { throw .tooMany(line: line) }
        records.append(Record(line: start, cells: cells))
    }

    private mutating func finish() throws(Fault) {
        guard state != .quoted else { throw .quote(line: line) }
        guard !cell.isEmpty || !cells.isEmpty || state != .start else { return }
        if cell.last == 0x0d { cell.removeLast() }
        try endCell()
        try endRecord()
    }
}
