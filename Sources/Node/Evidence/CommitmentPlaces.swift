import CBOR
import Dossier
import Envelope
import History
import Registry
import Sodium

/// Places in entries and change sets that carry commitments. An opening is good where any of them fits, and shown at
/// those that it fits (Protocol 7 §2): whoever repeats a commitment takes no proof from anybody, and gets no text.
struct CommitmentPlaces {
    struct Place: Hashable {
        let author: PublicKey
        let audience: Audience
    }

    private var known: [Commitment: Set<Place>] = [:]

    init(_ history: DossierHistory, _ registry: Registry) {
        for entry in registry.entries {
            for value in entry.body.committedValues { add(value, entry.author) }
        }
        for item in history.items {
            for value in item.operations.flatMap(\.committedValues) { add(value, item.author) }
        }
    }

    private mutating func add(_ value: Committed, _ author: PublicKey) {
        known[value.commitment, default: []].insert(Place(author: author, audience: value.audience))
    }

    /// The place that an opening fits. There is one at most: the commitment covers author and audience.
    func place(of opening: Opening) -> Place? {
        known[opening.commitment]?.first { opening.fits(author: $0.author, audience: $0.audience) }
    }
}

/// Openings, each with the place that it fits.
struct PlacedOpenings {
    private var known: [Commitment: (opening: Opening, place: CommitmentPlaces.Place)] = [:]
    /// Paths of documents to which the author of an opening wrote it.
    private var written: Set<Written> = []

    private struct Written: Hashable {
        let path: Path
        let commitment: Commitment
    }

    mutating func insert(_ opening: Opening, _ place: CommitmentPlaces.Place) {
        known[opening.commitment] = (opening, place)
    }

    func contains(_ commitment: Commitment) -> Bool { known[commitment] != nil }

    func opening(_ commitment: Commitment) -> Opening? { known[commitment]?.opening }

    /// The text of a commitment that an author wrote; nil where the opening is another's.
    func opening(_ committed: Committed, by author: PublicKey) -> Opening? {
        guard let found = known[committed.commitment], found.place.author == author,
            found.place.audience == committed.audience
        else { return nil }
        return found.opening
    }

    /// Learns which openings were written to which paths.
    mutating func read(_ history: DossierHistory) {
        for item in history.items {
            for (index, operation) in item.operations.enumerated() {
                for (path, value) in operation.contents(Dot(change: item.id, index: index), history)
                where opening(value, by: item.author) != nil {
                    written.insert(Written(path: path, commitment: value.commitment))
                }
            }
        }
    }

    /// A value as it stands in a document's list.
    func opening(_ committed: Committed, at path: Path) -> Opening? {
        guard let found = known[committed.commitment], found.place.audience == committed.audience,
            written.contains(Written(path: path, commitment: committed.commitment))
        else { return nil }
        return found.opening
    }
}

extension Operation {
    /// Commitments that an operation writes, by the paths that they have in a document's list (Protocol 4 §2.5).
    fileprivate func contents(_ dot: Dot, _ history: DossierHistory) -> [(path: Path, value: Committed)] {
        func pair(_ path: String?, _ item: CBORValue?) -> [(path: Path, value: Committed)] {
            guard let path, let item, case .array = item, let value = try? Committed(item) else { return [] }
            return [(Path(path), value)]
        }
        let path = body[unsigned: 1]?.textValue
        switch code {
        case Code.set: return pair(path, body[unsigned: 2])
        case Code.addRow:
            guard let path else { return [] }
            return (body[unsigned: 2]?.mapValue ?? []).flatMap { cell in
                cell.key.textValue.map { pair("\(path)/\(dot.text)/\($0)", cell.value) } ?? []
            }
        case Code.setCell:
            guard let row = Dot(body[unsigned: 1]), let column = body[unsigned: 2]?.textValue,
                let index = history.index(of: row.change), row.index < history.items[index].operations.count
            else { return [] }
            let table = history.items[index].operations[row.index]
            guard table.code == Code.addRow, let path = table.body[unsigned: 1]?.textValue else { return [] }
            return pair("\(path)/\(row.text)/\(column)", body[unsigned: 3])
        default: return []
        }
    }
}
