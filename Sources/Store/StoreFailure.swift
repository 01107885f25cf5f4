/// What the disk or another process does to a store. Each says what happened, with the fact.
package enum StoreFailure: Error, Equatable, Sendable {
    case noReplica(path: String)
    case alreadyThere(path: String)
    /// Another process holds the write lock longer than is reasonable.
    case busy(path: String, seconds: Int)
    /// Not a regular file of this user with mode 0600.
    case unsafeFile(path: String, fact: String)
    case cannotRead(path: String, errno: Int32)
    case cannotWrite(path: String, errno: Int32)
    case diskFull(path: String)
    /// The file was written by a later version.
    case newerSchema(found: Int, known: Int)
    /// The file was written by a version before the first release; its tables are not converted.
    case olderSchema(found: Int, known: Int)
    case damaged(path: String, fact: String)
    /// The writer does not sync each commit although told to.
    case notDurable(mode: Int)
    case tooLarge(path: String, byteCount: Int, limit: Int)
}

extension StoreFailure {
    /// The disk did not take what was to be written.
    package var isForLackOfRoom: Bool {
        switch self {
        case .diskFull, .cannotWrite: true
        default: false
        }
    }
}
