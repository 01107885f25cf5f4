package import Envelope
package import Procedure
package import Store

/// Which dossiers of the register are asked for.
package struct RegisterFilter: Sendable {
    package var unit: UnitID?
    package var procedure: String?
    package var status: String?
    /// Opened in that year.
    package var year: Int?
    package var isOverdue = false
    /// Words that occur in its texts.
    package var text: String?

    package init() {}
}

/// A line of the register, from stored rows.
package struct RegisterEntry: Sendable {
    package let row: DossierRow
    package let timeline: Timeline
    /// The open step that is due first; of a closed dossier nil.
    package let next: StepTime?
    /// Steps that were closed late.
    package let lateCount: Int

    package func unit(_ slot: String) -> UnitID? { timeline.unit(slot).map { UnitID($0) } }
}

extension Replica {
    /// The register in the order of opening, and how many rows could not be read.
    package func register(_ filter: RegisterFilter) throws -> (entries: [RegisterEntry], skipped: Int) {
        var times = try times()
        return try store.read { reader in
            var found: Set<Int64>?
            if let text = filter.text { found = Set(try reader.search(text, limit: Int(Int32.max)).map(\.number)) }
            var entries: [RegisterEntry] = []
            var skipped = 0
            try reader.eachDossier { row in
                if let found, !found.contains(row.number) { return }
                if let procedure = filter.procedure, !row.procedure.utf8.elementsEqual(procedure.utf8) { return }
                if let status = filter.status, row.status != status { return }
                guard let timeline = row.timeline else {
                    skipped += 1
                    return
                }
                if let unit = filter.unit, !timeline.parties.contains(where: { $0.unit == unit.raw }) { return }
                if let year = filter.year, CivilDay.year(of: timeline.opened) != year { return }
                let next = timeline.ended == nil ? times.next(timeline) : nil
                if filter.isOverdue, next?.lateness == nil { return }
                entries.append(
                    RegisterEntry(
                        row: row, timeline: timeline, next: next, lateCount: Self.lateCount(timeline, &times)))
            }
            return (entries, skipped)
        }
    }

    private static func lateCount(_ timeline: Timeline, _ times: inout Times) -> Int {
        var count = 0
        for step in timeline.steps {
            if let closed = step.closed, times.lateness(step, in: timeline, on: closed) != nil { count += 1 }
        }
        return count
    }
}
