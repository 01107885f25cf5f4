import CBOR
import Envelope
package import Sodium
import Store
import Synchronization

/// The mark (Protocol 2 §7): how many objects the keys of this replica signed, which was the last, on which machine and
/// in which file. Kept outside the database and synced before anything leaves the machine; a store behind it, or at
/// another place, would make its device fork itself.
struct Mark: Equatable {
    /// Change sets and registry entries signed here, by all keys together.
    let authoredCount: Int
    let last: Bytes32?
    let lastEntry: Bytes32?
    let machine: Machine
    let store: FileIdentity

    private static let version: UInt64 = 3
    private static let checksumKey: UInt64 = 9
    static func path(_ folder: String) -> String { "\(folder)/mark" }

    static func current(of folder: String, storePath: String, _ reader: StoreReader) throws -> Mark {
        guard let store = FileIdentity(storePath) else { throw StoreFailure.noReplica(path: storePath) }
        let (last, lastEntry) = try reader.lastAuthored()
        return Mark(
            authoredCount: try reader.authoredCount(), last: last, lastEntry: lastEntry, machine: .current,
            store: store)
    }

    /// The mark also names its own file: put back in place from a backup, it stands in one that was made later.
    func write(to folder: String) throws {
        try PrivateFile.write(to: Self.path(folder)) { own in
            func pair(_ key: UInt64, _ value: CBORValue) -> CBORPair { CBORPair(key: .unsigned(key), value: value) }
            func item(_ id: Bytes32?) -> CBORValue { id.map { .bytes($0.bytes) } ?? .null }
            func item(_ file: FileIdentity?) -> CBORValue {
                file.map { .array([.unsigned($0.inode), .unsigned($0.birth)]) } ?? .null
            }
            let pairs = [
                pair(1, .unsigned(Self.version)), pair(2, .unsigned(UInt64(authoredCount))), pair(3, item(last)),
                pair(4, item(lastEntry)), pair(5, machine.id.map { .bytes($0) } ?? .null),
                pair(6, .array(machine.hardware.map { .bytes($0) })), pair(7, item(store)), pair(8, item(own)),
            ]
            return CBORValue.map(pairs + [pair(Self.checksumKey, .bytes(Self.checksum(of: pairs).bytes))]).encoded
        }
    }

    /// A flipped bit must read as damage, never as another number.
    private static func checksum(of pairs: [CBORPair]) -> Bytes32 {
        Blake2b.hash(CBORValue.map(pairs).encoded, personal: Personal("mufakat mark"))
    }

    /// A mark as it was read: the file that it says it stands in, and the one that it was read in.
    struct Found {
        let mark: Mark
        let own: FileIdentity?
        let file: FileIdentity
    }

    /// The mark beside a store; nil where there is none.
    static func read(_ folder: String) throws -> Found? {
        let path = path(folder)
        guard PrivateFile.exists(path) else { return nil }
        func file(_ item: CBORValue?) -> FileIdentity? {
            guard let numbers = item?.arrayValue, numbers.count == 2, let inode = numbers[0].unsignedValue,
                let birth = numbers[1].unsignedValue
            else { return nil }
            return FileIdentity(inode: inode, birth: birth)
        }
        func id(_ item: CBORValue?) -> Bytes32? { item?.bytesValue.flatMap { Bytes32($0) } }
        let (bytes, place) = try PrivateFile.readIdentified(path, limit: 65_536)
        guard let item = try? CBORValue.decode(bytes), let pairs = item.mapValue,
            id(item[unsigned: checksumKey]) == checksum(of: pairs.filter { $0.key != .unsigned(checksumKey) }),
            item[unsigned: 1]?.unsignedValue == version,
            let count = item[unsigned: 2]?.unsignedValue.flatMap({ Int(exactly: $0) }),
            let hardware = item[unsigned: 6]?.arrayValue?.compactMap(\.bytesValue), let store = file(item[unsigned: 7])
        else { throw StoreFailure.damaged(path: path, fact: "mark") }
        let machine = Machine(id: item[unsigned: 5]?.bytesValue, hardware: hardware)
        let mark = Mark(
            authoredCount: count, last: id(item[unsigned: 3]), lastEntry: id(item[unsigned: 4]), machine: machine,
            store: store)
        return Found(mark: mark, own: file(item[unsigned: 8]), file: place)
    }
}

/// Why a store is not the one its mark was written for.
package enum MarkFault: Equatable, Sendable {
    case missing
    case damaged
    /// Another machine, and what differs.
    case otherMachine(String)
    /// The store or the mark stands in another file than it was written to.
    case otherFile(String)
    case behind(authored: Int, marked: Int)
    /// What was authored last is not in the store.
    case lastIsUnknown(id: Bytes32)
    /// A peer sent what a key of this ring signed and this store does not hold.
    case peersHoldMore(key: PublicKey, id: Bytes32)
}

/// Compares a store with its mark before anything is signed, and writes the mark before anything leaves.
final class MarkGate: Sendable {
    private let folder: String
    private let storePath: String
    /// A machine and its files stay what they are while a process runs.
    private let isChecked = Cell(false)
    /// Objects that were there when this process last brought the mark up to the store, or found that it may not.
    private let syncedCount = Cell<Int?>(nil)

    static let aheadKey = "ahead"

    init(folder: String, storePath: String) {
        (self.folder, self.storePath) = (folder, storePath)
    }

    /// The mark as it stands beside the store.
    enum Look {
        case missing
        case damaged
        case found(Mark.Found)
    }

    /// Reads the mark. Outside the write lock before the store is read: whoever signs commits first and marks then, so
    /// a store that is read later holds at least what this mark says, however many others sign meanwhile.
    func look() throws -> Look {
        do {
            return try Mark.read(folder).map { .found($0) } ?? .missing
        } catch StoreFailure.damaged { return .damaged }
    }

    /// What is wrong; nil where the store is its mark's. A store ahead of it is the trace of a crash, or of a mark that
    /// is still to be written.
    func fault(_ look: Look, _ reader: StoreReader, isHeld: (EntryID) throws -> Bool) throws -> MarkFault? {
        if let ahead = try Self.ahead(reader) { return ahead }
        let found: Mark.Found
        switch look {
        case .missing: return .missing
        case .damaged: return .damaged
        case .found(let read): found = read
        }
        let mark = found.mark
        let machine = Machine.current
        guard mark.machine.isSame(as: machine) else { return .otherMachine(mark.machine.difference(from: machine)) }
        guard let store = FileIdentity(storePath), mark.store.isSame(as: store) else { return .otherFile(storePath) }
        guard let own = found.own, own.isSame(as: found.file) else { return .otherFile(Mark.path(folder)) }
        let count = try reader.authoredCount()
        guard count >= mark.authoredCount else { return .behind(authored: count, marked: mark.authoredCount) }
        guard let last = mark.last else { return nil }
        // An entry among what was authored is in the registry, a change set in its table.
        let isEntry = last == mark.lastEntry
        guard try reader.isAuthored(last, as: mark.authoredCount), try !isEntry || isHeld(EntryID(last)) else {
            return .lastIsUnknown(id: last)
        }
        return nil
    }

    private static func ahead(_ reader: StoreReader) throws -> MarkFault? {
        guard let bytes = try reader.meta(aheadKey) else { return nil }
        guard bytes.count == 64, let key = Bytes32(Array(bytes.prefix(32))), let id = Bytes32(Array(bytes.suffix(32)))
        else { throw StoreFailure.damaged(path: "meta", fact: aheadKey) }
        return .peersHoldMore(key: PublicKey(key), id: id)
    }

    /// Whether this process saw already that machine, files and mark belong together.
    var hasChecked: Bool { isChecked.value }

    /// Every path that signs for a dossier or a chain comes through here, within its transaction, under the write lock.
    func checkAuthoring(_ reader: StoreReader, isHeld: (EntryID) throws -> Bool) throws {
        let fault = isChecked.value ? try Self.ahead(reader) : try fault(look(), reader, isHeld: isHeld)
        if let fault { throw NodeFailure.copiedReplica(fault) }
        isChecked.value = true
    }

    /// Whether nothing was signed since this process wrote the mark.
    func isSynced(_ reader: StoreReader) throws -> Bool {
        guard let count = syncedCount.value else { return false }
        return try count == reader.authoredCount()
    }

    /// Brings the mark up to the store, unless they do not belong together. Under the write lock, so that no process
    /// overwrites a later one.
    func sync(_ reader: StoreReader, isHeld: (EntryID) throws -> Bool) throws -> MarkFault? {
        if let fault = try fault(look(), reader, isHeld: isHeld) {
            syncedCount.value = try reader.authoredCount()
            return fault
        }
        let now = try Mark.current(of: folder, storePath: storePath, reader)
        if try Mark.read(folder)?.mark != now { try now.write(to: folder) }
        syncedCount.value = now.authoredCount
        return nil
    }

    /// Takes the store as it is for what was authored: for a new replica, and at the end of a repair.
    func begin(_ reader: StoreReader) throws {
        try Mark.current(of: folder, storePath: storePath, reader).write(to: folder)
        isChecked.value = true
    }
}

/// One value that threads share.
private final class Cell<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>

    init(_ value: Value) { stored = Mutex(value) }

    var value: Value {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
