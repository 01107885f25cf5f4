import Dossier
package import Procedure
package import Store

/// Due dates as this replica knows them at a moment: calendars that it holds, and the clock.
package struct Times {
    package private(set) var reader: TimeReader
    package let now: UInt64

    package init(_ shelf: CalendarShelf, now: UInt64) {
        reader = TimeReader(shelf)
        self.now = now
    }

    /// The day that it is in a dossier's zone, wherever the viewer sits.
    package func today(_ timeline: Timeline) -> Int {
        CivilDay.day(milliseconds: now, zone: timeline.zone.rawValue)
    }

    /// What is to be said of a step's time.
    package mutating func facts(_ step: Timeline.Step, in timeline: Timeline) -> StepTime {
        let today = today(timeline)
        let due = reader.due(step, in: timeline)
        return StepTime(
            step: step, due: due, lateness: reader.lateness(step, in: timeline, today: today),
            remaining: due.map { reader.workingDays(timeline).remaining(on: today, until: $0) } ?? 0,
            before: reader.dueBefore(step, in: timeline), age: reader.elapsed(step, in: timeline, today: today),
            isPaused: timeline.isSuspended && step.standing == .open, today: today)
    }

    /// The open step that is due first.
    package mutating func next(_ timeline: Timeline) -> StepTime? {
        reader.next(in: timeline).map { facts($0.step, in: timeline) }
    }

    package mutating func isOverdue(_ timeline: Timeline) -> Bool {
        reader.isOverdue(timeline, today: today(timeline))
    }

    package mutating func lateness(_ step: Timeline.Step, in timeline: Timeline, on day: Int) -> Lateness? {
        reader.lateness(step, in: timeline, today: day)
    }

    package mutating func due(_ step: Timeline.Step, in timeline: Timeline) -> DueDate? {
        reader.due(step, in: timeline)
    }

    package mutating func elapsed(_ step: Timeline.Step, in timeline: Timeline) -> Int {
        reader.elapsed(step, in: timeline, today: today(timeline))
    }
}

package struct StepTime: Sendable {
    package let step: Timeline.Step
    package let due: DueDate?
    /// Of a closed step when it was closed, of an open one today.
    package let lateness: Lateness?
    /// Working days from today to the due date.
    package let remaining: Int
    /// The due date before a calendar changed.
    package let before: Int?
    /// Working days from activation to completion or today.
    package let age: Int
    /// Its dossier is suspended.
    package let isPaused: Bool
    package let today: Int
}

extension Replica {
    package func times() throws -> Times { Times(try calendars(), now: Clock.now) }
}

extension DossierView {
    package var timeline: Timeline { state.timeline(history, definition, registry) }
}

extension DossierRow {
    /// Nil where its rows could not be derived.
    package var timeline: Timeline? { times.isEmpty ? nil : Timeline(times) }
}
