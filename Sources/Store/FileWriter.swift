import Glibc

/// Writes a file of any size piece by piece beside the old one; ``finish()`` syncs it and puts it in place. A writer
/// that goes away unfinished leaves nothing.
package final class FileWriter {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isFinished = false

    private static let bufferByteCount = 1 << 16

    package init(path: String, mode: UInt32 = 0o644) throws(StoreFailure) {
        self.path = path
        temporary = "\(path).new-\(getpid())"
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw PrivateFile.failure(path) }
    }

    package func write(_ text: String) throws(StoreFailure) {
        buffer += Array(text.utf8)
        if buffer.count >= Self.bufferByteCount { try flush() }
    }

    private func flush() throws(StoreFailure) {
        try PrivateFile.writeAll(buffer, to: descriptor, path: path)
        buffer.removeAll(keepingCapacity: true)
    }

    package func finish() throws(StoreFailure) {
        try flush()
        guard fsync(descriptor) == 0 else { throw PrivateFile.failure(path) }
        try PrivateFile.rename(temporary, to: path)
        isFinished = true
    }

    deinit {
        close(descriptor)
        if !isFinished { PrivateFile.remove(temporary) }
    }
}
