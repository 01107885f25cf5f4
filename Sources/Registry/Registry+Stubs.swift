package import Envelope

/// A registry that holds part of what is stored.
///
/// Of the network's chain it holds everything but *plain admissions* of units that nobody asked for: those name nothing
/// and change nothing, so they only keep their place. Of a unit it holds all chains or none. So whatever can be asked of
/// an entry that is held has the answer of the whole registry, covers and their counts included; what is not held is
/// loaded by whoever asks. Lanes are numbered in the order in which chains came: nothing that is hashed, signed or
/// compared may show a lane's number, or the order of ``entries`` across chains.
extension Registry {
    /// An admission that names nothing: what it opens is the unit's, and nobody else rests on it.
    package static func isPlain(_ entry: Entry) -> Bool {
        guard case .admit = entry.body else { return false }
        return entry.links.isEmpty
    }

    /// The place in the network's chain of an entry that is stored and not held.
    static let absent = -1

    /// Whether the network's chain has places whose entries are not held.
    package var hasAbsent: Bool {
        guard let network else { return false }
        return laneIndices(of: network).contains { lanes[$0].entries.contains(Self.absent) }
    }

    /// Entries of the network's chain up to its first fork's lanes, held or not.
    package var networkHeight: Int {
        network.flatMap { laneIndices(of: $0).first }.map { lanes[$0].entries.count } ?? 0
    }

    package var isNetworkForked: Bool { network.map { laneIndices(of: $0).count > 1 } ?? false }

    /// Notes that the next entry of the network's chain is stored and not held.
    package mutating func appendAbsent() {
        guard let network, let lane = laneIndices(of: network).first else {
            preconditionFailure("the network's first entry is always held")
        }
        lanes[lane].entries.append(Self.absent)
    }

    /// Adds an entry that was checked before it was stored, in the order of the store but for what is held already.
    /// Refuses only where something that it names is not held.
    package mutating func restore(_ verified: Verified<Entry>) throws(EntryFailure) {
        let entry = verified.value
        guard !contains(entry.id) else { return }
        if case .networkGenesis = entry.body { return try insert(verified) }
        let missing = named(by: entry).filter { !contains($0) }
        guard missing.isEmpty else { throw .missing(missing) }
        if entry.chain == network, let lane = laneIndices(of: entry.chain).first,
            entry.previous.map({ !contains($0) }) ?? false
        {
            while lanes[lane].entries.count < entry.height { lanes[lane].entries.append(Self.absent) }
        }
        append(entry)
    }

    /// The entry before an entry in its chain; where that is not held, the latest before it that is. Between the two
    /// there are plain admissions only: keys and covers are the same after both.
    func predecessor(of entry: Entry) -> Int? {
        guard let previous = entry.previous else { return nil }
        if let index = index(of: previous) { return index }
        guard entry.chain == network, let lane = laneIndices(of: entry.chain).first else { return nil }
        return lanes[lane].entries.prefix(entry.height).last { $0 != Self.absent }
    }

    /// The place that was kept for an entry of the network's chain; nil for one that comes as in a whole registry.
    func keptPlace(of entry: Entry) -> Place? {
        guard entry.chain == network, let lane = laneIndices(of: entry.chain).first else { return nil }
        let list = lanes[lane].entries
        if entry.height < list.count, list[entry.height] == Self.absent {
            return Place(lane: lane, position: entry.height)
        }
        let isAfterAbsent = entry.previous.map { !contains($0) } ?? false
        return isAfterAbsent && entry.height == list.count ? Place(lane: lane, position: entry.height) : nil
    }

    /// Sorted so that parents come first, the same on every replica: what rests on an entry has a larger cover.
    package func inCanonicalOrder(_ list: [Entry]) -> [Entry] {
        list.map { (count: closure($0.id)?.entryCount ?? 0, entry: $0) }
            .sorted { ($0.count, $0.entry.id) < ($1.count, $1.entry.id) }
            .map(\.entry)
    }
}
