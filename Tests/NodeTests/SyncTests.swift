import Dossier
import Envelope
import History
import NIOCore
import Node
import Procedure
import Registry
import Sodium
import Store
import Sync
import TestSupport
import Testing
import Transport

@Suite(.serialized) struct SyncTests {
    func synchronise(_ office: TestOffice, with hub: TestOffice, port: Int) async throws -> SyncReport {
        try await office.channel().synchronise(host: "127.0.0.1", port: port)
    }

    @Test func bothSidesGetWhatTheOtherHasAndAgree() async throws {
        let city = try TestCity()
        let first = try city.open(title: "Satu")
        try await serving(city.hub) { port in
            let report = try await synchronise(city.opd, with: city.hub, port: port)
            #expect(report.areEqual && report.sentChangeCount == 1)
            _ = try city.hub.replica.comment(first, "Diterima", isInternal: false, by: try city.hub.author("kadis"))
            _ = try city.hub.replica.comment(first, "Rahasia hub", isInternal: true, by: try city.hub.author("kadis"))
            _ = try city.open(title: "Dua")
            let second = try await synchronise(city.opd, with: city.hub, port: port)
            #expect(second.areEqual && second.receivedChangeCount == 2 && second.verifiedSignatureCount == 2)
            let nothing = try await synchronise(city.opd, with: city.hub, port: port)
            #expect(nothing.areEqual && nothing.receivedChangeCount == 0)
            #expect(nothing.receivedByteCount + nothing.sentByteCount < 200)
        }
        let (here, there) = (try city.opd.replica.view(first), try city.hub.replica.view(first))
        #expect(here.state.hash == there.state.hash)
        let texts = here.state.comments.map { here.reader.text(.committed($0.text)) }
        #expect(texts == ["Diterima", nil])
        #expect(here.missingCount == 0)
    }

    @Test func aPeerOfAnotherNetworkIsNotAnswered() async throws {
        let (one, two) = (try TestCity(), try TestCity())
        try await serving(one.hub) { port in
            // The person is told why, in words.
            _ = await #expect(throws: TransportFailure.otherNetworkOrVersion) {
                try await synchronise(two.opd, with: one.hub, port: port)
            }
        }
    }

    @Test func anUncertifiedKeyIsNotAnswered() async throws {
        let city = try TestCity()
        let stranger = try TestOffice()
        let key = try stranger.key("node", .node)
        // It holds the network's entries, and certifies itself in a unit that nobody admitted.
        _ = try stranger.key("root", .unitRoot)
        try stranger.replica.take(try city.hub.replica.bundle(of: [city.units.it]))
        #expect(throws: NodeFailure.self) { try stranger.replica.channelKey("node", .none) }
        #expect(key.kind == .node)
    }

    @Test func aRevokedKeyIsNotAnswered() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd, with: city.hub, port: port)
            let file = try city.opd.replica.keys.file("node")
            let registry = try city.opd.replica.current().registry
            let certificate = try #require(registry.grants(of: file.publicKey).first?.entry)
            _ = try city.opd.replica.revoke(
                certificate, reason: .ended, effective: Clock.now, by: try city.opd.author("root"))
            // The hub learns of it by another key of the unit.
            let person = try Node(
                replica: city.opd.replica, key: try city.opd.replica.channelKey("kaopd", .none))
            #expect(try await person.synchronise(host: "127.0.0.1", port: port).areEqual)
            _ = await #expect(throws: (any Error).self) { try await synchronise(city.opd, with: city.hub, port: port) }
        }
        #expect(try city.hub.replica.view(dossier).history.count >= 1)
    }

    @Test func aVendorGetsItsDossierAndNothingElse() async throws {
        let city = try TestCity()
        let vendor = try TestOffice()
        let unit = try TestCity.join(vendor, city.hub, name: "Penyedia", kind: "vendor")
        let hidden = try city.open(title: "Bukan untuk penyedia")
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd, with: city.hub, port: port)
            let report = try await synchronise(vendor, with: city.hub, port: port)
            #expect(report.areEqual && report.receivedChangeCount == 0)
            #expect(throws: NodeFailure.self) { try vendor.replica.view(hidden) }
            // Being named by an operation without effect opens nothing either.
            _ = unit
        }
        #expect(try vendor.replica.store.read { try $0.dossierCount() } == 0)
    }

    /// After the handshake: whatever comes, the connection ends, and the replica is as it was.
    @Test func garbageEndsTheConnectionOnly() async throws {
        let city = try TestCity()
        _ = try city.open()
        let network = try #require(try city.hub.replica.current().identity.network)
        try await serving(city.hub) { port in
            for seed: UInt64 in 1...12 {
                var generator = SeededGenerator(seed: seed)
                let frame = seed == 1 ? [] : generator.bytes(Int(generator.next() % 3_000))
                let connection = try await Transport.dial(
                    host: "127.0.0.1", port: port, prologue: Identification.prologue(network: network))
                try await connection.executeThenClose { inbound, outbound in
                    var events = inbound.makeAsyncIterator()
                    guard case .established? = try await events.next() else { throw TestFailure.setUp("handshake") }
                    try await outbound.write(frame)
                    let answer = try? await events.next()
                    #expect(answer == nil, "a stranger learns nothing but a closed connection")
                }
            }
            #expect(try await synchronise(city.opd, with: city.hub, port: port).areEqual)
        }
    }
}
