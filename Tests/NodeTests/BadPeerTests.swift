import CBOR
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

@Suite(.serialized) struct BadPeerTests {
    /// Connects by hand, shows an identity, sends frames, and gives what came back until the connection ended.
    func converse(
        _ port: Int, network: NetworkID, identity: (@Sendable ([UInt8]) throws -> [[UInt8]])?, frames: [[UInt8]]
    ) async throws -> [[UInt8]] {
        let connection = try await Transport.dial(
            host: "127.0.0.1", port: port, prologue: Identification.prologue(network: network))
        return try await connection.executeThenClose { inbound, outbound in
            var events = inbound.makeAsyncIterator()
            guard case .established(let hash)? = try await events.next() else { throw TestFailure.setUp("handshake") }
            for frame in try identity?(hash) ?? [] { try? await outbound.write(frame) }
            var answers: [[UInt8]] = []
            if identity != nil, case .frame(let frame)? = try await events.next() { answers.append(frame) }
            for frame in frames { try? await outbound.write(frame) }
            while case .frame(let frame)?? = try? await events.next() { answers.append(frame) }
            return answers
        }
    }

    func identity(
        _ office: TestOffice, _ key: String, certificate: EntryID, proof: [[UInt8]], count: Int? = nil,
        network: NetworkID
    ) throws -> @Sendable ([UInt8]) throws -> [[UInt8]] {
        let signer = try office.signer(key)
        return { hash in
            let identity = try Identification.compose(
                role: .initiator, handshakeHash: hash, certificate: certificate, peer: nil,
                proofCount: count ?? proof.count, network: network, kid: signer.publicKey,
                sign: { try signer.sign($0) })
            return [identity] + ProofFrames.encode(proof)
        }
    }

    func proof(_ office: TestOffice, _ certificate: EntryID) throws -> [[UInt8]] {
        try #require(try office.replica.current().registry.proof(of: certificate)).map(\.bytes)
    }

    func certificate(_ office: TestOffice, _ key: String) throws -> EntryID {
        let file = try office.replica.keys.file(key)
        guard let grant = try office.replica.current().registry.grants(of: file.publicKey).first else {
            throw TestFailure.setUp("certificate")
        }
        return grant.entry
    }

    @Test func aStrangerWithSomebodyElsesCertificateIsNotAnswered() async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        let stranger = try TestOffice()
        try stranger.key("node", .node)
        let stolen = try certificate(city.opd, "node")
        let identity = try identity(
            stranger, "node", certificate: stolen, proof: try proof(city.opd, stolen), network: network)
        try await serving(city.hub) { port in
            let answers = try await converse(port, network: network, identity: identity, frames: [])
            #expect(answers.isEmpty)
        }
    }

    @Test func aUnitThatNobodyAdmittedIsNotAnsweredAndLeavesNothing() async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        // Another network of the same name admits the stranger: its entries prove nothing here.
        let other = try TestCity()
        let certificate = try certificate(other.opd, "node")
        let identity = try identity(
            other.opd, "node", certificate: certificate, proof: try proof(other.opd, certificate), network: network)
        let before = try city.hub.replica.current().registry.entries.count
        try await serving(city.hub) { port in
            let answers = try await converse(port, network: network, identity: identity, frames: [])
            #expect(answers.isEmpty)
        }
        #expect(try city.hub.replica.current().registry.entries.count == before)
    }

    @Test func aReplayedIdentityIsNotAnswered() async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        let certificate = try certificate(city.opd, "node")
        let real = try identity(
            city.opd, "node", certificate: certificate, proof: try proof(city.opd, certificate), network: network)
        let recorded = try real([UInt8](repeating: 7, count: 32))
        try await serving(city.hub) { port in
            let answers = try await converse(port, network: network, identity: { _ in recorded }, frames: [])
            #expect(answers.isEmpty)
            // The same key with the real handshake is answered: the refusal above was for the replay.
            let real = try await converse(port, network: network, identity: real, frames: [[200]])
            #expect(real.count == 2, "identity and proof")
        }
    }

    /// A certified peer that breaks the protocol is cut off; the replica stays as it was and answers the next.
    @Test func framesOutOfTurnEndTheConnection() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let network = try #require(try city.hub.replica.current().identity.network)
        let certificate = try certificate(city.opd, "node")
        let identity = try identity(
            city.opd, "node", certificate: certificate, proof: try proof(city.opd, certificate), network: network)
        let hello = Message.hello(
            Message.Hello(registryDigest: 1, root: .zero, count: 5, isMissingOpenings: true))
        // Each is answered by an identity, by HELLO and registry where HELLO was right, and then by nothing.
        let sequences: [[Message]] = [
            [.changes(dossier, [[1, 2, 3]])], [.equal], [.questionsEnd], [hello, hello], [hello, .questionsEnd],
            [hello, .registryEntries([[1]])], [hello, .registryEntries([])], [hello, .close(root: .zero, count: 0)],
            [.want(Message.Want(dossier: dossier, commitment: Commitment(.zero), offset: nil, blob: nil))],
        ]
        try await serving(city.hub) { port in
            for (place, messages) in sequences.enumerated() {
                let answers = try await converse(
                    port, network: network, identity: identity, frames: messages.map(\.encoded))
                #expect((2...9).contains(answers.count), "sequence \(place): identified, then cut off")
            }
            for frame in [[], [0], [200, 1], [10, 0x58], [UInt8](repeating: 5, count: 60_000)] as [[UInt8]] {
                _ = try await converse(port, network: network, identity: identity, frames: [frame])
            }
            let report = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
            #expect(report.areEqual && report.sentChangeCount == 1)
        }
        #expect(try city.hub.replica.check { _, _ in }.problems.isEmpty)
    }

    @Test func whatCannotBeStoredIsListedAndTheRestIsTaken() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let author = try city.opd.author("kaopd")
        for text in ["satu", "dua"] {
            _ = try city.opd.replica.comment(dossier, text, isInternal: false, by: author)
        }
        let items = try city.opd.replica.view(dossier).history.items.map { Verified(storedBefore: $0) }
        let hub = city.hub.replica
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
        }
        _ = try city.opd.replica.comment(dossier, "tiga", isInternal: false, by: author)
        _ = try city.opd.replica.comment(dossier, "empat", isInternal: false, by: author)
        let later = try city.opd.replica.view(dossier).history.items.dropFirst(items.count).map {
            Verified(storedBefore: $0)
        }
        // The child without its parent is refused, with the reason; an opening that fits nothing too.
        let wrong = Opening(
            forged: Commitment(.zero), salt: [UInt8](repeating: 0, count: 16), kind: .value, opened: .text("x"))
        let result = try await hub.store([(dossier: dossier, changes: [later[1]], openings: [wrong.encoded])])
        #expect(result.acceptedCount == 0 && result.refusals.count == 2)
        let listed = try hub.check { _, _ in }.refusals.map(\.reason)
        #expect(listed.contains { $0.contains("missingParents") } && listed.contains { $0.contains("does not fit") })
        #expect(try hub.view(dossier).history.count == items.count)
        let good = try await hub.store([(dossier: dossier, changes: later, openings: [])])
        #expect(good.acceptedCount == 2)
    }

    @Test func nobodySignsOverTextsThatHaveNotArrived() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let (opd, hub) = (city.opd.replica, city.hub.replica)
        let author = try city.opd.author("kaopd")
        _ = try opd.edit(dossier, [.set(document: "request", field: "subject", value: "x")], instance: nil, by: author)
        _ = try opd.recordOutcome(dossier, OutcomeDraft(name: "done"), by: author)
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
            _ = try hub.recordOutcome(dossier, OutcomeDraft(name: "perlu"), by: try city.hub.author("kabid"))
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
        }
        let held = try opd.view(dossier).history.count
        _ = try opd.edit(dossier, [.set(document: "record", field: "result", value: "baik")], instance: nil, by: author)
        _ = try opd.recordOutcome(dossier, OutcomeDraft(name: "sesuai"), by: author)
        let later = try opd.view(dossier).history.items.dropFirst(held).map { Verified(storedBefore: $0) }
        _ = try await hub.store([(dossier: dossier, changes: Array(later), openings: [])])
        let signer = try city.hub.author("kabid")
        #expect(try hub.view(dossier).missingCount > 0)
        #expect {
            _ = try hub.sign(dossier, step: nil, options: ActOptions(), by: signer)
        } throws: { error in
            guard case NodeFailure.missingOpenings = error else { return false }
            return true
        }
        // Equal roots do not end a synchronisation while a text is missing.
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
        }
        #expect(try hub.view(dossier).missingCount == 0)
        _ = try hub.sign(dossier, step: nil, options: ActOptions(), by: signer)
        #expect(try hub.view(dossier).state.procedure.end == .completed)
    }
}
