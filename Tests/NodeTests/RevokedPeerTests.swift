import CBOR
import Envelope
import History
import NIOCore
import Node
import Registry
import Sodium
import Store
import Sync
import TestSupport
import Testing
import Transport

/// A device that is revoked: refused when it comes, and cut off where it is connected already (Protocol 5 §2).
@Suite(.serialized) struct RevokedPeerTests {
    func certificate(_ office: TestOffice, _ key: String) throws -> EntryID {
        let file = try office.replica.keys.file(key)
        return try #require(try office.replica.current().registry.grants(of: file.publicKey).first?.entry)
    }

    typealias Events = NIOAsyncChannelInboundStream<TransportEvent>.AsyncIterator
    typealias Outbound = NIOAsyncChannelOutboundWriter<[UInt8]>

    func next(_ events: inout Events) async throws -> Message? {
        guard case .frame(let frame)? = try? await events.next() else { return nil }
        return try Message.decode(frame)
    }

    /// Identity, HELLO, registry and one empty turn of questions, by hand and in step: then change sets may come.
    func begin(
        _ city: TestCity, _ certificate: EntryID, _ network: NetworkID, _ events: inout Events, _ outbound: Outbound
    ) async throws {
        let signer = try city.opd.signer("node")
        let scope = try city.opd.replica.store.read { try $0.scope(city.units.opd, city.units.it) }
        guard case .established(let hash)? = try await events.next() else { throw TestFailure.setUp("handshake") }
        try await outbound.write(
            try Identification.compose(
                role: .initiator, handshakeHash: hash, certificate: certificate, peer: nil, proofCount: 0,
                network: network, kid: signer.publicKey, sign: { try signer.sign($0) }))
        // The hub's identity, and its proof.
        for _ in 0..<2 {
            guard case .frame? = try await events.next() else { throw TestFailure.setUp("identity") }
        }
        let tree = ScopeTree(scope.map { ScopeEntry(dossier: $0.dossier, digest: $0.digest) })
        let hello = Message.Hello(
            registryDigest: 1, root: tree.root, count: UInt64(scope.count), isMissingOpenings: false)
        try await outbound.write(Message.hello(hello).encoded)
        guard case .hello? = try await next(&events), case .registryTips(let tips)? = try await next(&events) else {
            throw TestFailure.setUp("hello")
        }
        for list in [tips, []] { try await outbound.write(Message.registryTips(list).encoded) }
        while let message = try await next(&events) {
            if case .registryEntries(let entries) = message, entries.isEmpty { break }
        }
        try await outbound.write(Message.registryEntries([]).encoded)
        try await outbound.write(Message.questionsEnd.encoded)
        guard case .questionsEnd? = try await next(&events) else { throw TestFailure.setUp("questions") }
    }

    enum Event: CaseIterable { case nothing, revocation, suspension }

    /// The node key of the OPD is in the middle of a connection when another connection brings its revocation, or its
    /// unit is suspended; what it sends after that is not taken. Without either it is.
    @Test(arguments: Event.allCases) func inTheMiddleOfAConnection(event: Event) async throws {
        let isEnded = event != .nothing
        let city = try TestCity()
        let known = try city.open(title: "Dikenal")
        let network = try #require(try city.hub.replica.current().identity.network)
        let node = try city.opd.channel()
        try await serving(city.hub) { port in
            _ = try await node.synchronise(host: "127.0.0.1", port: port)
            let certificate = try certificate(city.opd, "node")
            let connection = try await Transport.dial(
                host: "127.0.0.1", port: port, prologue: Identification.prologue(network: network))
            try await connection.executeThenClose { inbound, outbound in
                var events = inbound.makeAsyncIterator()
                try await begin(city, certificate, network, &events, outbound)
                if event == .suspension {
                    let body = EntryBody.suspend(Suspension(unit: city.units.opd, from: Clock.now))
                    _ = try city.hub.replica.appendToNetwork(body, root: try city.hub.signer("network"))
                }
                if event == .revocation {
                    _ = try city.opd.replica.revoke(
                        certificate, reason: .ended, effective: Clock.now, by: try city.opd.author("root"))
                    let person = try Node(
                        replica: city.opd.replica, key: try city.opd.replica.channelKey("kaopd", .none))
                    _ = try await person.synchronise(host: "127.0.0.1", port: port)
                }
                // A dossier that the hub does not hold, in frames that are right in every other way.
                let other = try city.open(title: "Lain")
                let late = try city.opd.replica.view(other).history.items
                for frame in [Message.changes(other, late.map(\.bytes)), .changesEnd] {
                    try? await outbound.write(frame.encoded)
                }
                var isAnswered = false
                while !isAnswered, let answer = try await next(&events) {
                    // It asks for the title's text: the change set is stored.
                    if case .want = answer { isAnswered = true }
                }
                #expect(isAnswered != isEnded)
                let held = try city.hub.replica.store.read { try $0.number(of: other) }
                #expect((held == nil) == isEnded)
            }
        }
        #expect(try city.hub.replica.view(known).history.count >= 1)
    }

    /// The revoked device itself brings the entry that ends it: that is kept, and nothing after it.
    @Test func whoeverBringsHisOwnRevocationIsCutOff() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let node = try city.opd.channel()
        try await serving(city.hub) { port in
            _ = try await node.synchronise(host: "127.0.0.1", port: port)
            let certificate = try certificate(city.opd, "node")
            let revocation = try city.opd.replica.revoke(
                certificate, reason: .ended, effective: Clock.now, by: try city.opd.author("root"))
            let before = try city.hub.replica.view(dossier).history.count
            _ = await #expect(throws: (any Error).self) {
                try await node.synchronise(host: "127.0.0.1", port: port)
            }
            #expect(try city.hub.replica.current().registry.contains(revocation))
            #expect(try city.hub.replica.view(dossier).history.count == before, "its accept was not taken from it")
            let again = await #expect(throws: (any Error).self) {
                try await node.synchronise(host: "127.0.0.1", port: port)
            }
            #expect(again as? PeerFailure == .closed)
        }
    }
}
