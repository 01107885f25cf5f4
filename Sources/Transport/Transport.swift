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

    private static func configure(
        _ channel: any Channel, isInitiator: Bool, prologue: [UInt8]
    ) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                NoiseHandler(isInitiator: isInitiator, prologue: prologue))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: watermarks))
        }
    }

    package static func dial(host: String, port: Int, prologue: [UInt8]) async throws -> Connection {
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(5))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_rcvbuf), value: receiveBufferByteCount)
                .connect(host: host, port: port) { channel in
                    configure(channel, isInitiator: true, prologue: prologue)
                }
        } catch {
            throw TransportFailure.cannotConnect("\(host):\(port)")
        }
    }

    /// Listens; port 0 lets the system choose. The address bound to is in `channel.localAddress`.
    package static func listen(
        host: String, port: Int, prologue: [UInt8]
    ) async throws -> NIOAsyncChannel<Connection, Never> {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: port) { channel in
                configure(channel, isInitiator: false, prologue: prologue)
            }
    }
}

extension EventLoopGroup where Self == MultiThreadedEventLoopGroup {
    static var singletonMultiThreadedEventLoopGroup: MultiThreadedEventLoopGroup { .singleton }
}
