import CBOR
import Envelope
import Sodium

/// One side of one synchronisation (Protocol 6 §4), sans-IO: frames in, effects and frames out.
///
/// **Turns for questions, streams for data.** Questions (tree cuts, leaves, vectors, needs) are asked in turns that end
/// with `questionsEnd`; two empty turns in a row end them, and their number is bounded. Change sets, openings and
/// pieces flow whenever there is room, so neither side waits while it has something to send. Nothing about a peer is
/// remembered from one connection to the next.
package struct Session {
    package enum Role: Sendable { case initiator, responder }

    enum Phase: Equatable {
        case awaitingHello
        case registry
        case questions
        case changes
        case wants
        case closing
        case closed
    }

    let role: Role
    /// The handshake hash: nobody can grind short ids before it exists.
    let key: [UInt8]
    var phase = Phase.awaitingHello
    var control: [[UInt8]] = []
    var jobs: [Job] = []
    var tree = ScopeTree([])
    var byShortID: [UInt64: DossierID] = [:]
    var peerCount: UInt64 = 0
    /// Short ids of the names that the peer lacks.
    var namesAskedFor: Set<UInt64> = []
    var hasSentEntries = false
    var hasReceivedEntries = false
    var lastSentTurnWasEmpty = false
    var lastReceivedTurnWasEmpty = false
    var receivedQuestions = 0
    var askedThisTurn = 0
    var hasSentChangesEnd = false
    var hasReceivedChangesEnd = false
    var openWants = 0
    var hasSentWantsEnd = false
    var hasReceivedWantsEnd = false
    var hasSentClose = false
    var closingRoot = Bytes32.zero
    var pendingVectors: [DossierID] = []
    var loadedVersion: Int?
    package internal(set) var summary = SyncSummary()

    /// Data to send, loaded only when there is room for it.
    enum Job {
        case whole(DossierID)
        case beyond(DossierID, [UInt64: (count: UInt64, tip: UInt64)])
        case blob(BlobID, offset: UInt64)
        case file(Message.Want, offset: UInt64)
    }

    package init(role: Role, handshakeHash: [UInt8]) {
        self.role = role
        key = Array(handshakeHash.prefix(32))
    }

    package var isClosed: Bool { phase == .closed }

    func short(_ bytes: [UInt8]) -> UInt64 {
        Blake2b.hash(bytes, personal: Personal("mufakat short"), key: key).prefix64
    }

    func short(_ value: Bytes32) -> UInt64 { short(value.bytes) }

    mutating func send(_ message: Message) { control.append(message.encoded) }

    // MARK: Opening

    /// The initiator speaks first.
    package mutating func start(_ replica: some SyncReplica) throws {
        precondition(role == .initiator, "only the initiator starts")
        send(.hello(try hello(replica)))
    }

    mutating func loadScope(_ replica: some SyncReplica) throws {
        let version = try replica.scopeVersion()
        if version == loadedVersion { return }
        loadedVersion = version
        tree = ScopeTree(sorted: try replica.scope())
    }

    /// Root and count, without the tree where they are known.
    mutating func root(_ replica: some SyncReplica) throws -> (root: Bytes32, count: Int) {
        if let known = try replica.knownRoot() { return known }
        try loadScope(replica)
        let root = tree.root
        try replica.remember(root: root, count: tree.entries.count)
        return (root, tree.entries.count)
    }

    mutating func hello(_ replica: some SyncReplica) throws -> Message.Hello {
        let (root, count) = try root(replica)
        var tips: [UInt8] = []
        for tip in try replica.registryTips().sorted() { tips += tip.bytes }
        return Message.Hello(
            registryDigest: short(tips), root: root, count: UInt64(count),
            isMissingOpenings: try replica.isMissingOpenings(),
            missingNames: try replica.missingNames(limit: SyncLimits.missingNameCountMax).map { short($0.raw) })
    }

    /// Takes one frame. The effects are carried out in order before the next.
    package mutating func receive(_ frame: [UInt8], from replica: some SyncReplica) throws -> [SyncEffect] {
        let message = try Message.decode(frame)
        switch phase {
        case .awaitingHello: return try receiveHello(message, replica)
        case .registry: return try receiveRegistry(message, replica)
        case .questions, .changes, .wants, .closing: return try receiveBody(message, replica)
        case .closed: throw Violation.outOfTurn("closed")
        }
    }

    mutating func receiveHello(
        _ message: Message, _ replica: some SyncReplica
    ) throws -> [SyncEffect] {
        if case .equal = message, role == .initiator { return finish(areEqual: true) }
        guard case .hello(let peer) = message else { throw Violation.outOfTurn("hello expected") }
        peerCount = peer.count
        namesAskedFor = Set(peer.missingNames)
        if role == .responder {
            let own = try hello(replica)
            let isNothingToDo = own.root == peer.root && own.registryDigest == peer.registryDigest
            if isNothingToDo, !own.isMissingOpenings, !peer.isMissingOpenings, try namesForPeer(replica).isEmpty {
                send(.equal)
                return finish(areEqual: true)
            }
            send(.hello(own))
        }
        phase = .registry
        send(.registryTips(try replica.registryTips()))
        return []
    }

    /// The names that the peer lacks and this side holds.
    func namesForPeer(_ replica: some SyncReplica) throws -> [[UInt8]] {
        if namesAskedFor.isEmpty { return [] }
        return try replica.names(among: namesAskedFor, short: { short($0.raw) })
    }

    mutating func finish(areEqual: Bool) -> [SyncEffect] {
        phase = .closed
        summary.areEqual = areEqual
        return [.finished(summary)]
    }

    mutating func receiveRegistry(
        _ message: Message, _ replica: some SyncReplica
    ) throws -> [SyncEffect] {
        switch message {
        case .registryTips(let tips):
            guard !hasSentEntries else { throw Violation.outOfTurn("tips") }
            let (entries, names, blobs) = try replica.registryEntries(beyond: tips)
            for batch in Self.packed(entries) { send(.registryEntries(batch)) }
            for batch in Self.packed(names + (try namesForPeer(replica))) { send(.openings(DossierID(.zero), batch)) }
            for blob in blobs { try sendBlob(blob, replica) }
            send(.registryEntries([]))
            hasSentEntries = true
        case .registryEntries(let entries) where !entries.isEmpty: return [.registry(entries)]
        case .registryEntries:
            hasReceivedEntries = true
            guard hasSentEntries else { throw Violation.outOfTurn("entries before tips") }
        case .openings(_, let names): return [.names(names)]
        case .piece(let piece): return [.piece(piece)]
        default: throw Violation.outOfTurn("registry expected")
        }
        guard hasSentEntries, hasReceivedEntries else { return [] }
        phase = .questions
        return [.flush]
    }

    /// Definitions go before the dossiers that name them.
    mutating func sendBlob(_ blob: BlobID, _ replica: some SyncReplica) throws {
        let want = Message.Want(
            dossier: DossierID(.zero), commitment: Commitment(.zero), offset: nil, blob: blob)
        var offset: UInt64 = 0
        while let piece = try replica.piece(for: want, offset: offset) {
            send(.piece(piece))
            offset += UInt64(piece.bytes.count)
            if piece.bytes.isEmpty || offset >= piece.total { break }
        }
    }

    /// After a flush that ended the registry phase: the initiator asks the first question.
    package mutating func continueAfterFlush(_ replica: some SyncReplica) throws {
        switch phase {
        case .questions where summary.turnCount == 0 && askedThisTurn == 0 && !lastSentTurnWasEmpty:
            try loadScope(replica)
            byShortID = Dictionary(
                tree.entries.map { (short($0.dossier.raw), $0.dossier) }, uniquingKeysWith: { first, _ in first })
            if role == .initiator {
                askFirst()
                endTurn()
            }
        default: break
        }
        try advance(replica)
    }

    // MARK: Bodies

    mutating func receiveBody(
        _ message: Message, _ replica: some SyncReplica
    ) throws -> [SyncEffect] {
        switch message {
        case .tree, .leaves, .need, .vectors, .questionsEnd:
            guard phase == .questions else { throw Violation.outOfTurn("question") }
            try receiveQuestion(message, replica)
            return []
        case .changes(let dossier, let envelopes):
            guard !hasReceivedChangesEnd else { throw Violation.outOfTurn("changes") }
            summary.receivedChangeCount += envelopes.count
            return [.changes(dossier, envelopes)]
        case .openings(let dossier, let openings):
            let effect: SyncEffect = dossier.raw == .zero ? .names(openings) : .openings(dossier, openings)
            let effects = openings.isEmpty ? [] : [effect]
            return hasReceivedChangesEnd ? effects + answered() : effects
        case .changesEnd:
            hasReceivedChangesEnd = true
            return [.flush]
        case .want(let want):
            try answer(want, replica)
            return []
        case .piece(let piece):
            let isLast = piece.offset + UInt64(piece.bytes.count) >= piece.total
            // One without bytes is an empty file, or says that there is nothing: the hash tells.
            return [.piece(piece)] + (isLast ? answered() : [])
        case .wantsEnd:
            hasReceivedWantsEnd = true
            return [.flush]
        case .close(let root, let count):
            return try receiveClose(root, count, replica)
        default: throw Violation.outOfTurn("message")
        }
    }

    /// One thing less to wait for. What was wanted is stored before this side says that it has all.
    private mutating func answered() -> [SyncEffect] {
        openWants -= 1
        return openWants == 0 ? [.flush] : []
    }

    mutating func receiveQuestion(_ message: Message, _ replica: some SyncReplica) throws {
        switch message {
        case .tree(let cuts):
            receivedQuestions += 1
            try receiveTree(cuts)
        case .leaves(let lists):
            receivedQuestions += 1
            try receiveLeaves(lists)
        case .need(let ids):
            receivedQuestions += 1
            for id in ids {
                guard let dossier = byShortID[id] else { throw Violation.badValue(field: "need") }
                jobs.append(.whole(dossier))
            }
        case .vectors(let vectors):
            receivedQuestions += 1
            try receiveVectors(vectors, replica)
        default: try receiveTurnEnd(replica)
        }
    }

    mutating func receiveTurnEnd(_ replica: some SyncReplica) throws {
        lastReceivedTurnWasEmpty = receivedQuestions == 0
        receivedQuestions = 0
        guard summary.turnCount < SyncLimits.roundCountMax else { throw Violation.noProgress }
        try askVectors(replica)
        if !(lastReceivedTurnWasEmpty && lastSentTurnWasEmpty && askedThisTurn == 0) { endTurn() }
        if lastReceivedTurnWasEmpty && lastSentTurnWasEmpty { phase = .changes }
    }

    mutating func answer(_ want: Message.Want, _ replica: some SyncReplica) throws {
        if let blob = want.blob {
            jobs.append(.blob(blob, offset: 0))
        } else if let offset = want.offset {
            jobs.append(.file(want, offset: offset))
        } else {
            send(.openings(want.dossier, try replica.opening(for: want).map { [$0] } ?? []))
        }
    }

    // MARK: Ending

    /// Goes on to the next phase where this side has nothing left to do in one.
    mutating func advance(_ replica: some SyncReplica) throws {
        if phase == .changes, hasSentChangesEnd, hasReceivedChangesEnd {
            phase = .wants
            let wants = try replica.wants(limit: SyncLimits.wantCountMax)
            openWants = wants.count
            for want in wants { send(.want(want)) }
        }
        if phase == .wants, openWants <= 0, !hasSentWantsEnd {
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

    mutating func receiveClose(
        _ root: Bytes32, _ count: UInt64, _ replica: some SyncReplica
    ) throws -> [SyncEffect] {
        guard hasSentWantsEnd, hasReceivedWantsEnd else { throw Violation.outOfTurn("close") }
        try advance(replica)
        guard hasSentClose else { throw Violation.outOfTurn("close") }
        return finish(areEqual: root == closingRoot)
    }

    // MARK: Sending

    /// Frames to send now: control first, then data up to about a budget. Empty when there is nothing.
    package mutating func nextFrames(_ replica: some SyncReplica, byteBudget: Int) throws -> [[UInt8]] {
        try advance(replica)
        var frames = control
        control = []
        var byteCount = frames.reduce(0) { $0 + $1.count }
        while byteCount < byteBudget, let job = jobs.first {
            jobs.removeFirst()
            for frame in try run(job, replica) {
                frames.append(frame)
                byteCount += frame.count
            }
        }
        if phase == .changes, jobs.isEmpty, !hasSentChangesEnd {
            hasSentChangesEnd = true
            frames.append(Message.changesEnd.encoded)
            try advance(replica)
            frames += control
            control = []
        }
        return frames
    }

    mutating func run(_ job: Job, _ replica: some SyncReplica) throws -> [[UInt8]] {
        switch job {
        case .whole(let dossier): return try frames(dossier, try replica.changes(of: dossier), replica)
        case .beyond(let dossier, let logs):
            return try frames(dossier, beyond(logs, try replica.changes(of: dossier)), replica)
        case .blob(let blob, let offset):
            let want = Message.Want(
                dossier: DossierID(.zero), commitment: Commitment(.zero), offset: nil, blob: blob)
            return try pieceFrames(want, offset, name: blob.raw, replica) { .blob(blob, offset: $0) }
        case .file(let want, let offset):
            return try pieceFrames(want, offset, name: want.commitment.raw, replica) { .file(want, offset: $0) }
        }
    }

    mutating func pieceFrames(
        _ want: Message.Want, _ offset: UInt64, name: Bytes32, _ replica: some SyncReplica,
        next: (UInt64) -> Job
    ) throws -> [[UInt8]] {
        guard let piece = try replica.piece(for: want, offset: offset) else {
            return [Message.piece(Message.Piece(name: name, offset: 0, total: 0, bytes: [])).encoded]
        }
        let end = offset + UInt64(piece.bytes.count)
        if end < piece.total && !piece.bytes.isEmpty { jobs.insert(next(end), at: 0) }
        return [Message.piece(piece).encoded]
    }

    /// What a peer with these logs lacks. A tip that is not ours at that seq is a fork: then the whole log goes.
    func beyond(_ logs: [UInt64: (count: UInt64, tip: UInt64)], _ rows: [ChangeRow]) -> [ChangeRow] {
        var byDevice: [PublicKey: (isFork: Bool, from: UInt64)] = [:]
        for row in rows where byDevice[row.device] == nil {
            guard let log = logs[short(row.device.bytes)] else {
                byDevice[row.device] = (false, 0)
                continue
            }
            let own = rows.filter { $0.device == row.device }
            let atTip = own.filter { $0.seq + 1 == log.count }
            let hasFork = Set(own.map(\.seq)).count != own.count
            let isFork = hasFork || (!atTip.isEmpty && !atTip.contains { short($0.id.raw) == log.tip })
            byDevice[row.device] = (isFork, isFork ? 0 : log.count)
        }
        return rows.filter { row in (byDevice[row.device]?.from ?? 0) <= row.seq }
    }

    mutating func frames(
        _ dossier: DossierID, _ rows: [ChangeRow], _ replica: some SyncReplica
    ) throws -> [[UInt8]] {
        guard !rows.isEmpty else { return [] }
        summary.sentChangeCount += rows.count
        summary.sentDossierCount += 1
        var frames = Self.packed(rows.map(\.bytes)).map { Message.changes(dossier, $0).encoded }
        let openings = try replica.openings(of: dossier, in: Set(rows.map(\.id)))
        if !openings.isEmpty {
            frames += Self.packed(openings).map { Message.openings(dossier, $0).encoded }
        }
        return frames
    }

    /// Items in lists that fit a frame.
    static func packed(_ items: [[UInt8]]) -> [[[UInt8]]] {
        var batches: [[[UInt8]]] = []
        var batch: [[UInt8]] = []
        var byteCount = 0
        for item in items {
            if byteCount + item.count + 16 > SyncLimits.frameByteCountMax - 64, !batch.isEmpty {
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
