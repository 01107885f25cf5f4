import Sodium

/// One direction of a channel (framework §5.1): a key and a counter that never repeats.
package struct CipherState: Sendable {
    private var key: [UInt8]?
    private var nonce: UInt64 = 0

    /// Frames after which both sides derive the next key, long before any limit (Protocol 5 §1.6).
    package static let rekeyInterval: UInt64 = 1 << 20
    /// Bytes on the wire of one frame, tag included.
    package static let frameByteCountMax = 65_535
    package static let plaintextByteCountMax = frameByteCountMax - 16

    init(key: [UInt8]) {
        self.key = key
    }

    package mutating func seal(_ plaintext: [UInt8]) throws(NoiseFailure) -> [UInt8] {
        guard plaintext.count <= Self.plaintextByteCountMax else {
            throw .frameTooLarge(byteCount: plaintext.count, limit: Self.plaintextByteCountMax)
        }
        guard let key else { throw .decryption }
        guard nonce < UInt64.max - 1 else { throw .nonceExhausted }
        let sealed = ChaChaPoly.seal(plaintext, key: key, nonce: nonce)
        advance()
        return sealed
    }

    /// After one failure the state is unusable: nothing can be tried twice.
    package mutating func open(_ frame: [UInt8]) throws(NoiseFailure) -> [UInt8] {
        guard let key, nonce < UInt64.max - 1 else { throw .decryption }
        guard let opened = ChaChaPoly.open(frame, key: key, nonce: nonce) else {
            self.key = nil
            throw .decryption
        }
        advance()
        return opened
    }

    private mutating func advance() {
        nonce += 1
        if nonce % Self.rekeyInterval == 0, let key {
            // REKEY (framework §4.2): the first 32 bytes of 32 zeroes sealed under the last nonce.
            let zeroes = [UInt8](repeating: 0, count: 32)
            self.key = Array(ChaChaPoly.seal(zeroes, key: key, nonce: UInt64.max).prefix(32))
        }
    }
}
