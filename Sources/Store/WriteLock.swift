import Glibc
import Synchronization

/// The lock file around every write transaction and checkpoint: a command may run beside `serve`, and SQLite before
/// 3.51.3 can corrupt a WAL that two connections write or checkpoint at the same moment (Protocol 8 §6).
final class WriteLock: Sendable {
    private let path: String
    private let descriptor: Int32
    /// How long a command waits for another process before it says so.
    static let patienceSeconds = 30

    init(path: String) throws(StoreFailure) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw PrivateFile.failure(path) }
    }

    deinit {
        close(descriptor)
    }

    /// Runs with the lock held. Within one process GRDB's single writer keeps order already.
    func withLock<Result>(_ body: () throws -> Result) throws -> Result {
        var waited: UInt32 = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw PrivateFile.failure(path) }
            guard waited < UInt32(Self.patienceSeconds) * 1_000_000 else {
                throw StoreFailure.busy(path: path, seconds: Self.patienceSeconds)
            }
            let pause: UInt32 = waited < 20_000 ? 500 : 10_000
            usleep(pause)
            waited += pause
        }
        defer { _ = flock(descriptor, LOCK_UN) }
        return try body()
    }
}
