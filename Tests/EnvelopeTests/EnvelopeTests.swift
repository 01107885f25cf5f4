import CBOR
import Envelope
import Sodium
import TestSupport
import Testing

@Suite struct EnvelopeTests {
    let key: TestKey
    let aad = [UInt8](repeating: 5, count: 64)
    let payload: [UInt8] = [0xa0]

    init() {
        var generator = SeededGenerator(seed: 11)
        key = TestKey(&generator)
    }

    func seal(_ objectClass: ObjectClass = .change) -> Envelope {
        Envelope.seal(payload, as: objectClass, aad: aad, key: key.key)
    }

    @Test func sealsAndReadsBack() throws {
        let envelope = seal()
        let read = try Envelope.decode(envelope.bytes, as: .change)
        #expect(read.kid == key.publicKey)
        #expect(read.payload == payload)
        #expect(read.isSigned(aad: aad))
        #expect(!read.isSigned(aad: [UInt8](repeating: 6, count: 64)))
        #expect(read.id(aad: aad) == envelope.id(aad: aad))
    }

    @Test(arguments: ObjectClass.allCases) func oneClassIsNeverReadAsAnother(objectClass: ObjectClass) {
        for other in ObjectClass.allCases where other != objectClass {
            #expect(throws: EnvelopeFailure.self) { try Envelope.decode(seal(objectClass).bytes, as: other) }
            #expect(seal(objectClass).id(aad: aad) != seal(other).id(aad: aad))
        }
    }

    @Test func everyFlippedBitIsRefused() {
        let bytes = seal().bytes
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let isAccepted = (try? Envelope.decode(changed, as: .change))?.isSigned(aad: aad) ?? false
            #expect(!isAccepted, "bit \(bit)")
        }
    }

    @Test func everyTruncationIsRefused() {
        let bytes = seal().bytes
        for count in 0..<bytes.count {
            #expect(throws: EnvelopeFailure.self) { try Envelope.decode(Array(bytes.prefix(count)), as: .change) }
        }
        #expect(throws: EnvelopeFailure.self) { try Envelope.decode(bytes + [0], as: .change) }
    }

    @Test func aSignatureCondemnsTheEnvelopeAndNotTheID() throws {
        let good = seal()
        var bytes = good.bytes
        bytes[bytes.count - 1] ^= 1
        let bad = try Envelope.decode(bytes, as: .change)
        #expect(!bad.isSigned(aad: aad))
        #expect(bad.id(aad: aad) == good.id(aad: aad))
    }

    @Test func tooLargeIsRefusedBeforeItIsRead() {
        let bytes = [UInt8](repeating: 0, count: Envelope.byteCountMax + 1)
        #expect(throws: EnvelopeFailure.tooLarge(byteCount: bytes.count, limit: Envelope.byteCountMax)) {
            try Envelope.decode(bytes, as: .change)
        }
    }

    @Test func openingsFitTheirAuthorAndAudienceOnly() throws {
        var generator = SeededGenerator(seed: 12)
        let other = TestKey(&generator)
        let opening = Opening(
            author: key.publicKey, audience: .own, kind: .value, opened: .text("rahasia"), salt: generator.bytes(16))
        #expect(opening.fits(author: key.publicKey, audience: .own))
        #expect(!opening.fits(author: other.publicKey, audience: .own))
        #expect(!opening.fits(author: key.publicKey, audience: .all))
        let read = try Opening(decoding: try CBORValue.decode(opening.encoded))
        #expect(read == opening)
        func kept(_ text: String, _ author: PublicKey, _ audience: Audience) -> Opening? {
            Opening(
                verifying: opening.commitment, author: author, audience: audience, kind: .value, opened: .text(text),
                salt: opening.salt)
        }
        #expect(kept("rahasia", key.publicKey, .own) == opening)
        #expect(kept("lain", key.publicKey, .own) == nil)
        #expect(kept("rahasia", other.publicKey, .own) == nil)
        #expect(kept("rahasia", key.publicKey, .all) == nil)
    }

    @Test func valuesCompareByBytesAndHaveLimits() throws {
        #expect(Value.text("\u{e9}") != Value.text("e\u{301}"))
        _ = try Value(.text(String(repeating: "x", count: 32_768)))
        #expect(throws: ValueFailure.tooLong(byteCount: 32_769, limit: 32_768)) {
            try Value(.text(String(repeating: "x", count: 32_769)))
        }
        _ = try Value(.bytes([UInt8](repeating: 0, count: 64)))
        #expect(throws: ValueFailure.self) { try Value(.bytes([UInt8](repeating: 0, count: 65))) }
        #expect(throws: ValueFailure.self) { try Value(.unsigned(.max)) }
    }
}
