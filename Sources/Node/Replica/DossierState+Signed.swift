import Dossier
import Envelope
import History
import Registry
import Store

extension DossierState {
    /// What the signed history says of the rows of change sets and places, in its order.
    func signedRows(_ history: DossierHistory, _ registry: Registry, own: UnitID?) -> [SignedRows] {
        let released = Set(
            DossierRecord.releases(self, history).filter { $0.reader == own }.map {
                AuthoredValue(commitment: $0.commitment, author: $0.author)
            })
        let erased = Set(erased.map { AuthoredValue(commitment: $0.commitment, author: $0.unit) })
        return history.items.indices.map { index in
            let item = history.items[index]
            let places = history.places(at: index, registry: registry).map { place in
                let value = place.author.map { AuthoredValue(commitment: place.committed.commitment, author: $0) }
                let isReader = own.map { place.readers.contains($0) } ?? false
                return SignedPlace(
                    place: place, isMine: isReader || value.map { released.contains($0) } ?? false,
                    isErased: value.map { erased.contains($0) } ?? false)
            }
            return SignedRows(change: item.id, author: item.author, seq: item.seq, places: places)
        }
    }
}

extension Replica {
    /// Places as the history says them, each with what its row holds: who may read what, and what may be signed over,
    /// follows from signatures and from no column.
    static func signed(_ rows: [StoreReader.PlaceRow], _ signed: [SignedRows]) -> [StoreReader.PlaceRow] {
        var held: [ChangeSetID: [StoreReader.PlaceRow]] = [:]
        for row in rows { held[row.change, default: []].append(row) }
        var found: [StoreReader.PlaceRow] = []
        for item in signed where !item.places.isEmpty {
            var rest = held[item.change] ?? []
            for place in item.places {
                let index = rest.firstIndex { $0.commitment == place.place.committed.commitment }
                found.append(index.map { rest.remove(at: $0).asSigned(place) } ?? .empty(place, in: item.change))
            }
        }
        return found
    }
}
