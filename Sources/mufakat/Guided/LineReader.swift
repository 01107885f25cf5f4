import Glibc

/// Reads standard input line by line, no further than asked, whatever comes.
struct LineReader {
    enum Line: Equatable {
        /// Without the line feed, and without spaces around it.
        case line(String)
        /// Too long, or no UTF-8: an answer that nobody can use. The whole line was read over.
        case unusable
        case end
    }

    static let byteCountMax = 1_024

    /// Byte by byte: what follows the line belongs to whoever reads next.
    mutating func next() -> Line {
        var bytes: [UInt8] = []
        var isTooLong = false
        while true {
            var byte: UInt8 = 0
            let got = unsafe read(STDIN_FILENO, &byte, 1)
            if got < 0, errno == EINTR { continue }
            // A last line without a line feed may be a half one: it is no answer.
            guard got > 0 else { return .end }
            if byte == 10 { break }
            if bytes.count < Self.byteCountMax { bytes.append(byte) } else { isTooLong = true }
        }
        if bytes.last == 13 { bytes.removeLast() }
        guard !isTooLong, let text = String(validating: bytes, as: UTF8.self) else { return .unusable }
        return .line(Self.trimmed(text))
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }
}

/// What people answer.
enum Answer {
    /// `y`, `ya`, `yes`; `t`, `tidak`, `n`, `no`. Nil for anything else.
    static func isYes(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "y", "ya", "yes": true
        case "t", "tidak", "n", "no": false
        default: nil
        }
    }
}
