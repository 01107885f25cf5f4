/// Text that people wrote, made fit to stand on paper.
package enum PrintText {
    /// Control, format and direction characters are shown by their number, so that nothing on paper reads otherwise than
    /// it was signed. A line ends by `\n` and nothing else.
    ///
    /// Mustache escapes whole grapheme clusters: a `<` that is part of one would pass as it is. Here every sign of HTML
    /// stands alone, whatever precedes or follows it.
    package static func visible(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) || $0 == 0x0a }) { return text }
        var numbered = ""
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            if scalar == "\n", previous == "\r" { continue }
            if scalar == "\r" {
                numbered += "\n"
            } else if isHidden(scalar), scalar != "\n" {
                numbered += number(scalar)
            } else {
                numbered.unicodeScalars.append(scalar)
            }
        }
        var shown = ""
        for character in numbered {
            let scalars = character.unicodeScalars
            guard scalars.count > 1, scalars.contains(where: isSign) else {
                shown.append(character)
                continue
            }
            for scalar in scalars { shown += isSign(scalar) ? String(scalar) : number(scalar) }
        }
        return shown
    }

    private static func number(_ scalar: Unicode.Scalar) -> String {
        "<U+" + String(scalar.value, radix: 16, uppercase: true) + ">"
    }

    private static func isSign(_ scalar: Unicode.Scalar) -> Bool { ["<", ">", "&", "\"", "'"].contains(scalar) }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff,
            0xfff9...0xfffb, 0xe0000...0xe007f:
            true
        default: false
        }
    }

    /// For a string in a style sheet, where HTML's escapes mean nothing: what is not plain becomes `?`.
    static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar in
                let isPlain =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || " .,:/#-+()".unicodeScalars.contains(scalar)
                return isPlain ? Character(scalar) : "?"
            })
    }

    /// `xxxx-xxxx-xxxx` of a hash in hexadecimal digits.
    package static func fingerprint(_ digits: String) -> String {
        let short = Array(digits.prefix(12))
        return stride(from: 0, to: short.count, by: 4).map { String(short[$0..<min($0 + 4, short.count)]) }
            .joined(separator: "-")
    }
}
