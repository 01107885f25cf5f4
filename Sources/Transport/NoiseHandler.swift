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
    /// The peer said nothing for so long.
    case idle(seconds: Int64)
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

    /// How long the handshake and the peer's identity may take (Protocol 8 §5).
    static let handshakeTimeout = TimeAmount.seconds(5)

    /// A peer that says nothing for so long is given up.
    static let idleTimeout = TimeAmount.seconds(60)

    private var phase: Phase
    private var lastRead = NIODeadline.distantPast
    private var watch: RepeatedTask?
    private var hasIdentity = false
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

    init(isInitiator: Bool, prologue: [UInt8]) {
        self.prologue = prologue
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
        deadline = context.eventLoop.scheduleTask(in: Self.handshakeTimeout) {
            bound.value.handler.expire(bound.value.context)
        }
        guard case .initiating = phase else { return }
        guard let ephemeral = AgreementKey(secret: SecretBytes(random: 32)) else { return }
        let box = InitiatorBox(Initiator(prologue: prologue, ephemeral: ephemeral))
        initiator = box
        writeFrame(box.start(), context, promise: nil)
        context.flush()
    }

    private func expire(_ context: ChannelHandlerContext) {
        if !hasIdentity { fail(TransportFailure.handshakeTimeout, context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = .now()
        var buffer = unwrapInboundIn(data)
        received.writeBuffer(&buffer)
        do {
            while let frame = nextFrame() { try take(frame, context) }
            received.discardReadBytes()
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
            // The first frame is the peer's identity: until it is here the handshake is not over.
            deadline?.cancel()
            hasIdentity = true
            context.fireChannelRead(wrapInboundOut(.frame(plaintext)))
        case .closed: break
        }
    }

    private func establish(_ session: NoiseSession, _ context: ChannelHandlerContext) {
        self.session = session
        initiator = nil
        phase = .open
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(15), delay: .seconds(15)) { _ in
            let (handler, context) = bound.value
            guard .now() - handler.lastRead > Self.idleTimeout else { return }
            handler.fail(TransportFailure.idle(seconds: 60), context)
        }
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
            writeFrame(sealed, context, promise: promise)
        } catch {
            promise?.fail(error)
            fail(error, context)
        }
    }

    private func writeFrame(_ frame: [UInt8], _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        var buffer = context.channel.allocator.buffer(capacity: frame.count + 2)
        buffer.writeInteger(UInt16(truncatingIfNeeded: frame.count))
        buffer.writeBytes(frame)
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
        phase = .closed
        session = nil
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }
}
