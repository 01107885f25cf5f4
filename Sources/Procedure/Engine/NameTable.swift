/// Numbers for names, so that the engine compares integers: those of a definition, then whatever else acts name.
///
/// Names are told apart by their bytes: `String` equality takes different characters for one.
struct NameTable: Sendable {
    private var numbers: [String: Int] = [:]
    /// Of names that are equal to another one as strings, and not in bytes.
    private var lookalikes: [[UInt8]: Int] = [:]
    private(set) var names: [String] = []
    /// Bytes of each name that is ASCII, -1 of others: what is equal to an ASCII text as a string and differs from it in
    /// bytes has more of them.
    private var lengths: [Int] = []

    init(_ names: [String] = []) {
        for name in names { number(name) }
    }

    /// Nil for a name that has no number yet.
    func find(_ name: String) -> Int? {
        guard let number = numbers[name] else { return nil }
        if lengths[number] == name.utf8.count || names[number].utf8.elementsEqual(name.utf8) { return number }
        return lookalikes[Array(name.utf8)]
    }

    /// The number of a name; the next one where it has none.
    @discardableResult
    mutating func number(_ name: String) -> Int {
        if let number = find(name) { return number }
        if numbers[name] == nil { numbers[name] = names.count } else { lookalikes[Array(name.utf8)] = names.count }
        names.append(name)
        lengths.append(name.utf8.allSatisfy { $0 < 128 } ? name.utf8.count : -1)
        return names.count - 1
    }
}
