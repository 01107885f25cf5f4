import Envelope
import Synchronization

/// What of a chain lies outside its cuts (Protocol 3 §6), for all its entries at once: asked entry by entry, n entries
/// beside n successions would cost n².
enum ChainCuts: Sendable {
    /// Indices of entries of a root chain.
    case outside(Set<Int>)
    /// The last place of an administrator's chain that stands; nil where nothing does.
    case upTo(Registry.Place?)
    /// Nothing that ends the chain stands.
    case none
}

extension Registry {
    /// Whether an entry is inside its own chain's cuts.
    func isInsideCuts(_ id: EntryID, of chain: EntryID) -> Bool {
        guard let index = index(of: id), let place = place(id) else { return true }
        let isRoot = successionsByChain[chain] != nil
        guard isRoot || hasRevocation(chain) else { return true }
        switch cuts(of: chain, isRoot: isRoot) {
        case .none: return true
        case .outside(let indices): return !indices.contains(index)
        case .upTo(let end): return end.map { isAtOrBefore(place, $0) } ?? false
        }
    }

    private func cuts(of chain: EntryID, isRoot: Bool) -> ChainCuts {
        if let known = derived.cuts.withLock({ $0[chain] }) { return known }
        // Not under the lock: whether a revocation stands is a question of the chain above.
        let cuts = isRoot ? ChainCuts.outside(RootChainTree(self, chain).outside()) : administratorCuts(of: chain)
        derived.cuts.withLock { $0[chain] = cuts }
        return cuts
    }

    private func administratorCuts(of delegation: EntryID) -> ChainCuts {
        guard case .delegate? = entry(delegation)?.body else { return .none }
        var end: ChainCuts = .none
        let revocations = standingRevocations(of: delegation)
        derived.count(revocations.count)
        for id in revocations {
            guard case .revoke(let revocation)? = entry(id)?.body, let cut = revocation.cut, let place = place(cut)
            else { return .upTo(nil) }
            switch end {
            case .none: end = .upTo(place)
            case .upTo(let before?):
                guard let meeting = meeting(before, place) else { return .upTo(nil) }
                end = .upTo(meeting)
            default: break
            }
        }
        return end
    }
}

/// A root chain as a tree along `previous`, parents first, with what is counted on each side of an entry.
private struct RootChainTree {
    private let parents: [Int?]
    private let indices: [Int]
    /// 1 for a rotation, 2 for a recovery, 0 for all else.
    private let ranks: [Int]

    init(_ registry: Registry, _ chain: EntryID) {
        let indices = registry.laneIndices(of: chain).flatMap { registry.lanes[$0].entries }
            .filter { $0 != Registry.absent }
            // What was not held at first comes later, and still lies before what follows it.
            .sorted { (registry.entries[$0].height, $0) < (registry.entries[$1].height, $1) }
        var numbers: [Int: Int] = [:]
        for (number, index) in indices.enumerated() { numbers[index] = number }
        self.indices = indices
        let entries = indices.map { registry.entries[$0] }
        parents = entries.map { entry in registry.predecessor(of: entry).flatMap { numbers[$0] } }
        ranks = entries.map { entry in
            switch entry.body {
            case .rotate: 1
            case .recover: 2
            default: 0
            }
        }
        registry.derived.count(indices.count)
    }

    /// Indices of the entries that are beside a succession which is neither overruled nor outranked on their own side.
    func outside() -> Set<Int> {
        let recoveries = Side(parents, counts: ranks.map { $0 == 2 }, answers: ranks.map { $0 == 2 })
        // Overruled where a recovery lies beside it.
        let rotations = Side(
            parents, counts: ranks.indices.map { ranks[$0] == 1 && recoveries.beside($0, above: nil) == 0 },
            answers: ranks.map { $0 > 0 })
        var found: Set<Int> = []
        for number in indices.indices
        where recoveries.beside(number, above: recoveries.nearest[number]) > 0
            || rotations.beside(number, above: rotations.nearest[number]) > 0
        {
            found.insert(indices[number])
        }
        return found
    }
}

/// Successions of one kind: how many lie at an entry or after it, and at it or before it.
private struct Side {
    private let own: [Int]
    private let after: [Int]
    private let before: [Int]
    private let total: Int
    /// The nearest succession, at an entry or before it, that ranks no lower than those of this kind.
    let nearest: [Int?]

    init(_ parents: [Int?], counts: [Bool], answers: [Bool]) {
        own = counts.map { $0 ? 1 : 0 }
        total = own.reduce(0, +)
        var (after, before) = (own, own)
        var nearest = [Int?](repeating: nil, count: parents.count)
        for (number, parent) in parents.enumerated() {
            if let parent { before[number] += before[parent] }
            nearest[number] = answers[number] ? number : parent.flatMap { nearest[$0] }
        }
        for number in parents.indices.reversed() {
            if let parent = parents[number] { after[parent] += after[number] }
        }
        (self.after, self.before, self.nearest) = (after, before, nearest)
    }

    /// Those neither before nor after an entry that lie after another one before it; of the whole chain without one.
    func beside(_ number: Int, above other: Int?) -> Int {
        let all = other.map { after[$0] - own[$0] } ?? total
        let onTheWay = before[number] - (other.map { before[$0] } ?? 0)
        return all - onTheWay - (after[number] - own[number])
    }
}
