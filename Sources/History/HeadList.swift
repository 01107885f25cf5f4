/// Change sets that no other names as a parent: adding one costs what it names, however many heads there are.
struct HeadList: Sendable {
    /// Ascending; with some that are heads no more.
    private var candidates: [Int] = []
    private var isHead: [Bool] = []
    private(set) var count = 0

    /// - Parameter index: the next one.
    mutating func append(_ index: Int, after parents: [Int]) {
        for parent in parents where isHead[parent] {
            isHead[parent] = false
            count -= 1
        }
        isHead.append(true)
        candidates.append(index)
        count += 1
        if candidates.count > 2 * count + 16 { candidates.removeAll { !isHead[$0] } }
    }

    var indices: [Int] { candidates.filter { isHead[$0] } }
}
