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
        let count: Int
        let versions: [CalendarVersion]
    }

    /// In the order of years.
    private var years: [Year] = []
    /// The days of the week where no calendar says otherwise.
    private let workdays: Int
    /// The first day of ``isWorkedDay``: of the first year to the end of the last, gaps by the days of the week.
    private var first = 0
    private var isWorkedDay: [Bool] = []
    /// Worked days of the window before each of its days.
    private var ranks: [Int32] = []
    /// The worked days of the window, ascending.
    private var worked: [Int32] = []

    /// No calendar is known: five days a week.
    package init() { workdays = 5 }

    /// - Parameters:
    ///   - general: calendars of one id, of different years.
    ///   - own: the unit's own, of different years.
    init(general: [WorkCalendar], own: [WorkCalendar]) {
        workdays = own.last?.workdays ?? general.last?.workdays ?? 5
        let calendars = general.sorted { $0.year < $1.year }
        guard let earliest = calendars.first?.year, let latest = calendars.last?.year else { return }
        first = CivilDay.day(year: earliest, month: 1, day: 1)
        let end = CivilDay.day(year: latest, month: 12, day: 31)
        isWorkedDay = (first...end).map { WorkCalendar.isWorkday(CivilDay.weekday($0), of: workdays) }
        for calendar in calendars { add(calendar, own.first { $0.year == calendar.year }) }
        for (place, isWorked) in isWorkedDay.enumerated() {
            ranks.append(Int32(worked.count))
            if isWorked { worked.append(Int32(place)) }
        }
    }

    private mutating func add(_ calendar: WorkCalendar, _ own: WorkCalendar?) {
        let start = CivilDay.day(year: calendar.year, month: 1, day: 1)
        let count = CivilDay.isLeap(calendar.year) ? 366 : 365
        let week = own?.workdays ?? calendar.workdays ?? 5
        for day in start..<(start + count) {
            isWorkedDay[day - first] = WorkCalendar.isWorkday(CivilDay.weekday(day), of: week)
        }
        for holiday in calendar.holidays + (own?.holidays ?? [])
        where start <= holiday.day && holiday.day < start + count { isWorkedDay[holiday.day - first] = false }
        years.append(
            Year(
                first: start, count: count,
                versions: [calendar, own].compactMap { $0 }.map(CalendarVersion.init)))
    }

    /// Whether a calendar covers a day.
    package func isKnown(_ day: Int) -> Bool { isKnown(after: day - 1, through: day) }

    package func isWorked(_ day: Int) -> Bool {
        let place = day - first
        guard isWorkedDay.indices.contains(place) else {
            return WorkCalendar.isWorkday(CivilDay.weekday(day), of: workdays)
        }
        return isWorkedDay[place]
    }

    /// The n-th worked day after a day, where both lie in the window of the calendars.
    func worked(_ number: Int, after day: Int) -> Int? {
        let next = day + 1 - first
        guard number > 0, ranks.indices.contains(next) else { return nil }
        let place = Int(ranks[next]) + number - 1
        return place < worked.count ? first + Int(worked[place]) : nil
    }

    /// Worked days after one day through another; those of a pause do not count.
    package func count(after start: Int, through end: Int, pauses: [Pause] = []) -> Int {
        guard start < end else { return 0 }
        let (low, high) = (start + 1 - first, end - first)
        if pauses.isEmpty, ranks.indices.contains(low), ranks.indices.contains(high) {
            return Int(ranks[high] - ranks[low]) + (isWorkedDay[high] ? 1 : 0)
        }
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
        for year in years where year.first <= day && day < year.first + year.count { day = year.first + year.count }
        return day > end
    }

    /// The calendars that were read for the days after one through another.
    package func versions(after start: Int, through end: Int) -> [CalendarVersion] {
        years.filter { $0.first <= end && start + 1 < $0.first + $0.count }.flatMap(\.versions)
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
