import NIOCore
import Noise
import Sodium

/// What a connection delivers.
package enum TransportEvent: Sendable {
    /// The handshake is over; the hash binds identities and short ids to it.
    case established(handshakeHash: [UInt8])
    /// A decrypted frame.
    case frame([UInt8])
}

package enum TransportFailure: Error, Equatable, Sendable {
    case handshakeTimeout
    case closedDuringHandshake
    case badFrame(String)
    /// The peer's handshake does not fit: it is of another network, or speaks another version.
    case otherNetworkOrVersion
    case cannotConnect(String)
    /// The peer gave no sign of life for so long.
    case idle(seconds: Int64)
    /// A frame that had begun did not become whole in time.
    case slowFrame(seconds: Int64)
    case tooManyPings
    case unaskedPong
    /// Others needed the place of this connection.
    case displaced
    case stopping
}

/// Frames (2-byte big-endian length), the handshake and the ciphers of one connection. The only place where bytes of
/// the wire are touched; ends the connection at the first fault without an answer (Protocol 5 §1).
final class NoiseHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = TransportEvent
    typealias OutboundIn = [UInt8]
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case initiating
        case awaitingFirst
        case open
        case closed
    }

    private static let ping: UInt8 = 17
    private static let pong: UInt8 = 18

    private var phase: Phase
    private let limits: TransportLimits
    private let arrived: (SocketAddress?) -> Void
    private var liveness: Liveness
    private var watch: RepeatedTask?
    private var isIdentified = false
    /// A PING or PONG that the line has not taken yet: no second one is put behind it.
    private var isKeepaliveWaiting = false
    private let prologue: [UInt8]
    private var initiator: InitiatorBox?
    private var session: NoiseSession?
    private var received = ByteBuffer()
    private var deadline: Scheduled<Void>?

    /// A noncopyable value cannot be an optional property that is consumed in place; the box hands it out once.
    private final class InitiatorBox {
        private var value: Initiator?

        init(_ value: consuming Initiator) {
            self.value = consume value
        }

        func start() -> [UInt8] { value?.start() ?? [] }

        func finish(_ message: [UInt8]) throws(NoiseFailure) -> NoiseSession {
            var taken: Initiator?
            swap(&taken, &value)
            guard let initiator = taken.take() else { throw .decryption }
            return try initiator.finish(message)
        }
    }

    init(
        isInitiator: Bool, prologue: [UInt8], limits: TransportLimits, arrived: @escaping (SocketAddress?) -> Void
    ) {
        self.prologue = prologue
        self.limits = limits
        self.arrived = arrived
        liveness = Liveness(limits: limits, at: .now())
        phase = isInitiator ? .initiating : .awaitingFirst
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard deadline == nil else { return }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: limits.identity) {
            bound.value.handler.expire(bound.value.context)
        }
        arrived(context.remoteAddress)
        guard case .initiating = phase else { return }
        guard let ephemeral = AgreementKey(secret: SecretBytes(random: 32)) else { return }
        let box = InitiatorBox(Initiator(prologue: prologue, ephemeral: ephemeral))
        initiator = box
        writeFrame(box.start(), context, promise: nil)
        context.flush()
    }

    private func expire(_ context: ChannelHandlerContext) {
        if !isIdentified { fail(TransportFailure.handshakeTimeout, context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .closed else { return }
        var buffer = unwrapInboundIn(data)
        received.writeBuffer(&buffer)
        do {
            while let frame = nextFrame() {
                liveness.heard(at: .now())
                try take(frame, context)
            }
            received.discardReadBytes()
            if received.readableBytes > 0 { liveness.heardPart(at: .now()) }
        } catch {
            fail(error, context)
        }
    }

    /// A whole frame, when one is there. Its length is at most 65,535 by its two bytes.
    private func nextFrame() -> [UInt8]? {
        guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
            received.readableBytes >= 2 + Int(length)
        else { return nil }
        received.moveReaderIndex(forwardBy: 2)
        return received.readBytes(length: Int(length))
    }

    private func take(_ frame: [UInt8], _ context: ChannelHandlerContext) throws {
        switch phase {
        case .initiating:
            guard let box = initiator, frame.count == NoiseNN.secondByteCount else {
                throw TransportFailure.badFrame("handshake")
            }
            let session: NoiseSession
            do { session = try box.finish(frame) } catch NoiseFailure.decryption {
                // The prologue is the first that enters the hash: network and version.
                throw TransportFailure.otherNetworkOrVersion
            }
            establish(session, context)
        case .awaitingFirst:
            guard frame.count == NoiseNN.firstByteCount else { throw TransportFailure.badFrame("handshake") }
            guard let ephemeral = AgreementKey(secret: SecretBytes(random: 32)) else {
                throw TransportFailure.badFrame("key")
            }
            let (reply, session) = try Responder.answer(frame, prologue: prologue, ephemeral: ephemeral)
            writeFrame(reply, context, promise: nil)
            context.flush()
            establish(session, context)
        case .open:
            guard var session else { throw TransportFailure.badFrame("no session") }
            let plaintext = try session.receiving.open(frame)
            self.session = session
            if isIdentified, try takeKeepalive(plaintext, context) { return }
            context.fireChannelRead(wrapInboundOut(.frame(plaintext)))
        case .closed: break
        }
    }

    private func establish(_ session: NoiseSession, _ context: ChannelHandlerContext) {
        self.session = session
        initiator = nil
        phase = .open
        context.fireChannelRead(wrapInboundOut(.established(handshakeHash: session.handshakeHash)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard var session else {
            promise?.fail(TransportFailure.closedDuringHandshake)
            return
        }
        do {
            let sealed = try session.sending.seal(unwrapOutboundIn(data))
            self.session = session
            let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            taken.futureResult.whenSuccess { bound.value.liveness.taken(at: .now()) }
            writeFrame(sealed, context, promise: taken)
        } catch {
            promise?.fail(error)
            fail(error, context)
        }
    }

    private func writeFrame(_ frame: [UInt8], _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        var buffer = context.channel.allocator.buffer(capacity: frame.count + 2)
        buffer.writeInteger(UInt16(truncatingIfNeeded: frame.count))
        buffer.writeBytes(frame)
        liveness.sent(at: .now())
        context.write(wrapOutboundOut(buffer), promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        watch?.cancel()
        phase = .closed
        context.fireChannelInactive()
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        guard phase != .closed else { return }
        watch?.cancel()
        deadline?.cancel()
        phase = .closed
        session = nil
        received.clear()
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }
}

// MARK: Liveness

extension NoiseHandler {
    func read(context: ChannelHandlerContext) {
        liveness.resumeReading(at: .now())
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // The next read is asked for, before this returns, by whoever has room for it.
        liveness.pauseReading(at: .now())
        context.fireChannelReadComplete()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event as? TransportCommand {
        case .identified?:
            identified(context)
            promise?.succeed()
        case .displace?:
            fail(TransportFailure.displaced, context)
            promise?.succeed()
        case nil: context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    /// The peer is known: its deadline ends, and from now on the two keep each other informed that they live.
    private func identified(_ context: ChannelHandlerContext) {
        guard phase == .open, !isIdentified else { return }
        isIdentified = true
        deadline?.cancel()
        liveness = Liveness(limits: limits, at: .now())
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let period = TimeAmount.nanoseconds(max(1, min(limits.quiet, limits.silence, limits.frame).nanoseconds / 4))
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
            bound.value.handler.look(bound.value.context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        switch liveness.verdict(at: .now()) {
        case .isWell: break
        case .owesPing: sendKeepalive(Self.ping, context)
        case .isSilent: fail(TransportFailure.idle(seconds: limits.silence.seconds), context)
        case .isSlow: fail(TransportFailure.slowFrame(seconds: limits.frame.seconds), context)
        }
    }

    /// Answers and keeps to itself what only says that the peer lives.
    private func takeKeepalive(_ frame: [UInt8], _ context: ChannelHandlerContext) throws -> Bool {
        switch frame {
        case [Self.ping]:
            guard liveness.takePing(at: .now()) else { throw TransportFailure.tooManyPings }
            sendKeepalive(Self.pong, context)
            return true
        case [Self.pong]:
            guard liveness.takePong() else { throw TransportFailure.unaskedPong }
            return true
        default: return false
        }
    }

    private func sendKeepalive(_ kind: UInt8, _ context: ChannelHandlerContext) {
        guard !isKeepaliveWaiting, var session else { return }
        do {
            let sealed = try session.sending.seal([kind])
            self.session = session
            isKeepaliveWaiting = true
            if kind == Self.ping { liveness.sentPing() }
            let promise = context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            promise.futureResult.whenComplete { _ in bound.value.isKeepaliveWaiting = false }
            writeFrame(sealed, context, promise: promise)
            context.flush()
        } catch { fail(error, context) }
    }
}

extension TimeAmount {
    fileprivate var seconds: Int64 { nanoseconds / 1_000_000_000 }
}
