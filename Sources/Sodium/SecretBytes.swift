import CSodium

/// A secret in locked memory that is wiped when it goes. It has no description and cannot be copied by accident.
/// Sendable although it holds a pointer: `memory` is owned by this value alone.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    package let count: Int

    /// Zeroes, for `fill` to overwrite.
    private init(zeroed count: Int) {
        SodiumLibrary.require()
        guard let memory = unsafe sodium_malloc(max(count, 1)) else {
            preconditionFailure("no locked memory left")
        }
        unsafe self.memory = memory
        self.count = count
    }

    /// Random bytes.
    package init(random count: Int) {
        self.init(zeroed: count)
        unsafe randombytes_buf(memory, count)
    }

    package init(copying bytes: [UInt8]) {
        self.init(zeroed: bytes.count)
        for (place, byte) in bytes.enumerated() {
            unsafe memory.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
        }
    }

    /// Lets `fill` write the secret; it returns whether it succeeded.
    init?(count: Int, fill: (UnsafeMutablePointer<UInt8>) -> Bool) {
        self.init(zeroed: count)
        guard unsafe fill(memory.assumingMemoryBound(to: UInt8.self)) else { return nil }
    }

    /// A copy in ordinary memory, for sealing; wiped by the caller as far as Swift lets one.
    package var exposed: [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: memory, count: count))
    }

    borrowing func withPointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        unsafe body(UnsafePointer(memory.assumingMemoryBound(to: UInt8.self)))
    }

    /// Compares in constant time.
    package borrowing func equals(_ other: borrowing SecretBytes) -> Bool {
        guard count == other.count else { return false }
        return unsafe sodium_memcmp(memory, other.memory, count) == 0
    }

    deinit {
        unsafe sodium_free(memory)
    }
}

/// Bytes from the system's generator. Chance is an argument below Node; this is what Node passes.
package enum RandomBytes {
    package static func make(count: Int) -> [UInt8] {
        SodiumLibrary.require()
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe randombytes_buf(&bytes, count)
        return bytes
    }
}
