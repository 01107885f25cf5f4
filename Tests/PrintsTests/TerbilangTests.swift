import Prints
import TestSupport
import Testing

@Suite struct TerbilangTests {
    @Test(
        arguments: [
            (0, "nol"), (1, "satu"), (10, "sepuluh"), (11, "sebelas"), (12, "dua belas"), (19, "sembilan belas"),
            (20, "dua puluh"), (21, "dua puluh satu"), (99, "sembilan puluh sembilan"), (100, "seratus"),
            (101, "seratus satu"), (110, "seratus sepuluh"), (111, "seratus sebelas"), (200, "dua ratus"),
            (999, "sembilan ratus sembilan puluh sembilan"), (1_000, "seribu"), (1_001, "seribu satu"),
            (1_100, "seribu seratus"), (2_000, "dua ribu"), (2_026, "dua ribu dua puluh enam"),
            (11_000, "sebelas ribu"),
            (100_000, "seratus ribu"), (101_000, "seratus satu ribu"), (1_000_000, "satu juta"),
            (1_001_000, "satu juta seribu"), (1_250_000, "satu juta dua ratus lima puluh ribu"),
            (1_000_000_000, "satu miliar"), (1_000_000_000_000, "satu triliun"),
            (1_001_001_001_001, "satu triliun satu miliar satu juta seribu satu"),
            (1_000_000_000_000_000, "satu kuadriliun"),
        ] as [(Int64, String)])
    func spells(number: Int64, words: String) { #expect(Terbilang.words(number) == words) }

    @Test func spellsTheLargestBelowAQuadrillion() {
        let group = "sembilan ratus sembilan puluh sembilan"
        #expect(
            Terbilang.words(999_999_999_999_999)
                == "\(group) triliun \(group) miliar \(group) juta \(group) ribu \(group)")
    }

    @Test(arguments: [-1, Int64.min, 1_000_000_000_000_001, Int64.max])
    func refuses(number: Int64) {
        #expect(Terbilang.words(number) == nil)
        #expect(Rupiah.text(number) == nil)
    }

    /// The words of a number say nothing but that number: read back they give it.
    @Test func wordsReadBack() {
        var generator = SeededGenerator(seed: 7)
        let edges = (0..<16).flatMap { power -> [Int64] in
            let base = (0..<power).reduce(Int64(1)) { value, _ in value * 10 }
            return [base - 1, base, base + 1].filter { (0...Terbilang.largest).contains($0) }
        }
        let chosen = (0..<2_000).map { _ in
            Int64.random(in: 0...Terbilang.largest, using: &generator) >> Int64.random(in: 0..<50, using: &generator)
        }
        for number in edges + chosen + Array(0...1_200) {
            #expect(Terbilang.words(number).flatMap(Self.read) == number, "\(number)")
        }
    }

    /// An independent reading, from left to right.
    private static func read(_ words: String) -> Int64? {
        let digits =
            [
                "nol": 0, "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7,
                "delapan": 8, "sembilan": 9,
            ] as [String: Int64]
        let powers =
            [
                "ribu": 1_000, "juta": 1_000_000, "miliar": 1_000_000_000, "triliun": 1_000_000_000_000,
                "kuadriliun": 1_000_000_000_000_000,
            ] as [String: Int64]
        var (total, group, last) = (Int64(0), Int64(0), Int64(0))
        for word in words.split(separator: " ").map(String.init) {
            if let digit = digits[word] {
                (group, last) = (group + digit, digit)
            } else if let power = powers[word] {
                (total, group) = (total + group * power, 0)
            } else {
                switch word {
                case "sepuluh": group += 10
                case "sebelas": group += 11
                case "seratus": group += 100
                case "seribu": total += 1_000
                case "belas": group += 10
                case "puluh": group += last * 9
                case "ratus": group += last * 99
                default: return nil
                }
            }
        }
        return total + group
    }

    @Test(
        arguments: [
            (1_250_000, "Rp1.250.000,00 (satu juta dua ratus lima puluh ribu rupiah)"), (0, "Rp0,00 (nol rupiah)"),
            (999, "Rp999,00 (sembilan ratus sembilan puluh sembilan rupiah)"), (1_000, "Rp1.000,00 (seribu rupiah)"),
        ] as [(Int64, String)])
    func writesMoney(amount: Int64, text: String) { #expect(Rupiah.text(amount) == text) }

    @Test(arguments: [(-1_234_567, "-1.234.567"), (0, "0"), (12, "12"), (123_456, "123.456")] as [(Int64, String)])
    func groups(number: Int64, text: String) { #expect(Rupiah.grouped(number) == text) }

    @Test func writesDates() throws {
        let date = try #require(PrintDate("2026-03-27"))
        #expect(date.text == "27 Maret 2026")
        #expect(date.textWithWeekday == "Jumat, 27 Maret 2026")
        #expect(
            date.spelled
                == "Jumat tanggal dua puluh tujuh bulan Maret tahun dua ribu dua puluh enam (27-03-2026)")
        #expect(PrintDate("2026-11-02")?.weekdayName == "Senin")
        #expect(PrintDate("2024-02-29")?.textWithWeekday == "Kamis, 29 Februari 2024")
        #expect(PrintDate("2000-01-01")?.weekdayName == "Sabtu")
    }

    @Test(arguments: [
        "", "2026-2-27", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
        "2026-01-01x", "20260101", "+026-01-01", "2026-01-32", "１２３４-01-01",
    ])
    func refusesDates(text: String) { #expect(PrintDate(text) == nil) }
}
