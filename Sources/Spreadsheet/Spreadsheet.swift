import CXlsxwriter

/// One sheet of an XLSX file, made by libxlsxwriter. Text is written as text: no cell is ever a formula or a link.
package struct Spreadsheet {
    package enum Cell: Sendable, Equatable {
        case text(String)
        case number(Int)
        /// A civil day; years 1900 to 9999, which is what the format knows.
        case day(year: Int, month: Int, day: Int)
        case empty
    }

    package enum Failure: Error, Equatable {
        /// What libxlsxwriter says of it.
        case refused(path: String, code: UInt32)
    }

    package let name: String
    package let header: [String]
    package let rows: [[Cell]]

    /// - Parameter name: of the sheet, at most 31 characters, none of `[]:*?/\`.
    package init(name: String, header: [String], rows: [[Cell]]) {
        precondition((1...31).contains(name.utf8.count), "a name of our own")
        (self.name, self.header, self.rows) = (name, header, rows)
    }

    /// Characters of a cell, a little below what the format holds (32,767); a longer text ends in `…`.
    package static let textCountMax = 32_000
    /// Rows of a sheet, the header among them.
    package static let rowCountMax = 1_048_576

    /// Writes a new file. The same rows and moment give the same bytes.
    ///
    /// - Parameters:
    ///   - path: in a folder that nobody else writes to; what lies there is replaced.
    ///   - created: seconds since 1970 that the file states as its creation.
    package func write(to path: String, created: Int) throws(Failure) {
        guard rows.count < Self.rowCountMax else {
            throw .refused(path: path, code: LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE.rawValue)
        }
        // Rows are written in order and kept in no memory.
        var options = unsafe lxw_workbook_options()
        unsafe options.constant_memory = 1
        guard let workbook = unsafe workbook_new_opt(path, &options) else {
            throw .refused(path: path, code: LXW_ERROR_CREATING_XLSX_FILE.rawValue)
        }
        var properties = unsafe lxw_doc_properties()
        // Nought would mean the time of the clock.
        unsafe properties.created = max(1, created)
        unsafe workbook_set_properties(workbook, &properties)
        let error = unsafe fill(workbook)
        let closed = unsafe workbook_close(workbook)
        for code in [error, closed] where code != LXW_NO_ERROR { throw .refused(path: path, code: code.rawValue) }
    }

    private func fill(_ workbook: UnsafeMutablePointer<lxw_workbook>) -> lxw_error {
        guard let sheet = unsafe workbook_add_worksheet(workbook, name),
            let bold = unsafe workbook_add_format(workbook),
            let date = unsafe workbook_add_format(workbook)
        else { return LXW_ERROR_MEMORY_MALLOC_FAILED }
        unsafe format_set_bold(bold)
        unsafe format_set_num_format(date, "yyyy-mm-dd")
        unsafe worksheet_freeze_panes(sheet, 1, 0)
        var error = LXW_NO_ERROR
        func note(_ code: lxw_error) { if error == LXW_NO_ERROR { error = code } }
        for (column, title) in header.enumerated() {
            unsafe note(worksheet_write_string(sheet, 0, UInt16(clamping: column), title, bold))
        }
        for (number, cells) in rows.enumerated() {
            let row = UInt32(number + 1)
            for (place, cell) in cells.enumerated() {
                let column = UInt16(clamping: place)
                switch cell {
                case .empty: continue
                case .text(let text):
                    unsafe note(worksheet_write_string(sheet, row, column, Self.bounded(text), nil))
                case .number(let number):
                    unsafe note(worksheet_write_number(sheet, row, column, Double(number), nil))
                case .day(let year, let month, let day):
                    var moment = lxw_datetime()
                    (moment.year, moment.month, moment.day) = (Int32(year), Int32(month), Int32(day))
                    unsafe note(worksheet_write_datetime(sheet, row, column, &moment, date))
                }
            }
        }
        return error
    }

    private static func bounded(_ text: String) -> String {
        // UTF-16 is what the format counts; a character of UTF-8 is never shorter in it.
        text.utf8.count <= textCountMax ? text : String(text.unicodeScalars.prefix(textCountMax / 2)) + "…"
    }
}
