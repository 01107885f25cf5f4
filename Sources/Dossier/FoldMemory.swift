import Authority
import CBOR
import Envelope
import History
import Procedure
import Sodium

/// Change sets that touch something, by lane: what a past holds of them is a prefix of each.
struct Touched {
    private var lanes: [(lane: Int, items: [Int])] = []
    private var places: [Int: Int] = [:]

    init(_ items: some Sequence<Int>, _ history: DossierHistory) {
        for item in Set(items).sorted() {
            let lane = history.lanes[item].lane
            if let place = places[lane] {
                lanes[place].items.append(item)
            } else {
                places[lane] = lanes.count
                lanes.append((lane: lane, items: [item]))
            }
        }
    }

    /// How many of each lane are in the past of a change set, itself included. Two pasts with the same numbers hold the
    /// same of it.
    func seen(from end: Int, _ history: DossierHistory, _ steps: StepCounter) -> [Int] {
        lanes.map { lane in
            var (low, high) = (0, lane.items.count)
            while low < high {
                steps.add()
                let middle = (low + high) / 2
                if history.isInPast(lane.items[middle], of: end) { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}

/// Answers about pasts that many acts ask again: kept by what the past holds of the matter.
final class FoldMemory {
    private struct Finding: Hashable {
        let severities: [String]
        let seen: [Int]
    }

    private let history: DossierHistory
    private let state: DossierState
    private let steps: StepCounter
    private var findings: Touched?
    private var openCounts: [Finding: Int] = [:]
    /// Of each unit the first that it wrote in each lane.
    private var firsts: [Bytes32: [Int]]?

    init(_ history: DossierHistory, _ state: DossierState, _ steps: StepCounter) {
        (self.history, self.state, self.steps) = (history, state, steps)
    }

    func openFindings(_ severities: [String], asOf end: Int) -> Int {
        let touched = findings ?? Touched(state.touching(rowsOf: .findings), history)
        findings = touched
        let key = Finding(severities: severities, seen: touched.seen(from: end, history, steps))
        if let known = openCounts[key] { return known }
        if steps.isExceeded { return 0 }
        let count = state.openFindings(severities: severities, asOf: end, history, steps).count
        openCounts[key] = count
        return count
    }

    func hasWritten(_ unit: Bytes32, asOf end: Int) -> Bool {
        let known = firsts ?? firstsOfUnits()
        firsts = known
        return (known[unit] ?? []).contains { item in
            steps.add()
            return history.isAncestor(item, of: end)
        }
    }

    private func firstsOfUnits() -> [Bytes32: [Int]] {
        struct Place: Hashable {
            let unit: Bytes32
            let lane: Int
        }
        var seen: Set<Place> = []
        var found: [Bytes32: [Int]] = [:]
        steps.add(history.count)
        for index in history.items.indices {
            guard let unit = state.verdicts[index].unit?.raw else { continue }
            if seen.insert(Place(unit: unit, lane: history.lanes[index].lane)).inserted {
                found[unit, default: []].append(index)
            }
        }
        return found
    }
}

extension DossierState {
    /// Change sets that add, change or delete rows of a table.
    func touching(rowsOf path: Path) -> [Int] {
        (rows[path] ?? []).flatMap { row in [row.item] + row.deletedBy + row.cells.map(\.write.item) }
    }
}

/// Documents as the pasts of acts hold them: each content is read once for all acts whose pasts hold the same of it.
struct DocumentReader {
    private struct Place: Hashable {
        let document: String
        let instance: Int
    }

    private struct Past: Hashable {
        let place: Place
        let seen: [Int]
    }

    private struct Stage: Hashable {
        let past: Past
        let name: String?
    }

    private let state: DossierState
    private let history: DossierHistory
    private let steps: StepCounter
    private var touched: [Place: Touched] = [:]
    private var contents: [Past: DocumentContent] = [:]
    private var revisions: [Stage: Bytes32] = [:]
    /// Contents that are kept; beyond it none is. What is asked together is asked one after the other.
    private static let capacity = 256

    init(_ state: DossierState, _ history: DossierHistory, _ steps: StepCounter) {
        (self.state, self.history, self.steps) = (state, history, steps)
    }

    /// Whether the past of a change set holds exactly this revision, complete and without an open conflict.
    mutating func holds(
        _ revision: Bytes32, _ stage: String?, of type: DocumentType, _ instance: Int, asOf end: Int
    ) -> Bool {
        if steps.isExceeded { return false }
        let place = Place(document: type.id, instance: instance)
        let touched = touched[place] ?? Touched(state.touching(type.id, instance), history)
        self.touched[place] = touched
        let past = Past(place: place, seen: touched.seen(from: end, history, steps))
        let content = contents[past] ?? read(type, past, end)
        guard content.isComplete else { return false }
        let key = Stage(past: past, name: stage)
        if let known = revisions[key] { return known == revision }
        steps.add(content.entries.count)
        let found = content.revision(stage: stage)
        if revisions.count >= Self.capacity { revisions = [:] }
        revisions[key] = found
        return found == revision
    }

    private mutating func read(_ type: DocumentType, _ past: Past, _ end: Int) -> DocumentContent {
        let content = state.content(of: type, instance: past.place.instance, asOf: end, history, steps)
        if contents.count >= Self.capacity { contents = [:] }
        contents[past] = content
        return content
    }
}

extension DossierState {
    /// Change sets that write in an instance of a document.
    func touching(_ document: String, _ instance: Int) -> [Int] {
        guard let paths = documents[Path(Path.documentPrefix(document, instance))] else { return [] }
        return paths.registers.flatMap { (writes[$0] ?? []).map(\.item) }
            + paths.tables.flatMap { touching(rowsOf: $0) }
    }
}
