import CBOR
import TestSupport
import Testing

@Suite struct CBORTests {
    /// Bytes that RFC 8949 allows and Protocol 1 §1 does not, or that nobody allows; each with its reason.
    static let refused: [(String, [UInt8])] = [
        ("empty", []), ("integer not shortest", [0x18, 0x17]), ("integer not shortest, 2 bytes", [0x19, 0x00, 0xff]),
        ("integer not shortest, 8 bytes", [0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
        ("truncated integer", [0x19, 1]),
        ("indefinite array", [0x9f, 0xff]), ("indefinite text", [0x7f, 0xff]), ("reserved information", [0x1c]),
        ("float", [0xfb, 0, 0, 0, 0, 0, 0, 0, 0]), ("half float", [0xf9, 0, 0]), ("undefined", [0xf7]),
        ("simple value", [0xe0]), ("tag", [0xc1, 0x00]), ("length not shortest", [0x58, 0x01, 0x00]),
        ("text of 2^63 bytes", [0x7b, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("array of 2^63", [0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("map of 2^64-1", [0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), ("invalid UTF-8", [0x61, 0xff]),
        ("overlong UTF-8", [0x62, 0xc0, 0x80]), ("surrogate", [0x63, 0xed, 0xa0, 0x80]),
        ("trailing byte", [0x01, 0x01]),
        ("duplicate key", [0xa2, 0x01, 0x00, 0x01, 0x00]), ("unsorted keys", [0xa2, 0x02, 0x00, 0x01, 0x00]),
        ("missing value", [0xa1, 0x01]), ("array too short", [0x82, 0x01]),
    ]

    @Test(arguments: refused.indices) func refuses(index: Int) {
        let (reason, bytes) = Self.refused[index]
        #expect(throws: CBORFailure.self, "\(reason)") { try CBORValue.decode(bytes) }
    }

    @Test func depthSixteenIsReadAndSeventeenIsNot() throws {
        let sixteen = [UInt8](repeating: 0x81, count: 16) + [0]
        _ = try CBORValue.decode(sixteen)
        #expect(throws: CBORFailure.tooDeep(limit: 16)) { try CBORValue.decode([0x81] + sixteen) }
    }

    @Test(arguments: [UInt8(0x81), 0xa1, 0xc0]) func aDepthOfAHundredThousandIsRefusedAtOnce(byte: UInt8) {
        let bytes = [UInt8](repeating: byte, count: 100_000)
        #expect(throws: CBORFailure.self) { try CBORValue.decode(bytes) }
    }

    @Test func integersAtTheirBounds() throws {
        for number: UInt64 in [0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, .max] {
            let bytes = CBORValue.unsigned(number).encoded
            #expect(try CBORValue.decode(bytes) == .unsigned(number))
        }
        var reader = CBORReader(CBORValue.negative(UInt64(Int64.max)).encoded)
        #expect(try reader.readInteger() == Int64.min)
        var beyond = CBORReader(CBORValue.negative(UInt64(Int64.max) + 1).encoded)
        #expect(throws: CBORFailure.self) { try beyond.readInteger() }
    }

    @Test(arguments: 1...200) func whatIsWrittenReadsBackToTheSameBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = Self.random(&generator, depth: 0)
        let bytes = value.encoded
        let read = try CBORValue.decode(bytes)
        #expect(read.encoded == bytes)
        #expect(read == value)
    }

    /// Whatever the bytes are: an error or a value, never a trap; and a value encodes to the very bytes.
    @Test(arguments: 1...40) func mutatedBytesNeverTrap(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes = Self.random(&generator, depth: 0).encoded
        for _ in 0..<200 {
            guard !bytes.isEmpty else { return }
            bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            if let value = try? CBORValue.decode(bytes) { #expect(value.encoded == bytes) }
        }
    }

    static func random(_ generator: inout SeededGenerator, depth: Int) -> CBORValue {
        switch generator.next() % (depth < 5 ? 8 : 6) {
        case 0: return .unsigned(generator.next() >> (generator.next() % 64))
        case 1: return .negative(generator.next() >> (generator.next() % 64))
        case 2: return .bytes(generator.bytes(Int(generator.next() % 40)))
        case 3:
            return .text(
                ["", "a", "é", "e\u{301}", "kata", String(repeating: "x", count: 300)][Int(generator.next() % 6)])
        case 4: return .bool(generator.next() % 2 == 0)
        case 5: return .null
        case 6: return .array((0..<(generator.next() % 5)).map { _ in random(&generator, depth: depth + 1) })
        default:
            var pairs: [CBORPair] = []
            for key in 0..<(generator.next() % 5) {
                pairs.append(CBORPair(key: .unsigned(key * 30), value: random(&generator, depth: depth + 1)))
            }
            return .map(pairs)
        }
    }

    @Test func textsOfOneLookAndOtherBytesDiffer() {
        #expect(CBORValue.text("\u{e9}") != CBORValue.text("e\u{301}"))
    }
}
