import CBOR
import Envelope
import History

/// Where the paths of an instance of a document are, so that nobody sorts all paths to read one.
struct DocumentPaths: Sendable {
    var registers: [Path] = []
    var tables: [Path] = []
}

extension DossierState {
    /// Sorts the paths by document and instance, once.
    mutating func indexDocuments() {
        documents = [:]
        for path in writes.keys {  // unordered: what is read there is sorted
            if let prefix = path.documentPrefix { documents[prefix, default: DocumentPaths()].registers.append(path) }
        }
        for path in rows.keys.sorted() {
            if let prefix = path.documentPrefix { documents[prefix, default: DocumentPaths()].tables.append(path) }
        }
    }

    // MARK: By dot

    /// The path that an operation names, and where its change set stands: what it made is found by them.
    ///
    /// A dot names a change set and an operation in it; so a search needs no table of dots, and what nobody asks for
    /// costs nothing.
    private static func place(_ dot: Dot, _ history: DossierHistory) -> (item: Int, operation: Operation)? {
        guard let item = history.index(of: dot.change), dot.index < history.items[item].operations.count else {
            return nil
        }
        return (item, history.items[item].operations[dot.index])
    }

    /// The set that holds an element, and the element's place there.
    func element(_ dot: Dot, _ history: DossierHistory, _ steps: StepCounter) -> (path: Path, place: Int)? {
        guard let (item, operation) = Self.place(dot, history), let text = operation.body[unsigned: 1]?.textValue,
            [Code.insert, Code.attach, Code.link].contains(operation.code)
        else { return nil }
        let path = Path(operation.code == Code.link ? "link/" + text : text)
        guard let list = elements[path],
            let place = Self.search(list.count, (item, dot.index), steps, { (list[$0].item, list[$0].dot.index) })
        else { return nil }
        return (path, place)
    }

    /// The table that holds a row, and the row's place there.
    func row(_ dot: Dot, _ history: DossierHistory, _ steps: StepCounter) -> (path: Path, place: Int)? {
        guard let (item, operation) = Self.place(dot, history), operation.code == Code.addRow,
            let text = operation.body[unsigned: 1]?.textValue
        else { return nil }
        let path = Path(text)
        guard let list = rows[path],
            let place = Self.search(list.count, (item, dot.index), steps, { (list[$0].item, list[$0].dot.index) })
        else { return nil }
        return (path, place)
    }

    /// In a list in the order of change sets and their operations.
    private static func search(
        _ count: Int, _ key: (Int, Int), _ steps: StepCounter, _ at: (Int) -> (Int, Int)
    ) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            steps.add()
            let middle = (low + high) / 2
            if at(middle) < key { low = middle + 1 } else { high = middle }
        }
        return low < count && at(low) == key ? low : nil
    }
}

extension Path {
    /// `doc/<document>/<instance>/` of a path below it.
    var documentPrefix: Path? {
        let bytes = text.utf8
        guard bytes.starts(with: "doc/".utf8) else { return nil }
        var slashes = 0
        for place in bytes.indices where bytes[place] == UInt8(ascii: "/") {
            slashes += 1
            if slashes == 3 { return Path(String(text[...place])) }
        }
        return nil
    }
}
