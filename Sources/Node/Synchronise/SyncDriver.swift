import Dispatch
package import Envelope
import NIOCore
import Registry
import Sodium
import Store
import Sync
import Transport

/// What a synchronisation did, for people and `--json`.
package struct SyncReport: Sendable {
    package var peer: UnitID?
    package var areEqual = false
    /// Dossiers that this replica left out of the exchange, and further ones that only the peer did.
    package var leftOutHereCount = 0
    package var leftOutThereCount = 0
    package var receivedChangeCount = 0
    package var acceptedChangeCount = 0
    package var verifiedSignatureCount = 0
    package var sentChangeCount = 0
    package var receivedOpeningCount = 0
    package var receivedFileCount = 0
    package var receivedByteCount = 0
    package var sentByteCount = 0
    package var turnCount = 0
    package var refusals: [String] = []
    /// What is wrong with this replica's own mark, as far as this synchronisation showed: it may not sign.
    package var markFault: MarkFault?
    /// What this replica has not taken, or not yet.
    package var reserve = Reserve()

    /// Adds what a further connection of the same synchronisation did.
    mutating func add(_ later: SyncReport) {
        areEqual = later.areEqual
        leftOutHereCount = later.leftOutHereCount
        leftOutThereCount = later.leftOutThereCount
        receivedChangeCount += later.receivedChangeCount
        acceptedChangeCount += later.acceptedChangeCount
        verifiedSignatureCount += later.verifiedSignatureCount
        sentChangeCount += later.sentChangeCount
        receivedOpeningCount += later.receivedOpeningCount
        receivedFileCount += later.receivedFileCount
        receivedByteCount += later.receivedByteCount
        sentByteCount += later.sentByteCount
        turnCount += later.turnCount
        refusals = Array((refusals + later.refusals).prefix(100))
    }
}

/// Runs one session over one connection: hands frames in, carries effects out, keeps both directions moving.
///
/// Signatures are checked on all cores while frames still arrive; one batch is being stored while the next is filled,
/// so memory holds two batches at most and the socket is read no faster than that.
actor SyncDriver {
    private let replica: Replica
    private let reader: ScopeReader
    private let network: NetworkID
    private let identity: Identity
    private var session: Session
    private var pending: [PendingArrival] = []
    private var pendingByteCount = 0
    private var storing: Task<IngestResult, any Error>?
    private var isFlushing = false
    /// Dossiers that this connection left marked, to be folded outside the lock.
    private var slow = MarkedDossiers.none
    private var hasUnjudged = false
    /// Names of the registry that came, and are not stored.
    private var names: [Opening] = []
    private var nameByteCount = 0
    /// A definition or calendar that is not whole yet; they come one after the other.
    private var blob: (name: Bytes32, bytes: [UInt8])?
    private var refusalCount = 0
    private(set) var report = SyncReport()

    private enum PendingArrival: Sendable {
        case changes(Task<CheckedChanges, Never>)
        case openings(DossierID, [[UInt8]])
    }

    /// Bytes of one transaction.
    private static let batchByteCount = 192 << 10
    /// Of names that one connection brings.
    private static let nameByteCountMax = 1 << 20
    static let sendByteCount = 256 << 10

    init(
        replica: Replica, own: UnitID, peer: UnitID, identity: Identity, network: NetworkID, session: Session
    ) {
        self.replica = replica
        self.identity = identity
        self.network = network
        self.session = session
        reader = ScopeReader(replica: replica, own: own, peer: peer)
        report.peer = peer
    }

    var isClosed: Bool { session.isClosed }

    func start() throws { try session.start(reader) }

    func nextFrames() throws -> [[UInt8]] {
        if isFlushing { return [] }
        try checkPeer()
        // What another process signed meanwhile may be among them.
        try replica.syncMark()
        return try session.nextFrames(reader, byteBudget: Self.sendByteCount)
    }

    /// The peer is judged again whenever it is given or sends something: by what this replica knows now, whoever it
    /// was learnt from (Protocol 5 §2).
    private func checkPeer() throws { try replica.judge(identity) }

    func receive(_ frame: [UInt8]) async throws {
        try checkPeer()
        do {
            let effects = try session.receive(frame, from: reader)
            // What the session says after a flush is not said before it, whatever is waited for meanwhile.
            if effects.contains(where: { if case .flush = $0 { true } else { false } }) { isFlushing = true }
            for effect in effects { try await perform(effect) }
        } catch let violation as Violation { throw PeerFailure.violation(violation) }
    }

    private func perform(_ effect: SyncEffect) async throws {
        switch effect {
        case .registry(let entries):
            let arrived = try await replica.ingest(entries: entries, blobs: [], from: identity)
            slow.formUnion(arrived.marked)
            try note(refusals: arrived.reasons, count: arrived.refusedCount)
        case .names(let items): note(names: items)
        case .changes(let dossier, let envelopes):
            let network = network
            // Checked while the next frames arrive; ends by itself, so nobody has to cancel it.
            let task = Task.detached { CheckedChanges.check(envelopes, dossier: dossier, network: network) }
            try await note(.changes(task), byteCount: envelopes.reduce(0) { $0 + $1.count })
        case .openings(let dossier, let items):
            try await note(.openings(dossier, items), byteCount: items.reduce(0) { $0 + $1.count })
        case .piece(let piece): try await take(piece)
        case .flush:
            isFlushing = true
            try await storePending()
            try await finishStoring()
            try await settle()
            if !names.isEmpty { names = try await replica.ingest(names: names, from: identity) }
            isFlushing = false
            try session.continueAfterFlush(reader)
        case .finished(let summary):
            report.areEqual = summary.areEqual
            report.leftOutHereCount = summary.leftOutHereCount
            report.leftOutThereCount = summary.leftOutThereCount
            report.turnCount = summary.turnCount
            report.sentChangeCount = summary.sentChangeCount
            report.receivedChangeCount = summary.receivedChangeCount
        }
    }

    /// Keeps names until the dossiers are stored that may open them to this unit; what is too much is asked for by the
    /// next connection.
    private func note(names items: [[UInt8]]) {
        for item in items where nameByteCount + item.count <= Self.nameByteCountMax {
            nameByteCount += item.count
            names += Replica.decode(names: [item])
        }
    }

    /// What was put off while batches were stored: slow folds of what came in this connection, dossiers that may turn
    /// out to be of the scope, and the cleaning of the disk, whose failure is left to the next command.
    private func settle() async throws {
        let (replica, slow, peer) = (replica, slow, Sender(unit: reader.peer, key: identity.kid))
        if !slow.isEmpty || hasUnjudged {
            let hasUnjudged = hasUnjudged
            (self.slow, self.hasUnjudged) = (.none, false)
            try await Self.onOwnThread {
                if hasUnjudged { try replica.judgeApart(from: peer) }
                try replica.refoldSlow(only: slow)
            }
        }
        try? await replica.scrubInTime()
    }

    /// A slow fold must not keep a thread of the tasks from other connections.
    private static func onOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }

    private func note(_ arrival: PendingArrival, byteCount: Int) async throws {
        pending.append(arrival)
        pendingByteCount += byteCount
        if pendingByteCount >= Self.batchByteCount { try await storePending() }
    }

    /// Begins to store what is pending, after the batch before it.
    private func storePending() async throws {
        try await finishStoring()
        guard !pending.isEmpty else { return }
        let batch = pending
        pending = []
        pendingByteCount = 0
        let (replica, identity) = (replica, identity)
        storing = Task {
            var arrivals: [Arrival] = []
            for item in batch {
                switch item {
                case .changes(let task): arrivals.append(.changes(await task.value))
                case .openings(let dossier, let items): arrivals.append(.openings(dossier, items))
                }
            }
            return try await replica.ingest(arrivals, from: identity)
        }
    }

    private func finishStoring() async throws {
        guard let task = storing else { return }
        storing = nil
        let result = try await task.value
        report.acceptedChangeCount += result.acceptedCount
        report.verifiedSignatureCount += result.verifiedCount
        report.receivedOpeningCount += result.openingCount
        slow.formUnion(.some(result.slow))
        hasUnjudged = hasUnjudged || result.hasUnjudged
        try note(refusals: result.refusals, count: result.refusalCount)
    }

    /// Tells what was refused, and ends an exchange that brings too much of it.
    private func note(refusals: [String], count: Int) throws {
        report.refusals = Array((report.refusals + refusals).prefix(100))
        refusalCount += count
        guard refusalCount <= SyncLimits.refusalCountMax else {
            throw PeerFailure.violation(
                .tooMany(field: "refusals", count: refusalCount, limit: SyncLimits.refusalCountMax))
        }
    }

    /// A piece of a published blob, or of a file that was asked for.
    private func take(_ piece: Message.Piece) async throws {
        if try await takeBlob(piece) { return }
        try await storePending()
        try await finishStoring()
        if try reader.take(piece) { report.receivedFileCount += 1 }
    }

    /// Definitions and calendars are small and come in order.
    private func takeBlob(_ piece: Message.Piece) async throws -> Bool {
        guard try replica.isPublished(BlobID(piece.name)) else { return false }
        var bytes = blob?.bytes ?? []
        guard blob == nil || blob?.name == piece.name, piece.offset == UInt64(bytes.count),
            piece.total <= UInt64(SyncLimits.blobByteCountMax)
        else { throw PeerFailure.violation(.badValue(field: "piece")) }
        blob = nil
        bytes += piece.bytes
        if UInt64(bytes.count) < piece.total {
            blob = (piece.name, bytes)
        } else {
            try await replica.ingest(entries: [], blobs: [bytes], from: identity)
        }
        return true
    }
}

extension Replica {
    func isPublished(_ blob: BlobID) throws -> Bool { try current(.own).registry.isPublished(blob) }
}

extension Registry {
    /// Whether an entry publishes these bytes as a definition or calendar.
    func isPublished(_ blob: BlobID) -> Bool {
        for id in publishedDefinitions + publishedCalendars {
            switch entry(id)?.body {
            case .publishDefinition(let publication)?, .publishCalendar(let publication)?:
                if publication.blob == blob { return true }
            default: continue
            }
        }
        return false
    }
}
