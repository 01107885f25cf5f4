import Noise
import Sodium
import TestSupport
import Testing

@Suite struct NoiseTests {
    static func key(_ byte: UInt8) throws -> AgreementKey {
        guard let key = AgreementKey(secret: SecretBytes(copying: [UInt8](repeating: byte, count: 32))) else {
            throw TestFailure.setUp("key")
        }
        return key
    }

    static func pair(_ one: [UInt8] = [1], _ two: [UInt8] = [1]) throws -> (NoiseSession, NoiseSession) {
        var initiator = Initiator(prologue: one, ephemeral: try key(7))
        let first = initiator.start()
        let (reply, responder) = try Responder.answer(first, prologue: two, ephemeral: try key(9))
        return (try initiator.finish(reply), responder)
    }

    @Test func bothSidesAgree() throws {
        var (one, two) = try Self.pair()
        #expect(one.handshakeHash == two.handshakeHash)
        for round in 0..<5 {
            let message = [UInt8](repeating: UInt8(round), count: 100 * round)
            #expect(try two.receiving.open(try one.sending.seal(message)) == message)
            #expect(try one.receiving.open(try two.sending.seal(message)) == message)
        }
    }

    @Test func anotherPrologueFails() {
        #expect(throws: NoiseFailure.decryption) { try Self.pair([1], [2]) }
    }

    @Test func flippedReplayedReorderedAndTruncatedFramesFail() throws {
        let (one, two) = try Self.pair()
        var sending = one.sending
        let (first, second) = (try sending.seal([1, 2, 3]), try sending.seal([4]))
        for place in first.indices {
            var (receiving, bytes) = (two.receiving, first)
            bytes[place] ^= 1
            #expect(throws: NoiseFailure.decryption) { try receiving.open(bytes) }
            // After one failure nothing can be tried again.
            #expect(throws: NoiseFailure.decryption) { try receiving.open(first) }
        }
        var receiving = two.receiving
        #expect(throws: NoiseFailure.decryption) { try receiving.open(second) }
        receiving = two.receiving
        _ = try receiving.open(first)
        #expect(throws: NoiseFailure.decryption) { try receiving.open(first) }
        receiving = two.receiving
        #expect(throws: NoiseFailure.decryption) { try receiving.open(Array(first.dropLast())) }
    }

    @Test func aMessageWithAKeyOfSmallOrderIsRefused() throws {
        #expect(throws: NoiseFailure.weakKey) {
            try Responder.answer([UInt8](repeating: 0, count: 32), prologue: [1], ephemeral: try Self.key(9))
        }
        #expect(throws: NoiseFailure.messageTooShort) {
            try Responder.answer([1, 2], prologue: [1], ephemeral: try Self.key(9))
        }
    }

    @Test func framesHaveALimit() throws {
        var (one, two) = try Self.pair()
        let largest = [UInt8](repeating: 1, count: CipherState.plaintextByteCountMax)
        #expect(try two.receiving.open(try one.sending.seal(largest)).count == largest.count)
        #expect(throws: NoiseFailure.self) { try one.sending.seal(largest + [1]) }
    }

    /// Nothing but keys and prologue enters the handshake.
    @Test func theHandshakeIsDeterministic() throws {
        let (one, _) = try Self.pair(Array("John Galt".utf8), Array("John Galt".utf8))
        let (again, _) = try Self.pair(Array("John Galt".utf8), Array("John Galt".utf8))
        #expect(one.handshakeHash == again.handshakeHash)
        #expect(one.handshakeHash.count == 32)
    }
}
