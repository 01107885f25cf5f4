/// A set of registry entries that is closed: with an entry it holds everything before it in its chain, what opened that
/// chain, and what the entry links or names.
///
/// Kept as one number a lane (a chain without its forks), so that asking and joining cost a few comparisons; the
/// registry heads of a change set are such a set.
package struct RegistryCover: Hashable, Sendable {
    private var counts: LaneCounts

    package static let empty = RegistryCover(.empty)

    init(_ counts: LaneCounts) {
        self.counts = counts
    }

    package var isEmpty: Bool { counts.isEmpty }

    func count(of lane: Int) -> Int { counts.count(of: lane) }

    mutating func include(lane: Int, count: Int, steps: inout Int) {
        counts.raise(lane: lane, to: count, steps: &steps)
    }

    package func union(_ other: RegistryCover) -> RegistryCover { RegistryCover(counts.union(other.counts)) }

    func union(_ other: RegistryCover, _ unions: inout LaneUnions, steps: inout Int) -> RegistryCover {
        RegistryCover(counts.union(other.counts, &unions, steps: &steps))
    }

    /// Entries of the set, all chains together: the height that people are shown.
    package var entryCount: Int { counts.total }
}
