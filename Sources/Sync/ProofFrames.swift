import CBOR
import Registry

/// The entries that prove an identity's certificate, in the frames that follow it (Protocol 5 §2): each a CBOR sequence
/// of byte strings.
package struct ProofFrames: Sendable {
    private let count: Int
    private var byteCount = 0
    package private(set) var entries: [[UInt8]] = []

    /// Bytes of entries up to which a further one goes into the same frame.
    private static let frameByteCount = 32 << 10

    /// - Parameter count: as the identity says, which was bounded when it was read.
    package init(count: Int) {
        self.count = count
    }

    package var isComplete: Bool { entries.count == count }

    /// Takes a frame. Each brings at least one entry and no more than are due, so there are as few frames as entries.
    package mutating func take(_ frame: [UInt8]) throws(Violation) {
        do {
            var reader = CBORReader(frame)
            let found = try reader.readAll { try $0.readBytes() }
            guard !found.isEmpty else { throw Violation.badValue(field: "proof") }
            guard entries.count + found.count <= count else {
                throw Violation.tooMany(field: "proof", count: entries.count + found.count, limit: count)
            }
            byteCount += found.reduce(0) { $0 + $1.count }
            guard byteCount <= RegistryLimits.proofByteCountMax else {
                throw Violation.tooMany(
                    field: "proof bytes", count: byteCount, limit: RegistryLimits.proofByteCountMax)
            }
            entries += found
        } catch let violation as Violation {
            throw violation
        } catch let failure as CBORFailure {
            throw .malformed(failure)
        } catch { throw .badValue(field: "proof") }
    }

    package static func encode(_ entries: [[UInt8]]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var writer = CBORWriter()
        for entry in entries {
            if !writer.bytes.isEmpty, writer.bytes.count + entry.count > frameByteCount {
                frames.append(writer.bytes)
                writer = CBORWriter()
            }
            writer.bytes(entry)
        }
        if !writer.bytes.isEmpty { frames.append(writer.bytes) }
        return frames
    }
}
