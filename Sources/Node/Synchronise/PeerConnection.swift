import Envelope
import NIOCore
import Registry
import Sodium
import Store
import Sync
import Transport

/// One connection from handshake to close.
struct PeerConnection {
    let replica: Replica
    let key: ChannelKey
    let network: NetworkID
    let role: Session.Role
    let recorder: FrameRecorder?
    /// Told when the peer's identity has been judged; false where the connection's place was taken meanwhile.
    let admitted: @Sendable (UnitID) -> Bool

    func run(_ connection: Connection) async throws -> SyncReport {
        try await connection.executeThenClose { inbound, outbound in
            var events = inbound.makeAsyncIterator()
            guard case .established(let hash)? = try await events.next() else { throw PeerFailure.closed }
            let (peer, identity) = try await identify(hash, &events, outbound)
            guard admitted(peer) else { throw TransportFailure.displaced }
            try replica.syncMark()
            let driver = SyncDriver(
                replica: replica, own: key.unit, peer: peer, identity: identity, network: network,
                session: Session(role: role, handshakeHash: hash))
            return try await exchange(driver, &events, outbound, connection.channel)
        }
    }

    private typealias Events = NIOAsyncChannelInboundStream<TransportEvent>.AsyncIterator
    private typealias Outbound = NIOAsyncChannelOutboundWriter<[UInt8]>

    /// Identities inside the channel: the initiator speaks first; nothing is answered to a stranger.
    private func identify(
        _ hash: [UInt8], _ events: inout Events, _ outbound: Outbound
    ) async throws -> (UnitID, Identity) {
        let proof = try replica.certificateProof(key.certificate)
        func own(_ peer: EntryID?) throws -> [[UInt8]] {
            let identity = try Identification.compose(
                role: role, handshakeHash: hash, certificate: key.certificate, peer: peer,
                proofCount: proof?.count ?? 0, network: network, kid: key.signer.publicKey,
                sign: { try key.signer.sign($0) })
            return [identity] + ProofFrames.encode(proof ?? [])
        }
        let other: Session.Role = role == .initiator ? .responder : .initiator
        if role == .initiator { try await outbound.write(contentsOf: try own(nil)) }
        guard case .frame(let frame)? = try await events.next() else {
            throw proof == nil ? PeerFailure.proofTooLong : PeerFailure.closed
        }
        let (identity, frames) = try await read(frame, from: other, hash, &events)
        let (unit, admitted) = try replica.admit(identity, proof: frames.entries)
        if role == .initiator {
            guard identity.peer == key.certificate else { throw PeerFailure.otherPeer }
        } else {
            try await outbound.write(contentsOf: try own(identity.certificate))
        }
        return (unit, admitted)
    }

    /// An identity, and the entries that it says will follow.
    private func read(
        _ frame: [UInt8], from other: Session.Role, _ hash: [UInt8], _ events: inout Events
    ) async throws -> (Identity, ProofFrames) {
        do {
            let identity = try Identification.check(frame, from: other, handshakeHash: hash, network: network)
            var frames = ProofFrames(count: identity.proofCount)
            while !frames.isComplete {
                guard case .frame(let frame)? = try await events.next() else { throw PeerFailure.closed }
                try frames.take(frame)
            }
            return (identity, frames)
        } catch let violation as Violation { throw PeerFailure.violation(violation) }
    }

    /// A reader and a writer that wait for each other only through the session.
    private func exchange(
        _ driver: SyncDriver, _ events: inout Events, _ outbound: Outbound, _ channel: any Channel
    ) async throws -> SyncReport {
        let (wakeups, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let recorder = recorder
        let writer = Task {
            do { return try await Self.write(driver, wakeups, outbound, recorder) } catch {
                // The reader does not wait for a peer to whom nothing is said any more.
                channel.close(promise: nil)
                throw error
            }
        }
        var receivedByteCount = 0
        do {
            if role == .initiator {
                try await driver.start()
                wake.yield()
            }
            while await !driver.isClosed {
                guard let event = try await events.next() else { throw PeerFailure.closed }
                guard case .frame(let frame) = event else { throw PeerFailure.closed }
                recorder?.note(frame, isSent: false)
                receivedByteCount += frame.count + 18
                try await driver.receive(frame)
                wake.yield()
            }
        } catch {
            writer.cancel()
            wake.finish()
            if case PeerFailure.closed = error, case .failure(let cause) = await writer.result,
                !(cause is CancellationError), !(cause is ChannelError)
            {
                throw cause
            }
            throw error
        }
        wake.yield()
        wake.finish()
        var report = await driver.report
        report.sentByteCount = try await writer.value
        report.receivedByteCount = receivedByteCount
        return report
    }

    /// Sends what there is to send whenever the reader says that there may be something; gives the bytes on the wire.
    private static func write(
        _ driver: SyncDriver, _ wakeups: AsyncStream<Void>, _ outbound: Outbound, _ recorder: FrameRecorder?
    ) async throws -> Int {
        var byteCount = 0
        for await _ in wakeups {
            while true {
                let frames = try await driver.nextFrames()
                if frames.isEmpty { break }
                for frame in frames {
                    recorder?.note(frame, isSent: true)
                    byteCount += frame.count + 18
                }
                try await outbound.write(contentsOf: frames)
            }
        }
        return byteCount
    }
}
