import Dossier
import Envelope
import Node
import Store
import TestSupport
import Testing

/// What one side does not take is said to the other, and all else is equal (Protocol 6 §2).
@Suite struct LeftOutTests {
    private let city: TestCity
    private let shared: [DossierID]

    init() throws {
        let made = try TestCity()
        city = made
        shared = try (0..<3).map { number in
            try made.opd.replica.open(
                definition: "uji.kecil", parties: [("applicant", made.units.opd), ("it", made.units.it)],
                title: "Bersama \(number)", by: try made.opd.author("kaopd"))
        }
    }

    private func hub(_ limits: ReplicaLimits) throws -> Node {
        let replica = try Replica.open(city.hub.folder.file("r"), isShared: true, limits: limits)
        return try Node(replica: replica, key: try replica.channelKey(nil, .none))
    }

    private func comment(_ dossier: DossierID, _ text: String) throws {
        _ = try city.opd.replica.comment(dossier, text, isInternal: false, by: try city.opd.author("kaopd"))
    }

    private struct Outcome: Equatable {
        let areEqual: Bool
        let here: Int
        let there: Int
        let sent: Int

        init(_ report: SyncReport) {
            (areEqual, sent) = (report.areEqual, report.sentChangeCount)
            (here, there) = (report.leftOutHereCount, report.leftOutThereCount)
        }

        init(_ areEqual: Bool, here: Int, there: Int, sent: Int) {
            (self.areEqual, self.here, self.there, self.sent) = (areEqual, here, there, sent)
        }
    }

    /// Held back at the one who answers, then seen from the one who asks; the other dossiers go on; nothing of it is
    /// sent again; taken up, it is equal.
    @Test func allButTheHeldBackDossierBecomesEqual() async throws {
        var limits = ReplicaLimits()
        limits.fold = DossierBudget(changeCount: 2, byteCount: 1 << 20)
        for number in 1...2 { try comment(shared[0], "komentar \(number)") }
        let node = try hub(limits)
        let channel = try city.opd.channel()
        try await serving(node) { port in
            // At the budget it is taken; beyond it the first connection finds out and the second says so.
            let first = Outcome(try await channel.synchronise(host: "127.0.0.1", port: port))
            #expect(first.areEqual && first.there == 1 && first.here == 0)
            #expect(try node.replica.reserve().held.map(\.id) == [] || first.there == 1)
            let again = Outcome(try await channel.synchronise(host: "127.0.0.1", port: port))
            #expect(again == Outcome(true, here: 0, there: 1, sent: 0))
            try comment(shared[1], "lanjutan")
            let other = Outcome(try await channel.synchronise(host: "127.0.0.1", port: port))
            #expect(other == Outcome(true, here: 0, there: 1, sent: 1))
        }
        try await serving(try city.opd.channel()) { port in
            let asked = Outcome(try await node.synchronise(host: "127.0.0.1", port: port))
            #expect(asked == Outcome(true, here: 1, there: 0, sent: 0))
        }
        _ = try node.replica.takeUp(shared[0])
        try await serving(node) { port in
            let taken = Outcome(try await channel.synchronise(host: "127.0.0.1", port: port))
            #expect(taken.areEqual && taken.there == 0 && taken.sent > 0)
        }
        #expect(try node.replica.view(shared[0]).state.hash == city.opd.replica.view(shared[0]).state.hash)
    }

    /// New dossiers beyond the quota are not sent again and again, and come when there is room.
    @Test func whatTheQuotaTurnedAwayIsNotSentAgain() async throws {
        var limits = ReplicaLimits()
        limits.unansweredCount = 2
        let node = try hub(limits)
        let channel = try city.opd.channel()
        try await serving(node) { port in
            let first = Outcome(try await channel.synchronise(host: "127.0.0.1", port: port))
            #expect(first.areEqual && first.there == 1)
            let again = Outcome(try await channel.synchronise(host: "127.0.0.1", port: port))
            #expect(again == Outcome(true, here: 0, there: 1, sent: 0))
        }
        let held = try node.replica.store.read { try $0.allDossiers() }
        #expect(held.count == 2)
        _ = try node.replica.comment(held[0], "jawaban", isInternal: false, by: try city.hub.author("kadis"))
        try await serving(node) { port in
            let answered = Outcome(try await channel.synchronise(host: "127.0.0.1", port: port))
            #expect(answered.areEqual && answered.there == 0)
        }
        #expect(try node.replica.store.read { try $0.dossierCount() } == 3)
    }
}
