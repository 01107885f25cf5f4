/// Acts of which each has those before it in its past (``EngineContext/chain(of:)``), chain by chain: whether one of
/// them lies in the past of another act is one question for each chain, however many there are.
struct Chains {
    /// In canonical order.
    private(set) var lists: [[Int]] = []
    private var places: [Int: Int] = [:]

    init() {}

    /// - Parameter acts: in canonical order.
    init(_ acts: some Sequence<Int>, _ context: any EngineContext) {
        for act in acts { add(act, context) }
    }

    var isEmpty: Bool { lists.isEmpty }

    mutating func add(_ act: Int, _ context: any EngineContext) {
        let chain = context.chain(of: act)
        if let place = places[chain] {
            lists[place].append(act)
        } else {
            places[chain] = lists.count
            lists.append([act])
        }
    }

    /// Whether one of them lies in the past of an act.
    func hasAny(before index: Int, _ context: any EngineContext) -> Bool {
        lists.contains { context.isAncestor($0[0], of: index) }
    }

    /// Of each chain what lies in the past of an act.
    func before(_ index: Int, _ context: any EngineContext) -> [ArraySlice<Int>] {
        lists.compactMap { list in
            var (low, high) = (0, list.count)
            while low < high {
                let middle = (low + high) / 2
                if context.isAncestor(list[middle], of: index) { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? list[..<low] : nil
        }
    }

    /// Those that none of the others has in its past; in canonical order.
    func latest(_ context: any EngineContext) -> [Int] {
        let last = lists.compactMap(\.last)
        return last.filter { act in !last.contains { context.isAncestor(act, of: $0) } }.sorted()
    }

    /// Takes out what lies in the past of an act.
    mutating func remove(before index: Int, _ context: any EngineContext) {
        for place in lists.indices {
            let count = lists[place].prefix { context.isAncestor($0, of: index) }.count
            lists[place].removeFirst(count)
        }
        lists.removeAll(where: \.isEmpty)
        places = [:]
        for (place, list) in lists.enumerated() { places[context.chain(of: list[0])] = place }
    }
}
