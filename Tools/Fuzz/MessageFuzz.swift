import Sync

/// Decodes a frame of a peer. What decodes is encoded to the same bytes: there is one form of every message.
enum MessageFuzz {
    static func run(_ frame: [UInt8]) {
        guard frame.count <= SyncLimits.frameByteCountMax, let message = try? Message.decode(frame) else { return }
        precondition(message.encoded == frame, "a message has one encoding")
    }
}
