import Sodium

/// Reads `calendar/1` files and checks them. JSON as definitions are, so that an office can read what it signs, and by
/// the same strict reader: no duplicate keys, integers only.
package struct CalendarLoader {
    private var calendar = WorkCalendar()
    private var issues: [ValidationIssue] = []

    package static let format = "calendar/1"

    /// Never throws: a file that cannot be read at all gives one E01.
    package static func load(_ bytes: [UInt8]) -> LoadedCalendar {
        var loader = CalendarLoader()
        do {
            loader.read(try JSONReader.read(bytes))
        } catch {
            let place = "\(error.line):\(error.column)"
            loader.issues.append(
                ValidationIssue(
                    "E01", key: place, "JSON tidak sah (\(error.kind.rawValue)) \(error.detail)",
                    "is not valid JSON (\(error.kind.rawValue)) \(error.detail)"))
        }
        return LoadedCalendar(calendar: loader.calendar, issues: loader.issues)
    }

    private mutating func read(_ root: JSONValue) {
        var object = ObjectReader(root, path: "", step: nil)
        if let format = object.text("format"), format != Self.format {
            object.note(
                ValidationIssue("E01", key: "format", "format tidak dikenal: \(format)", "is unknown: \(format)"))
        }
        calendar.id = object.text("id") ?? ""
        calendar.year = object.integer("year") ?? 0
        calendar.version = object.integer("version") ?? 0
        calendar.title = object.text("title") ?? ""
        readWeek(&object)
        readSource(&object)
        for kind in WorkCalendar.DayKind.allCases {
            for member in object.object(kind.rawValue) { read(member, kind) }
        }
        _ = object.finish()
        issues = object.issues + issues
        checkNames()
        checkDays()
    }

    private mutating func readWeek(_ object: inout ObjectReader) {
        calendar.workdays = object.integer("workdays", required: false)
        if let zone = object.text("zone", required: false) {
            calendar.zone = Zone(rawValue: zone)
            if calendar.zone == nil {
                object.note(
                    DefinitionLoader.oneOf("zone", nil, Zone.allCases.map(\.rawValue).joined(separator: ", ")))
            }
        }
        if let unit = object.text("unit", required: false) {
            calendar.unit = Bytes32(hex: unit)
            if calendar.unit == nil {
                object.note(
                    ValidationIssue(
                        "E01", key: "unit", "harus nomor unit (64 angka)", "must be a unit's id (64 digits)"))
            }
        }
    }

    private mutating func readSource(_ object: inout ObjectReader) {
        guard let value = object.raw("source") else { return }
        var source = ObjectReader(value, path: "source", step: nil)
        calendar.decree = source.text("decree") ?? ""
        calendar.decreeDate = source.text("date", required: false) ?? ""
        _ = source.finish()
        issues += source.issues
    }

    private mutating func read(_ member: JSONMember, _ kind: WorkCalendar.DayKind) {
        let key = "\(kind.rawValue).\(member.key)"
        guard case .string(let name) = member.value, !name.isEmpty, name.utf8.count <= 200 else {
            issues.append(
                ValidationIssue(
                    "E01", key: key, "harus nama hari, 1 sampai 200 bita", "must be a name of 1 to 200 bytes"))
            return
        }
        guard let day = CivilDay.parse(member.key) else {
            issues.append(
                ValidationIssue("E41", key: key, "bukan tanggal dalam kalender", "is no day of the calendar"))
            return
        }
        calendar.holidays.append(WorkCalendar.Holiday(day: day, kind: kind, name: name))
    }

    private mutating func note(_ code: String, _ key: String, _ indonesian: String, _ english: String) {
        issues.append(ValidationIssue(code, key: key, indonesian, english))
    }

    private mutating func checkNames() {
        let bytes = Array(calendar.id.utf8)
        let isName = bytes.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2e || byte == 0x2d
        }
        if !(1...WorkCalendar.idByteCountMax).contains(bytes.count) || !isName {
            note("E02", "id", "harus [a-z0-9.-], paling panjang 30", "must be [a-z0-9.-], at most 30 long")
        }
        if calendar.version < 1 { note("E02", "version", "harus ≥ 1", "must be ≥ 1") }
        if !WorkCalendar.years.contains(calendar.year) {
            note("E42", "year", "harus antara 2000 dan 2200", "must be between 2000 and 2200")
        }
        if let workdays = calendar.workdays, workdays != 5, workdays != 6 {
            note("E45", "workdays", "harus 5 atau 6", "must be 5 or 6")
        } else if calendar.workdays == nil, calendar.unit == nil {
            note("E45", "workdays", "wajib diisi: 5 atau 6", "is required: 5 or 6")
        }
        if calendar.decree.isEmpty { note("W41", "source", "tanpa dasar keputusan", "names no decree") }
        if !calendar.decreeDate.isEmpty, CivilDay.parse(calendar.decreeDate) == nil {
            note("E41", "source.date", "bukan tanggal dalam kalender", "is no day of the calendar")
        }
    }

    private mutating func checkDays() {
        if calendar.holidays.count > WorkCalendar.holidayCountMax {
            note("E01", "national", "lebih dari 200 hari", "holds more than 200 days")
        }
        for holiday in calendar.holidays {
            let key = "\(holiday.kind.rawValue).\(CivilDay.text(holiday.day))"
            if CivilDay.year(of: holiday.day) != calendar.year {
                note("E42", key, "di luar tahun \(calendar.year)", "is not in \(calendar.year)")
            }
            if calendar.unit != nil, holiday.kind != .local {
                note(
                    "E44", key, "kalender unit hanya memuat hari lokal",
                    "a unit's calendar holds local days only")
            }
        }
        calendar.holidays.sort { $0.day < $1.day }
        for (first, second) in zip(calendar.holidays, calendar.holidays.dropFirst()) where first.day == second.day {
            note(
                "E43", "\(second.kind.rawValue).\(CivilDay.text(second.day))", "hari yang sama disebut dua kali",
                "the same day stands twice")
        }
        if calendar.unit == nil, calendar.holidays.isEmpty {
            note("W42", "national", "tanpa hari libur", "holds no holiday")
        }
    }
}

/// A calendar with what was found in its file.
package struct LoadedCalendar: Sendable {
    package let calendar: WorkCalendar
    package let issues: [ValidationIssue]

    package var errors: [ValidationIssue] { issues.filter(\.isError) }
}
