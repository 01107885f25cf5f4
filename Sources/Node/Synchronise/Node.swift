import Envelope
package import Logging
import NIOCore
import Store
import Sync
import Synchronization
package import Transport

/// Connects replicas: dials a peer, or listens for them.
package struct Node: Sendable {
    package let replica: Replica
    let key: ChannelKey
    private let network: NetworkID
    private let limits: TransportLimits

    package init(replica: Replica, key: ChannelKey, limits: TransportLimits = .standard) throws {
        self.replica = replica
        self.key = key
        self.limits = limits
        guard let network = try replica.current(.own).identity.network else { throw NodeFailure.noNetwork }
        self.network = network
    }

    /// Further connections of one synchronisation, where roots still differ and something was moved: the two halves of
    /// a fork are found one from each side (Protocol 6 §4).
    private static let furtherConnectionCountMax = 2

    /// Synchronises with a peer at `host:port`.
    package func synchronise(
        host: String, port: Int, recorder: FrameRecorder? = nil, progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> SyncReport {
        try replica.syncMark()
        try replica.refoldSlow()
        var report = try await connect(host: host, port: port, recorder: recorder)
        var moved = report.acceptedChangeCount + report.sentChangeCount
        for _ in 0..<Self.furtherConnectionCountMax where !report.areEqual && moved > 0 {
            let later = try await connect(host: host, port: port, recorder: recorder)
            moved = later.acceptedChangeCount + later.sentChangeCount
            report.add(later)
        }
        try replica.refold(progress: progress)
        let unit = report.peer
        try await replica.store.write(async: { try $0.notePeer("\(host):\(port)", unit: unit, at: Clock.now) })
        report.markFault = try replica.markFault()
        report.reserve = try replica.reserve()
        try replica.store.settle()
        return report
    }

    private func connect(host: String, port: Int, recorder: FrameRecorder?) async throws -> SyncReport {
        let connection = try await Transport.dial(
            host: host, port: port, prologue: Identification.prologue(network: network), limits: limits)
        let peer = PeerConnection(
            replica: replica, key: key, network: network, role: .initiator, recorder: recorder
        ) { _ in
            Transport.identified(connection)
            return true
        }
        do {
            return try await peer.run(connection)
        } catch {
            // Batches of a connection that broke are stored all the same.
            try? await replica.scrub(async: ())
            throw error
        }
    }

    /// Answers peers until the task is cancelled. `ready` gets the port.
    package func serve(
        host: String, port: Int, recorder: FrameRecorder? = nil, logger: Logger,
        ready: @Sendable (Int) -> Void
    ) async throws {
        try replica.syncMark()
        let listener = Listener(
            prologue: Identification.prologue(network: network), limits: limits
        ) { connection, guest in
            await answer(connection, guest, recorder, logger)
        }
        try await withTaskCancellationHandler {
            try await listener.run(host: host, port: port) { bound in
                ready(bound)
                // What a process left that was killed.
                try replica.refold()
            }
        } onCancel: {
            listener.stop()
        }
    }

    /// One connection from its acceptance to its end; whatever fails in it is said, and ends nothing else.
    private func answer(
        _ connection: Connection, _ guest: Guest, _ recorder: FrameRecorder?, _ logger: Logger
    ) async {
        let peer = PeerConnection(
            replica: replica, key: key, network: network, role: .responder, recorder: recorder
        ) { guest.identified(as: $0.raw) }
        do {
            let report = try await peer.run(connection)
            try replica.refold()
            try replica.store.settle()
            if let fault = try replica.markFault() {
                logger.warning("this replica may not sign", metadata: ["reason": "\(fault)"])
            }
            logger.info(
                "synchronised",
                metadata: [
                    "unit": "\(report.peer.map { String($0.hex.prefix(8)) } ?? "")",
                    "received": "\(report.acceptedChangeCount)", "sent": "\(report.sentChangeCount)",
                ])
        } catch {
            logger.notice("connection ended", metadata: ["reason": "\(error)"])
        }
        // A stranger changed nothing here, and costs nothing after it is gone.
        guard guest.wasIdentified else { return }
        do { try await replica.scrubInTime() } catch {
            logger.warning("erasure not finished", metadata: ["reason": "\(error)"])
        }
    }
}
