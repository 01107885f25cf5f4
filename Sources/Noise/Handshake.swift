package import Sodium

/// The peer's fault during a handshake or on a channel; always ends the connection.
package enum NoiseFailure: Error, Equatable, Sendable {
    case messageTooShort
    /// An all-zero shared secret: the peer's key has small order.
    case weakKey
    case decryption
    case nonceExhausted
    case frameTooLarge(byteCount: Int, limit: Int)
}

/// `Noise_NN_25519_ChaChaPoly_SHA256` (The Noise Protocol Framework, revision 34), sans-IO. Identities follow inside the
/// channel (Protocol 5 §2), for they are Ed25519 and their names are commitments.
package enum NoiseNN {
    package static let name = "Noise_NN_25519_ChaChaPoly_SHA256"
    package static let keyByteCount = 32
    /// Bytes of the first and of the second message, with empty payloads.
    package static let firstByteCount = keyByteCount
    package static let secondByteCount = keyByteCount + ChaChaPoly.tagByteCount
}

/// §5.2 of the framework: chaining key, hash, and the cipher once there is a key.
struct SymmetricState {
    private(set) var chainingKey: [UInt8]
    private(set) var hash: [UInt8]
    private var key: [UInt8]?
    private var nonce: UInt64 = 0

    init(prologue: [UInt8]) {
        // The name has exactly 32 bytes, so it is the first hash itself.
        hash = Array(NoiseNN.name.utf8)
        chainingKey = hash
        mixHash(prologue)
    }

    mutating func mixHash(_ data: [UInt8]) { hash = SHA256.hash(hash + data) }

    mutating func mixKey(_ material: [UInt8]) {
        let (first, second) = Self.hkdf(chainingKey, material)
        chainingKey = first
        key = second
        nonce = 0
    }

    mutating func sealAndHash(_ plaintext: [UInt8]) -> [UInt8] {
        guard let key else {
            mixHash(plaintext)
            return plaintext
        }
        let sealed = ChaChaPoly.seal(plaintext, key: key, nonce: nonce, additionalData: hash)
        nonce += 1
        mixHash(sealed)
        return sealed
    }

    mutating func openAndHash(_ data: [UInt8]) throws(NoiseFailure) -> [UInt8] {
        guard let key else {
            mixHash(data)
            return data
        }
        guard let opened = ChaChaPoly.open(data, key: key, nonce: nonce, additionalData: hash) else {
            throw .decryption
        }
        nonce += 1
        mixHash(data)
        return opened
    }

    func split() -> (first: CipherState, second: CipherState) {
        let (first, second) = Self.hkdf(chainingKey, [])
        return (CipherState(key: first), CipherState(key: second))
    }

    /// HKDF with two outputs, from HMAC-SHA256: libsodium 1.0.18 has none of its own.
    private static func hkdf(_ chainingKey: [UInt8], _ material: [UInt8]) -> ([UInt8], [UInt8]) {
        let temporary = SHA256.authenticate(material, key: chainingKey)
        let first = SHA256.authenticate([1], key: temporary)
        return (first, SHA256.authenticate(first + [2], key: temporary))
    }
}

/// What a finished handshake gives: a cipher each way and the hash that identities and short ids are bound to.
package struct NoiseSession: Sendable {
    package var sending: CipherState
    package var receiving: CipherState
    package let handshakeHash: [UInt8]
}

/// The side that dials. Each step consumes the one before it.
package struct Initiator: ~Copyable, Sendable {
    private var state: SymmetricState
    private let ephemeral: AgreementKey

    package init(prologue: [UInt8], ephemeral: consuming AgreementKey) {
        state = SymmetricState(prologue: prologue)
        self.ephemeral = ephemeral
    }

    /// `-> e`
    package mutating func start() -> [UInt8] {
        let message = ephemeral.publicKey.bytes
        state.mixHash(message)
        return message + state.sealAndHash([])
    }

    /// `<- e, ee`
    package consuming func finish(_ message: [UInt8]) throws(NoiseFailure) -> NoiseSession {
        guard message.count >= NoiseNN.secondByteCount, let remote = Bytes32(message.prefix(32)) else {
            throw .messageTooShort
        }
        state.mixHash(remote.bytes)
        guard let shared = ephemeral.agree(with: remote) else { throw .weakKey }
        state.mixKey(shared)
        _ = try state.openAndHash(Array(message.dropFirst(32)))
        let (first, second) = state.split()
        return NoiseSession(sending: first, receiving: second, handshakeHash: state.hash)
    }
}

/// The side that answers: one step.
package struct Responder: ~Copyable {
    package static func answer(
        _ message: [UInt8], prologue: [UInt8], ephemeral: borrowing AgreementKey
    ) throws(NoiseFailure) -> (message: [UInt8], session: NoiseSession) {
        guard message.count >= NoiseNN.firstByteCount, let remote = Bytes32(message.prefix(32)) else {
            throw .messageTooShort
        }
        var state = SymmetricState(prologue: prologue)
        state.mixHash(remote.bytes)
        _ = try state.openAndHash(Array(message.dropFirst(32)))
        let own = ephemeral.publicKey.bytes
        state.mixHash(own)
        guard let shared = ephemeral.agree(with: remote) else { throw .weakKey }
        state.mixKey(shared)
        let reply = own + state.sealAndHash([])
        let (first, second) = state.split()
        return (reply, NoiseSession(sending: second, receiving: first, handshakeHash: state.hash))
    }
}
