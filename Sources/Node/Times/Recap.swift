package import Envelope
import Procedure
package import Store

/// What a month was like for one unit in one procedure.
package struct RecapLine: Sendable {
    package let unit: UnitID
    package let procedure: String
    /// Dossiers in which the unit is a party.
    package var opened = 0
    package var closed = 0
    /// Steps of these dossiers that ended in a return.
    package var returned = 0
    /// Neither closed at the end of the month nor, of this month, today.
    package var running = 0
    /// Steps of the unit itself: closed late in the month, or overdue at its end.
    package var late = 0
    /// Working days of the unit's own steps in dossiers that closed in the month: what others took is not in them.
    package var workingDays = 0

    /// Per closed dossier, in tenths, rounded down; nil where none was closed.
    package var meanTenths: Int? { closed == 0 ? nil : workingDays * 10 / closed }
}

/// A month over many dossiers, from their stored timelines: nothing is folded.
package struct Recap {
    package let first: Int
    package let last: Int
    private var times: Times
    private var lines: [Key: RecapLine] = [:]
    /// Dossiers whose rows could not be read.
    package private(set) var skipped = 0

    private struct Key: Hashable {
        let unit: UnitID
        let procedure: String
    }

    /// - Parameter month: 1 to 12.
    package init(year: Int, month: Int, times: Times) {
        first = CivilDay.day(year: year, month: month, day: 1)
        last = CivilDay.day(year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1) - 1
        self.times = times
    }

    /// In the order of procedures, then units.
    package var sorted: [RecapLine] {
        lines.sorted {
            $0.key.procedure != $1.key.procedure
                ? $0.key.procedure.utf8.lexicographicallyPrecedes($1.key.procedure.utf8) : $0.key.unit < $1.key.unit
        }.map(\.value)
    }

    /// - Parameter only: this unit's line alone.
    package mutating func add(_ row: DossierRow, only: UnitID? = nil) {
        guard let timeline = row.timeline else {
            skipped += 1
            return
        }
        guard timeline.opened <= last, timeline.ended.map({ $0 >= first }) ?? true else { return }
        var units: [UnitID] = []
        for party in timeline.parties where !units.contains(UnitID(party.unit)) { units.append(UnitID(party.unit)) }
        let returned = timeline.steps.filter { step in
            step.isReturn && (step.closed.map { (first...last).contains($0) } ?? false)
        }.count
        let isClosed = timeline.ended.map { (first...last).contains($0) } ?? false
        for unit in units where only == nil || unit == only {
            let key = Key(unit: unit, procedure: row.procedure)
            var line = lines[key] ?? RecapLine(unit: unit, procedure: row.procedure)
            if (first...last).contains(timeline.opened) { line.opened += 1 }
            line.returned += returned
            if isClosed { line.closed += 1 }
            if timeline.ended.map({ $0 > last }) ?? true { line.running += 1 }
            let slots = timeline.parties.filter { UnitID($0.unit) == unit }.map(\.slot)
            for step in timeline.steps where slots.contains(step.slot) {
                if isLate(step, timeline) { line.late += 1 }
                if isClosed, step.standing == .done { line.workingDays += times.elapsed(step, in: timeline) }
            }
            lines[key] = line
        }
    }

    /// Closed late in the month, or open and overdue at its end (today, where that is not yet).
    private mutating func isLate(_ step: Timeline.Step, _ timeline: Timeline) -> Bool {
        if let closed = step.closed, closed <= last {
            guard closed >= first else { return false }
            return times.lateness(step, in: timeline, on: closed) != nil
        }
        let day = min(last, times.today(timeline))
        guard step.standing != .ended, step.since <= day, let due = times.due(step, in: timeline) else { return false }
        return due.isOverdue(on: day)
    }
}

extension Replica {
    /// - Parameter unit: its lines alone.
    package func recap(year: Int, month: Int, unit: UnitID?) throws -> Recap {
        var recap = Recap(year: year, month: month, times: try times())
        try store.read { reader in
            try reader.eachDossier { recap.add($0, only: unit) }
        }
        return recap
    }
}
