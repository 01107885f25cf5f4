package import Registry
package import Sodium

/// The first 16 bytes of a key or id in groups of four digits: what two people compare.
package enum Fingerprint {
    private static let digitCount = 32

    package static func text(_ bytes: Bytes32) -> String {
        let digits = Array(bytes.hex.prefix(digitCount))
        return stride(from: 0, to: digitCount, by: 4).map { String(digits[$0..<($0 + 4)]) }.joined(separator: " ")
    }

    /// Whether what a person typed or pasted is the fingerprint of these bytes, in any grouping and case; the whole id
    /// will do as well. Nil where it is neither: a part of a fingerprint is none, because a key that shares a part is
    /// made in no time.
    package static func matches(_ text: String, _ bytes: Bytes32) -> Bool? {
        var digits: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x61...0x66: digits.append(byte)
            case 0x41...0x46: digits.append(byte + 0x20)
            case 0x20, 0x2d, 0x3a: continue
            default: return nil
            }
        }
        guard digits.count == digitCount || digits.count == 64 else { return nil }
        return bytes.hex.utf8.starts(with: digits)
    }
}

extension KeyRequest {
    package var fingerprint: String { Fingerprint.text(key.bytes) }
}
