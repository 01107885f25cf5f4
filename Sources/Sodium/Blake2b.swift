import CSodium

/// Sixteen bytes that keep the hashes of one purpose apart from all others.
package struct Personal: Sendable {
    let bytes: [UInt8]

    package init(_ text: StaticString) {
        var bytes = Array(text.description.utf8)
        precondition(bytes.count <= 16, "a personal has at most 16 bytes")
        bytes += [UInt8](repeating: 0, count: 16 - bytes.count)
        self.bytes = bytes
    }
}

/// BLAKE2b-256 (RFC 7693) with a personal, and a key where something is to be hidden.
package enum Blake2b {
    private static let noSalt = [UInt8](repeating: 0, count: 16)

    /// - Parameter key: empty, or 16...64 bytes.
    package static func hash(_ message: [UInt8], personal: Personal, key: [UInt8] = []) -> Bytes32 {
        SodiumLibrary.require()
        precondition(key.isEmpty || (16...64).contains(key.count), "a key has 16 to 64 bytes")
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let status = unsafe withUnsafeMutableBytes(of: &words) { out in
            guard let start = out.baseAddress else { return CInt(-1) }
            return unsafe crypto_generichash_blake2b_salt_personal(
                start.assumingMemoryBound(to: UInt8.self), 32, message, UInt64(message.count), key, key.count, noSalt,
                personal.bytes)
        }
        precondition(status == 0, "BLAKE2b takes any message")
        return Bytes32(storedWords: words)
    }
}

/// BLAKE2b-256 of what does not fit into memory at once.
@safe package struct Blake2bStream: ~Copyable {
    /// `crypto_generichash_blake2b_state`, opaque to Swift because of its alignment.
    private let memory: UnsafeMutableRawPointer

    package init(personal: Personal) {
        SodiumLibrary.require()
        // The state wants an alignment of 64, which libsodium's own allocator does not give.
        unsafe memory = UnsafeMutableRawPointer.allocate(
            byteCount: crypto_generichash_blake2b_statebytes(), alignment: 64)
        let noSalt = [UInt8](repeating: 0, count: 16)
        _ = unsafe crypto_generichash_blake2b_init_salt_personal(
            OpaquePointer(memory), nil, 0, 32, noSalt, personal.bytes)
    }

    package mutating func update(_ bytes: [UInt8]) {
        _ = unsafe crypto_generichash_blake2b_update(OpaquePointer(memory), bytes, UInt64(bytes.count))
    }

    package consuming func finish() -> Bytes32 {
        var out = [UInt8](repeating: 0, count: 32)
        _ = unsafe crypto_generichash_blake2b_final(OpaquePointer(memory), &out, 32)
        guard let hash = Bytes32(out) else { preconditionFailure("BLAKE2b-256 gives 32 bytes") }
        return hash
    }

    deinit {
        unsafe memory.deallocate()
    }
}
