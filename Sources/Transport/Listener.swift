import NIOCore
import NIOPosix
package import Sodium
import Synchronization

/// A listening socket and the connections that came by it. Each is run to its end in a task of its own, from the moment
/// it is accepted, whatever becomes of it; a fault of one, or of the listening socket, ends no other.
package final class Listener: Sendable {
    private struct State {
        var admission = Admission()
        var channels: [Int: any Channel] = [:]
        var lastNumber = 0
        var isStopping = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let prologue: [UInt8]
    private let limits: TransportLimits
    private let body: @Sendable (Connection, Guest) async -> Void

    package init(
        prologue: [UInt8], limits: TransportLimits, body: @escaping @Sendable (Connection, Guest) async -> Void
    ) {
        self.prologue = prologue
        self.limits = limits
        self.body = body
    }

    /// Serves until ``stop()``; `ready` gets the port. A listening socket that the system closes is opened again.
    package func run(host: String, port: Int, ready: @Sendable (Int) async throws -> Void) async throws {
        var channel = try await bind(host: host, port: port)
        let port = channel.localAddress?.port ?? port
        do { try await ready(port) } catch {
            stop()
            await finish(channel)
            throw error
        }
        while true {
            watch(channel)
            try? await channel.closeFuture.get()
            if state.withLock({ $0.isStopping }) { break }
            try? await Task.sleep(for: .seconds(1))
            if let again = try? await bind(host: host, port: port) { channel = again }
        }
        await finish(channel)
    }

    /// Keeps the listening channel where ``stop()`` finds it.
    private func watch(_ channel: any Channel) {
        let isStopping = state.withLock { state in
            state.channels[Self.listening] = channel
            return state.isStopping
        }
        if isStopping { channel.close(promise: nil) }
    }

    private static let listening = -1

    /// Ends: no connection is taken any more, and those that are open are closed.
    package func stop() {
        let channels = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func finish(_ channel: any Channel) async {
        channel.close(promise: nil)
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                state.channels[Self.listening] = nil
                if state.channels.isEmpty { return true }
                state.waiting = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    fileprivate func identified(_ number: Int, as unit: Bytes32) -> Bool {
        let (isHere, channel, displaced) = state.withLock { state in
            let (isHere, displaced) = state.admission.identify(number, as: unit)
            return (isHere, state.channels[number], displaced.flatMap { state.channels[$0] })
        }
        displaced?.triggerUserOutboundEvent(TransportCommand.displace, promise: nil)
        if isHere { channel?.triggerUserOutboundEvent(TransportCommand.identified, promise: nil) }
        return isHere
    }

    private func bind(host: String, port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                // Where descriptors are too few, the next accept waits a second.
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(host: host, port: port).get()
    }

    /// On the channel's loop. From the wrapping on, the connection belongs to the task that runs it to its end.
    private func accept(_ channel: any Channel) throws {
        let number = try state.withLock { state in
            if state.isStopping { throw TransportFailure.stopping }
            state.lastNumber += 1
            state.channels[state.lastNumber] = channel
            return state.lastNumber
        }
        let connection: Connection
        do {
            connection = try Transport.configure(
                channel, isInitiator: false, prologue: prologue, limits: limits
            ) { self.arrive(number, from: $0) }
        } catch {
            leave(number)
            throw error
        }
        Task {
            await body(connection, Guest(number: number, listener: self))
            leave(number)
        }
    }

    /// When the channel is active and its peer's address known.
    private func arrive(_ number: Int, from address: SocketAddress?) {
        let (displaced, stopped) = state.withLock { state -> ((any Channel)?, (any Channel)?) in
            guard let channel = state.channels[number] else { return (nil, nil) }
            if state.isStopping { return (nil, channel) }
            let other = state.admission.arrive(number, from: Self.group(address))
            return (other.flatMap { state.channels[$0] }, nil)
        }
        displaced?.triggerUserOutboundEvent(TransportCommand.displace, promise: nil)
        stopped?.close(promise: nil)
    }

    private func leave(_ number: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.admission.leave(number)
            state.channels[number] = nil
            guard state.channels.isEmpty, let waiting = state.waiting else { return nil }
            state.waiting = nil
            return waiting
        }
        waiting?.resume()
    }

    /// What a stranger is counted by: an IPv4 address, also one within IPv6, or the first 64 bits of an IPv6 address.
    private static func group(_ address: SocketAddress?) -> [UInt8] {
        guard let address else { return [] }
        // The address follows family and port, in IPv6 also the flow.
        let bytes = unsafe address.withSockAddr { pointer, count in
            unsafe Array(UnsafeRawBufferPointer(start: pointer, count: count))
        }
        switch address.protocol {
        case .inet: return Array(bytes.dropFirst(4).prefix(4))
        case .inet6: return group(ofIPv6: Array(bytes.dropFirst(8).prefix(16)))
        default: return []
        }
    }

    package static func group(ofIPv6 bytes: [UInt8]) -> [UInt8] {
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes.dropFirst(10).prefix(2) == [255, 255]
        return Array(isMapped ? bytes.suffix(4) : bytes.prefix(8))
    }
}

/// A connection that came by a listener.
package final class Guest: Sendable {
    private let number: Int
    private let listener: Listener
    private let known = Mutex(false)

    fileprivate init(number: Int, listener: Listener) {
        self.number = number
        self.listener = listener
    }

    package var wasIdentified: Bool { known.withLock { $0 } }

    /// Says that the peer's identity was judged; false where its place was taken from it meanwhile.
    package func identified(as unit: Bytes32) -> Bool {
        known.withLock { $0 = true }
        return listener.identified(number, as: unit)
    }
}

/// What Node tells the edge of a connection.
enum TransportCommand: Sendable {
    case identified
    case displace
}
