import Foundation
import Store
import Synchronization

/// Writes the plaintext frames of a connection to a file, for whoever wants to see what leaves the machine: direction
/// (`>` sent, `<` received), length in four bytes, bytes.
package final class FrameRecorder: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let path: String

    package init(path: String) { self.path = path }

    func note(_ frame: [UInt8], isSent: Bool) {
        bytes.withLock { all in
            all.append(isSent ? 62 : 60)
            for shift in stride(from: 24, through: 0, by: -8) {
                all.append(UInt8(truncatingIfNeeded: frame.count >> shift))
            }
            all += frame
        }
    }

    package func save() throws {
        try PrivateFile.write(bytes.withLock { $0 }, to: path)
    }
}
