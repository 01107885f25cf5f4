import Authority
package import CBOR
import Envelope
package import History
import Registry
import Sodium

extension DossierState {
    /// Writes that no other write has seen; of more than one the register is in conflict. As of the past of a change
    /// set (itself included), or of everything.
    ///
    /// - Parameter writes: in an order in which parents come first.
    package static func maximal(
        _ writes: [Write], asOf end: Int?, _ history: DossierHistory, _ steps: StepCounter? = nil
    ) -> [Write] {
        steps?.add(writes.count)
        var maximal: [Write] = []
        // From the latest on: what one of those found has in its past was replaced.
        var past = JoinedPast(history, steps)
        for write in writes.reversed() {
            if let end, !history.isInPast(write.item, of: end) { continue }
            if past.contains(write.item) { continue }
            maximal.append(write)
            past.add(write.item)
        }
        guard maximal.count > 1 else { return maximal }
        // Sorted before anything is chosen: the order of arrival must not show.
        maximal.sort { $0.dot < $1.dot }
        // Equal values in clear are no conflict.
        if maximal.allSatisfy({ $0.value == maximal[0].value }) { return [maximal[0]] }
        return maximal
    }

    package func values(
        _ path: Path, asOf end: Int? = nil, _ history: DossierHistory, _ steps: StepCounter? = nil
    ) -> [Write] {
        Self.maximal(writes[path] ?? [], asOf: end, history, steps)
    }

    /// Elements of a set that nobody who saw them removed.
    package func members(
        _ path: Path, asOf end: Int? = nil, _ history: DossierHistory, _ steps: StepCounter? = nil
    ) -> [Element] {
        (elements[path] ?? []).filter { element in
            steps?.add()
            guard let end else { return element.removedBy.isEmpty }
            guard history.isInPast(element.item, of: end) else { return false }
            steps?.add(element.removedBy.count)
            return !element.removedBy.contains { history.isInPast($0, of: end) }
        }.sorted { $0.dot < $1.dot }
    }

    /// Rows of a table. One whose deleter had not seen a cell write stays, marked.
    package func tableRows(
        _ path: Path, asOf end: Int? = nil, _ history: DossierHistory, _ steps: StepCounter? = nil
    ) -> [(row: Row, isRevived: Bool)] {
        var found: [(row: Row, isRevived: Bool)] = []
        for row in rows[path] ?? [] {
            if let isRevived = standing(row, asOf: end, history, steps) {
                found.append((row: row, isRevived: isRevived))
            }
        }
        return found.sorted { $0.row.dot < $1.row.dot }
    }

    /// Whether a row that stands was deleted by somebody who had not seen all of it; nil where it does not stand.
    func standing(_ row: Row, asOf end: Int?, _ history: DossierHistory, _ steps: StepCounter?) -> Bool? {
        func isSeen(_ item: Int) -> Bool { end.map { history.isInPast(item, of: $0) } ?? true }
        steps?.add(1 + row.deletedBy.count)
        guard isSeen(row.item) else { return nil }
        var past = JoinedPast(history, steps)
        var isDeleted = false
        for deleter in row.deletedBy.reversed() where isSeen(deleter) {
            isDeleted = true
            if !past.contains(deleter) { past.add(deleter) }
        }
        guard isDeleted else { return false }
        let isUnseen = row.cells.contains { cell in
            steps?.add()
            return isSeen(cell.write.item) && !past.contains(cell.write.item)
        }
        return isUnseen ? true : nil
    }

    /// Columns of a row with their current writes, in the order of their names.
    package func cells(
        _ row: Row, asOf end: Int? = nil, _ history: DossierHistory, _ steps: StepCounter? = nil
    ) -> [(column: String, writes: [Write])] {
        // Names are told apart by their bytes; of one column the writes stay in their order.
        let order = row.cells.indices.sorted { left, right in
            let (a, b) = (row.cells[left].column.utf8, row.cells[right].column.utf8)
            return a.elementsEqual(b) ? left < right : a.lexicographicallyPrecedes(b)
        }
        var found: [(column: String, writes: [Write])] = []
        for place in order {
            let (column, write) = row.cells[place]
            if let last = found.last, last.column.utf8.elementsEqual(column.utf8) {
                found[found.count - 1].writes.append(write)
            } else {
                found.append((column: column, writes: [write]))
            }
        }
        return found.map { (column: $0.column, writes: Self.maximal($0.writes, asOf: end, history, steps)) }
    }

    /// Findings that are open. Only the unit that found one closes it: a vendor's word that a fault is accepted changes
    /// nothing (Protocol 4 §2.6).
    package func openFindings(
        severities: [String], asOf end: Int?, _ history: DossierHistory, _ steps: StepCounter? = nil
    ) -> [Row] {
        tableRows(.findings, asOf: end, history, steps).map(\.row).filter { row in
            steps?.add(row.cells.count)
            if !severities.isEmpty {
                let severity = Self.maximal(
                    row.cells.filter { $0.column == "severity" }.map(\.write), asOf: end, history, steps)
                // A conflict about the severity counts as each of its values.
                let matches = severity.contains { write in
                    guard case .text(let text) = write.value else { return true }
                    return severities.contains(text)
                }
                guard matches else { return false }
            }
            return findingStatus(row, asOf: end, history, steps) == .open
        }
    }

    package enum FindingStatus: String, Sendable { case open, closed }

    package func findingStatus(
        _ row: Row, asOf end: Int?, _ history: DossierHistory, _ steps: StepCounter? = nil
    ) -> FindingStatus {
        let finder = verdicts[row.item].unit
        let statuses = row.cells.filter { cell in
            guard cell.column == "status" else { return false }
            if case .text(let text) = cell.write.value, Self.closingStatuses.contains(text) {
                return verdicts[cell.write.item].unit == finder
            }
            return true
        }
        let current = Self.maximal(statuses.map(\.write), asOf: end, history, steps)
        let isClosed =
            !current.isEmpty
            && current.allSatisfy { write in
                guard case .text(let text) = write.value else { return false }
                return Self.closingStatuses.contains(text)
            }
        return isClosed ? .closed : .open
    }

    package static let closingStatuses = ["diterima", "ditolak"]
}

/// The pasts of several change sets as one: of few they are asked one by one, of many their vectors are joined, which
/// costs what they do not have in common.
struct JoinedPast {
    private static let fewCountMax = 8

    private let history: DossierHistory
    private let steps: StepCounter?
    private var few: [Int] = []
    private var joined: LaneCounts?

    init(_ history: DossierHistory, _ steps: StepCounter?) {
        (self.history, self.steps) = (history, steps)
    }

    mutating func add(_ item: Int) {
        var count = 0
        if let known = joined {
            joined = known.union(history.vectors[item], steps: &count)
        } else {
            few.append(item)
            guard few.count > Self.fewCountMax else { return }
            joined = few.reduce(LaneCounts.empty) { $0.union(history.vectors[$1], steps: &count) }
        }
        steps?.add(count)
    }

    /// Whether one of them is this change set, or has it in its past.
    func contains(_ item: Int) -> Bool {
        guard let joined else { return few.contains { history.isInPast(item, of: $0) } }
        let place = history.lanes[item]
        return joined.count(of: place.lane) > place.position
    }
}
