import CBOR
package import Envelope
package import Sodium
package import Sync

/// A replica in memory, as a session sees one: dossiers of rows in device logs, and files.
package final class MemoryReplica: SyncReplica {
    package var dossiers: [DossierID: [ChangeRow]] = [:]
    package var tips: [EntryID] = []
    package var entries: [[UInt8]] = []
    package var names: [[UInt8]] = []
    package var wanted: [Message.Want] = []
    package var files: [Commitment: [UInt8]] = [:]
    package var missing: [Commitment] = []
    /// Dossiers that this replica does not take; what it holds of them stays as it is.
    package var leftOut: [DossierID] = []
    /// Rows that were read, in both forms: what a peer made this side compute.
    package private(set) var readRowCount = 0

    package init() {}

    package static func row(_ device: UInt64, _ seq: UInt64, _ content: UInt64) -> ChangeRow? {
        var writer = CBORWriter()
        writer.arrayHeader(3)
        for number in [device, seq, content] { writer.unsigned(number) }
        guard let key = Bytes32(Blake2b.hash([1] + device.bigEndianBytes, personal: personal).bytes) else { return nil }
        return ChangeRow(
            id: ChangeSetID(Blake2b.hash(writer.bytes, personal: personal)), device: PublicKey(key), seq: seq,
            bytes: writer.bytes)
    }

    private static let personal = Personal("mufakat test")

    package func take(_ dossier: DossierID, _ envelopes: [[UInt8]]) throws {
        if leftOut.contains(dossier) { return }
        for bytes in envelopes {
            guard let numbers = (try? CBORValue.decode(bytes))?.arrayValue?.compactMap(\.unsignedValue),
                numbers.count == 3, let row = Self.row(numbers[0], numbers[1], numbers[2])
            else { throw Violation.badValue(field: "row") }
            if !(dossiers[dossier, default: []].contains { $0.id == row.id }) {
                dossiers[dossier, default: []].append(row)
            }
        }
    }

    package func scope() throws -> [ScopeEntry] {
        dossiers.filter { !leftOut.contains($0.key) }.map { dossier, rows in
            let content = rows.map(\.id).sorted().flatMap(\.bytes)
            return ScopeEntry(
                dossier: dossier, digest: Blake2b.hash(dossier.bytes + content, personal: Self.personal))
        }.sorted { $0.dossier < $1.dossier }
    }

    package func leftOut(limit: Int) throws -> [DossierID] { Array(leftOut.prefix(limit)) }
    package func scopeVersion() throws -> Int { dossiers.values.reduce(dossiers.count) { $0 + $1.count } }
    package func knownRoot() throws -> (root: Bytes32, count: Int)? { nil }
    package func remember(root: Bytes32, count: Int) throws {}
    package func registryTips() throws -> [EntryID] { tips }

    package func registryEntries(
        beyond tips: [EntryID]
    ) throws -> (entries: [[UInt8]], names: [[UInt8]], blobs: [BlobID]) { (entries, names, []) }

    package func isMissingOpenings() throws -> Bool { !wanted.isEmpty }
    package func missingNames(limit: Int) throws -> [Commitment] { Array(missing.prefix(limit)) }
    package func names(among ids: Set<UInt64>, short: (Commitment) -> UInt64) throws -> [[UInt8]] {
        files.keys.contains { ids.contains(short($0)) } ? [[0]] : []
    }

    package func logs(of dossier: DossierID) throws -> [LogRow] {
        let rows = dossiers[dossier] ?? []
        readRowCount += rows.count
        return rows.map { LogRow(id: $0.id, device: $0.device, seq: $0.seq) }
    }

    /// Pages of at most seven rows, so that there are several.
    package func changes(
        of dossier: DossierID, from page: Int64, byteCount: Int
    ) throws -> (rows: [ChangeRow], next: Int64?) {
        let rows = dossiers[dossier] ?? []
        let end = min(rows.count, Int(page) + 7)
        readRowCount += end - Int(page)
        return (Array(rows[Int(page)..<end]), end < rows.count ? Int64(end) : nil)
    }

    package func openings(
        of dossier: DossierID, in changes: Set<ChangeSetID>, from page: Int, byteCount: Int
    ) throws -> (items: [[UInt8]], next: Int?) { ([], nil) }

    package func wants(limit: Int) throws -> [Message.Want] { Array(wanted.prefix(limit)) }
    package func opening(for want: Message.Want) throws -> [UInt8]? { nil }

    package func piece(for want: Message.Want, offset: UInt64) throws -> Message.Piece? {
        guard let file = files[want.commitment], let start = Int(exactly: offset), start < file.count else {
            return nil
        }
        let end = min(start + SyncLimits.pieceByteCount, file.count)
        return Message.Piece(
            name: want.commitment.raw, offset: offset, total: UInt64(file.count), bytes: Array(file[start..<end]))
    }
}

/// One side of an exchange in memory.
package struct Side {
    package var session: Session
    package let replica: MemoryReplica
    package var pieces: [Message.Piece] = []
    package var entryCount = 0
    package var sentFrames: [[UInt8]] = []

    package init(_ role: Session.Role, _ replica: MemoryReplica) {
        session = Session(role: role, handshakeHash: [UInt8](repeating: 9, count: 32))
        self.replica = replica
    }

    package mutating func receive(_ frame: [UInt8]) throws {
        for effect in try session.receive(frame, from: replica) {
            switch effect {
            case .changes(let dossier, let envelopes): try replica.take(dossier, envelopes)
            case .piece(let piece): pieces.append(piece)
            case .registry(let entries): entryCount += entries.count
            case .flush: try session.continueAfterFlush(replica)
            case .names, .openings, .finished: break
            }
        }
    }

    package mutating func send(budget: Int = 1 << 18) throws -> [[UInt8]] {
        let frames = try session.nextFrames(replica, byteBudget: budget)
        sentFrames += frames
        return frames
    }

    /// Drives two sides until both are closed or nothing moves any more.
    package static func exchange(_ one: MemoryReplica, _ two: MemoryReplica) throws -> (Side, Side) {
        var (initiator, responder) = (Side(.initiator, one), Side(.responder, two))
        try initiator.session.start(one)
        for _ in 0..<100_000 {
            let there = try initiator.send()
            for frame in there { try responder.receive(frame) }
            let back = try responder.send()
            for frame in back { try initiator.receive(frame) }
            if there.isEmpty && back.isEmpty { break }
        }
        return (initiator, responder)
    }
}
