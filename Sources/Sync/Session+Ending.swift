import Envelope
import Sodium

/// What a want names: each is answered once in an exchange.
struct WantKey: Hashable {
    let dossier: DossierID
    let name: Bytes32
    let isFile: Bool

    init(_ want: Message.Want) {
        dossier = want.dossier
        name = want.blob?.raw ?? want.commitment.raw
        isFile = want.offset != nil
    }
}

/// What is still missing, and the end (Protocol 6 §4).
extension Session {
    /// Goes on to the next phase where this side has nothing left to do in one.
    mutating func advance(_ replica: some SyncReplica) throws {
        if phase == .changes, hasSentChangesEnd, hasReceivedChangesEnd {
            phase = .wants
            try sendWants(replica)
        }
        let hasAll = openOpenings == 0 && openPieces.isEmpty
        if phase == .wants, hasAll, !hasSentWantsEnd {
            hasSentWantsEnd = true
            send(.wantsEnd)
        }
        if phase == .wants, hasSentWantsEnd, hasReceivedWantsEnd, jobs.isEmpty {
            phase = .closing
            let (root, count) = try root(replica)
            closingRoot = root
            send(.close(root: root, count: UInt64(count)))
            hasSentClose = true
        }
    }

    private mutating func sendWants(_ replica: some SyncReplica) throws {
        var sent: Set<WantKey> = []
        for want in try replica.wants(limit: SyncLimits.wantCountMax).prefix(SyncLimits.wantCountMax)
        where sent.insert(WantKey(want)).inserted {
            if want.offset == nil && want.blob == nil {
                openOpenings += 1
            } else {
                // Pieces are known by name: of two places with the same one, the second waits for the next exchange.
                let name = want.blob?.raw ?? want.commitment.raw
                guard openPieces[name] == nil else { continue }
                openPieces[name] = want.offset ?? 0
            }
            send(.want(want))
        }
    }

    mutating func receive(_ want: Message.Want) throws {
        guard hasSentChangesEnd, hasReceivedChangesEnd, !hasReceivedWantsEnd else {
            throw Violation.outOfTurn("want")
        }
        guard answeredWants.insert(WantKey(want)).inserted else { throw Violation.unasked("want") }
        try Self.bound(answeredWants.count, SyncLimits.wantCountMax, "wants")
        if let blob = want.blob {
            jobs.append(.blob(blob, offset: 0))
        } else if let offset = want.offset {
            jobs.append(.file(want, offset: offset))
        } else {
            outgoing.append(.opening(want))
        }
    }

    /// A piece of something that this side wants, the next one of it; one without bytes is an empty file, or says that
    /// it is not to be had: the hash tells.
    mutating func receive(_ piece: Message.Piece) throws -> [SyncEffect] {
        guard let expected = openPieces[piece.name] else { throw Violation.unasked("piece") }
        if piece.total == 0 {
            openPieces[piece.name] = nil
            return [.piece(piece)] + answered()
        }
        guard piece.offset == expected else { throw Violation.badValue(field: "piece") }
        let end = piece.offset + UInt64(piece.bytes.count)
        openPieces[piece.name] = end < piece.total ? end : nil
        return [.piece(piece)] + (end < piece.total ? [] : answered())
    }

    /// One thing less to wait for. What was wanted is stored before this side says that it has all.
    func answered() -> [SyncEffect] { openOpenings == 0 && openPieces.isEmpty ? [.flush] : [] }

    mutating func receiveClose(
        _ root: Bytes32, _ count: UInt64, _ replica: some SyncReplica
    ) throws -> [SyncEffect] {
        guard hasSentWantsEnd, hasReceivedWantsEnd else { throw Violation.outOfTurn("close") }
        try advance(replica)
        guard hasSentClose else { throw Violation.outOfTurn("close") }
        return finish(areEqual: root == closingRoot)
    }
}
