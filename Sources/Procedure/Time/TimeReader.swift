import Sodium

/// Reads timelines by the calendars that a viewer knows. Of many dossiers most are counted by the same calendars, which
/// are laid out once.
package struct TimeReader {
    private let shelf: CalendarShelf
    /// The latest in use first.
    private var laidOut: [Layout] = []

    private static let layoutCountMax = 16

    private struct Layout {
        /// Bits of the calendars that count; nil: all.
        let bits: UInt64?
        let zone: Zone
        let unit: Bytes32?
        let calendars: [Bytes32]
        let id: String
        let days: WorkingDays
    }

    package init(_ shelf: CalendarShelf) { self.shelf = shelf }

    /// By what is known now: for what is still open.
    package mutating func workingDays(_ timeline: Timeline) -> WorkingDays { workingDays(timeline, seen: nil) }

    private mutating func workingDays(_ timeline: Timeline, seen bits: UInt64?) -> WorkingDays {
        let unit = timeline.unit("it")
        let known = laidOut.firstIndex { layout in
            layout.bits == bits && layout.unit == unit && layout.zone == timeline.zone
                && layout.calendars == timeline.calendars && layout.id.utf8.elementsEqual(timeline.calendar.utf8)
        }
        if let known {
            if known > 0 { laidOut.swapAt(0, known) }
            return laidOut[0].days
        }
        let seen = bits.map { bits in
            timeline.calendars.enumerated().filter { bits & (1 << UInt64($0.offset)) != 0 }.map(\.element)
        }
        let days = shelf.workingDays(
            id: timeline.calendar, unit: unit, zone: timeline.zone, seen: seen.map { list in list.contains })
        if laidOut.count == Self.layoutCountMax { laidOut.removeLast() }
        laidOut.insert(
            Layout(
                bits: bits, zone: timeline.zone, unit: unit, calendars: timeline.calendars, id: timeline.calendar,
                days: days), at: 0)
        return days
    }

    /// When a step is or was due: an open one by all that is known now, a closed one by the calendars in the past of the
    /// act that closed it (procedures.md §3.5).
    package mutating func due(_ step: Timeline.Step, in timeline: Timeline) -> DueDate? {
        if step.rule == .none { return nil }
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
        if step.standing == .ended || step.rule == .none { return nil }
        let days = workingDays(timeline, seen: step.standing == .open ? nil : step.calendarsAtEnd)
        return days.lateness(of: step.closed ?? today, step.rule, since: step.since, pauses: timeline.pauses)
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
