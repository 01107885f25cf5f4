import Dossier
import Foundation
import Glibc
import Procedure
import Store

/// What goes to the screen: data on standard output, words about it on standard error.
enum Terminal {
    static let isInteractive = isatty(STDERR_FILENO) == 1
    /// Somebody reads standard output as it comes.
    static let isShown = isatty(STDOUT_FILENO) == 1
    /// Somebody can answer a question.
    static let isAnswered = isatty(STDIN_FILENO) == 1 && isInteractive

    /// Text from a dossier may hold anything; a terminal would obey it. Control, format and direction characters are
    /// shown by their number.
    static func safe(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                shown += "<U+" + String(scalar.value, radix: 16, uppercase: true) + ">"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200b...0x200f, 0x61c, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb,
            0xfffe...0xffff,
            0xe0000...0xe007f:
            true
        default: false
        }
    }

    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Without a newline of its own; the caller made it safe.
    static func printRaw(_ text: String) { write(text, to: STDOUT_FILENO) }

    static func note(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// The beginning of a line that somebody else ends.
    static func ask(_ question: String) { write(question, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        // A closed pipe ends the program by its signal, as with any other tool; a full disk is not ours to report here.
        try? PrivateFile.writeAll(Array(text.utf8), to: descriptor, path: "")
    }

    /// Progress on a terminal; nothing in a pipe.
    static func progress(_ done: Int, of total: Int, _ label: String) {
        guard isInteractive, done == total || done % 64 == 0 else { return }
        write("\r\(label) \(done)/\(total)" + (done == total ? "\n" : ""), to: STDERR_FILENO)
    }

    /// Columns as wide as their widest cell; the last takes what it needs.
    static func table(_ header: [String], _ rows: [[String]]) {
        for line in tableLines(header, rows) { print(line) }
    }

    static func tableLines(_ header: [String], _ rows: [[String]]) -> [String] {
        let all = [header] + rows.map { $0.map(safe) }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
        }
    }

    /// One JSON value, keys sorted.
    static func json(_ value: Any) {
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard JSONSerialization.isValidJSONObject(value),
            let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        else { preconditionFailure("only JSON values are printed") }
        print(String(decoding: data, as: UTF8.self))
    }
}

/// Stated times in the zone in which they were stated, without a locale.
enum TimeText {
    static func text(_ milliseconds: UInt64, zone: String) -> String {
        let name = ["Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"][zone] ?? "WIB"
        let minutes = Int(milliseconds / 60_000) + 60 * CivilDay.offsetHours(zone: zone)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = CivilDay.text(CivilDay.day(milliseconds: milliseconds, zone: zone))
        return "\(day) \(two(minutes / 60 % 24)).\(two(minutes % 60)) \(name)"
    }

    /// Milliseconds of the beginning of a day in WIB; nil for what is no date.
    static func milliseconds(_ date: String) -> UInt64? {
        guard let day = CivilDay.parse(date), day > 0 else { return nil }
        return UInt64(day * 86_400 - 7 * 3_600) * 1_000
    }
}
