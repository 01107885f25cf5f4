/// A set of registry entries that is closed: with an entry it holds everything before it in its chain, what opened that
/// chain, and what the entry links or names.
///
/// Kept as one number a lane (a chain without its forks), so that asking and joining cost a few comparisons; the
/// registry heads of a change set are such a set.
package struct RegistryCover: Hashable, Sendable {
    struct Reach: Hashable, Sendable {
        let lane: Int
        var count: Int
    }

    /// Sorted by lane, each once.
    private(set) var reaches: [Reach]

    package static let empty = RegistryCover(reaches: [])

    init(reaches: [Reach]) {
        self.reaches = reaches
    }

    package var isEmpty: Bool { reaches.isEmpty }

    func count(of lane: Int) -> Int {
        for reach in reaches where reach.lane == lane { return reach.count }
        return 0
    }

    mutating func include(lane: Int, count: Int) {
        if let place = reaches.firstIndex(where: { $0.lane >= lane }) {
            if reaches[place].lane == lane {
                if reaches[place].count < count { reaches[place].count = count }
            } else {
                reaches.insert(Reach(lane: lane, count: count), at: place)
            }
        } else {
            reaches.append(Reach(lane: lane, count: count))
        }
    }

    package func union(_ other: RegistryCover) -> RegistryCover {
        if reaches == other.reaches || other.isEmpty { return self }
        var result = self
        for reach in other.reaches { result.include(lane: reach.lane, count: reach.count) }
        return result
    }

    /// Entries of the set, all chains together: the height that people are shown.
    package var entryCount: Int { reaches.reduce(0) { $0 + $1.count } }
}
