/// Numbers in Indonesian words, as official records spell them.
package enum Terbilang {
    /// The largest number that is spelled: a quadrillion.
    package static let largest: Int64 = 1_000_000_000_000_000

    private static let units = [
        "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas",
    ]
    private static let powers: [(value: Int64, name: String)] = [
        (1_000_000_000_000_000, "kuadriliun"), (1_000_000_000_000, "triliun"), (1_000_000_000, "miliar"),
        (1_000_000, "juta"), (1_000, "ribu"),
    ]

    /// Nil for a negative number, and for one above ``largest``.
    package static func words(_ number: Int64) -> String? {
        guard (0...largest).contains(number) else { return nil }
        guard number > 0 else { return units[0] }
        var rest = number
        var words: [String] = []
        for power in powers where rest >= power.value {
            let count = Int(rest / power.value)
            // One thousand is a word of its own; one million is not.
            words.append(power.value == 1_000 && count == 1 ? "seribu" : hundreds(count) + " " + power.name)
            rest %= power.value
        }
        if rest > 0 { words.append(hundreds(Int(rest))) }
        return words.joined(separator: " ")
    }

    /// 1…999.
    private static func hundreds(_ number: Int) -> String {
        switch number {
        case ..<12: return units[number]
        case ..<20: return units[number - 10] + " belas"
        case ..<100: return units[number / 10] + " puluh" + tail(number % 10)
        case ..<200: return "seratus" + tail(number - 100)
        default: return units[number / 100] + " ratus" + tail(number % 100)
        }
    }

    private static func tail(_ number: Int) -> String { number == 0 ? "" : " " + hundreds(number) }
}

/// Amounts of money. Whole rupiah: the records know no sen.
package enum Rupiah {
    /// `Rp1.250.000,00 (satu juta dua ratus lima puluh ribu rupiah)`; nil where ``Terbilang`` has no words.
    package static func text(_ amount: Int64) -> String? {
        Terbilang.words(amount).map { "Rp\(grouped(amount)),00 (\($0) rupiah)" }
    }

    /// Digits with a point before every third.
    package static func grouped(_ number: Int64) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(".") }
            text.append(digit)
        }
        return text
    }
}
