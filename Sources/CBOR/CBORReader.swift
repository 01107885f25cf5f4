/// Reads deterministic CBOR item by item (Protocol 1 §1): definite lengths, shortest integers, valid UTF-8, lengths
/// checked against the remaining bytes before anything is allocated.
///
/// The reader does not know the nesting of what its caller reads; ``skipItem()`` and ``readValue()`` bound the depth,
/// and callers read shapes of fixed depth.
package struct CBORReader: Sendable {
    private let source: [UInt8]
    package private(set) var position: Int
    private let end: Int

    package init(_ bytes: [UInt8]) {
        self.init(bytes, range: bytes.indices)
    }

    package init(_ bytes: [UInt8], range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range lies within its bytes")
        source = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    package var isAtEnd: Bool { position == end }

    package func finish() throws(CBORFailure) {
        guard isAtEnd else { throw .trailingBytes(count: end - position) }
    }

    package func peekType() throws(CBORFailure) -> CBORType {
        guard position < end else { throw .truncated(at: position) }
        guard let type = CBORType(rawValue: source[position] >> 5) else { throw .truncated(at: position) }
        return type
    }

    /// A head: major type and argument in its shortest form.
    private mutating func readHead() throws(CBORFailure) -> (type: CBORType, argument: UInt64) {
        let start = position
        guard position < end, let type = CBORType(rawValue: source[position] >> 5) else {
            throw .truncated(at: start)
        }
        let info = source[position] & 31
        position += 1
        guard info >= 24 else { return (type, UInt64(info)) }
        guard info <= 27 else { throw .indefinite(at: start) }
        if type == .simple { throw .floatOrSimple(at: start) }
        let width = 1 << Int(info - 24)
        guard end - position >= width else { throw .truncated(at: start) }
        var argument: UInt64 = 0
        for place in position..<(position + width) { argument = argument << 8 | UInt64(source[place]) }
        position += width
        let least: UInt64 = width == 1 ? 24 : 1 << UInt64(4 * width)
        guard argument >= least else { throw .notShortest(at: start) }
        return (type, argument)
    }

    private mutating func readArgument(_ expected: CBORType) throws(CBORFailure) -> UInt64 {
        let start = position
        let head = try readHead()
        guard head.type == expected else { throw .wrongType(expected: expected, at: start) }
        return head.argument
    }

    package mutating func readUnsigned() throws(CBORFailure) -> UInt64 {
        try readArgument(.unsigned)
    }

    /// An integer of major type 0 or 1 within the range of Int64.
    package mutating func readInteger() throws(CBORFailure) -> Int64 {
        let start = position
        let head = try readHead()
        guard let magnitude = Int64(exactly: head.argument) else { throw .outOfRange(at: start) }
        switch head.type {
        case .unsigned: return magnitude
        case .negative: return ~magnitude
        default: throw .wrongType(expected: .unsigned, at: start)
        }
    }

    private mutating func readRange(_ type: CBORType, limit: Int) throws(CBORFailure) -> Range<Int> {
        let start = position
        let count = try readArgument(type)
        guard count <= UInt64(limit) else { throw .tooLong(count: count, limit: limit, at: start) }
        guard count <= UInt64(end - position) else { throw .truncated(at: start) }
        let range = position..<(position + Int(count))
        position = range.upperBound
        return range
    }

    /// Where a byte string's content lies; nothing is copied.
    package mutating func readBytesRange() throws(CBORFailure) -> Range<Int> {
        try readRange(.bytes, limit: Int.max)
    }

    package mutating func readBytes() throws(CBORFailure) -> [UInt8] {
        Array(source[try readRange(.bytes, limit: Int.max)])
    }

    package mutating func readText(maxBytes: Int = Int.max) throws(CBORFailure) -> String {
        let start = position
        let range = try readRange(.text, limit: maxBytes)
        guard let text = String(validating: source[range], as: UTF8.self) else { throw .invalidUTF8(at: start) }
        return text
    }

    package mutating func readBool() throws(CBORFailure) -> Bool {
        let start = position
        switch try readSimple() {
        case 20: return false
        case 21: return true
        default: throw .wrongType(expected: .simple, at: start)
        }
    }

    package mutating func readNull() throws(CBORFailure) {
        let start = position
        guard try readSimple() == 22 else { throw .wrongType(expected: .simple, at: start) }
    }

    /// The n of an integer -1 - n.
    package mutating func readNegative() throws(CBORFailure) -> UInt64 {
        try readArgument(.negative)
    }

    /// 20 false, 21 true, 22 null; no other.
    mutating func readSimple() throws(CBORFailure) -> UInt64 {
        let start = position
        let value = try readArgument(.simple)
        guard (20...22).contains(value) else { throw .floatOrSimple(at: start) }
        return value
    }

    /// The number of items of an array. Each takes a byte at least, so a count is never more than what remains.
    package mutating func readArrayHeader(max: Int = Int.max) throws(CBORFailure) -> Int {
        try readCount(.array, bytesEach: 1, max: max)
    }

    /// The number of pairs of a map.
    package mutating func readMapHeader(max: Int = Int.max) throws(CBORFailure) -> Int {
        try readCount(.map, bytesEach: 2, max: max)
    }

    private mutating func readCount(_ type: CBORType, bytesEach: Int, max: Int) throws(CBORFailure) -> Int {
        let start = position
        let count = try readArgument(type)
        guard count <= UInt64((end - position) / bytesEach) else { throw .truncated(at: start) }
        guard count <= UInt64(max) else { throw .tooLong(count: count, limit: max, at: start) }
        return Int(count)
    }

    package mutating func readTag() throws(CBORFailure) -> UInt64 {
        try readArgument(.tag)
    }

    /// The next unsigned key of a map, greater than the last: for unsigned integers in their shortest form the order of
    /// values is the order of bytes.
    package mutating func nextKey(after last: inout UInt64?) throws(CBORFailure) -> UInt64 {
        let start = position
        let key = try readUnsigned()
        if let last {
            guard key != last else { throw .duplicateKey(at: start) }
            guard key > last else { throw .unsortedKeys(at: start) }
        }
        last = key
        return key
    }

    /// Bytes between two positions, for comparing keys and keeping items as they came.
    package func slice(_ range: Range<Int>) -> ArraySlice<UInt8> { source[range] }
}
