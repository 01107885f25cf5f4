import Procedure
import Sodium
import Testing

/// The vectors of procedures.md §2.4 and the tables of S4, S8 and S10.
@Suite struct DueDateTests {
    static func calendar(_ year: String, _ change: (inout WorkCalendar) -> Void = { _ in }) -> WorkCalendar {
        var calendar = CalendarLoader.load(ShippedCalendars.bytes(year) ?? []).calendar
        change(&calendar)
        return calendar
    }

    static func shelf(_ calendars: [WorkCalendar]) -> CalendarShelf {
        CalendarShelf(
            calendars.enumerated().map { place, calendar in
                PublishedCalendar(
                    entry: Bytes32([UInt8](repeating: UInt8(place + 1), count: 32)) ?? .zero, calendar: calendar)
            })
    }

    static func days(_ calendars: [WorkCalendar], unit: Bytes32? = nil) -> WorkingDays {
        shelf(calendars).workingDays(id: "id.nasional", unit: unit, zone: .wib)
    }

    static var both: WorkingDays { days([calendar("2025"), calendar("2026")]) }

    static func day(_ text: String) throws -> Int { try #require(CivilDay.parse(text), "\(text)") }

    static func text(_ days: WorkingDays, _ rule: DueRule, _ since: String) throws -> String {
        let due = try #require(days.due(rule, since: try day(since)))
        return CivilDay.text(due.day) + (due.isProvisional ? " sementara" : "")
    }

    @Test func shippedCalendarsAreValidAndHaveTheWorkingDaysOfTheDecrees() throws {
        for year in ShippedCalendars.years {
            #expect(CalendarLoader.load(try #require(ShippedCalendars.bytes(year))).issues == [])
        }
        let both = Self.both
        func count(_ from: String, _ through: String) throws -> Int {
            both.count(after: try Self.day(from) - 1, through: try Self.day(through))
        }
        #expect(try count("2025-01-01", "2025-12-31") == 237)
        #expect(try count("2026-01-01", "2026-12-31") == 240)
        let months = [20, 18, 17, 21, 16, 20, 23, 19, 22, 22, 21, 21]
        for (place, expected) in months.enumerated() {
            let first = CivilDay.day(year: 2026, month: place + 1, day: 1)
            let next = CivilDay.day(year: place == 11 ? 2027 : 2026, month: place == 11 ? 1 : place + 2, day: 1)
            #expect(both.count(after: first - 1, through: next - 1) == expected, "month \(place + 1)")
        }
    }

    @Test(arguments: [
        ("2026-03-13", DueRule.working(7), "2026-03-31"), ("2025-08-11", .working(7), "2025-08-21"),
        ("2025-03-27", .working(1), "2025-04-08"), ("2025-12-19", .working(5), "2025-12-30"),
        ("2025-12-29", .working(5), "2026-01-06"), ("2026-05-13", .working(3), "2026-05-20"),
        ("2026-05-26", .working(3), "2026-06-03"), ("2026-02-13", .working(1), "2026-02-18"),
        ("2026-12-18", .working(14), "2027-01-11 sementara"), ("2026-03-13", .calendar(7), "2026-03-25"),
    ])
    func vectors(since: String, rule: DueRule, due: String) throws {
        #expect(try Self.text(Self.both, rule, since) == due)
    }

    @Test func withoutACalendarADateIsProvisional() throws {
        #expect(try Self.text(WorkingDays(), .working(7), "2026-03-13") == "2026-03-24 sementara")
        #expect(try Self.text(Self.days([Self.calendar("2025")]), .working(7), "2026-03-13") == "2026-03-24 sementara")
    }

    @Test func aUnitOfSixDaysWorksOnSaturdays() throws {
        let unit = Bytes32([UInt8](repeating: 9, count: 32))
        var own = WorkCalendar()
        (own.id, own.year, own.version, own.unit, own.workdays) = ("id.nasional", 2026, 1, unit, 6)
        let days = Self.days([Self.calendar("2026"), own], unit: unit)
        #expect(try Self.text(days, .working(7), "2026-03-13") == "2026-03-28")
        // Another unit's dossiers do not care.
        #expect(
            try Self.text(Self.days([Self.calendar("2026"), own], unit: .zero), .working(7), "2026-03-13")
                == "2026-03-31")
    }

    @Test func anAmendmentMovesWhatIsOpenAndNotWhatWasClosedBeforeIt() throws {
        let first = Self.calendar("2025") { calendar in
            calendar.version = 1
            calendar.holidays.removeAll { CivilDay.text($0.day) == "2025-08-18" }
        }
        let shelf = Self.shelf([first, Self.calendar("2025")])
        var timeline = Timeline()
        timeline.calendar = "id.nasional"
        timeline.calendars = shelf.calendars.map(\.entry)
        var step = Timeline.Step()
        (step.step, step.since, step.rule, step.calendarsAtStart) = ("13", try Self.day("2025-08-11"), .working(7), 1)
        var reader = TimeReader(shelf)
        #expect(reader.due(step, in: timeline).map { CivilDay.text($0.day) } == "2025-08-21")
        #expect(reader.dueBefore(step, in: timeline).map(CivilDay.text) == "2025-08-20")
        (step.standing, step.closed, step.calendarsAtEnd) = (.done, try Self.day("2025-08-21"), 1)
        #expect(reader.due(step, in: timeline).map { CivilDay.text($0.day) } == "2025-08-20")
        #expect(reader.lateness(step, in: timeline, today: 0) == Lateness(workingDays: 1, calendarDays: 1))
        step.calendarsAtEnd = 3
        #expect(reader.lateness(step, in: timeline, today: 0) == nil)
    }

    /// S4: each step is completed on its due date.
    @Test func scenarioOfTangerangSelatan() throws {
        var today = "2026-02-02"
        var fixed = 0
        for (standard, due) in [
            (1, "2026-02-03"), (1, "2026-02-04"), (1, "2026-02-05"), (1, "2026-02-06"), (7, "2026-02-19"),
            (1, "2026-02-20"), (1, "2026-02-23"),
        ] {
            #expect(try Self.text(Self.both, .working(standard), today) == due)
            (today, fixed) = (due, fixed + standard)
        }
        let target = try Self.day("2026-04-24")
        #expect(try Self.text(Self.both, .target(target), today) == "2026-04-24")
        today = "2026-04-24"
        for (standard, due) in [
            (1, "2026-04-27"), (7, "2026-05-07"), (1, "2026-05-08"), (14, "2026-06-04"), (3, "2026-06-09"),
            (7, "2026-06-19"),
        ] {
            #expect(try Self.text(Self.both, .working(standard), today) == due)
            (today, fixed) = (due, fixed + standard)
        }
        #expect(fixed == 46)
    }

    /// S8: steps 2, 7 and 13 have no standard and are completed the same day.
    @Test func scenarioOfJawaTengah() throws {
        func follow(_ start: String, _ steps: [(Int, String)]) throws {
            var today = start
            for (standard, due) in steps {
                #expect(try Self.text(Self.both, .working(standard), today) == due)
                today = due
            }
        }
        try follow(
            "2026-08-03",
            [
                (1, "2026-08-04"), (2, "2026-08-06"), (1, "2026-08-07"), (1, "2026-08-10"), (1, "2026-08-11"),
                (1, "2026-08-12"), (3, "2026-08-18"), (1, "2026-08-19"),
            ])
        try follow(
            "2026-08-18",
            [
                (1, "2026-08-19"), (3, "2026-08-24"), (1, "2026-08-26"), (1, "2026-08-27"), (1, "2026-08-28"),
                (1, "2026-08-31"), (3, "2026-09-03"), (1, "2026-09-04"),
            ])
    }

    /// S10.
    @Test func scenarioAcrossHolidays() throws {
        let days = Self.both
        let due = try #require(days.due(.working(7), since: try Self.day("2026-03-13")))
        #expect(CivilDay.text(due.day) == "2026-03-31")
        #expect(due.calendars.map(\.name) == ["id.nasional/2026"])
        #expect(days.remaining(on: try Self.day("2026-03-27"), until: due) == 2)
        #expect(
            days.lateness(of: try Self.day("2026-04-07"), against: due) == Lateness(workingDays: 4, calendarDays: 7))
        // 2026-04-01 00:30 in Jayapura is still 31 March in Jakarta.
        let instant = UInt64(CivilDay.day(year: 2026, month: 4, day: 1) * 86_400 + 1_800 - 9 * 3_600) * 1_000
        #expect(days.lateness(of: CivilDay.day(milliseconds: instant, zone: "Asia/Jakarta"), against: due) == nil)
        #expect(CivilDay.day(milliseconds: instant, zone: "Asia/Jayapura") == due.day + 1)
    }

    @Test func aPauseTakesNoDays() throws {
        let pause = Pause(from: try Self.day("2026-07-08"), until: try Self.day("2026-07-20"))
        let since = try Self.day("2026-07-06")
        // Two of five days are gone; three are left from the day of resumption.
        #expect(
            Self.both.due(.working(5), since: since, pauses: [pause]).map { CivilDay.text($0.day) } == "2026-07-23")
        #expect(Self.both.due(.working(5), since: since, pauses: [Pause(from: pause.from, until: nil)]) == nil)
        // It was due before.
        #expect(
            Self.both.due(.working(2), since: since, pauses: [Pause(from: pause.from, until: nil)])?.day == pause.from)
    }

    @Test func aTimelineIsKeptAsItIs() throws {
        var timeline = Timeline()
        (timeline.zone, timeline.calendar, timeline.opened, timeline.ended) = (.wit, "id.nasional", 20_000, 20_100)
        timeline.pauses = [Pause(from: 20_010, until: 20_020), Pause(from: 20_050, until: nil)]
        timeline.parties = [Timeline.Party(slot: "it", unit: .zero)]
        timeline.calendars = [.zero]
        (timeline.findingCount, timeline.openFindingCount, timeline.isSuspended) = (3, 2, true)
        for rule in [DueRule.none, .working(7), .calendar(1), .target(nil), .target(5), .tentative(nil)] {
            var step = Timeline.Step()
            (step.step, step.round, step.slot, step.rule) = ("A1", 2, "it", rule)
            (step.standing, step.closed, step.isReturn, step.calendarsAtEnd) = (.done, 20_005, true, 1 << 63)
            timeline.steps.append(step)
        }
        #expect(Timeline(timeline.encoded) == timeline)
        #expect(Timeline(Array(timeline.encoded.dropLast())) == nil)
    }
}
