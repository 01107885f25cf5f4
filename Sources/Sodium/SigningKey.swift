import CSodium

/// An Ed25519 public key.
package struct PublicKey: Hashable, Comparable, Sendable {
    package let bytes: Bytes32

    package init(_ bytes: Bytes32) {
        self.bytes = bytes
    }

    package var hex: String { bytes.hex }

    /// Strict verification as Protocol 1 §6 defines it: S < L, canonical A and R, no small order, cofactorless.
    package func verifies(_ signature: Signature, over message: [UInt8]) -> Bool {
        SodiumLibrary.require()
        return unsafe crypto_sign_ed25519_verify_detached(
            signature.bytes, message, UInt64(message.count), bytes.bytes) == 0
    }

    package static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}

/// An Ed25519 signature, 64 bytes.
package struct Signature: Hashable, Sendable {
    package let bytes: [UInt8]

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 64 else { return nil }
        self.bytes = bytes
    }

    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 64 else { return nil }
        self.bytes = Array(bytes)
    }
}

/// An Ed25519 key in locked memory.
package struct SigningKey: ~Copyable, Sendable {
    private let secret: SecretBytes
    package let publicKey: PublicKey

    /// From a seed of 32 bytes; nil for another count.
    package init?(seed: borrowing SecretBytes) {
        SodiumLibrary.require()
        guard seed.count == 32 else { return nil }
        var publicBytes = [UInt8](repeating: 0, count: 32)
        let filled = unsafe SecretBytes(count: 64) { memory in
            unsafe seed.withPointer { seed in
                unsafe crypto_sign_ed25519_seed_keypair(&publicBytes, memory, seed) == 0
            }
        }
        guard let secret = filled, let raw = Bytes32(publicBytes) else { return nil }
        self.secret = secret
        publicKey = PublicKey(raw)
    }

    /// Ed25519 is deterministic (RFC 8032): the same message gives the same signature.
    package borrowing func sign(_ message: [UInt8]) -> Signature {
        var out = [UInt8](repeating: 0, count: 64)
        let status = unsafe secret.withPointer { secret in
            unsafe crypto_sign_ed25519_detached(&out, nil, message, UInt64(message.count), secret)
        }
        guard status == 0, let signature = Signature(out) else { preconditionFailure("signing takes any message") }
        return signature
    }
}

/// An X25519 key pair.
package struct AgreementKey: ~Copyable, Sendable {
    private let secret: SecretBytes
    package let publicKey: Bytes32

    /// From 32 secret bytes; nil for another count.
    package init?(secret bytes: borrowing SecretBytes) {
        SodiumLibrary.require()
        guard bytes.count == 32 else { return nil }
        var publicBytes = [UInt8](repeating: 0, count: 32)
        let copied = SecretBytes(0..<32, of: bytes)
        let status = unsafe copied.withPointer { secret in
            unsafe crypto_scalarmult_curve25519_base(&publicBytes, secret)
        }
        guard status == 0, let raw = Bytes32(publicBytes) else { return nil }
        secret = copied
        publicKey = raw
    }

    /// The shared secret; nil where it is all zero, which a point of small order gives (RFC 7748 §6.1).
    package borrowing func agree(with other: Bytes32) -> [UInt8]? {
        var shared = [UInt8](repeating: 0, count: 32)
        let status = unsafe secret.withPointer { secret in
            unsafe crypto_scalarmult_curve25519(&shared, secret, other.bytes)
        }
        guard status == 0, shared.contains(where: { $0 != 0 }) else { return nil }
        return shared
    }
}
