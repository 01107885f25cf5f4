import Envelope
import Foundation
import GRDB
import History
import Sodium

/// The least that the machine itself asks for the same work, measured in the same run.
enum Floors {
    /// Verify every signature on all cores, hash, and insert the envelopes into one table: nothing can be cloned faster.
    static func verifyHashInsert(_ changes: [ChangeSet], folder: String) async throws -> Double {
        try await Measure.secondsAsync {
            let chunks = stride(from: 0, to: changes.count, by: 500).map {
                Array(changes[$0..<min($0 + 500, changes.count)])
            }
            let path = folder + "/floor.sqlite"
            let queue = try store(path)
            try await withThrowingTaskGroup(of: [(Int64, [UInt8])].self) { group in
                for chunk in chunks {
                    group.addTask {
                        chunk.map { change in
                            precondition(change.isSigned, "the workload is signed")
                            let hash = change.envelope.id(aad: change.externalData)
                            return (Int64(bitPattern: hash.prefix64), change.bytes)
                        }
                    }
                }
                for try await rows in group { try insert(rows, queue) }
            }
        }
    }

    private static func store(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { db in
            try db.execute(
                sql: "CREATE TABLE change (number INTEGER PRIMARY KEY, short INTEGER NOT NULL, bytes BLOB NOT NULL)")
            try db.execute(sql: "CREATE INDEX change_short ON change (short)")
        }
        return queue
    }

    private static func insert(_ rows: [(Int64, [UInt8])], _ queue: DatabaseQueue) throws {
        try queue.write { db in
            let statement = try db.cachedStatement(sql: "INSERT INTO change (short, bytes) VALUES (?, ?)")
            for row in rows { try statement.execute(arguments: [row.0, Data(row.1)]) }
        }
    }

    /// One durable row in WAL mode with a full sync.
    struct DurableCommit {
        private let queue: DatabaseQueue

        init(folder: String) throws { queue = try store(folder + "/commit.sqlite") }

        func one() throws -> [Double] {
            [try Measure.seconds { try insert([(1, [UInt8](repeating: 1, count: 300))], queue) }]
        }
    }
}
