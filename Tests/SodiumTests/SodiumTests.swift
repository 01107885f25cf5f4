import Sodium
import TestSupport
import Testing

@Suite struct SodiumTests {
    @Test func startsAndPassesItsSelfTest() throws { try SodiumLibrary.start() }

    @Test func hashesAsRFC7693Says() {
        // BLAKE2b-256 of "abc" without personal, from the reference implementation.
        let expected = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        #expect(Blake2b.hash(Array("abc".utf8), personal: Personal("")).hex == expected)
    }

    @Test func personalsAndKeysSeparate() {
        let message = Array("pesan".utf8)
        let one = Blake2b.hash(message, personal: Personal("mufakat change"))
        #expect(one != Blake2b.hash(message, personal: Personal("mufakat entry")))
        #expect(
            one != Blake2b.hash(message, personal: Personal("mufakat change"), key: [UInt8](repeating: 1, count: 16)))
    }

    @Test(arguments: 1...5) func streamsHashLikeWhole(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let message = generator.bytes(10_000)
        var stream = Blake2bStream(personal: Personal("mufakat file"))
        var place = 0
        while place < message.count {
            let count = min(Int(generator.next() % 700) + 1, message.count - place)
            stream.update(Array(message[place..<(place + count)]))
            place += count
        }
        #expect(stream.finish() == Blake2b.hash(message, personal: Personal("mufakat file")))
    }

    @Test func signsAndRefusesEveryFlippedBit() throws {
        var generator = SeededGenerator(seed: 7)
        let key = TestKey(&generator)
        let message = generator.bytes(40)
        let signature = key.sign(message)
        #expect(key.publicKey.verifies(signature, over: message))
        for bit in 0..<(64 * 8) {
            var bytes = signature.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let changed = try #require(Signature(bytes))
            #expect(!key.publicKey.verifies(changed, over: message), "bit \(bit)")
        }
    }

    /// Names that somebody made up may share any part of their bytes; tables have to tell them apart all the same.
    @Test(arguments: 0..<32) func everyByteOfANameIsHashed(place: Int) throws {
        let names = try (0..<64).map { value in
            var bytes = [UInt8](repeating: 7, count: 32)
            bytes[place] = UInt8(value)
            return try #require(Bytes32(bytes))
        }
        #expect(Set(names.map(\.hashValue)).count > 60)
    }

    @Test func comparesBytesBigEndian() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let (a, b) = (generator.bytes(32), generator.bytes(32))
            let (left, right) = (try #require(Bytes32(a)), try #require(Bytes32(b)))
            #expect((left < right) == a.lexicographicallyPrecedes(b))
            #expect(left.bytes == a)
            #expect(Bytes32(hex: left.hex) == left)
        }
        #expect(Bytes32([1, 2]) == nil)
        #expect(Bytes32(hex: "zz") == nil)
    }

    @Test func refusesAgreementWithPointsOfSmallOrder() throws {
        guard let key = AgreementKey(secret: SecretBytes(copying: [UInt8](repeating: 9, count: 32))) else {
            throw TestFailure.setUp("key")
        }
        let zero = key.agree(with: .zero)
        #expect(zero == nil)
        var one = [UInt8](repeating: 0, count: 32)
        one[0] = 1
        let point = key.agree(with: try #require(Bytes32(one)))
        #expect(point == nil)
    }

    @Test func passwordParametersHaveAFloorAndACeiling() {
        #expect(PasswordHash.moderate.isAcceptable)
        #expect(PasswordHash.ceiling.isAcceptable)
        #expect(!PasswordHash(passes: 2, memoryByteCount: 268_435_456).isAcceptable)
        #expect(!PasswordHash(passes: 3, memoryByteCount: 268_435_455).isAcceptable)
        #expect(!PasswordHash(passes: 11, memoryByteCount: 268_435_456).isAcceptable)
        #expect(!PasswordHash(passes: 3, memoryByteCount: 64 << 30).isAcceptable)
    }
}
