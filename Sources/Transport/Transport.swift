package import NIOCore
import NIOPosix
import Noise

/// One authenticated-to-be byte channel: events in, frames out, with back-pressure both ways.
package typealias Connection = NIOAsyncChannel<TransportEvent, [UInt8]>

/// TCP to framed, encrypted messages. Knows nothing of what they say.
package enum Transport {
    /// Frames that may wait in memory each way. Few: what a killed process had read and not stored comes twice.
    private static let watermarks = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
        lowWatermark: 2, highWatermark: 4)

    /// Bytes that the kernel may hold for us, for the same reason.
    private static let receiveBufferByteCount: ChannelOptions.Types.SocketOption.Value = 131_072

    /// Wraps a channel on its loop. The wrapper traps when it is dropped without having been run to its end: whoever calls
    /// this hands it to `executeThenClose` in any case.
    static func configure(
        _ channel: any Channel, isInitiator: Bool, prologue: [UInt8], limits: TransportLimits,
        arrived: @escaping (SocketAddress?) -> Void = { _ in }
    ) throws -> Connection {
        try channel.pipeline.syncOperations.addHandler(
            NoiseHandler(isInitiator: isInitiator, prologue: prologue, limits: limits, arrived: arrived))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(backPressureStrategy: watermarks))
    }

    package static func dial(
        host: String, port: Int, prologue: [UInt8], limits: TransportLimits = .standard
    ) async throws -> Connection {
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(5))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_rcvbuf), value: receiveBufferByteCount)
                .connect(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try configure(channel, isInitiator: true, prologue: prologue, limits: limits)
                    }
                }
        } catch {
            throw TransportFailure.cannotConnect("\(host):\(port)")
        }
    }

    /// Says that the identity of the peer that was dialled has been judged: the deadline for it is over.
    package static func identified(_ connection: Connection) {
        connection.channel.triggerUserOutboundEvent(TransportCommand.identified, promise: nil)
    }
}

extension EventLoopGroup where Self == MultiThreadedEventLoopGroup {
    static var singletonMultiThreadedEventLoopGroup: MultiThreadedEventLoopGroup { .singleton }
}
