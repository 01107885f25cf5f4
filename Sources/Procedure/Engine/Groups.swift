/// Items by a number of theirs, in two arrays instead of one for each number.
struct Groups {
    private var starts: [Int]
    private var items: [Int]

    /// - Parameters:
    ///   - count: how many numbers there are.
    ///   - key: the number of an item; nil where it has none.
    init(of items: Range<Int>, count: Int, key: (Int) -> Int?) {
        starts = [Int](repeating: 0, count: count + 2)
        var total = 0
        for item in items {
            guard let key = key(item) else { continue }
            starts[key + 2] += 1
            total += 1
        }
        self.items = [Int](repeating: 0, count: total)
        for number in 2..<max(2, starts.count) { starts[number] += starts[number - 1] }
        for item in items {
            guard let key = key(item) else { continue }
            self.items[starts[key + 1]] = item
            starts[key + 1] += 1
        }
    }

    /// How many numbers there are.
    var count: Int { max(0, starts.count - 2) }

    /// In ascending order; none for a number that was not counted.
    subscript(_ number: Int) -> ArraySlice<Int> { items[places(of: number)] }

    /// The same without a slice, for what is walked again and again: each place holds an ``item(_:)``.
    func places(of number: Int) -> Range<Int> {
        guard number >= 0, number + 1 < starts.count - 1 else { return 0..<0 }
        return starts[number]..<starts[number + 1]
    }

    func item(_ place: Int) -> Int { items[place] }
}
