import Foundation
import Procedure
import Testing

@Suite struct CalendarTests {
    static func codes(_ json: String) -> [String] { CalendarLoader.load(Array(json.utf8)).errors.map(\.code) }

    static func file(
        year: String = "2026", national: String = "\"2026-01-01\": \"Tahun Baru\"", more: String = ""
    ) -> String {
        """
        {"format": "calendar/1", "id": "uji", "year": \(year), "version": 1, "title": "Uji", "workdays": 5,
         "source": {"decree": "SK 1"}, "national": {\(national)}\(more)}
        """
    }

    @Test func aSmallFileIsValid() { #expect(CalendarLoader.load(Array(Self.file().utf8)).issues == []) }

    @Test(arguments: [
        (file(national: "\"2026-02-30\": \"x\""), "E41"), (file(national: "\"2026-1-01\": \"x\""), "E41"),
        (file(national: "\"2026-+1-01\": \"x\""), "E41"), (file(national: "\"\u{0662}026-01-01\": \"x\""), "E41"),
        (file(national: "\"2025-01-01\": \"x\""), "E42"), (file(year: "1999", national: ""), "E42"),
        (file(more: ", \"local\": {\"2026-01-01\": \"x\"}"), "E43"), (file(national: "\"2026-01-02\": 1"), "E01"),
        (file(national: "\"2026-01-02\": \"\""), "E01"), (file(more: ", \"weekend\": 1"), "E01"),
        (file(national: "\"2026-01-02\": \"x\", \"2026-01-02\": \"y\""), "E01"),
        (file(more: ", \"zone\": \"Asia/Tokyo\""), "E01"), (file(more: ", \"unit\": \"12\""), "E01"),
        (file(more: ", \"unit\": \"\(String(repeating: "0a", count: 32))\""), "E44"),
        (file().replacingFirst("\"uji\"", "\"Uji\""), "E02"),
        (file().replacingFirst("\"workdays\": 5", "\"workdays\": 7"), "E45"),
        ("{", "E01"), ("[]", "E01"),
    ])
    func aFaultHasItsCode(json: String, code: String) { #expect(Self.codes(json).contains(code)) }

    @Test func aYearOfHolidaysIsBounded() {
        let days = (1...12).flatMap { month in (1...28).map { day in (month, day) } }.prefix(201)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        func json(_ count: Int) -> String {
            Self.file(
                national: days.prefix(count).map { "\"2026-\(two($0.0))-\(two($0.1))\": \"x\"" }.joined(separator: ","))
        }
        #expect(Self.codes(json(200)) == [])
        #expect(Self.codes(json(201)) == ["E01"])
    }
}

extension String {
    fileprivate func replacingFirst(_ part: String, _ other: String) -> String {
        guard let range = self.range(of: part) else { return self }
        return replacingCharacters(in: range, with: other)
    }
}
