import Envelope
import Sodium

/// Pieces of published definitions and calendars during REGISTRY: one after the other, each whole and once.
struct BlobArrival {
    private var name: Bytes32?
    private var offset: UInt64 = 0
    private var taken: Set<Bytes32> = []

    mutating func take(_ piece: Message.Piece) throws(Violation) {
        guard piece.total > 0, piece.total <= UInt64(SyncLimits.blobByteCountMax) else {
            throw .badValue(field: "piece")
        }
        if name == nil {
            guard taken.insert(piece.name).inserted else { throw .unasked("piece") }
            (name, offset) = (piece.name, 0)
        }
        guard name == piece.name, piece.offset == offset else { throw .badValue(field: "piece") }
        offset += UInt64(piece.bytes.count)
        if offset == piece.total { name = nil }
    }

    var isWhole: Bool { name == nil }
}

/// What each side lacks of the registry (Protocol 6 §3): tips, then entries, names and blobs, each list ended once.
extension Session {
    mutating func sendTips(_ replica: some SyncReplica) throws {
        // Fewer tips only bring entries that are here already.
        let tips = try replica.registryTips().prefix(SyncLimits.tipCountMax)
        for start in stride(from: 0, to: tips.count, by: SyncLimits.tipCountInFrame) {
            send(.registryTips(Array(tips.dropFirst(start).prefix(SyncLimits.tipCountInFrame))))
        }
        send(.registryTips([]))
    }

    /// The names that the peer lacks and this side holds.
    func namesForPeer(_ replica: some SyncReplica) throws -> [[UInt8]] {
        if namesAskedFor.isEmpty { return [] }
        return try replica.names(among: namesAskedFor, short: { short($0.raw) })
    }

    mutating func receiveRegistry(
        _ message: Message, _ replica: some SyncReplica
    ) throws -> [SyncEffect] {
        if case .registryTips(let tips) = message { return try receive(tips: tips, replica) }
        guard hasSentEntries else { throw Violation.outOfTurn("entries before tips") }
        guard !hasReceivedEntries else { throw Violation.outOfTurn("registry has ended") }
        switch message {
        case .registryEntries(let entries) where !entries.isEmpty:
            receivedEntryCount += entries.count
            try Self.bound(receivedEntryCount, SyncLimits.entryCountMax, "entries")
            return [.registry(entries)]
        case .registryEntries:
            guard blobs.isWhole else { throw Violation.outOfTurn("entries end") }
            hasReceivedEntries = true
            phase = .questions
            return [.flush]
        case .openings(let dossier, let names):
            guard dossier.raw == .zero, !names.isEmpty else { throw Violation.badValue(field: "names") }
            receivedNameCount += names.count
            try Self.bound(receivedNameCount, SyncLimits.nameCountMax, "names")
            return [.names(names)]
        case .piece(let piece):
            try blobs.take(piece)
            return [.piece(piece)]
        default: throw Violation.outOfTurn("registry expected")
        }
    }

    private mutating func receive(tips: [EntryID], _ replica: some SyncReplica) throws -> [SyncEffect] {
        guard !hasSentEntries else { throw Violation.outOfTurn("tips") }
        receivedTips += tips
        try Self.bound(receivedTips.count, SyncLimits.tipCountMax, "tips")
        guard tips.isEmpty else { return [] }
        let (entries, names, blobs) = try replica.registryEntries(beyond: receivedTips)
        receivedTips = []
        let limit = SyncLimits.changeCountInFrame
        for batch in Self.packed(Array(entries.prefix(SyncLimits.entryCountMax)), limit: limit) {
            send(.registryEntries(batch))
        }
        let allNames = (try namesForPeer(replica) + names).prefix(SyncLimits.nameCountMax)
        for batch in Self.packed(Array(allNames), limit: SyncLimits.openingCountInFrame) {
            send(.openings(DossierID(.zero), batch))
        }
        // Definitions go before the dossiers that name them; one whose entry is sent twice goes once.
        var sent: Set<BlobID> = []
        for blob in blobs where sent.insert(blob).inserted { outgoing.append(.blob(blob, offset: 0)) }
        send(.registryEntries([]))
        hasSentEntries = true
        return []
    }

    static func bound(_ count: Int, _ limit: Int, _ field: String) throws(Violation) {
        guard count <= limit else { throw .tooMany(field: field, count: count, limit: limit) }
    }

    /// Items in lists that fit a frame.
    static func packed(_ items: [[UInt8]], limit: Int) -> [[[UInt8]]] {
        var batches: [[[UInt8]]] = []
        var batch: [[UInt8]] = []
        var byteCount = 0
        for item in items {
            let isFull = byteCount + item.count + 16 > SyncLimits.frameByteCountMax - 64
            if isFull || batch.count == limit, !batch.isEmpty {
                batches.append(batch)
                (batch, byteCount) = ([], 0)
            }
            batch.append(item)
            byteCount += item.count + 5
        }
        if !batch.isEmpty { batches.append(batch) }
        return batches
    }
}
