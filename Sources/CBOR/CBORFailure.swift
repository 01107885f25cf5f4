/// Why bytes are not the deterministic CBOR of Protocol 1 §1. `at` is an offset in bytes.
package enum CBORFailure: Error, Equatable, Sendable {
    case truncated(at: Int)
    /// A length or integer that has a shorter form (RFC 8949 §4.2.1).
    case notShortest(at: Int)
    /// An indefinite length, or reserved additional information 28-30.
    case indefinite(at: Int)
    case unsortedKeys(at: Int)
    case duplicateKey(at: Int)
    /// A float, undefined or another simple value than false, true, null.
    case floatOrSimple(at: Int)
    case tag(UInt64, at: Int)
    case invalidUTF8(at: Int)
    case trailingBytes(count: Int)
    case tooDeep(limit: Int)
    case tooLong(count: UInt64, limit: Int, at: Int)
    case wrongType(expected: CBORType, at: Int)
    case outOfRange(at: Int)
}

/// The major types of RFC 8949 §3.1, and the simple values allowed here.
package enum CBORType: UInt8, Sendable {
    case unsigned = 0
    case negative, bytes, text, array, map, tag, simple
}

/// Limits of Protocol 8 §1.
package enum CBORLimits {
    /// Nested arrays, maps and tags.
    package static let depthMax = 16
}
