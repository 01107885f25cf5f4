import Envelope
import Registry
import Sodium
import TestSupport
import Testing

/// What lies outside a chain's cuts is worked out for the whole chain at once: the same as the clause asked of each entry
/// (Protocol 3 §6).
@Suite struct ChainCutTests {
    private struct Node {
        let entry: Entry
        let parent: Int?
        /// 1 for a rotation, 2 for a recovery, 0 for all else.
        let rank: Int
        let key: TestKey
        let next: TestKey
    }

    private func mandate(by key: TestKey, _ world: TestWorld) -> EntryBody {
        .mandate(
            Mandate(
                person: key.person, role: "it.head", from: 0, until: nil, capacity: .definitive,
                instrument: world.commit(.text("x"), by: key.publicKey), title: nil))
    }

    /// A chain that parts again and again, with successions everywhere.
    private func chain(_ world: TestWorld, _ chance: inout SeededGenerator) throws -> [Node] {
        let unit = try world.unit("Dinas", kind: "it_agency")
        let first = try world.succession(of: unit)
        try world.insert(first.entry)
        var nodes = [Node(entry: first.entry, parent: nil, rank: 1, key: first.key, next: first.next)]
        for _ in 0..<24 {
            let place = Int(chance.next() % UInt64(nodes.count))
            let parent = nodes[place]
            switch chance.next() % 4 {
            case 0:
                let change = try world.succession(of: unit, after: parent.entry, by: parent.next)
                nodes.append(Node(entry: change.entry, parent: place, rank: 1, key: change.key, next: change.next))
            case 1:
                let change = try world.succession(of: unit, recovering: true, after: parent.entry)
                nodes.append(Node(entry: change.entry, parent: place, rank: 2, key: change.key, next: change.next))
            default:
                let entry = try world.compose(
                    chain: unit, mandate(by: parent.key, world), by: parent.key, previous: parent.entry)
                nodes.append(Node(entry: entry, parent: place, rank: 0, key: parent.key, next: parent.next))
            }
            try world.insert(nodes[nodes.count - 1].entry)
        }
        return nodes
    }

    /// The clause, word by word.
    private func isInside(_ place: Int, _ nodes: [Node]) -> Bool {
        func isAtOrBefore(_ a: Int, _ b: Int) -> Bool {
            var next: Int? = b
            while let current = next {
                if current == a { return true }
                next = nodes[current].parent
            }
            return false
        }
        func isBeside(_ a: Int, _ b: Int) -> Bool { !isAtOrBefore(a, b) && !isAtOrBefore(b, a) }
        let successions = nodes.indices.filter { nodes[$0].rank > 0 }
        return successions.allSatisfy { succession in
            let rank = nodes[succession].rank
            return !isBeside(place, succession)
                || successions.contains { nodes[$0].rank > rank && isBeside($0, succession) }
                || successions.contains {
                    nodes[$0].rank >= rank && isAtOrBefore($0, place) && isBeside($0, succession)
                }
        }
    }

    @Test(arguments: 1...40) func theWholeChainIsJudgedAsEachEntry(_ seed: UInt64) throws {
        let world = try TestWorld(seed: seed)
        var chance = SeededGenerator(seed: 1_000 + seed)
        let nodes = try chain(world, &chance)
        for (place, node) in nodes.enumerated() {
            #expect(world.registry.stands(node.entry.id) == isInside(place, nodes), "\(place)")
        }
    }

    /// A plain admission may be loaded long after what follows it.
    @Test func whatIsLoadedLaterLiesBeforeWhatFollowsIt() throws {
        let world = try TestWorld()
        let plain = try world.unit("Dinas", kind: "applicant")
        try world.take(try world.succession(of: world.network))
        let later = try world.unit("Diskominfo", kind: "it_agency")
        var registry = Registry()
        func restore(_ isFit: (Entry) -> Bool) throws {
            for entry in world.entries where isFit(entry) { try registry.restore(Verified(storedBefore: entry)) }
        }
        try restore { $0.id != plain && $0.chain != plain }
        #expect(registry.stands(later) && registry.hasAbsent)
        try restore { _ in true }
        #expect(!registry.hasAbsent)
        for entry in world.entries { #expect(registry.stands(entry.id)) }
    }
}
