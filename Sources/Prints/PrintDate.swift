/// A civil date in Indonesian.
package struct PrintDate: Hashable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int

    private static let months = [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ]
    private static let weekdays = ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"]

    /// Nil for a day that does not exist, and outside the years 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9_999).contains(year), (1...12).contains(month),
            (1...Self.dayCount(year: year, month: month)).contains(day)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// `YYYY-MM-DD`, and nothing else.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ $0 == 0x2d || (0x30...0x39).contains($0) }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    private static func dayCount(year: Int, month: Int) -> Int {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    package var monthName: String { Self.months[month - 1] }

    /// Senin … Minggu, of the Gregorian calendar in both directions.
    package var weekdayName: String {
        let shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1]
        let year = month < 3 ? year - 1 : year
        return Self.weekdays[(year + year / 4 - year / 100 + year / 400 + shift + day) % 7]
    }

    /// `27 Maret 2026`
    package var text: String { "\(day) \(monthName) \(year)" }

    /// `Jumat, 27 Maret 2026`
    package var textWithWeekday: String { "\(weekdayName), \(text)" }

    /// `27-03-2026`
    package var digits: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let four = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        return "\(two(day))-\(two(month))-\(four)"
    }

    /// `Jumat tanggal dua puluh tujuh bulan Maret tahun dua ribu dua puluh enam (27-03-2026)`, as a berita acara opens.
    package var spelled: String {
        let day = Terbilang.words(Int64(day)) ?? ""
        let year = Terbilang.words(Int64(year)) ?? ""
        return "\(weekdayName) tanggal \(day) bulan \(monthName) tahun \(year) (\(digits))"
    }
}
