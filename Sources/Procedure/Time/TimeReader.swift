import Sodium

/// Reads timelines by the calendars that a viewer knows. Of many dossiers most are counted by the same calendars, which
/// are laid out once.
package struct TimeReader {
    private let shelf: CalendarShelf
    private var laidOut: [Key: WorkingDays] = [:]

    private struct Key: Hashable {
        let id: String
        let unit: Bytes32?
        let zone: Zone
        /// The entries that count; nil: all.
        let seen: [Bytes32]?
    }

    package init(_ shelf: CalendarShelf) { self.shelf = shelf }

    /// By what is known now: for what is still open.
    package mutating func workingDays(_ timeline: Timeline) -> WorkingDays { workingDays(timeline, seen: nil) }

    private mutating func workingDays(_ timeline: Timeline, seen bits: UInt64?) -> WorkingDays {
        let seen = bits.map { bits in
            timeline.calendars.enumerated().filter { bits & (1 << UInt64($0.offset)) != 0 }.map(\.element)
        }
        let key = Key(id: timeline.calendar, unit: timeline.unit("it"), zone: timeline.zone, seen: seen)
        if let known = laidOut[key] { return known }
        let days = shelf.workingDays(
            id: key.id, unit: key.unit, zone: key.zone, seen: seen.map { list in list.contains })
        laidOut[key] = days
        return days
    }

    /// When a step is or was due: an open one by all that is known now, a closed one by the calendars in the past of the
    /// act that closed it (procedures.md §3.5).
    package mutating func due(_ step: Timeline.Step, in timeline: Timeline) -> DueDate? {
        let days = workingDays(timeline, seen: step.standing == .open ? nil : step.calendarsAtEnd)
        return days.due(step.rule, since: step.since, pauses: timeline.pauses)
    }

    /// The due date that an open step had by the calendars known when it became active, where it is another now
    /// (*jadwal berubah karena kalender*).
    package mutating func dueBefore(_ step: Timeline.Step, in timeline: Timeline) -> Int? {
        guard step.standing == .open, step.calendarsAtStart != 0, let now = due(step, in: timeline) else { return nil }
        let days = workingDays(timeline, seen: step.calendarsAtStart)
        guard let before = days.due(step.rule, since: step.since, pauses: timeline.pauses), !before.isProvisional,
            before.day != now.day
        else { return nil }
        return before.day
    }

    /// How late a closed step was, or an open one is today; nil for neither.
    package mutating func lateness(_ step: Timeline.Step, in timeline: Timeline, today: Int) -> Lateness? {
        guard step.standing != .ended, let due = due(step, in: timeline) else { return nil }
        let days = workingDays(timeline, seen: step.standing == .open ? nil : step.calendarsAtEnd)
        return days.lateness(of: step.closed ?? today, against: due)
    }

    /// Working days from activation to completion, or to today.
    package mutating func elapsed(_ step: Timeline.Step, in timeline: Timeline, today: Int) -> Int {
        workingDays(timeline).count(after: step.since, through: step.closed ?? today, pauses: timeline.pauses)
    }

    /// The earliest due date of the open steps, with its step.
    package mutating func next(in timeline: Timeline) -> (step: Timeline.Step, due: DueDate)? {
        var found: (step: Timeline.Step, due: DueDate)?
        for step in timeline.openSteps {
            guard let due = due(step, in: timeline), !due.isPlanned else { continue }
            if found.map({ due.day < $0.due.day }) ?? true { found = (step, due) }
        }
        return found
    }

    package mutating func isOverdue(_ timeline: Timeline, today: Int) -> Bool {
        next(in: timeline)?.due.isOverdue(on: today) ?? false
    }
}
