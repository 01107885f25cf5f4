import CSodium

/// ChaCha20-Poly1305 (RFC 8439) with the nonce layout of Noise: four zero bytes, then 64 bits little endian.
package enum ChaChaPoly {
    package static let tagByteCount = 16

    package static func seal(
        _ plaintext: [UInt8], key: [UInt8], nonce: UInt64, additionalData: [UInt8] = []
    ) -> [UInt8] {
        precondition(key.count == 32, "a key has 32 bytes")
        var out = [UInt8](repeating: 0, count: plaintext.count + tagByteCount)
        _ = unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
            &out, nil, plaintext, UInt64(plaintext.count), additionalData, UInt64(additionalData.count), nil,
            layout(nonce), key)
        return out
    }

    /// Nil where the tag does not fit.
    package static func open(
        _ ciphertext: [UInt8], key: [UInt8], nonce: UInt64, additionalData: [UInt8] = []
    ) -> [UInt8]? {
        precondition(key.count == 32, "a key has 32 bytes")
        guard ciphertext.count >= tagByteCount else { return nil }
        var out = [UInt8](repeating: 0, count: ciphertext.count - tagByteCount)
        let status = unsafe crypto_aead_chacha20poly1305_ietf_decrypt(
            &out, nil, nil, ciphertext, UInt64(ciphertext.count), additionalData, UInt64(additionalData.count),
            layout(nonce), key)
        return status == 0 ? out : nil
    }

    private static func layout(_ nonce: UInt64) -> [UInt8] {
        [0, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: nonce >> UInt64(8 * $0)) }
    }
}

/// XChaCha20-Poly1305 for sealing keys at rest: 24 random bytes of nonce.
package enum XChaChaPoly {
    package static let nonceByteCount = 24

    package static func seal(
        _ plaintext: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], additionalData: [UInt8]
    ) -> [UInt8] {
        precondition(nonce.count == nonceByteCount && key.count == 32, "nonce of 24 and key of 32 bytes")
        var out = [UInt8](repeating: 0, count: plaintext.count + 16)
        unsafe key.withPointer { key in
            _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                &out, nil, plaintext, UInt64(plaintext.count), additionalData, UInt64(additionalData.count), nil,
                nonce, key)
        }
        return out
    }

    /// The same for a secret, which does not leave locked memory.
    package static func seal(
        _ secret: borrowing SecretBytes, key: borrowing SecretBytes, nonce: [UInt8], additionalData: [UInt8]
    ) -> [UInt8] {
        precondition(nonce.count == nonceByteCount && key.count == 32, "nonce of 24 and key of 32 bytes")
        var out = [UInt8](repeating: 0, count: secret.count + 16)
        let count = UInt64(secret.count)
        unsafe key.withPointer { key in
            unsafe secret.withPointer { secret in
                _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                    &out, nil, secret, count, additionalData, UInt64(additionalData.count), nil, nonce, key)
            }
        }
        return out
    }

    /// Nil where the tag does not fit: another key, or changed bytes.
    package static func open(
        _ ciphertext: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], additionalData: [UInt8]
    ) -> SecretBytes? {
        guard nonce.count == nonceByteCount, key.count == 32, ciphertext.count >= 16 else { return nil }
        return unsafe SecretBytes(count: ciphertext.count - 16) { out in
            unsafe key.withPointer { key in
                unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                    out, nil, nil, ciphertext, UInt64(ciphertext.count), additionalData,
                    UInt64(additionalData.count), nonce, key) == 0
            }
        }
    }
}

/// SHA-256 and HMAC-SHA256, for the Noise handshake only.
package enum SHA256 {
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        SodiumLibrary.require()
        var out = [UInt8](repeating: 0, count: 32)
        _ = unsafe crypto_hash_sha256(&out, message, UInt64(message.count))
        return out
    }

    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        SodiumLibrary.require()
        var state = crypto_auth_hmacsha256_state()
        var out = [UInt8](repeating: 0, count: 32)
        _ = unsafe crypto_auth_hmacsha256_init(&state, key, key.count)
        _ = unsafe crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        _ = unsafe crypto_auth_hmacsha256_final(&state, &out)
        return out
    }
}

/// Argon2id (RFC 9106) for passphrases.
package struct PasswordHash: Hashable, Sendable {
    package let passes: UInt64
    package let memoryByteCount: UInt64

    package static let saltByteCount = 16
    /// libsodium's MODERATE: the least that is accepted.
    package static let moderate = PasswordHash(passes: 3, memoryByteCount: 268_435_456)
    /// The most that is accepted: a changed file may not ask for all memory.
    package static let ceiling = PasswordHash(passes: 10, memoryByteCount: 1_073_741_824)

    package init(passes: UInt64, memoryByteCount: UInt64) {
        self.passes = passes
        self.memoryByteCount = memoryByteCount
    }

    package var isAcceptable: Bool {
        (Self.moderate.passes...Self.ceiling.passes).contains(passes)
            && (Self.moderate.memoryByteCount...Self.ceiling.memoryByteCount).contains(memoryByteCount)
    }

    /// A key of 32 bytes. Takes about a second.
    package func derive(passphrase: borrowing SecretBytes, salt: [UInt8]) throws(SodiumFailure) -> SecretBytes {
        guard isAcceptable, salt.count == Self.saltByteCount else { throw .parametersOutOfRange }
        SodiumLibrary.require()
        let count = passphrase.count
        let derived = unsafe SecretBytes(count: 32) { out in
            unsafe passphrase.withPointer { passphrase in
                unsafe passphrase.withMemoryRebound(to: CChar.self, capacity: count) { text in
                    unsafe crypto_pwhash_argon2id(
                        out, 32, text, UInt64(count), salt, passes, Int(memoryByteCount),
                        crypto_pwhash_argon2id_alg_argon2id13()) == 0
                }
            }
        }
        guard let key = derived else { throw .outOfMemory }
        return key
    }
}
