package import Sodium

/// A calendar as a deadline names it: name and version, of the general calendar or a unit's own.
package struct CalendarVersion: Hashable, Sendable {
    package let name: String
    package let version: Int

    package init(_ calendar: WorkCalendar) { (name, version) = (calendar.name, calendar.version) }
}

/// Which days are worked, as far as the calendars of a dossier say. Of a year without a calendar only the days of the
/// week are known: what is counted over it is provisional (*sementara*).
package struct WorkingDays: Sendable {
    private struct Year: Sendable {
        let first: Int
        var isWorked: [Bool]
        let versions: [CalendarVersion]
    }

    /// In the order of years.
    private var years: [Year] = []
    /// The days of the week where no calendar says otherwise.
    private let workdays: Int

    /// No calendar is known: five days a week.
    package init() { workdays = 5 }

    /// - Parameters:
    ///   - general: calendars of one id, of different years.
    ///   - own: the unit's own, of different years.
    init(general: [WorkCalendar], own: [WorkCalendar]) {
        workdays = own.last?.workdays ?? general.last?.workdays ?? 5
        for calendar in general.sorted(by: { $0.year < $1.year }) {
            let adjusted = own.first { $0.year == calendar.year }
            let week = adjusted?.workdays ?? calendar.workdays ?? 5
            let first = CivilDay.day(year: calendar.year, month: 1, day: 1)
            let count = CivilDay.isLeap(calendar.year) ? 366 : 365
            var year = Year(
                first: first,
                isWorked: (0..<count).map {
                    WorkCalendar.isWorkday(CivilDay.weekday(first + $0), of: week)
                }, versions: [calendar, adjusted].compactMap { $0 }.map(CalendarVersion.init))
            for holiday in calendar.holidays + (adjusted?.holidays ?? [])
            where year.isWorked.indices.contains(holiday.day - first) { year.isWorked[holiday.day - first] = false }
            years.append(year)
        }
    }

    private func year(of day: Int) -> Year? {
        years.first { $0.first <= day && day < $0.first + $0.isWorked.count }
    }

    /// Whether a calendar covers a day.
    package func isKnown(_ day: Int) -> Bool { year(of: day) != nil }

    package func isWorked(_ day: Int) -> Bool {
        guard let year = year(of: day) else { return WorkCalendar.isWorkday(CivilDay.weekday(day), of: workdays) }
        return year.isWorked[day - year.first]
    }

    /// Worked days after one day through another; those of a pause do not count.
    package func count(after start: Int, through end: Int, pauses: [Pause] = []) -> Int {
        guard start < end else { return 0 }
        // A span of centuries is bad input, not a deadline.
        let last = min(end, start + Self.spanMax)
        var count = 0
        for day in (start + 1)...last where isWorked(day) && !pauses.contains(where: { $0.holds(day) }) { count += 1 }
        return count
    }

    static let spanMax = 36_600

    /// Whether calendars cover every day after one through another.
    package func isKnown(after start: Int, through end: Int) -> Bool {
        var day = start + 1
        while day <= end {
            guard let year = year(of: day) else { return false }
            day = year.first + year.isWorked.count
        }
        return true
    }

    /// The calendars that were read for the days after one through another.
    package func versions(after start: Int, through end: Int) -> [CalendarVersion] {
        years.filter { $0.first <= end && start + 1 < $0.first + $0.isWorked.count }.flatMap(\.versions)
    }
}

/// Days after `from` through `until` on which a dossier was suspended (*tunda*); nil while it is.
package struct Pause: Hashable, Sendable {
    package let from: Int
    package let until: Int?

    package init(from: Int, until: Int?) {
        (self.from, self.until) = (from, until)
    }

    func holds(_ day: Int) -> Bool { from < day && until.map { day <= $0 } ?? true }
}

/// The calendars that a viewer knows, published and standing.
package struct CalendarShelf: Sendable {
    /// In no order that matters: of one name the latest counts.
    package let calendars: [PublishedCalendar]

    package init(_ calendars: [PublishedCalendar]) { self.calendars = calendars }

    /// The working days of a dossier by a selection of the calendars of an id.
    ///
    /// - Parameters:
    ///   - unit: the dossier's IT unit, whose own week and local days count.
    ///   - seen: the calendars that count; of a year of which no general one does, the first version counts: who closed
    ///     a step before the calendar reached him worked by the same decree. Nil: all count, the latest first.
    package func workingDays(
        id: String, unit: Bytes32?, zone: Zone, seen: ((Bytes32) -> Bool)? = nil
    ) -> WorkingDays {
        var general: [Int: PublishedCalendar] = [:]
        var own: [Int: PublishedCalendar] = [:]
        for published in calendars {
            let calendar = published.calendar
            guard calendar.id.utf8.elementsEqual(id.utf8), calendar.zone == nil || calendar.zone == zone else {
                continue
            }
            if calendar.unit == nil {
                Self.take(published, &general, seen)
            } else if calendar.unit == unit, seen?(published.entry) ?? true {
                Self.take(published, &own, nil)
            }
        }
        func inOrder(_ byYear: [Int: PublishedCalendar]) -> [WorkCalendar] {
            byYear.sorted { $0.key < $1.key }.map(\.value.calendar)
        }
        return WorkingDays(general: inOrder(general), own: inOrder(own))
    }

    private static func take(
        _ published: PublishedCalendar, _ byYear: inout [Int: PublishedCalendar], _ seen: ((Bytes32) -> Bool)?
    ) {
        let year = published.calendar.year
        guard let known = byYear[year] else {
            byYear[year] = published
            return
        }
        guard let seen else {
            if known.precedes(published) { byYear[year] = published }
            return
        }
        switch (seen(known.entry), seen(published.entry)) {
        case (true, true): if known.precedes(published) { byYear[year] = published }
        case (false, true): byYear[year] = published
        case (true, false): break
        case (false, false): if published.precedes(known) { byYear[year] = published }
        }
    }
}
