import Authority
import Dossier
import Envelope
import Foundation
import History
import Node
import Procedure
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// What an ending that comes in leaves marked, who sees it meanwhile, and how the marks go.
@Suite(.serialized) struct StaleTests {
    /// The step that binds a third party is the agency's.
    static let binding = Array(
        String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacingOccurrences(of: "\"uji.kecil\"", with: "\"uji.pihak\"")
            .replacingOccurrences(
                of: "\"label\": \"Diskominfo\"}}",
                with:
                    "\"label\": \"Diskominfo\"}, \"vendor\": {\"kind\": \"vendor\", \"label\": \"V\", \"bindAt\": \"1\"}}"
            )
            .replacingOccurrences(
                of: "\"by\": [\"applicant.head\"], \"brings\": [\"request\"]",
                with: "\"by\": [\"it.head\"], \"bind\": [\"vendor\"]"
            ).utf8)

    func certificate(_ office: TestOffice, _ name: String) throws -> EntryID {
        let file = try office.replica.keys.file(name)
        return try #require(try office.replica.current().registry.grants(of: file.publicKey).first?.entry)
    }

    func mandate(_ office: TestOffice, _ name: String) throws -> EntryID {
        let person = try office.replica.keys.file(name).person
        let (registry, identity) = try office.replica.current()
        let unit = try #require(identity.unit)
        return try #require(
            registry.mandates(of: unit).first { id in
                guard case .mandate(let mandate)? = registry.entry(id)?.body else { return false }
                return mandate.person == person
            })
    }

    /// Every stored row against the fold of its history.
    func wrongRows(_ replica: Replica) throws -> Set<DossierID> {
        let rows = try replica.store.read { try $0.dossiers(limit: 1_000) }
        return Set(try rows.filter { try replica.view($0.id).state.hash != $0.stateHash }.map(\.id))
    }

    func staleRows(_ replica: Replica) throws -> Set<DossierID> {
        Set(try replica.store.read { try $0.dossiers(limit: 1_000) }.filter(\.isStale).map(\.id))
    }

    /// Whichever key or mandate ends: what is not marked is right, and after the batches all is.
    @Test(arguments: 1...6) func whatIsNotMarkedIsRight(seed: UInt64) throws {
        let city = try TestCity()
        var generator = SeededGenerator(seed: seed)
        let hub = city.hub
        try hub.person("staf", roles: [])
        var dossiers: [DossierID] = []
        let names = ["kabid", "kadis", "staf"]
        for number in 0..<8 {
            let author = try hub.author(names[Int(generator.next() % 3)])
            let dossier = try hub.replica.open(
                definition: "uji.kecil", parties: [("applicant", city.units.opd), ("it", city.units.it)],
                title: "Berkas \(number)", by: author)
            dossiers.append(dossier)
            for _ in 0..<(generator.next() % 3) {
                let writer = try hub.author(names[Int(generator.next() % 3)])
                _ = try hub.replica.comment(dossier, "Catatan", isInternal: false, by: writer)
            }
        }
        let name = names[Int(generator.next() % 2)]
        let wrote = Set(
            try dossiers.filter { dossier in
                let key = try hub.replica.keys.file(name).publicKey
                return try hub.replica.view(dossier).history.items.contains { $0.author == key }
            })
        let target = try seed % 2 == 0 ? mandate(hub, name) : certificate(hub, name)
        // From the beginning: nothing is accepted.
        _ = try hub.replica.revoke(target, reason: .compromised, effective: 1, by: try hub.author("root"))
        #expect(try staleRows(hub.replica) == wrote)
        #expect(try wrongRows(hub.replica).isSubset(of: wrote))
        var steps: [Int] = []
        try hub.replica.refold { done, total in
            steps.append(done)
            #expect(total == wrote.count)
        }
        #expect(steps.last ?? 0 == wrote.count)
        #expect(try staleRows(hub.replica).isEmpty && wrongRows(hub.replica).isEmpty)
        #expect(try hub.replica.rebuild { _, _ in }.isIdentical)
        #expect(try hub.replica.check { _, _ in }.problems.isEmpty)
    }

    /// Whatever the registry learns, in whatever order, known whole or in part: rows that are not marked are right.
    @Test(arguments: 1...10) func whateverIsLearntIsMarked(seed: UInt64) async throws {
        var network = try RandomNetwork(seed: seed)
        let folder = try TestFolder()
        let replica = try await network.replica(in: folder, "r")
        var markedCount = 0
        for round in 0..<16 {
            let known = network.world.entries.count
            try network.change(seed)
            for entry in network.world.entries[known...] {
                let taker = round % 3 == 0 ? try Replica.open(replica.folder) : replica
                try await taker.ingest(entries: [entry.bytes], blobs: [])
            }
            let rows = try replica.store.read { try $0.dossiers(limit: 1_000) }
            for dossier in network.dossiers {
                let row = try #require(rows.first { $0.id == dossier.history.dossier })
                #expect(row.isStale || row.stateHash == dossier.state.hash, "round \(round)")
            }
            markedCount += rows.filter(\.isStale).count
            if round % 2 == 1 { try replica.refold() }
        }
        try replica.refold()
        #expect(markedCount > 0)
        #expect(try wrongRows(replica).isEmpty && staleRows(replica).isEmpty)
        #expect(try replica.rebuild { _, _ in }.isIdentical)
    }

    /// A mark is as durable as the ending: another process, which begins with the store alone, goes on.
    @Test func marksOutliveTheProcess() throws {
        let city = try TestCity()
        let dossier = try city.open()
        _ = try city.opd.replica.revoke(
            try certificate(city.opd, "kaopd"), reason: .ended, effective: 1, by: try city.opd.author("root"))
        let folder = city.opd.replica.folder
        city.opd.replica.store.close()
        let again = try Replica.open(folder)
        #expect(try staleRows(again) == [dossier])
        // Opened, it is what the fold says; listed with any status, for its own is not known.
        #expect(try again.view(dossier).state.verdicts[0].reason != nil)
        #expect(try again.store.read { try $0.dossiers(limit: 9, status: "completed") }.map(\.id) == [dossier])
        #expect(try again.check { _, _ in }.problems.isEmpty)
        #expect(try staleRows(again).isEmpty)
    }

    /// A row that is stale gives no access that the fold would deny.
    @Test func aPartyWhoseBindingLostEffectGetsNothingMore() async throws {
        let city = try TestCity()
        let vendor = try TestOffice()
        _ = try city.hub.replica.publish(Self.binding, root: try city.hub.signer("network"))
        let unit = try TestCity.join(vendor, city.hub, name: "Penyedia", kind: "vendor")
        let kadis = try city.hub.author("kadis")
        let dossier = try city.hub.replica.open(
            definition: "uji.pihak", parties: [("applicant", city.units.opd), ("it", city.units.it)],
            title: "Aplikasi", by: kadis)
        var outcome = OutcomeDraft(name: "done")
        outcome.binds = [("vendor", unit)]
        _ = try city.hub.replica.recordOutcome(dossier, outcome, by: kadis)
        try await serving(city.hub) { port in
            let first = try await vendor.channel().synchronise(host: "127.0.0.1", port: port)
            #expect(first.areEqual && first.receivedChangeCount == 2)
            _ = try city.hub.replica.comment(
                dossier, "Belum dikirim", isInternal: false, by: try city.hub.author("kabid"))
            _ = try city.hub.replica.revoke(
                try mandate(city.hub, "kadis"), reason: .compromised, effective: 1, by: try city.hub.author("root"))
            // The row still names the vendor; nobody has folded it.
            #expect(try city.hub.replica.store.read { try $0.parties(of: dossier) }.contains(unit))
            #expect(try staleRows(city.hub.replica) == [dossier])
            let second = try await vendor.channel().synchronise(host: "127.0.0.1", port: port)
            #expect(second.receivedChangeCount == 0)
        }
        #expect(try vendor.replica.view(dossier).history.count == 2)
        #expect(try staleRows(city.hub.replica).isEmpty)
        #expect(try !city.hub.replica.store.read { try $0.parties(of: dossier) }.contains(unit))
    }

    /// One dossier whose rows are damaged keeps nobody from the others, and is in nobody's scope.
    @Test func aDamagedDossierStopsNoOther() throws {
        let city = try TestCity()
        let damaged = try city.open(title: "Rusak")
        try city.opd.replica.store.write { try $0.damageChanges() }
        let again = try Replica.open(city.opd.replica.folder)
        let whole = try again.open(
            definition: "uji.kecil", parties: [("applicant", city.units.opd), ("it", city.units.it)], title: "Utuh",
            by: try city.opd.author("kaopd"))
        try again.store.write { try $0.markStale(writtenBy: [try city.opd.replica.keys.file("kaopd").publicKey]) }
        #expect(try again.store.read { try $0.staleCount() } == 2)
        try again.refold()
        #expect(try again.store.read { try !$0.hasStale() })
        #expect(try staleRows(again) == [damaged])
        #expect(try again.store.read { try $0.parties(of: damaged) }.isEmpty)
        #expect(try again.store.read { try $0.parties(of: whole) }.count == 2)
    }
}
