import CBOR
import Envelope
import Registry
import Sodium
import Store
import Sync

/// Names, titles and instruments in the registry: who learns them, and what is taken of a peer or a file
/// (Protocol 3 §2).
extension Replica {
    /// A name, title or instrument: longer ones are neither written nor taken.
    package static let nameByteCountMax = 500

    /// Openings of names in entries, as far as they are held and the receiver of a scope may learn them.
    static func names(
        of entries: [Entry], _ registry: Registry, _ scope: inout NameScope, _ reader: StoreReader
    ) throws -> [Opening] {
        var found: [Opening] = []
        for entry in entries {
            guard let reach = entry.body.nameReach,
                try scope.allows(registry.unitNamed(in: entry), reach)
            else { continue }
            for value in entry.body.committedValues {
                if let name = try reader.name(value, by: entry.author) { found.append(name) }
            }
        }
        return found
    }

    /// The opening of a name that the receiver of a scope may learn at one of its places.
    static func name(
        _ commitment: Commitment, _ scope: inout NameScope, _ reader: StoreReader
    ) throws -> Opening? {
        for place in try reader.namePlaces(commitment) where place.isHeld {
            if try scope.allows(place.unit, place.reach) { return try reader.name(commitment) }
        }
        return nil
    }

    static func decode(names: [[UInt8]]) -> [Opening] {
        names.compactMap { bytes in (try? CBORValue.decode(bytes)).flatMap { try? Opening(decoding: $0) } }
    }

    /// Stores names that a peer sent.
    ///
    /// - Returns: those that a dossier which is on its way may yet open to this unit.
    func ingest(names: [Opening], from peer: Identity) async throws -> [Opening] {
        try await transact(
            .own,
            async: { work in
                _ = try work.memory.judge(peer, work.tx.reader)
                return try work.insert(names: names, for: work.identity.unit)
            })
    }
}

extension Replica.Work {
    /// Stores names at the entries that they fit, as far as a unit may learn them; what fits nothing is of no use to
    /// anybody.
    ///
    /// - Parameter receiver: nil: only what every member learns.
    /// - Returns: names of entries that are held, which this unit may not learn now.
    @discardableResult
    mutating func insert(names: [Opening], for receiver: UnitID?) throws -> [Opening] {
        let receiver = receiver ?? UnitID(.zero)
        var scope = NameScope(tx.reader, receiver: receiver, giver: receiver)
        var others: [Opening] = []
        for name in names where name.isName {
            for place in try tx.reader.namePlaces(name.commitment) where !place.isHeld {
                guard try scope.allows(place.unit, place.reach) else {
                    others.append(name)
                    break
                }
                guard let row = try tx.reader.entry(number: place.entry) else { continue }
                let entry = try memory.decode(row)
                let committed = entry.body.committedValues.first { $0.commitment == name.commitment }
                guard let committed, name.fits(author: entry.author, audience: committed.audience) else { continue }
                try tx.fillName(name, entry: place.entry)
            }
        }
        return others
    }

    /// Fills in what this replica committed to in an entry of its own.
    mutating func fillNames(in entry: Entry, number: Int64) throws {
        guard !ownNames.isEmpty else { return }
        for value in entry.body.committedValues {
            for name in ownNames
            where name.commitment == value.commitment && name.fits(author: entry.author, audience: value.audience) {
                try tx.fillName(name, entry: number)
            }
        }
    }
}

extension Registry {
    /// The unit that the names in an entry are about; nil for the network's own.
    func unitNamed(in entry: Entry) -> UnitID? {
        if case .admit = entry.body { return entry.id }
        return unitID(ofChain: entry.chain)
    }
}

extension Opening {
    /// Whether it may be a name: a text that is not too long.
    var isName: Bool {
        guard kind == .value, case .text(let text) = opened else { return false }
        return text.utf8.count <= Replica.nameByteCountMax
    }
}
