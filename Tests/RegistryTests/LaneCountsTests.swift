import Registry
import TestSupport
import Testing

/// Numbers a lane against a plain dictionary, and what they cost.
@Suite struct LaneCountsTests {
    private func made(_ numbers: [Int: Int]) -> LaneCounts {
        var counts = LaneCounts.empty
        for (lane, count) in numbers.sorted(by: { $0.key > $1.key }) { counts.raise(lane: lane, to: count) }
        return counts
    }

    private func random(_ lanes: Int, upTo: Int, _ generator: inout SeededGenerator) -> [Int: Int] {
        var numbers: [Int: Int] = [:]
        for _ in 0..<lanes {
            numbers[Int.random(in: 0..<upTo, using: &generator)] = Int.random(in: 1..<9, using: &generator)
        }
        return numbers
    }

    @Test(arguments: [(3, 10), (32, 33), (33, 33), (40, 5_000), (300, 400), (500, 1_000_000)])
    func numbersAreThoseOfADictionary(lanes: Int, upTo: Int) {
        var generator = SeededGenerator(seed: UInt64(lanes))
        for _ in 0..<20 {
            let (one, two) = (random(lanes, upTo: upTo, &generator), random(lanes / 2, upTo: upTo, &generator))
            let (a, b) = (made(one), made(two))
            let expected = one.merging(two, uniquingKeysWith: max)
            let union = a.union(b)
            #expect(union == b.union(a))
            #expect(union.hashValue == made(expected).hashValue)
            #expect(union == made(expected))
            #expect(union.pairs.map(\.lane) == expected.keys.sorted())
            #expect(union.pairs.allSatisfy { expected[$0.lane] == $0.count && union.count(of: $0.lane) == $0.count })
            #expect(union.total == expected.values.reduce(0, +))
            #expect(union.laneCount == expected.count)
            #expect(union.count(of: upTo) == 0)
            #expect(union.count(of: 1 << 31) == 0)
        }
    }

    @Test func aLaneMakesTwoSetsDiffer() {
        for lanes in [LaneCounts.pairCountMax, LaneCounts.pairCountMax + 1, 300] {
            let full = LaneCounts(counts: Array(repeating: 2, count: lanes))
            var other = full
            #expect(other == full)
            other.raise(lane: 7, to: 3)
            #expect(other != full)
            #expect(full.count(of: 7) == 2)
            other = full
            other.raise(lane: lanes, to: 1)
            #expect(other != full)
            #expect(other.union(full) == other)
        }
    }

    @Test func anEmptyLaneIsNoLane() {
        let counts = LaneCounts(counts: [0, 3, 0, 1])
        #expect(counts.pairs.map(\.lane) == [1, 3])
        #expect(LaneCounts(counts: [0, 0]) == .empty)
    }

    /// Each value has a lane of its own and all those before it, and is joined with what it rests on.
    private func steps(_ count: Int) -> Int {
        var steps = 0
        var past = LaneCounts.empty
        for lane in 0..<count {
            var next = past
            next.raise(lane: lane, to: 1, steps: &steps)
            past = past.union(next, steps: &steps)
        }
        return steps
    }

    @Test func aChainOfForksCostsWhatIsNew() {
        #expect(Double(steps(8_000)) / Double(steps(4_000)) < 2.5)
    }
}
