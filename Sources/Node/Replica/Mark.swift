import CBOR
import Glibc
import Sodium
import Store
import Synchronization

/// The mark (Protocol 2 §7): how many change sets the keys of this replica authored, on which machine and file, kept
/// outside the database and synced before anything leaves the machine. A store behind its mark, or at another place,
/// would make its device fork itself.
struct Mark: Equatable {
    let machine: String
    let device: UInt64
    let inode: UInt64
    /// Change sets authored here, by all keys together.
    let authoredCount: Int

    private static func path(_ folder: String) -> String { "\(folder)/mark" }

    static func current(of folder: String, store: Store) throws -> Mark {
        let identity = PrivateFile.identity(of: store.path)
        let count = try store.read { reader in try reader.counter("authored") }
        return Mark(
            machine: machineName, device: 0, inode: identity?.inode ?? 0, authoredCount: count)
    }

    private static var machineName: String {
        let bytes = (try? PrivateFile.readPublic("/etc/machine-id", limit: 256)) ?? []
        return Blake2b.hash(bytes, personal: Personal("mufakat mark")).hex
    }

    func write(to folder: String) throws {
        func pair(_ key: UInt64, _ value: CBORValue) -> CBORPair { CBORPair(key: .unsigned(key), value: value) }
        let item = CBORValue.map([
            pair(1, .text(machine)), pair(2, .unsigned(device)), pair(3, .unsigned(inode)),
            pair(4, .unsigned(UInt64(authoredCount))),
        ])
        try PrivateFile.write(item.encoded, to: Self.path(folder))
    }

    static func read(_ folder: String) throws -> Mark? {
        guard PrivateFile.exists(path(folder)) else { return nil }
        guard let item = try? CBORValue.decode(try PrivateFile.read(path(folder), limit: 4_096)),
            let machine = item[unsigned: 1]?.textValue, let device = item[unsigned: 2]?.unsignedValue,
            let inode = item[unsigned: 3]?.unsignedValue,
            let count = item[unsigned: 4]?.unsignedValue.flatMap({ Int(exactly: $0) })
        else { throw StoreFailure.damaged(path: path(folder), fact: "mark") }
        return Mark(machine: machine, device: device, inode: inode, authoredCount: count)
    }
}

extension Replica {
    /// Refuses to author where the store was copied, moved to another machine or restored from a backup. A store ahead
    /// of its mark on the same machine and file is the trace of a crash.
    func checkMark() throws {
        if isMarkChecked.withLock({ $0 }) { return }
        try compareMark()
        isMarkChecked.withLock { $0 = true }
    }

    private func compareMark() throws {
        guard let mark = try Mark.read(folder) else {
            throw NodeFailure.copiedReplica(fact: "\(folder)/mark missing")
        }
        let now = try Mark.current(of: folder, store: store)
        guard mark.machine == now.machine else { throw NodeFailure.copiedReplica(fact: "machine") }
        guard mark.inode == now.inode else {
            throw NodeFailure.copiedReplica(fact: "inode \(mark.inode) → \(now.inode)")
        }
        guard now.authoredCount >= mark.authoredCount else {
            throw NodeFailure.copiedReplica(fact: "\(now.authoredCount) < \(mark.authoredCount)")
        }
    }

    /// Before anything leaves the machine.
    package func syncMark() throws {
        try compareMark()
        let now = try Mark.current(of: folder, store: store)
        if try Mark.read(folder) != now { try now.write(to: folder) }
    }

    /// Sets the keys of a copied replica aside and begins a new mark; new keys are certified afterwards.
    package func repair() throws {
        try keys.retire()
        try Mark.current(of: folder, store: store).write(to: folder)
    }
}
