import Envelope
import Logging
import NIOCore
import Node
import Sodium
import Store
import Sync
import TestSupport
import Testing
import Transport

/// A service and those who only hold its places, over real sockets.
@Suite(.serialized) struct ServeTests {
    /// Opens a connection, shakes hands, says nothing more, and gives how it ended.
    static func beSilent(_ port: Int, _ network: NetworkID) async throws {
        let connection = try await Transport.dial(
            host: "127.0.0.1", port: port, prologue: Identification.prologue(network: network))
        try await connection.executeThenClose { inbound, _ in
            var events = inbound.makeAsyncIterator()
            while let event = try? await events.next() {
                if case .frame = event { throw TestFailure.setUp("a stranger was answered") }
            }
        }
    }

    @Test func strangersWhoSayNothingStopNobody() async throws {
        let city = try TestCity()
        _ = try city.open()
        let network = try #require(try city.hub.replica.current().identity.network)
        try await serving(city.hub) { port in
            try await withThrowingTaskGroup { group in
                for _ in 0..<100 { group.addTask { try await Self.beSilent(port, network) } }
                // All but sixteen are displaced as they come; while those hold their places, peers are served.
                for _ in 0..<(100 - Admission.strangerCountMax) { try await group.next() }
                for _ in 0..<3 {
                    let report = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
                    #expect(report.areEqual)
                }
                try await group.waitForAll()
            }
            #expect(try await city.opd.channel().synchronise(host: "127.0.0.1", port: port).areEqual)
        }
    }

    /// Ending the service while connections arrive, and are open, ends it in order: nothing is dropped unfinished.
    @Test(arguments: 0..<8) func isEndedInOrderWhileConnectionsCome(round: Int) async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        let node = try city.hub.channel()
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let service = Task {
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            try await node.serve(host: "127.0.0.1", port: 0, logger: logger) { port.yield($0) }
        }
        var bound = ports.makeAsyncIterator()
        let number = try #require(await bound.next())
        await withTaskGroup { group in
            for place in 0..<40 {
                group.addTask { try? await Self.beSilent(number, network) }
                if place == round * 5 { service.cancel() }
            }
        }
        try await service.value
    }

    /// The service asks a quiet peer whether it lives, keeps it while it answers, and lets it go when it does not.
    @Test func aQuietPeerIsKeptWhileItAnswersAndNoLonger() async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        var limits = TransportLimits()
        limits.quiet = .milliseconds(20)
        limits.silence = .seconds(2)
        let peers = BadPeerTests()
        let identity = try peers.identity(
            city.opd, "node", certificate: try peers.certificate(city.opd, "node"), proof: [], network: network)
        // The peer becomes known to a service with the usual times.
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
        }
        try await serving(city.hub, limits: limits) { port in
            var patient = TransportLimits()
            patient.identity = .seconds(60)
            let connection = try await Transport.dial(
                host: "127.0.0.1", port: port, prologue: Identification.prologue(network: network), limits: patient)
            try await connection.executeThenClose { inbound, outbound in
                var events = inbound.makeAsyncIterator()
                guard case .established(let hash)? = try await events.next() else {
                    throw TestFailure.setUp("handshake")
                }
                for frame in try identity(hash) { try await outbound.write(frame) }
                // Its identity and what proves it.
                for _ in 0..<2 {
                    guard case .frame? = try await events.next() else { throw TestFailure.setUp("identity") }
                }
                // Longer than the limit of silence, in questions; nothing else is said.
                for _ in 0..<120 {
                    guard case .frame([17])? = try await events.next() else { throw TestFailure.setUp("ping") }
                    try await outbound.write([18])
                }
                var unanswered = 0
                while case .frame([17])?? = try? await events.next() { unanswered += 1 }
                #expect(unanswered > 0)
            }
        }
    }

    @Test func aFloodOfPingsEndsTheConnection() async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        let peers = BadPeerTests()
        let identity = try peers.identity(
            city.opd, "node", certificate: try peers.certificate(city.opd, "node"), proof: [], network: network)
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
            let answers = try await peers.converse(
                port, network: network, identity: identity, frames: Array(repeating: [17], count: 200))
            // Its identity with its proof, and the answers to the few that are allowed; one may wait for several.
            #expect((2...7).contains(answers.count) && answers.dropFirst(2).allSatisfy { $0 == [18] })
        }
    }
}
