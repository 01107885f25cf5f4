import Envelope
import History
import NIOCore
import Node
import Registry
import Sodium
import Sync
import TestSupport
import Testing
import Transport

/// Keys of which the other side holds nothing (Protocol 5 §2).
@Suite(.serialized) struct NewcomerTests {
    private func certificate(_ office: TestOffice, _ key: String) throws -> EntryID {
        let file = try office.replica.keys.file(key)
        return try #require(try office.replica.current().registry.grants(of: file.publicKey).first?.entry)
    }

    private func channel(_ office: TestOffice, _ key: String) throws -> Node {
        try Node(replica: office.replica, key: try office.replica.channelKey(key, .none))
    }

    /// The mandates of a unit do not keep its new laptop out; its chain comes by the usual way after that.
    @Test func aLaptopCertifiedAfterSeventyMandatesSynchronises() async throws {
        let city = try TestCity()
        let person = try city.opd.replica.keys.file("kaopd").person
        for place in 0..<70 { _ = try city.opd.grant(person, "applicant.role\(place)") }
        try city.opd.person("laptop", roles: ["applicant.head"])
        let new = try certificate(city.opd, "laptop")
        let hub = city.hub.replica
        try await serving(city.hub) { port in
            let first = try await channel(city.opd, "laptop").synchronise(host: "127.0.0.1", port: port)
            #expect(first.areEqual)
            // REGISTRY brought the chains of both units.
            #expect(try hub.current().registry.contains(new))
            let dossier = try city.open()
            _ = try city.opd.replica.comment(dossier, "x", isInternal: false, by: try city.opd.author("laptop"))
            let report = try await channel(city.opd, "laptop").synchronise(host: "127.0.0.1", port: port)
            #expect(report.areEqual && report.sentChangeCount == 2)
            #expect(try hub.current().registry.contains(new))
            #expect(try hub.view(dossier).history.count == 2)
        }
        #expect(try hub.check { _, _ in }.problems.isEmpty)
    }

    enum Forgery: CaseIterable, Sendable {
        case none, shortened, oneEntryMore, oneByteMore, otherNetwork, reversed, withAMandate
    }

    private func proof(
        _ forgery: Forgery, _ good: [[UInt8]], _ city: TestCity
    ) throws -> (entries: [[UInt8]], count: Int) {
        let most = RegistryLimits.proofByteCountMax
        switch forgery {
        case .none: return (good, good.count)
        case .shortened: return (Array(good.dropFirst()), good.count - 1)
        case .oneEntryMore: return ([[UInt8]](repeating: good[0], count: 65), 65)
        case .oneByteMore:
            let padding = [UInt8](repeating: 0, count: (most - good.reduce(0) { $0 + $1.count }) / 8)
            return (good + [[UInt8]](repeating: padding, count: 8) + [[UInt8](repeating: 0, count: 8)], good.count + 9)
        case .otherNetwork:
            let other = try TestCity()
            let entries = try #require(
                try other.opd.replica.current().registry.proof(of: try certificate(other.opd, "node")))
            return (entries.map(\.bytes), entries.count)
        case .reversed: return (good.reversed(), good.count)
        case .withAMandate:
            let mandate = try #require(
                try city.opd.replica.current().registry.entries.first { $0.body.code == 19 })
            return (good + [mandate.bytes], good.count + 1)
        }
    }

    /// Nothing is said to whoever proves nothing, and nothing of it is kept.
    @Test(arguments: Forgery.allCases) func aForgedProofIsNotAnswered(forgery: Forgery) async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        let (signer, own) = (try city.opd.signer("node"), try certificate(city.opd, "node"))
        let good = try #require(try city.opd.replica.current().registry.proof(of: own)).map(\.bytes)
        let (entries, count) = try proof(forgery, good, city)
        let held = try city.hub.replica.current().registry.entries.count
        try await serving(city.hub) { port in
            let connection = try await Transport.dial(
                host: "127.0.0.1", port: port, prologue: Identification.prologue(network: network))
            try await connection.executeThenClose { inbound, outbound in
                var events = inbound.makeAsyncIterator()
                guard case .established(let hash)? = try await events.next() else {
                    throw TestFailure.setUp("handshake")
                }
                let identity = try Identification.compose(
                    role: .initiator, handshakeHash: hash, certificate: own, peer: nil, proofCount: count,
                    network: network, kid: signer.publicKey, sign: { try signer.sign($0) })
                for frame in [identity] + ProofFrames.encode(entries) { try? await outbound.write(frame) }
                let answer = try? await events.next()
                #expect((answer != nil) == (forgery == .none))
            }
        }
        #expect(try city.hub.replica.current().registry.entries.count == held)
    }

    /// What is known here counts, whoever proves the contrary.
    @Test func aSuspendedUnitsNewLaptopIsNotAnswered() async throws {
        let city = try TestCity()
        let body = EntryBody.suspend(Suspension(unit: city.units.opd, from: Clock.now))
        _ = try city.hub.replica.appendToNetwork(body, root: try city.hub.signer("network"))
        try await serving(city.hub) { port in
            let failure = await #expect(throws: (any Error).self) {
                try await channel(city.opd, "node").synchronise(host: "127.0.0.1", port: port)
            }
            #expect(failure as? PeerFailure == .closed)
        }
    }

    /// Administrators up to the limit; one more is refused before anything is signed.
    @Test func theSixtyFifthAdministratorIsRefusedBeforeItIsSigned() throws {
        let office = try TestCity().hub
        func delegate(_ place: Int) throws {
            let file = try office.key("pengelola\(place)", .administrator)
            _ = try office.replica.certify(
                KeyRequest(file, unitKind: "", name: "Pengelola \(place)"), by: try office.signer("root"))
        }
        for place in 0..<RegistryLimits.delegationCountMax { try delegate(place) }
        let count = try office.replica.current().registry.entries.count
        #expect {
            try delegate(64)
        } throws: { error in
            guard case NodeFailure.enrolment(.tooManyAdministrators(limit: 64)) = error else { return false }
            return true
        }
        #expect(try office.replica.current().registry.entries.count == count)
    }
}
