import Authority
import Envelope
package import History
import Sodium

extension DossierState {
    /// Writes that no other write has seen; of more than one the register is in conflict. As of the past of a change
    /// set (itself included), or of everything.
    package static func maximal(_ writes: [Write], asOf end: Int?, _ history: DossierHistory) -> [Write] {
        var maximal: [Write] = []
        for write in writes {
            if let end, !history.isInPast(write.item, of: end) { continue }
            maximal.removeAll { history.isInPast($0.item, of: write.item) }
            maximal.append(write)
        }
        guard maximal.count > 1 else { return maximal }
        // Sorted before anything is chosen: the order of arrival must not show.
        maximal.sort { $0.dot < $1.dot }
        // Equal values in clear are no conflict.
        if maximal.allSatisfy({ $0.value == maximal[0].value }) { return [maximal[0]] }
        return maximal
    }

    package func values(_ path: Path, asOf end: Int? = nil, _ history: DossierHistory) -> [Write] {
        Self.maximal(writes[path] ?? [], asOf: end, history)
    }

    /// Elements of a set that nobody who saw them removed.
    package func members(_ path: Path, asOf end: Int? = nil, _ history: DossierHistory) -> [Element] {
        (elements[path] ?? []).filter { element in
            if let end, !history.isInPast(element.item, of: end) { return false }
            return !element.removedBy.contains { remover in end.map { history.isInPast(remover, of: $0) } ?? true }
        }.sorted { $0.dot < $1.dot }
    }

    /// Rows of a table. One whose deleter had not seen a cell write stays, marked.
    package func tableRows(
        _ path: Path, asOf end: Int? = nil, _ history: DossierHistory
    ) -> [(row: Row, isRevived: Bool)] {
        var found: [(row: Row, isRevived: Bool)] = []
        for row in rows[path] ?? [] {
            func isSeen(_ item: Int) -> Bool { end.map { history.isInPast(item, of: $0) } ?? true }
            guard isSeen(row.item) else { continue }
            let deleters = row.deletedBy.filter(isSeen)
            let unseen = row.cells.contains { cell in
                isSeen(cell.write.item) && deleters.allSatisfy { !history.isInPast(cell.write.item, of: $0) }
            }
            if !deleters.isEmpty && !unseen { continue }
            found.append((row: row, isRevived: !deleters.isEmpty))
        }
        return found.sorted { $0.row.dot < $1.row.dot }
    }

    /// Columns of a row with their current writes, in the order of their names.
    package func cells(
        _ row: Row, asOf end: Int? = nil, _ history: DossierHistory
    ) -> [(column: String, writes: [Write])] {
        var columns: [String] = []
        for cell in row.cells where !columns.contains(cell.column) { columns.append(cell.column) }
        return columns.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { column in
            let writes = row.cells.filter { $0.column == column }.map(\.write)
            return (column: column, writes: Self.maximal(writes, asOf: end, history))
        }
    }

    /// Findings that are open. Only the unit that found one closes it: a vendor's word that a fault is accepted changes
    /// nothing (Protocol 4 §2.6).
    package func openFindings(
        severities: [String], asOf end: Int?, _ history: DossierHistory
    ) -> [Row] {
        tableRows(.findings, asOf: end, history).map(\.row).filter { row in
            let severity = cells(row, asOf: end, history).first { $0.column == "severity" }?.writes ?? []
            if !severities.isEmpty {
                // A conflict about the severity counts as each of its values.
                let matches = severity.contains { write in
                    guard case .text(let text) = write.value else { return true }
                    return severities.contains(text)
                }
                guard matches else { return false }
            }
            return findingStatus(row, asOf: end, history) == .open
        }
    }

    package enum FindingStatus: String, Sendable { case open, closed }

    package func findingStatus(_ row: Row, asOf end: Int?, _ history: DossierHistory) -> FindingStatus {
        let finder = verdicts[row.item].unit
        let statuses = row.cells.filter { cell in
            guard cell.column == "status" else { return false }
            if case .text(let text) = cell.write.value, Self.closingStatuses.contains(text) {
                return verdicts[cell.write.item].unit == finder
            }
            return true
        }
        let current = Self.maximal(statuses.map(\.write), asOf: end, history)
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
