/// Civil days in the dossier's zone, by integer arithmetic: no locale, no clock, no daylight saving in Indonesia's
/// three zones (Protocol 4 §4).
package enum CivilDay {
    package static func offsetHours(zone: String) -> Int { Zone(of: zone).offsetHours }

    /// Days since 1970-01-01 on which a moment falls.
    package static func day(milliseconds: UInt64, zone: String) -> Int {
        (Int(milliseconds / 1_000) + 3_600 * offsetHours(zone: zone)) / 86_400
    }

    /// Days since 1970-01-01 of a proleptic Gregorian date.
    package static func day(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package static func date(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthShifted = (5 * dayOfYear + 2) / 153
        let month = monthShifted < 10 ? monthShifted + 3 : monthShifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthShifted + 2) / 5 + 1)
    }

    /// `YYYY-MM-DD` in ASCII digits; nil for another form or a day that does not exist.
    package static func parse(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == 0x2d, bytes[7] == 0x2d, let year = number(bytes[0..<4]),
            let month = number(bytes[5..<7]), let day = number(bytes[8..<10]), (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        let number = self.day(year: year, month: month, day: day)
        return date(number) == (year, month, day) ? number : nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }

    /// 1 Monday … 7 Sunday (ISO 8601).
    package static func weekday(_ day: Int) -> Int {
        let shifted = (day + 3) % 7
        return (shifted < 0 ? shifted + 7 : shifted) + 1
    }

    package static func year(of day: Int) -> Int { date(day).year }
    package static func isLeap(_ year: Int) -> Bool { (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 }

    package static func text(_ day: Int) -> String {
        let (year, month, dayOfMonth) = date(day)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let digits = year < 1_000 ? String("000\(year)".suffix(4)) : "\(year)"
        return "\(digits)-\(two(month))-\(two(dayOfMonth))"
    }
}
