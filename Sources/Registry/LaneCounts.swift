/// A number for each lane: how many entries of it, or change sets, a past holds.
///
/// Up to 32 lanes are kept as sorted pairs, which is the usual case. Beyond that they stand in a tree of sixteen
/// branches a node whose nodes are shared between values: raising one lane makes one new path, and joining two values
/// visits only what differs. So n forks of a chain, each of which has the others before it, cost n paths and not n²
/// numbers. The form follows from the numbers alone.
///
/// Functions with `steps` add up what they looked at, so that a test can hold them to it.
package struct LaneCounts: Hashable, Sendable {
    private var flat: [Pair] = []
    /// Where there are more lanes than pairs are kept of.
    private var root: LaneNode?

    fileprivate struct Pair: Hashable, Sendable {
        let lane: UInt32
        var count: UInt32
    }

    /// Lanes up to which pairs are kept.
    package static let pairCountMax = 32

    package static let empty = LaneCounts()

    private init() {}

    /// - Parameter counts: the number of each lane from 0 on; 0 for one that is not held.
    package init(counts: some Sequence<Int>) {
        var lane = 0
        for count in counts {
            if count > 0 { flat.append(Pair(lane: UInt32(lane), count: UInt32(count))) }
            lane += 1
        }
        if flat.count > Self.pairCountMax { makeTree() }
    }

    package static func == (left: Self, right: Self) -> Bool {
        switch (left.root, right.root) {
        case (nil, nil): left.flat == right.flat
        case (let a?, let b?): a.equals(b)
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        if let root { hasher.combine(root.hash) } else { hasher.combine(flat) }
    }

    package var isEmpty: Bool { root == nil && flat.isEmpty }

    /// Lanes that are held.
    package var laneCount: Int { root?.laneCount ?? flat.count }

    /// The sum over all lanes.
    package var total: Int { root?.total ?? flat.reduce(0) { $0 + Int($1.count) } }

    /// 0 where the lane is not held.
    package func count(of lane: Int) -> Int {
        if let root { return root.count(of: lane) }
        // Lanes that are numbered without gaps stand where their number says.
        if lane < flat.count, flat[lane].lane == lane { return Int(flat[lane].count) }
        for pair in flat where pair.lane == lane { return Int(pair.count) }
        return 0
    }

    /// Lanes with their numbers, in the order of the lanes.
    package var pairs: [(lane: Int, count: Int)] {
        var found: [(lane: Int, count: Int)] = []
        found.reserveCapacity(laneCount)
        for pair in flat { found.append((Int(pair.lane), Int(pair.count))) }
        root?.collect(from: 0, &found)
        return found
    }
}

// MARK: - Growth

extension LaneCounts {
    /// Sets the number of a lane where it is smaller.
    package mutating func raise(lane: Int, to count: Int) {
        var steps = 0
        raise(lane: lane, to: count, steps: &steps)
    }

    package mutating func raise(lane: Int, to count: Int, steps: inout Int) {
        if let root {
            steps += root.height + 1
            guard root.count(of: lane) < count else { return }
            self.root = root.lifted(toHold: lane).raised(lane: UInt32(lane), count: UInt32(count))
            return
        }
        let place = flat.firstIndex { $0.lane >= lane } ?? flat.count
        steps += place + 1
        if place < flat.count, flat[place].lane == lane {
            if flat[place].count < count { flat[place].count = UInt32(count) }
        } else if count > 0 {
            flat.insert(Pair(lane: UInt32(lane), count: UInt32(count)), at: place)
            if flat.count > Self.pairCountMax { makeTree() }
        }
    }

    /// For each lane the larger number of the two.
    package func union(_ other: Self) -> Self {
        var steps = 0
        return union(other, steps: &steps)
    }

    package func union(_ other: Self, steps: inout Int) -> Self {
        var unions = LaneUnions()
        return union(other, &unions, steps: &steps)
    }

    /// The same; what two nodes have together is not made twice.
    package func union(_ other: Self, _ unions: inout LaneUnions, steps: inout Int) -> Self {
        switch (root, other.root) {
        case (let a?, let b?):
            steps += 1
            let height = max(a.height, b.height)
            var result = self
            result.root = a.lifted(to: height).merged(b.lifted(to: height), &unions, steps: &steps)
            return result
        case (nil, _?): return other.raised(self.flat, steps: &steps)
        case (_, nil): return raised(other.flat, steps: &steps)
        }
    }

    private func raised(_ pairs: [Pair], steps: inout Int) -> Self {
        if root == nil, flat == pairs {
            steps += 1
            return self
        }
        var result = self
        for pair in pairs { result.raise(lane: Int(pair.lane), to: Int(pair.count), steps: &steps) }
        return result
    }

    private mutating func makeTree() {
        var height = 0
        while let last = flat.last, last.lane >> UInt32(4 * (height + 1)) != 0 { height += 1 }
        root = Self.node(flat[...], height: height)
        flat = []
    }

    private static func node(_ pairs: ArraySlice<Pair>, height: Int) -> LaneNode {
        if height == 0 {
            var counts = [UInt32](repeating: 0, count: 16)
            for pair in pairs { counts[Int(pair.lane & 15)] = pair.count }
            return LaneNode(counts)
        }
        var children = [LaneNode?](repeating: nil, count: 16)
        var start = pairs.startIndex
        while start < pairs.endIndex {
            let slot = LaneNode.slot(of: pairs[start].lane, height)
            var end = start + 1
            while end < pairs.endIndex, LaneNode.slot(of: pairs[end].lane, height) == slot { end += 1 }
            children[slot] = node(pairs[start..<end], height: height - 1)
            start = end
        }
        return LaneNode(children, height: height)
    }
}

/// What was made of pairs of nodes, so that thousands of values that join the same two ways share the result. Begins anew
/// when it is full.
package struct LaneUnions: Sendable {
    private var results: [Pair: LaneNode] = [:]

    private static let capacity = 16_384

    private struct Pair: Hashable, Sendable {
        let one: LaneNode
        let two: LaneNode

        static func == (left: Self, right: Self) -> Bool { left.one === right.one && left.two === right.two }

        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(one))
            hasher.combine(ObjectIdentifier(two))
        }
    }

    package init() {}

    fileprivate func result(_ one: LaneNode, _ two: LaneNode) -> LaneNode? { results[Pair(one: one, two: two)] }

    fileprivate mutating func keep(_ result: LaneNode, of one: LaneNode, _ two: LaneNode) {
        if results.count >= Self.capacity { results = [:] }
        results[Pair(one: one, two: two)] = result
    }
}

/// Sixteen lanes, or sixteen nodes of the height below; never changed, so that values can share it.
private final class LaneNode: Sendable {
    /// 0 for a node of lanes. Lanes are 32 bits wide, so nothing goes deeper than eight nodes.
    let height: Int
    let counts: [UInt32]
    let children: [LaneNode?]
    let laneCount: Int
    let total: Int
    let hash: Int

    init(_ counts: [UInt32]) {
        (height, self.counts, children, hash) = (0, counts, [], counts.hashValue)
        laneCount = counts.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
        total = counts.reduce(0) { $0 + Int($1) }
    }

    init(_ children: [LaneNode?], height: Int) {
        (self.height, counts, self.children) = (height, [], children)
        var hasher = Hasher()
        var (lanes, total) = (0, 0)
        for child in children {
            hasher.combine(child?.hash)
            lanes += child?.laneCount ?? 0
            total += child?.total ?? 0
        }
        (laneCount, self.total, hash) = (lanes, total, hasher.finalize())
    }

    static func slot(of lane: UInt32, _ height: Int) -> Int { Int(lane >> UInt32(4 * height) & 15) }

    private func holds(_ lane: Int) -> Bool { lane >> (4 * (height + 1)) == 0 }

    func count(of lane: Int) -> Int {
        guard holds(lane) else { return 0 }
        var node = self
        while node.height > 0 {
            guard let below = node.children[lane >> (4 * node.height) & 15] else { return 0 }
            node = below
        }
        return Int(node.counts[lane & 15])
    }

    func equals(_ other: LaneNode) -> Bool {
        if self === other { return true }
        guard hash == other.hash, height == other.height, total == other.total, counts == other.counts else {
            return false
        }
        for (one, two) in zip(children, other.children) {
            switch (one, two) {
            case (nil, nil): continue
            case (let a?, let b?): if !a.equals(b) { return false }
            default: return false
            }
        }
        return true
    }

    func collect(from lane: Int, _ found: inout [(lane: Int, count: Int)]) {
        for (slot, count) in counts.enumerated() where count > 0 { found.append((lane + slot, Int(count))) }
        for (slot, child) in children.enumerated() { child?.collect(from: lane + slot << (4 * height), &found) }
    }

    func lifted(toHold lane: Int) -> LaneNode {
        var node = self
        while !node.holds(lane) { node = node.lifted(to: node.height + 1) }
        return node
    }

    func lifted(to height: Int) -> LaneNode {
        var node = self
        while node.height < height {
            node = LaneNode([node] + [LaneNode?](repeating: nil, count: 15), height: node.height + 1)
        }
        return node
    }

    func raised(lane: UInt32, count: UInt32) -> LaneNode {
        let slot = Self.slot(of: lane, height)
        if height == 0 {
            var counts = counts
            counts[slot] = max(counts[slot], count)
            return LaneNode(counts)
        }
        let empty = [LaneNode?](repeating: nil, count: 16)
        let below =
            children[slot]
            ?? (height == 1
                ? LaneNode([UInt32](repeating: 0, count: 16)) : LaneNode(empty, height: height - 1))
        var children = children
        children[slot] = below.raised(lane: lane, count: count)
        return LaneNode(children, height: height)
    }

    /// One of the two itself where it has all that the other has.
    func merged(_ other: LaneNode, _ unions: inout LaneUnions, steps: inout Int) -> LaneNode {
        if self === other { return self }
        steps += 1
        if let known = unions.result(self, other) { return known }
        steps += 15
        let result = made(other, &unions, steps: &steps)
        unions.keep(result, of: self, other)
        return result
    }

    private func made(_ other: LaneNode, _ unions: inout LaneUnions, steps: inout Int) -> LaneNode {
        if height == 0 {
            let larger = zip(counts, other.counts).map { max($0, $1) }
            return larger == counts ? self : larger == other.counts ? other : LaneNode(larger)
        }
        var children = children
        var (isSelf, isOther) = (true, true)
        for slot in 0..<16 {
            let (mine, theirs) = (self.children[slot], other.children[slot])
            if let mine, let theirs { children[slot] = mine.merged(theirs, &unions, steps: &steps) }
            if mine == nil { children[slot] = theirs }
            isSelf = isSelf && children[slot] === mine
            isOther = isOther && children[slot] === theirs
        }
        return isSelf ? self : isOther ? other : LaneNode(children, height: height)
    }
}

// MARK: - Differences

extension LaneCounts {
    /// Whether some lane of a set has a larger number here than in another value. Visits only what the set has and what
    /// differs.
    package func exceeds(_ base: Self, in lanes: Self, steps: inout Int) -> Bool {
        guard let here = root, let own = lanes.root else {
            let few = lanes.root == nil ? lanes.flat : flat
            steps += few.count
            return few.contains { pair in
                let lane = Int(pair.lane)
                return lanes.count(of: lane) > 0 && count(of: lane) > base.count(of: lane)
            }
        }
        var tree = base
        if tree.root == nil { tree.makeTree() }
        let height = max(here.height, own.height, tree.root?.height ?? 0)
        return here.lifted(to: height).exceeds(tree.root?.lifted(to: height), in: own.lifted(to: height), &steps)
    }
}

extension LaneNode {
    fileprivate func exceeds(_ base: LaneNode?, in own: LaneNode, _ steps: inout Int) -> Bool {
        if self === base { return false }
        steps += 16
        if height == 0 {
            return (0..<16).contains { own.counts[$0] > 0 && counts[$0] > base?.counts[$0] ?? 0 }
        }
        for slot in 0..<16 {
            guard let here = children[slot], let lanes = own.children[slot] else { continue }
            if here.exceeds(base?.children[slot], in: lanes, &steps) { return true }
        }
        return false
    }
}
