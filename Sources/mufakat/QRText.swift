import QR

/// A QR code in a terminal: two modules in one character, one above the other.
enum QRText {
    /// Black on white whatever the terminal's colours are; without colours a dark module is a filled one, as on paper.
    ///
    /// - Parameter isColoured: for a terminal; a file or pipe gets characters alone.
    static func lines(_ code: QRCode, isColoured: Bool) -> [String] {
        let zone = QRCode.quietZone
        func isDark(_ row: Int, _ column: Int) -> Bool {
            let (row, column) = (row - zone, column - zone)
            return code.rows.indices.contains(row) && code.rows.indices.contains(column) && code.rows[row][column]
        }
        let width = code.size + 2 * zone
        return stride(from: 0, to: width, by: 2).map { row in
            let line = (0..<width).map { column in
                switch (isDark(row, column), isDark(row + 1, column)) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }.joined()
            return isColoured ? "\u{1b}[30;107m" + line + "\u{1b}[0m" : line
        }
    }
}
