import CSodium
import Glibc

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

    /// Takes bytes that ordinary memory holds, and wipes them there.
    package init(wiping bytes: inout [UInt8]) {
        self.init(copying: bytes)
        unsafe sodium_memzero(&bytes, bytes.count)
    }

    /// A part of another secret, without a stop in ordinary memory.
    package init(_ range: Range<Int>, of other: borrowing SecretBytes) {
        precondition(range.lowerBound >= 0 && range.upperBound <= other.count, "a part lies within the whole")
        self.init(zeroed: range.count)
        unsafe memory.copyMemory(from: other.memory + range.lowerBound, byteCount: range.count)
    }

    /// Lets `fill` write the secret; it returns whether it succeeded.
    init?(count: Int, fill: (UnsafeMutablePointer<UInt8>) -> Bool) {
        self.init(zeroed: count)
        guard unsafe fill(memory.assumingMemoryBound(to: UInt8.self)) else { return nil }
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

extension SecretBytes {
    /// Reads exactly so many bytes from a pipe into locked memory; nil where fewer come.
    package init?(reading descriptor: Int32, count: Int) {
        unsafe self.init(count: count) { memory in
            var done = 0
            while done < count {
                let got = unsafe read(descriptor, memory + done, count - done)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return false }
                done += got
            }
            return true
        }
    }

    /// Hands the secret to a pipe, from locked memory. False where the other end does not take it.
    package borrowing func write(to descriptor: Int32) -> Bool {
        let count = count
        return unsafe withPointer { memory in
            var done = 0
            while done < count {
                let put = unsafe Glibc.write(descriptor, memory + done, count - done)
                if put < 0, errno == EINTR { continue }
                guard put > 0 else { return false }
                done += put
            }
            return true
        }
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
