import Authority
import CBOR
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// Who may let whom read what (Protocol 1 §5): a place is opened by its writer's audience or release, by nobody else's.
@Suite(.serialized) struct ReleaseTests {
    let city: TestCity
    let vendor: TestOffice
    let unit: UnitID
    let dossier: DossierID
    let network: NetworkID
    let head: Author
    /// A note of the OPD to itself, which the vendor is after.
    let note: Opening

    init() throws {
        city = try TestCity()
        vendor = try TestOffice()
        unit = try TestCity.join(vendor, city.hub, name: "Penyedia", kind: "vendor")
        try vendor.person("direktur", roles: ["vendor.lead"])
        // The OPD learns of the vendor before it names it.
        try city.opd.replica.take(try vendor.replica.bundle(of: [unit]))
        head = try city.opd.author("kaopd")
        dossier = try city.opd.replica.open(
            definition: "uji.kecil",
            parties: [("applicant", city.units.opd), ("it", city.units.it), ("vendor", unit)], title: "Bersama",
            by: head)
        _ = try city.opd.replica.comment(dossier, "catatan untuk sendiri", isInternal: true, by: head)
        network = try #require(try city.opd.replica.current().identity.network)
        let view = try city.opd.replica.view(dossier)
        note = try #require(view.state.comments.first.flatMap { view.reader.openings[$0.text.commitment] })
    }

    /// A change set that no client of ours would write, by a person of the vendor.
    func compose(_ operations: [Operation], from office: TestOffice) throws -> Verified<ChangeSet> {
        let view = try office.replica.view(dossier)
        let author = try vendor.author("direktur")
        let fields = view.history.nextFields(
            author: author.key.publicKey, tips: view.registry.tips(of: unit),
            at: StatedTime(milliseconds: 1_772_000_000_000, zone: "Asia/Jakarta"), operations: operations)
        let change = try ChangeSet.compose(
            fields, network: network, dossier: dossier, kid: author.key.publicKey, sign: { try author.signer.sign($0) })
        return try #require(Verified(checking: change))
    }

    func operation(_ code: Int, _ pairs: [(UInt64, CBORValue)]) -> Operation {
        Operation(code: code, body: .map(pairs.map { CBORPair(key: .unsigned($0.0), value: $0.1) }))
    }

    func release(mandate: EntryID) -> Operation {
        let shown = Opening(
            author: head.key.publicKey, audience: .all, kind: .value, opened: .text("x"),
            salt: [UInt8](repeating: 0, count: 16))
        return operation(
            Code.release,
            [
                (1, .array([.bytes(note.commitment.bytes)])), (2, .array([.bytes(unit.bytes)])),
                (20, .bytes(mandate.bytes)), (21, .unsigned(1)), (22, .text("id")),
                (23, Value.committed(Committed(commitment: shown.commitment, audience: .all)).item), (24, .unsigned(0)),
            ])
    }

    func synchronise(_ office: TestOffice) async throws {
        try await serving(city.opd) { port in
            _ = try await office.channel().synchronise(host: "127.0.0.1", port: port)
        }
    }

    func holds(_ office: TestOffice) throws -> Bool {
        try office.replica.view(dossier).places.contains {
            $0.commitment == note.commitment && $0.opening != nil
        }
    }

    /// The vendor repeats the commitment for all parties, releases it to itself, and asks for it.
    @Test func whoRepeatsACommitmentAndReleasesItGetsNothing() async throws {
        let mandate = try #require(try vendor.replica.current().registry.mandates(of: unit).first)
        let repeated = Value.committed(Committed(commitment: note.commitment, audience: .all)).item
        let first = try compose([operation(Code.comment, [(1, repeated)])], from: city.opd)
        // Concurrent with the note itself, and before it in some orders of arrival.
        _ = try await city.opd.replica.store([(dossier: dossier, changes: [first], openings: [])])
        let second = try compose([release(mandate: mandate)], from: city.opd)
        _ = try await city.opd.replica.store([(dossier: dossier, changes: [second], openings: [])])
        #expect(try city.opd.replica.view(dossier).state.verdicts.last?.isAuthorised == true)
        // A second replica of the OPD gets the opening after both: it must not fill the vendor's place.
        let items = try city.opd.replica.view(dossier).history.items.map { Verified(storedBefore: $0) }
        let other = try TestOffice()
        try other.replica.take(try city.opd.replica.bundle(of: [city.units.opd, city.units.it, unit]))
        _ = try await other.replica.store([(dossier: dossier, changes: items, openings: [])])
        _ = try await other.replica.store([(dossier: dossier, changes: [], openings: [note.encoded])])
        let opened = try other.replica.view(dossier).places.filter {
            $0.commitment == note.commitment && $0.opening != nil
        }
        #expect(opened.map(\.author) == [city.units.opd] && opened.map(\.readers) == [[city.units.opd]])
        try await synchronise(vendor)
        #expect(try vendor.replica.view(dossier).history.count == items.count)
        #expect(try !holds(vendor))
    }

    @Test func aReleaseByTheWriterIsServedUntilTheValueIsErased() async throws {
        _ = try city.opd.replica.edit(
            dossier, [.set(document: "request", field: "subject", value: "isi surat")], instance: nil, by: head)
        try await synchronise(vendor)
        #expect(try !holds(vendor))
        let mandate = try #require(try city.opd.replica.current().registry.mandates(of: city.units.opd).first)
        let view = try city.opd.replica.view(dossier)
        let fields = view.history.nextFields(
            author: head.key.publicKey, tips: [], at: StatedTime(milliseconds: Clock.now, zone: "Asia/Jakarta"),
            operations: [release(mandate: mandate)])
        let change = try ChangeSet.compose(
            fields, network: network, dossier: dossier, kid: head.key.publicKey, sign: { try head.signer.sign($0) })
        let released = try #require(Verified(checking: change))
        _ = try await city.opd.replica.store([(dossier: dossier, changes: [released], openings: [])])
        try await synchronise(vendor)
        #expect(try holds(vendor))
        let plan = try city.opd.replica.view(dossier).erasurePlan(.change(view.history.items[1].id))
        #expect(plan.items.compactMap(\.text) == ["catatan untuk sendiri"])
        for author in [head, try city.opd.author("root")] {
            _ = try city.opd.replica.erase(
                dossier, plan.commitments, basis: "UU", options: ActOptions(), by: author)
        }
        try await synchronise(vendor)
        #expect(try !holds(vendor))
        let missing = try vendor.replica.view(dossier).places.filter(\.isMissing)
        #expect(!missing.contains { $0.commitment == note.commitment })
        let again = try await vendor.replica.store([(dossier: dossier, changes: [], openings: [note.encoded])])
        #expect(again.refusals == ["opening erased \(note.commitment.hex)"])
        #expect(try !holds(vendor))
    }
}
