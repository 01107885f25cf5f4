import CBOR
import Dossier
import Envelope
import History
import Logging
import Registry
import Sodium
import Store
import Sync
import TestSupport
import Testing

@testable import Node

/// What a certified key sends that is not of the scope of its unit and the server's, over a real socket.
extension BadPeerTests {
    /// Serves an office under other limits, and reads what became of it.
    private func pushing(
        _ dossiers: [DossierID], of city: TestCity, limits: ReplicaLimits = ReplicaLimits()
    ) async throws -> Replica {
        let network = try #require(try city.hub.replica.current().identity.network)
        let identity = try identity(
            city.opd, "node", certificate: try certificate(city.opd, "node"),
            proof: try proof(city.opd, try certificate(city.opd, "node")), network: network)
        var frames: [Message] = [
            .hello(Message.Hello(registryDigest: 1, root: .zero, count: 0, isMissingOpenings: false)),
            .registryTips([]),
            .registryEntries(Array(try city.opd.replica.bundle(of: [city.units.opd]).entries.dropFirst())),
            .registryEntries([]), .questionsEnd,
        ]
        for dossier in dossiers {
            frames.append(.changes(dossier, try city.opd.replica.view(dossier).history.items.map(\.bytes)))
        }
        // The end stores what came; the frame after it ends the connection.
        frames.append(.changesEnd)
        let hub = try Replica.open(city.hub.folder.file("r"), isShared: true, limits: limits)
        let node = try Node(replica: hub, key: try hub.channelKey(nil, .none))
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            try await node.serve(host: "127.0.0.1", port: 0, logger: logger) { port.yield($0) }
        }
        defer { task.cancel() }
        var bound = ports.makeAsyncIterator()
        let number = try #require(await bound.next())
        _ = try await converse(number, network: network, identity: identity, frames: frames.map(\.encoded) + [[200]])
        return hub
    }

    private func opened(_ city: TestCity, _ count: Int, isShared: Bool = false) throws -> [DossierID] {
        let parties = [("applicant", city.units.opd)] + (isShared ? [("it", city.units.it)] : [])
        return try (0..<count).map { number in
            try city.opd.replica.open(
                definition: "uji.kecil", parties: parties, title: "Asing \(number)", by: try city.opd.author("kaopd"))
        }
    }

    @Test func aDossierToWhichTheServersUnitIsNoPartyIsKeptApart() async throws {
        let city = try TestCity()
        let strange = try opened(city, 3)
        let shared = try opened(city, 1, isShared: true)
        let hub = try await pushing(strange + shared, of: city)
        #expect(try hub.store.read { try $0.allDossiers() } == shared)
        #expect(try hub.store.read { try $0.dossiers(prefix: strange[0].hex) }.isEmpty)
        #expect(try hub.store.read { try $0.search("asing", limit: 10) }.count <= 1)
        let waiting = try hub.reserve().waiting
        let key = try city.opd.replica.keys.file("node").publicKey
        #expect(waiting == [WaitingDossiers(unit: city.units.opd, key: key, count: 3)])
        #expect(try hub.check { _, _ in }.dossierCount == 1)
        #expect(try hub.rebuild { _, _ in }.isIdentical)
    }

    /// The party is bound later: what waited becomes ordinary by the same checks.
    @Test func whatWasKeptApartBecomesOrdinaryWhenTheUnitIsBound() async throws {
        let city = try TestCity()
        let strange = try opened(city, 2)
        _ = try await pushing(strange, of: city)
        _ = try city.opd.replica.bind(
            strange[1], slot: "it", city.units.it, options: ActOptions(), by: try city.opd.author("kaopd"))
        try await serving(city.hub) { port in
            let report = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
            #expect(report.areEqual)
        }
        let hub = city.hub.replica
        #expect(try hub.store.read { try $0.allDossiers() } == [strange[1]])
        #expect(try hub.reserve().waiting.map(\.count) == [1])
        #expect(try hub.view(strange[1]).missingCount == 0)
        #expect(try hub.rebuild { _, _ in }.isIdentical)
    }

    @Test(arguments: [(64, 0), (65, 1)])
    func theOldestKeptApartGoesBeyondTheLimit(sent: Int, gone: Int) async throws {
        let city = try TestCity()
        let strange = try opened(city, sent)
        let hub = try await pushing(strange, of: city)
        #expect(try hub.reserve().waiting.map(\.count) == [64])
        for (place, dossier) in strange.enumerated() {
            #expect(try hub.store.read { try $0.apart(dossier) } != nil || place < gone)
        }
        #expect(try hub.store.read { try $0.apart(strange[0]) } == nil || gone == 0)
    }

    /// At its bytes all stay apart; one byte beyond, the oldest goes.
    @Test(arguments: [0, 1]) func theOldestKeptApartGoesBeyondTheBytes(short: Int) async throws {
        let city = try TestCity()
        let strange = try opened(city, 3)
        let byteCount = try strange.reduce(0) { count, dossier in
            try city.opd.replica.view(dossier).history.items.reduce(count) { $0 + $1.bytes.count }
        }
        var limits = ReplicaLimits()
        limits.apartByteCount = byteCount - short
        let hub = try await pushing(strange, of: city, limits: limits)
        #expect(try hub.reserve().waiting.map(\.count) == [3 - short])
        #expect(try hub.store.read { try $0.apart(strange[0]) } == nil || short == 0)
        #expect(try hub.store.read { try $0.apart(strange[2]) } != nil)
        #expect(ReplicaLimits().apartByteCount == 16 << 20 && ReplicaLimits().unansweredCount == 4_096)
    }

    /// Whole new dossiers beyond the quota are not taken; where the unit answers one, there is room again.
    @Test func theQuotaHoldsBackWholeNewDossiers() async throws {
        let city = try TestCity()
        let shared = try opened(city, 4, isShared: true)
        var limits = ReplicaLimits()
        limits.unansweredCount = 3
        let hub = try await pushing(Array(shared.prefix(3)), of: city, limits: limits)
        #expect(try hub.store.read { try $0.dossierCount() } == 3)
        #expect(try hub.reserve().turnedAway.isEmpty)
        let full = try await pushing(shared, of: city, limits: limits)
        #expect(try full.store.read { try $0.allDossiers() } == Array(shared.prefix(3)))
        #expect(try full.reserve().turnedAway.map(\.count) == [1])
        // Change sets of a dossier that is held are taken all the same.
        _ = try city.opd.replica.comment(
            shared[0], "lanjutan", isInternal: false, by: try city.opd.author("kaopd"))
        let later = try await pushing(shared, of: city, limits: limits)
        #expect(try later.view(shared[0]).history.count == 2)
        _ = try later.comment(shared[1], "jawaban", isInternal: false, by: try city.hub.author("kadis"))
        #expect(try later.reserve().turnedAway.isEmpty)
        let answered = try await pushing(shared, of: city, limits: limits)
        #expect(try answered.store.read { try $0.dossierCount() } == 4)
    }

    /// At its budget a dossier is ordinary; one change set more holds it back, and no other dossier.
    @Test func aDossierBeyondItsBudgetIsHeldBackUntilItIsTakenUp() async throws {
        let city = try TestCity()
        let shared = try opened(city, 2, isShared: true)
        var limits = ReplicaLimits()
        limits.fold = DossierBudget(changeCount: 3, byteCount: 1 << 20)
        let author = try city.opd.author("kaopd")
        for text in ["satu", "dua"] {
            _ = try city.opd.replica.comment(shared[0], text, isInternal: false, by: author)
        }
        let held = try await pushing(shared, of: city, limits: limits)
        #expect(try held.reserve().held.isEmpty)
        _ = try city.opd.replica.comment(shared[0], "tiga", isInternal: false, by: author)
        let beyond = try await pushing(shared, of: city, limits: limits)
        #expect(
            try beyond.reserve().held == [HeldDossier(id: shared[0], reason: "changes", found: 4, allowed: 3)])
        #expect(try beyond.view(shared[0]).history.count == 3)
        #expect(try beyond.store.read { try $0.scope(city.units.it, city.units.opd) }.map(\.dossier) == [shared[1]])
        #expect(throws: NodeFailure.self) {
            _ = try beyond.comment(shared[0], "di sini", isInternal: false, by: try city.hub.author("kadis"))
        }
        #expect(try beyond.takeUp(shared[0]) == 4)
        #expect(try beyond.reserve().isEmpty)
        let taken = try await pushing(shared, of: city, limits: limits)
        #expect(try taken.view(shared[0]).history.count == 4)
        #expect(try taken.check { _, _ in }.problems.isEmpty)
    }

    /// Nobody gives the texts of one dossier: those of another are asked for all the same, and what two change sets name
    /// is asked for once.
    @Test func openingsThatNobodyGivesCrowdOutNoOthers() async throws {
        let city = try TestCity()
        let shared = try opened(city, 2, isShared: true)
        let author = try city.opd.author("kaopd")
        for number in 0..<40 {
            _ = try city.opd.replica.comment(shared[0], "komentar \(number)", isInternal: false, by: author)
        }
        let note = try city.opd.replica.comment(shared[1], "dua kali", isInternal: false, by: author)
        let committed = try #require(note.operations.first?.committedValues.first)
        _ = try city.opd.replica.write(shared[1], by: author) { _, _, fields in
            fields.add(Code.set, [(1, .text(Path.title.text)), (2, Value.committed(committed).item)])
        }
        let hub = try await pushing(shared, of: city)
        for pivot in [1, 2, UInt64.max] {
            let wanted = try hub.store.read { try $0.missingOpenings(city.units.opd, pivot: pivot, limit: 35) }
            #expect(wanted.count == 35 && wanted.contains { $0.dossier == shared[1] })
            #expect(Set(wanted.map { $0.commitment.bytes }).count == 35)
        }
        try await serving(city.opd) { port in
            let report = try await city.hub.channel().synchronise(host: "127.0.0.1", port: port)
            #expect(report.areEqual)
        }
        for dossier in shared { #expect(try city.hub.replica.view(dossier).missingCount == 0) }
    }

    /// A dossier beyond the small budget is folded outside the lock, and comes to the same.
    @Test func aSlowFoldComesToTheSameOutsideTheLock() async throws {
        let city = try TestCity()
        let shared = try opened(city, 2, isShared: true)
        for text in ["satu", "dua"] {
            _ = try city.opd.replica.comment(
                shared[0], text, isInternal: false, by: try city.opd.author("kaopd"))
        }
        var limits = ReplicaLimits()
        limits.small = DossierBudget(changeCount: 2, byteCount: 1 << 20)
        let hub = try await pushing(shared, of: city, limits: limits)
        try hub.refold()
        #expect(try hub.store.read { try !$0.hasAnyStale() })
        for dossier in shared {
            let row = try #require(try hub.store.read { try $0.row(of: dossier) })
            #expect(try row.stateHash == city.opd.replica.view(dossier).state.hash)
        }
        _ = try hub.comment(shared[0], "di sini", isInternal: false, by: try city.hub.author("kadis"))
        #expect(try hub.store.read { try !$0.hasAnyStale() })
        #expect(try hub.check { _, _ in }.problems.isEmpty)
        #expect(try hub.rebuild { _, _ in }.isIdentical)
    }
}
