package import NIOCore
import NIOPosix
import Noise

/// One authenticated-to-be byte channel: events in, frames out, with back-pressure both ways.
package typealias Connection = NIOAsyncChannel<TransportEvent, [UInt8]>

/// TCP to framed, encrypted messages. Knows nothing of what they say.
package enum Transport {
    /// Events and frames that may wait in memory each way.
    private static let watermarks = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
        lowWatermark: 4, highWatermark: 16)

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
