/// Writes deterministic CBOR: shortest heads, definite lengths. Whoever writes a map gives its keys in order.
package struct CBORWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func reserve(_ byteCount: Int) {
        bytes.reserveCapacity(byteCount)
    }

    /// Takes back what was written after a count of bytes.
    package mutating func remove(from count: Int) {
        precondition(count <= bytes.count, "only what was written can be taken back")
        bytes.removeSubrange(count...)
    }

    private mutating func head(_ type: CBORType, _ argument: UInt64) {
        let major = type.rawValue << 5
        let width: Int
        switch argument {
        case 0..<24:
            bytes.append(major | UInt8(argument))
            return
        case 24...0xff: width = 1
        case 0x100...0xffff: width = 2
        case 0x1_0000...0xffff_ffff: width = 4
        default: width = 8
        }
        bytes.append(major | UInt8(24 + width.trailingZeroBitCount))
        for shift in stride(from: 8 * (width - 1), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: argument >> UInt64(shift)))
        }
    }

    package mutating func unsigned(_ value: UInt64) { head(.unsigned, value) }

    /// -1 - n.
    package mutating func negative(_ n: UInt64) { head(.negative, n) }

    package mutating func integer(_ value: Int64) {
        if value >= 0 { head(.unsigned, UInt64(value)) } else { head(.negative, UInt64(~value)) }
    }

    /// Concrete types append in one piece; generics across modules do not.
    package mutating func bytes(_ value: [UInt8]) {
        head(.bytes, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func bytes(_ value: some Collection<UInt8>) {
        head(.bytes, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// A byte string of 32 bytes, given as four big-endian words.
    package mutating func bytes(words w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
        head(.bytes, 32)
        raw(words: w0, w1, w2, w3)
    }

    package mutating func text(_ value: String) {
        head(.text, UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    package mutating func bool(_ value: Bool) { head(.simple, value ? 21 : 20) }
    package mutating func null() { head(.simple, 22) }
    package mutating func arrayHeader(_ count: Int) { head(.array, UInt64(count)) }
    package mutating func mapHeader(_ count: Int) { head(.map, UInt64(count)) }
    package mutating func tag(_ tag: UInt64) { head(.tag, tag) }

    /// An item that is encoded already.
    package mutating func raw(_ item: [UInt8]) { bytes.append(contentsOf: item) }

    /// 32 bytes of an item, given as four big-endian words.
    package mutating func raw(words w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
        unsafe withUnsafeBytes(of: (w0.bigEndian, w1.bigEndian, w2.bigEndian, w3.bigEndian)) {
            unsafe bytes.append(contentsOf: $0)
        }
    }

    package mutating func raw(_ item: some Sequence<UInt8>) { bytes.append(contentsOf: item) }
}
