import Envelope
import Sodium

/// A message that waits to be sent: a few bytes each, encoded when there is room.
enum Outgoing {
    case message(Message)
    case cut(Prefix)
    /// The own leaves below a node.
    case leaves(Prefix)
    /// An empty list below a node, whatever is held there.
    case noLeaves(Prefix)
    case need(UInt64)
    case vector(Int, isQuestion: Bool)
    case opening(Message.Want)
    case blob(BlobID, offset: UInt64)
}

/// Data to send, loaded only when there is room for it.
enum Job {
    /// The dossier of a leaf, whole.
    case whole(Int)
    /// What lies beyond these places of its logs; a log that is not named came later.
    case beyond(DossierID, [PublicKey: UInt64]?)
    case blob(BlobID, offset: UInt64)
    case file(Message.Want, offset: UInt64)
}

/// A dossier that is being sent, page by page: its change sets, then the openings of their texts.
struct Run {
    let dossier: DossierID
    /// From which place in each log; nil for everything.
    let starts: [PublicKey: UInt64]?
    /// The page of change sets to be read next; nil when all are sent.
    var page: Int64? = 0
    var sent: Set<ChangeSetID> = []
    var openingPage = 0
}

extension Session {
    /// Bytes of change sets, and of openings, that are read at a time.
    static let changePageByteCount = 512 << 10
    static let openingPageByteCount = 1 << 20
    /// Bytes of items in a frame, with room for their heads.
    private static let itemByteCountMax = 60_000

    /// Frames to send now, up to about a budget: what was asked or has to be said first, then data. Empty when there is
    /// nothing.
    package mutating func nextFrames(_ replica: some SyncReplica, byteBudget: Int) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var byteCount = 0
        while byteCount < byteBudget, let frame = try nextFrame(replica) {
            frames.append(frame)
            byteCount += frame.count
        }
        return frames
    }

    private mutating func nextFrame(_ replica: some SyncReplica) throws -> [UInt8]? {
        while true {
            try advance(replica)
            if let item = outgoing.first {
                if let frame = try encode(item, replica) { return frame }
                continue
            }
            if let frame = ready.popFirst() { return frame }
            if run != nil {
                try readPage(replica)
            } else if let job = jobs.popFirst() {
                if let frame = try begin(job, replica) { return frame }
            } else if phase == .changes, !hasSentChangesEnd {
                hasSentChangesEnd = true
                send(.changesEnd)
            } else {
                return nil
            }
        }
    }

    // MARK: Messages

    /// The first item that waits, with as many of its kind behind it as one frame takes; nil for a blob that is not held
    /// any more.
    private mutating func encode(_ item: Outgoing, _ replica: some SyncReplica) throws -> [UInt8]? {
        switch item {
        case .message(let message):
            _ = outgoing.popFirst()
            return message.encoded
        case .cut: return Message.tree(gather(SyncLimits.cutCountMax) { $0.cut($1) }).encoded
        case .leaves, .noLeaves: return Message.leaves(gather(SyncLimits.leafListCountMax) { $0.list($1) }).encoded
        case .need:
            return Message.need(
                gather(SyncLimits.needCountMax) { _, item in
                    if case .need(let id) = item { id } else { nil }
                }
            ).encoded
        case .vector: return Message.vectors(try gatherVectors(replica)).encoded
        case .opening(let want):
            _ = outgoing.popFirst()
            return Message.openings(want.dossier, try replica.opening(for: want).map { [$0] } ?? []).encoded
        case .blob(let blob, let offset):
            let want = Message.Want(
                dossier: DossierID(.zero), commitment: Commitment(.zero), offset: nil, blob: blob)
            let piece = try replica.piece(for: want, offset: offset)
            let end = offset + UInt64(piece?.bytes.count ?? 0)
            if let piece, end < piece.total, !piece.bytes.isEmpty {
                outgoing.replaceFirst(.blob(blob, offset: end))
            } else {
                _ = outgoing.popFirst()
            }
            return piece.flatMap { $0.bytes.isEmpty ? nil : Message.piece($0).encoded }
        }
    }

    private mutating func gather<Item>(
        _ limit: Int, _ make: (inout Session, Outgoing) -> Item?
    ) -> [Item] {
        var items: [Item] = []
        while items.count < limit, let waiting = outgoing.first, let item = make(&self, waiting) {
            items.append(item)
            _ = outgoing.popFirst()
        }
        return items
    }

    private func cut(_ item: Outgoing) -> Message.TreeCut? {
        guard case .cut(let prefix) = item else { return nil }
        let digests = (0..<Prefix.childCount).map { index -> UInt64 in
            let child = prefix.child(index)
            return tree.range(child).isEmpty ? 0 : short(tree.digest(child))
        }
        return Message.TreeCut(prefix: prefix, digests: digests)
    }

    /// A list of own leaves; the peer may need them from now on.
    private mutating func list(_ item: Outgoing) -> Message.LeafList? {
        if case .noLeaves(let prefix) = item { return Message.LeafList(prefix: prefix, leaves: []) }
        guard case .leaves(let prefix) = item else { return nil }
        var list: [(id: UInt64, digest: UInt64)] = []
        for index in tree.range(prefix) {
            let entry = tree.entries[index]
            let id = short(entry.dossier.raw)
            listed[id] = index
            list.append((id, short(entry.digest)))
        }
        return Message.LeafList(prefix: prefix, leaves: list)
    }

    private mutating func gatherVectors(_ replica: some SyncReplica) throws -> [Message.Vector] {
        var vectors: [Message.Vector] = []
        var byteCount = 0
        while vectors.count < SyncLimits.vectorCountMax, case .vector(let index, let isQuestion)? = outgoing.first {
            let dossier = tree.entries[index].dossier
            let known = try vector(dossier, isQuestion: isQuestion, replica)
            // Of a dossier with more logs than a list takes everything goes, and an empty list asks for everything.
            if known == nil { sendWhole(index..<(index + 1)) }
            let vector = known ?? Message.Vector(dossier: short(dossier.raw), logs: [], isQuestion: isQuestion)
            byteCount += 16 + 27 * vector.logs.count
            if byteCount > Self.itemByteCountMax, !vectors.isEmpty { break }
            vectors.append(vector)
            _ = outgoing.popFirst()
        }
        return vectors
    }

    // MARK: Data

    /// Begins a job; gives its frame where it has only one.
    private mutating func begin(_ job: Job, _ replica: some SyncReplica) throws -> [UInt8]? {
        switch job {
        case .whole(let index): run = Run(dossier: tree.entries[index].dossier, starts: nil)
        case .beyond(let dossier, let starts): run = Run(dossier: dossier, starts: starts)
        case .blob(let blob, let offset):
            let want = Message.Want(
                dossier: DossierID(.zero), commitment: Commitment(.zero), offset: nil, blob: blob)
            return try piece(want, offset, name: blob.raw, replica) { .blob(blob, offset: $0) }
        case .file(let want, let offset):
            return try piece(want, offset, name: want.commitment.raw, replica) { .file(want, offset: $0) }
        }
        return nil
    }

    /// One piece; the next comes after it: the receiver holds one that is not whole.
    private mutating func piece(
        _ want: Message.Want, _ offset: UInt64, name: Bytes32, _ replica: some SyncReplica,
        next: (UInt64) -> Job
    ) throws -> [UInt8] {
        guard let piece = try replica.piece(for: want, offset: offset), !piece.bytes.isEmpty else {
            return Message.piece(Message.Piece(name: name, offset: 0, total: 0, bytes: [])).encoded
        }
        let end = offset + UInt64(piece.bytes.count)
        if end < piece.total { jobs.prepend(next(end)) }
        return Message.piece(piece).encoded
    }

    /// Reads and encodes the next page of the dossier that is being sent, and forgets the dossier after the last.
    private mutating func readPage(_ replica: some SyncReplica) throws {
        guard var run else { return }
        self.run = nil
        if let page = run.page {
            let (rows, next) = try replica.changes(
                of: run.dossier, from: page, byteCount: Self.changePageByteCount)
            // Logs that came after the peer had asked are the peer's own, or go with the next connection.
            let lacking = rows.filter { row in run.starts.map { row.seq >= $0[row.device] ?? .max } ?? true }
            if run.sent.isEmpty, !lacking.isEmpty { summary.sentDossierCount += 1 }
            summary.sentChangeCount += lacking.count
            run.sent.formUnion(lacking.map(\.id))
            run.page = next
            for batch in Self.packed(lacking.map(\.bytes), limit: SyncLimits.changeCountInFrame) {
                ready.append(Message.changes(run.dossier, batch).encoded)
            }
            self.run = run
            return
        }
        if run.sent.isEmpty { return }
        let (openings, next) = try replica.openings(
            of: run.dossier, in: run.sent, from: run.openingPage, byteCount: Self.openingPageByteCount)
        for batch in Self.packed(openings, limit: SyncLimits.openingCountInFrame) {
            ready.append(Message.openings(run.dossier, batch).encoded)
        }
        guard let next else { return }
        run.openingPage = next
        self.run = run
    }
}
