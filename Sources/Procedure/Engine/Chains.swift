/// Acts of which each has those before it in its past (``EngineContext/chain(of:)``), chain by chain: whether one of
/// them lies in the past of another act is one question for each chain, however many there are; and where there are many
/// chains, for each that the other act has anything of.
struct Chains {
    /// In canonical order; one of which all was taken out is empty.
    private var lists: [ArraySlice<Int>] = []
    private var places: [Int: Int] = [:]
    private var filledCount = 0

    /// Of so few each is asked.
    private static let fewCountMax = 8

    init() {}

    /// - Parameter acts: in canonical order.
    init(_ acts: some Sequence<Int>, _ context: any EngineContext) {
        for act in acts { add(act, context) }
    }

    var isEmpty: Bool { filledCount == 0 }

    /// The first of the chain that was there first.
    var first: Int? { lists.first?.first }

    mutating func add(_ act: Int, _ context: any EngineContext) {
        let chain = context.chain(of: act)
        if let place = places[chain] {
            if lists[place].isEmpty { filledCount += 1 }
            lists[place].append(act)
        } else {
            places[chain] = lists.count
            lists.append([act])
            filledCount += 1
        }
    }

    /// The chains of which the past of an act may hold something.
    private func candidates(_ index: Int, _ context: any EngineContext) -> [Int] {
        guard lists.count > Self.fewCountMax, let chains = context.chains(before: index, atMost: lists.count - 1)
        else { return Array(lists.indices) }
        return chains.compactMap { places[$0] }.sorted()
    }

    /// Whether one of them lies in the past of an act.
    func hasAny(before index: Int, _ context: any EngineContext) -> Bool {
        candidates(index, context).contains { place in
            lists[place].first.map { context.isAncestor($0, of: index) } ?? false
        }
    }

    /// Of each chain what lies in the past of an act.
    func before(_ index: Int, _ context: any EngineContext) -> [ArraySlice<Int>] {
        candidates(index, context).compactMap { place in
            let list = lists[place]
            var (low, high) = (list.startIndex, list.endIndex)
            while low < high {
                let middle = (low + high) / 2
                if context.isAncestor(list[middle], of: index) { low = middle + 1 } else { high = middle }
            }
            return low > list.startIndex ? list[..<low] : nil
        }
    }

    /// Those that none of the others has in its past; in canonical order.
    func latest(_ context: any EngineContext) -> [Int] { context.latest(of: lists.compactMap(\.last).sorted()) }

    /// Takes out what lies in the past of an act.
    mutating func remove(before index: Int, _ context: any EngineContext) {
        for place in candidates(index, context) where !lists[place].isEmpty {
            let count = lists[place].prefix { context.isAncestor($0, of: index) }.count
            lists[place] = lists[place].dropFirst(count)
            if lists[place].isEmpty { filledCount -= 1 }
        }
    }
}
