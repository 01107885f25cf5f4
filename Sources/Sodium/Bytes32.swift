/// 32 bytes as four big-endian words: hashable, comparable in byte order, and free of reference counting.
package struct Bytes32: Hashable, Comparable, Sendable {
    package let w0: UInt64
    package let w1: UInt64
    package let w2: UInt64
    package let w3: UInt64

    package static let zero = Bytes32(w0: 0, w1: 0, w2: 0, w3: 0)

    private init(w0: UInt64, w1: UInt64, w2: UInt64, w3: UInt64) {
        (self.w0, self.w1, self.w2, self.w3) = (w0, w1, w2, w3)
    }

    /// Nil unless there are exactly 32 bytes. Concrete types read whole words; generics across modules do not.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = unsafe bytes.withUnsafeBytes { unsafe Self(reading: $0) }
    }

    package init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self = unsafe bytes.withUnsafeBytes { unsafe Self(reading: $0) }
    }

    private init(reading buffer: UnsafeRawBufferPointer) {
        self.init(
            w0: UInt64(bigEndian: unsafe buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            w1: UInt64(bigEndian: unsafe buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            w2: UInt64(bigEndian: unsafe buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            w3: UInt64(bigEndian: unsafe buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
    }

    /// The same for any other collection.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var place = 0
        for byte in bytes {
            switch place >> 3 {
            case 0: words.0 = words.0 << 8 | UInt64(byte)
            case 1: words.1 = words.1 << 8 | UInt64(byte)
            case 2: words.2 = words.2 << 8 | UInt64(byte)
            default: words.3 = words.3 << 8 | UInt64(byte)
            }
            place += 1
        }
        self.init(w0: words.0, w1: words.1, w2: words.2, w3: words.3)
    }

    /// From four words as a hash function stored them, the first byte lowest in memory.
    init(storedWords words: (UInt64, UInt64, UInt64, UInt64)) {
        self.init(
            w0: UInt64(bigEndian: words.0), w1: UInt64(bigEndian: words.1), w2: UInt64(bigEndian: words.2),
            w3: UInt64(bigEndian: words.3))
    }

    /// Nil unless there are exactly 64 hexadecimal digits.
    package init?(hex: String) {
        guard let bytes = Hexadecimal.decode(hex) else { return nil }
        self.init(bytes)
    }

    package var bytes: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            var place = 0
            for word in [w0, w1, w2, w3] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    unsafe buffer[place] = UInt8(truncatingIfNeeded: word >> UInt64(shift))
                    place += 1
                }
            }
            count = 32
        }
    }

    package var hex: String { Hexadecimal.encode(bytes) }

    /// The first eight bytes as a big-endian number: the short hash of indexes.
    package var prefix64: UInt64 { w0 }

    /// The i-th bit, the most significant first.
    package func bit(_ index: Int) -> Bool {
        precondition((0..<256).contains(index), "a name has 256 bits")
        let word =
            switch index >> 6 {
            case 0: w0
            case 1: w1
            case 2: w2
            default: w3
            }
        return word >> UInt64(63 - index & 63) & 1 == 1
    }

    /// All words: many change sets refer to names that their authors made up, so a part of them could be the same in all
    /// and make a table as slow as a list.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(w0)
        hasher.combine(w1)
        hasher.combine(w2)
        hasher.combine(w3)
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.w0 != right.w0 { return left.w0 < right.w0 }
        if left.w1 != right.w1 { return left.w1 < right.w1 }
        if left.w2 != right.w2 { return left.w2 < right.w2 }
        return left.w3 < right.w3
    }
}

/// Lowercase hexadecimal.
package enum Hexadecimal {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var characters: [UInt8] = []
        for byte in bytes {
            characters.append(digit(byte >> 4))
            characters.append(digit(byte & 15))
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Nil for an odd count or another character.
    package static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text.utf8 {
            guard let value = value(of: character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 48...57: character - 48
        case 97...102: character - 87
        case 65...70: character - 55
        default: nil
        }
    }
}
