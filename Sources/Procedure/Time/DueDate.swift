/// How long a step may take, with what its dossier says of it.
package enum DueRule: Hashable, Sendable {
    /// No time standard: its age is shown.
    case none
    case working(Int)
    case calendar(Int)
    /// A day of a completed document, as written; nil while none is complete.
    case target(Int?)
    /// *tentatif*, with the day that somebody planned.
    case tentative(Int?)

    package init(_ due: Due?, dayUnit: ProcedureDefinition.DayUnit?, target: Int?, planned: Int?) {
        switch due {
        case nil: self = .none
        case .days(let count): self = dayUnit == .calendar ? .calendar(count) : .working(count)
        case .workingDays(let count): self = .working(count)
        case .target: self = .target(target)
        case .tentative: self = .tentative(planned)
        }
    }
}

/// When a step is due: computed when it is shown, from what the viewer knows. Never an input of the fold.
package struct DueDate: Equatable, Sendable {
    /// Days since 1970 in the dossier's zone.
    package let day: Int
    /// Counted over a year whose calendar is not known (*sementara*).
    package let isProvisional: Bool
    /// Planned for a tentative step, or counted, or a target.
    package let rule: DueRule
    /// What was counted by; none for a target.
    package let calendars: [CalendarVersion]

    package init(day: Int, isProvisional: Bool, rule: DueRule, calendars: [CalendarVersion]) {
        (self.day, self.isProvisional, self.rule, self.calendars) = (day, isProvisional, rule, calendars)
    }

    package func isOverdue(on today: Int) -> Bool { today > day && !isPlanned }

    /// A planned day binds nobody.
    package var isPlanned: Bool { if case .tentative = rule { true } else { false } }
}

/// How late something was or is.
package struct Lateness: Equatable, Sendable {
    package let workingDays: Int
    package let calendarDays: Int

    package init(workingDays: Int, calendarDays: Int) {
        (self.workingDays, self.calendarDays) = (workingDays, calendarDays)
    }
}

extension WorkingDays {
    /// Day of activation is day 0; the last counted day is the due date (procedures.md §2.4).
    ///
    /// - Returns: nil without a standard or target, and while the dossier is suspended with days left.
    package func due(_ rule: DueRule, since: Int, pauses: [Pause] = []) -> DueDate? {
        guard let (day, start) = counted(rule, since: since, pauses) else { return nil }
        guard let start else { return .init(day: day, isProvisional: false, rule: rule, calendars: []) }
        return .init(
            day: day, isProvisional: !isKnown(after: start, through: day), rule: rule,
            calendars: versions(after: start, through: day))
    }

    /// How late a day is against a standard that began on another; nil where it is not.
    package func lateness(of day: Int, _ rule: DueRule, since: Int, pauses: [Pause]) -> Lateness? {
        if case .tentative = rule { return nil }
        guard let due = counted(rule, since: since, pauses)?.day, day > due else { return nil }
        return Lateness(workingDays: count(after: due, through: day), calendarDays: day - due)
    }

    /// The due date, and after which day calendars were read for it; nil for a day that was not counted.
    private func counted(_ rule: DueRule, since: Int, _ pauses: [Pause]) -> (day: Int, start: Int?)? {
        switch rule {
        case .none: return nil
        case .target(let day), .tentative(let day): return day.map { ($0, nil) }
        case .working(let count):
            if pauses.isEmpty, let day = worked(count, after: since) { return (day, since) }
            return last(count, since, pauses) { isWorked($0) }.map { ($0, since) }
        case .calendar(let count):
            guard let plain = last(count, since, pauses, { _ in true }) else { return nil }
            var day = plain
            while !isWorked(day), day < plain + 366 { day += 1 }
            return (day, plain - 1)
        }
    }

    private func last(_ count: Int, _ since: Int, _ pauses: [Pause], _ isCounted: (Int) -> Bool) -> Int? {
        var (day, left) = (since, count)
        while left > 0 {
            day += 1
            if let pause = pauses.first(where: { $0.holds(day) }) {
                guard let end = pause.until else { return nil }
                day = end
                continue
            }
            // A calendar without a working day would never end.
            guard day < since + Self.spanMax else { return nil }
            if isCounted(day) { left -= 1 }
        }
        return day
    }

    /// How late a day is against a due date; nil where it is not.
    package func lateness(of day: Int, against due: DueDate) -> Lateness? {
        guard due.isOverdue(on: day) else { return nil }
        return Lateness(workingDays: count(after: due.day, through: day), calendarDays: day - due.day)
    }

    /// Working days that are left after a day.
    package func remaining(on day: Int, until due: DueDate) -> Int { count(after: day, through: due.day) }
}
