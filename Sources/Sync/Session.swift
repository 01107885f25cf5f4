import CBOR
import Envelope
import Sodium

/// One side of one exchange (Protocol 6 §4), sans-IO: frames in, effects and frames out.
///
/// **Turns for questions, streams for data.** Questions (tree cuts, leaves, vectors, needs) are asked in turns that end
/// with `questionsEnd`; two empty turns in a row end them, and their number is bounded. Change sets, openings and
/// pieces flow whenever there is room, so neither side waits while it has something to send. Nothing about a peer is
/// remembered from one connection to the next.
///
/// **Bounded by what this side sent.** A message is legitimate only as an answer to one of this side's, once; what waits
/// to be sent are small items, encoded when there is room. So memory is bounded by the own scope, and each leaf, node
/// and dossier is looked at a bounded number of times.
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
    package internal(set) var summary = SyncSummary()

    // MARK: What waits to be sent

    /// In this order, before any data.
    var outgoing = Queue<Outgoing>()
    var jobs = Queue<Job>()
    /// The dossier that is being sent.
    var run: Run?
    /// Encoded frames of one page.
    var ready = Queue<[UInt8]>()

    // MARK: Scope

    var tree = ScopeTree([])
    var loadedVersion: Int?
    /// Dossiers that this exchange is without: what this side does not take, and what the peer does not, by short id.
    /// Fixed by the two HELLOs, so that both sides speak of the same set to the end.
    var leftOutHere: Set<DossierID> = []
    var leftOutThere: Set<UInt64> = []
    /// What was done about each leaf of the tree.
    var leaves: [LeafState] = []

    // MARK: Opening and registry

    var peerCount: UInt64 = 0
    /// Short ids of the names that the peer lacks.
    var namesAskedFor: Set<UInt64> = []
    var receivedTips: [EntryID] = []
    var hasSentEntries = false
    var hasReceivedEntries = false
    var receivedEntryCount = 0
    var receivedNameCount = 0
    var blobs = BlobArrival()

    // MARK: Questions

    var hasBegunQuestions = false
    var sentCuts: Set<Prefix> = []
    /// Nodes that the peer has asked about.
    var answeredNodes: Set<Prefix> = []
    /// Leaves that this side listed, by short id: the peer may need them or ask for their logs.
    var listed: [UInt64: Int] = [:]
    /// Leaves whose logs this side asked for.
    var questioned: [UInt64: Int] = [:]
    var lastSentTurnWasEmpty = false
    var lastReceivedTurnWasEmpty = false
    var receivedQuestions = 0
    var askedThisTurn = 0

    // MARK: Changes

    var hasSentChangesEnd = false
    var hasReceivedChangesEnd = false
    /// The dossier whose change sets are arriving, and those that came before it.
    var arriving: DossierID?
    var arrived: Set<DossierID> = []

    // MARK: Wants and closing

    /// Openings that this side wants and has no answer to.
    var openOpenings = 0
    /// Files and blobs that this side wants, by name, with the offset of the next piece.
    var openPieces: [Bytes32: UInt64] = [:]
    var answeredWants: Set<WantKey> = []
    var hasSentWantsEnd = false
    var hasReceivedWantsEnd = false
    var hasSentClose = false
    var closingRoot = Bytes32.zero

    package init(role: Role, handshakeHash: [UInt8]) {
        self.role = role
        key = Array(handshakeHash.prefix(32))
    }

    package var isClosed: Bool { phase == .closed }

    func short(_ bytes: [UInt8]) -> UInt64 {
        Blake2b.hash(bytes, personal: Personal("mufakat short"), key: key).prefix64
    }

    func short(_ value: Bytes32) -> UInt64 { short(value.bytes) }

    mutating func send(_ message: Message) { outgoing.append(.message(message)) }

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
        let scope = try replica.scope()
        tree = ScopeTree(sorted: isWhole ? scope : scope.filter { !isLeftOut($0.dossier) })
    }

    /// Neither side leaves anything out.
    private var isWhole: Bool { leftOutHere.isEmpty && leftOutThere.isEmpty }

    private func isLeftOut(_ dossier: DossierID) -> Bool {
        leftOutHere.contains(dossier) || (!leftOutThere.isEmpty && leftOutThere.contains(short(dossier.raw)))
    }

    /// Root and count, without the tree where they are known.
    mutating func root(_ replica: some SyncReplica) throws -> (root: Bytes32, count: Int) {
        if isWhole, let known = try replica.knownRoot() { return known }
        try loadScope(replica)
        let root = tree.root
        if isWhole { try replica.remember(root: root, count: tree.entries.count) }
        return (root, tree.entries.count)
    }

    mutating func hello(_ replica: some SyncReplica) throws -> Message.Hello {
        let leftOut = try replica.leftOut(limit: SyncLimits.leftOutCountMax)
        leftOutHere = Set(leftOut)
        noteLeftOut()
        let (root, count) = try root(replica)
        var tips: [UInt8] = []
        for tip in try replica.registryTips().sorted() { tips += tip.bytes }
        return Message.Hello(
            registryDigest: short(tips), root: root, count: UInt64(count),
            isMissingOpenings: try replica.isMissingOpenings(),
            missingNames: try replica.missingNames(limit: SyncLimits.missingNameCountMax).map { short($0.raw) },
            leftOut: leftOut.map { short($0.raw) })
    }

    private mutating func noteLeftOut() {
        summary.leftOutHereCount = leftOutHere.count
        summary.leftOutThereCount = leftOutThere.subtracting(leftOutHere.map { short($0.raw) }).count
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
        leftOutThere = Set(peer.leftOut)
        loadedVersion = nil
        noteLeftOut()
        if role == .responder {
            let own = try hello(replica)
            // Of what only this side leaves out the peer has not heard yet.
            let isNothingToDo =
                own.root == peer.root && own.registryDigest == peer.registryDigest
                && leftOutThere.isSuperset(of: own.leftOut)
            if isNothingToDo, !own.isMissingOpenings, !peer.isMissingOpenings, try namesForPeer(replica).isEmpty {
                send(.equal)
                return finish(areEqual: true)
            }
            send(.hello(own))
        }
        phase = .registry
        try sendTips(replica)
        return []
    }

    mutating func finish(areEqual: Bool) -> [SyncEffect] {
        phase = .closed
        summary.areEqual = areEqual
        return [.finished(summary)]
    }

    /// After a flush: the initiator asks the first question, and what could not go on goes on.
    package mutating func continueAfterFlush(_ replica: some SyncReplica) throws {
        if phase == .questions, !hasBegunQuestions { try beginQuestions(replica) }
        try advance(replica)
    }

    // MARK: Bodies

    mutating func receiveBody(
        _ message: Message, _ replica: some SyncReplica
    ) throws -> [SyncEffect] {
        switch message {
        case .tree, .leaves, .need, .vectors, .questionsEnd:
            guard phase == .questions, hasBegunQuestions else { throw Violation.outOfTurn("question") }
            try receiveQuestion(message, replica)
            return []
        case .changes(let dossier, let envelopes):
            guard !hasReceivedChangesEnd else { throw Violation.outOfTurn("changes") }
            try arrive(dossier)
            summary.receivedChangeCount += envelopes.count
            return [.changes(dossier, envelopes)]
        case .openings(let dossier, let openings): return try receiveOpenings(dossier, openings)
        case .changesEnd:
            guard phase == .changes, !hasReceivedChangesEnd else { throw Violation.outOfTurn("changes end") }
            hasReceivedChangesEnd = true
            return [.flush]
        case .want(let want):
            try receive(want)
            return []
        case .piece(let piece): return try receive(piece)
        case .wantsEnd:
            guard hasReceivedChangesEnd, hasSentChangesEnd, !hasReceivedWantsEnd else {
                throw Violation.outOfTurn("wants end")
            }
            hasReceivedWantsEnd = true
            return [.flush]
        case .close(let root, let count):
            return try receiveClose(root, count, replica)
        default: throw Violation.outOfTurn("message")
        }
    }

    /// The change sets of a dossier come in one row, and the openings of their texts after them.
    private mutating func arrive(_ dossier: DossierID) throws {
        if arriving == dossier { return }
        guard arrived.insert(dossier).inserted else { throw Violation.unasked("changes") }
        arriving = dossier
    }

    private mutating func receiveOpenings(_ dossier: DossierID, _ openings: [[UInt8]]) throws -> [SyncEffect] {
        if hasReceivedChangesEnd {
            // An answer to a WANT; an empty one says that it is not to be had.
            guard openOpenings > 0, openings.count <= 1 else { throw Violation.unasked("openings") }
            openOpenings -= 1
            let effect: SyncEffect = dossier.raw == .zero ? .names(openings) : .openings(dossier, openings)
            return (openings.isEmpty ? [] : [effect]) + answered()
        }
        guard arriving == dossier, !openings.isEmpty else { throw Violation.unasked("openings") }
        return [.openings(dossier, openings)]
    }
}
