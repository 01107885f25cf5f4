import Dossier
import Envelope
import Foundation
import Node
import Procedure
import Registry
import Sodium
import Store
import Sync
import TestSupport
import Testing

/// Who learns whose names, over real sockets (Protocol 3 §2).
@Suite(.serialized) struct NamesTests {
    @discardableResult
    func synchronise(_ office: TestOffice, _ port: Int) async throws -> SyncReport {
        try await office.channel().synchronise(host: "127.0.0.1", port: port)
    }

    /// Every name of the registry that a replica holds.
    func names(_ office: TestOffice) throws -> Set<String> {
        let (registry, _) = try office.replica.current(.everything)
        return try office.replica.store.read { reader in
            Set(
                try registry.entries.flatMap(\.body.committedValues).compactMap { value in
                    guard case .text(let text)? = try reader.name(value.commitment)?.opened else { return nil }
                    return text
                })
        }
    }

    /// Whether the bytes of a text lie in any file of a replica.
    func isOnDisk(_ text: String, _ office: TestOffice) throws -> Bool {
        let folder = office.folder.file("r")
        let needle = Data(text.utf8)
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            if let bytes = FileManager.default.contents(atPath: "\(folder)/\(path)"), bytes.range(of: needle) != nil {
                return true
            }
        }
        return false
    }

    func vendor(_ name: String, _ city: TestCity, role: String) throws -> (office: TestOffice, unit: UnitID) {
        let office = try TestOffice()
        let unit = try TestCity.join(office, city.hub, name: name, kind: "vendor")
        try office.person("direktur", roles: [role])
        return (office, unit)
    }

    /// Two vendors without a common dossier dial each other: neither keeps a word of the other.
    @Test func vendorsLearnNothingOfEachOther() async throws {
        let city = try TestCity()
        let (one, two) = (try vendor("PT Satu", city, role: "a.satu"), try vendor("PT Dua", city, role: "b.dua"))
        try await serving(two.office) { port in
            let reports = [try await synchronise(one.office, port), try await synchronise(one.office, port)]
            #expect(reports.map(\.areEqual) == [true, true])
        }
        for (office, others) in [(one.office, ["PT Dua", "b.dua"]), (two.office, ["PT Satu", "a.satu"])] {
            let held = try names(office)
            #expect(held.contains("Diskominfo") && held.contains("Dinas Arsip"), "agencies are found by all")
            for text in others {
                #expect(!held.contains { $0.contains(text) })
                // The role stands in clear in the mandate; title, decree and name do not.
                for secret in ["Pejabat \(text)", "SK \(text)", "PT Satu", "PT Dua"] where secret.contains(text) {
                    #expect(try !isOnDisk(secret, office), "\(secret)")
                }
            }
        }
        #expect(try isOnDisk("SK a.satu", one.office))
    }

    /// Who opens a dossier for a unit learns the unit's name, where its audience allows, and no person of it until it
    /// writes.
    @Test func personsAreNamedWhenTheirUnitHasWritten() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let secret = "Pejabat it.head"
        try await serving(city.hub) { port in
            try await synchronise(city.opd, port)
            #expect(try !names(city.opd).contains(secret))
            #expect(try names(city.hub).contains("Pejabat applicant.head"), "it opened the dossier")
            let view = try city.opd.replica.view(dossier)
            #expect(view.unitName(city.units.it) == "Diskominfo")
            _ = try city.hub.replica.comment(dossier, "Diterima", isInternal: false, by: try city.hub.author("kadis"))
            try await synchronise(city.opd, port)
        }
        #expect(try names(city.opd).contains(secret))
        #expect(try city.opd.replica.view(dossier).authorName(of: 1) == "kadis")
    }

    /// Who relays obeys as well: a unit without a common dossier gets nothing, and a new party all in one connection.
    @Test func thirdPartiesRelayToPartiesOnly() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let vendor = try vendor("PT Satu", city, role: "vendor.pm")
        try await serving(city.hub) { port in
            try await synchronise(city.opd, port)
            _ = try city.hub.replica.comment(dossier, "Ya", isInternal: false, by: try city.hub.author("kadis"))
            try await synchronise(city.opd, port)
        }
        try await serving(city.opd) { port in
            try await synchronise(vendor.office, port)
            #expect(try names(vendor.office).isDisjoint(with: ["kadis", "kaopd", "Pejabat it.head"]))
            #expect(try names(city.opd).isDisjoint(with: ["PT Satu", "direktur"]))
            _ = try city.opd.replica.bind(
                dossier, slot: "authority", vendor.unit, options: ActOptions(), by: try city.opd.author("kaopd"))
            let report = try await synchronise(vendor.office, port)
            #expect(report.areEqual)
            #expect(try names(vendor.office).isSuperset(of: ["kadis", "kaopd", "Pejabat it.head"]))
            // Named only: its own name goes to the other parties, and nobody of it.
            #expect(try names(city.opd).contains("PT Satu"))
            #expect(try names(city.opd).isDisjoint(with: ["direktur", "Pejabat vendor.pm"]))
        }
    }

    /// A name that is missing where everything else is equal comes all the same, and one that nobody holds costs
    /// nothing but its id.
    @Test func missingNamesComeAtEqualRoots() async throws {
        let city = try TestCity()
        let bare = try TestOffice()
        let root = try bare.key("root", .unitRoot)
        let unit = try city.hub.replica.admit(
            KeyRequest(root, unitKind: "authority", name: "Setda"), root: try city.hub.signer("network"))
        let file = try city.hub.replica.joinFile(for: unit)
        let bundle = RegistryBundle(
            network: file.bundle.network, entries: file.bundle.entries, names: [], blobs: file.bundle.blobs)
        _ = try bare.replica.join(JoinFile(subject: unit, isInvitation: true, bundle: bundle), path: "undangan")
        try bare.replica.beginUnit(unit, root: try bare.signer("root"), person: root.person)
        try bare.node()
        #expect(try names(bare) == ["Simpul"])
        try await serving(city.hub) { port in
            try await synchronise(bare, port)
            #expect(try names(bare).isSuperset(of: ["Kota", "Diskominfo", "Dinas Arsip", "Setda"]))
        }
        // A stranger to the network's names: it lacks them, and so does who answers.
        let (one, two) = (try city.laptopWithoutNames(), try city.laptopWithoutNames())
        try await serving(two) { port in
            try await synchronise(one, port)
            let report = try await synchronise(one, port)
            #expect(report.areEqual && report.turnCount == 0)
            #expect(report.sentByteCount + report.receivedByteCount < 400)
        }
    }

    /// A fresh laptop knows whom to write to from its certificate on.
    @Test func aFreshLaptopFindsTheAgencies() async throws {
        let city = try TestCity()
        let laptop = try TestOffice()
        let key = try laptop.key("staf", .device)
        let certificate = try city.opd.replica.certify(
            KeyRequest(key, unitKind: "", name: "Staf"), by: try city.opd.signer("root"))
        _ = try laptop.replica.join(try city.opd.replica.joinFile(for: certificate), path: "sertifikat")
        #expect(try names(laptop).isSuperset(of: ["Diskominfo", "Dinas Arsip", "kaopd", "Pejabat applicant.head"]))
        #expect(try names(laptop).isDisjoint(with: ["kadis", "Pejabat it.head"]))
    }

    /// An agency that wants it is found by its parties only, and a vendor by all.
    @Test func aUnitSaysWhoLearnsItsName() async throws {
        let city = try TestCity()
        for (name, kind, audience) in [
            ("Balai Tertutup", "authority", NameAudience.parties), ("PT Terbuka", "vendor", .members),
        ] {
            let root = try city.hub.key(kind, .unitRoot)
            _ = try city.hub.replica.admit(
                KeyRequest(root, unitKind: kind, name: name, nameAudience: audience),
                root: try city.hub.signer("network"))
        }
        try await serving(city.hub) { port in _ = try await synchronise(city.opd, port) }
        #expect(try names(city.opd).contains("PT Terbuka"))
        #expect(try !names(city.opd).contains("Balai Tertutup"))
        #expect(try !isOnDisk("Balai Tertutup", city.opd))
    }

    /// Whoever sends what is not for a unit sends it in vain: the receiver judges by its own scope.
    @Test func whatIsNotForAUnitIsNotTaken() throws {
        let city = try TestCity()
        let vendor = try vendor("PT Satu", city, role: "vendor.pm")
        let (registry, _) = try vendor.office.replica.current(.everything)
        let all = try vendor.office.replica.store.read { reader in
            try registry.entries.flatMap(\.body.committedValues).compactMap { try reader.name($0.commitment) }
        }
        #expect(all.contains { $0.opened == .text("direktur") })
        let entries = try vendor.office.replica.bundle(of: [vendor.unit])
        try city.opd.replica.take(
            RegistryBundle(network: entries.network, entries: entries.entries, names: all, blobs: []))
        #expect(try names(city.opd).isDisjoint(with: ["PT Satu", "direktur", "Pejabat vendor.pm", "SK vendor.pm"]))
    }

    /// A name fits one entry only: whoever repeats a commitment neither gets its text nor keeps it from others.
    @Test func whoRepeatsACommitmentTakesNothingAway() throws {
        let world = try TestWorld(seed: 3)
        let network = world.networkKey
        let (longest, tooLong) = (String(repeating: "x", count: 500), String(repeating: "y", count: 501))
        let texts = ["Dinas Satu", longest, tooLong]
        for text in texts { _ = try world.unit(text, kind: "authority") }
        let name = try #require(world.openings.values.first { $0.opened == .text("Dinas Satu") })
        // Under another key the same commitment stands in a certificate, which every replica reads first.
        let thief = try world.unit("Maling", kind: "authority")
        let root = world.root(of: thief)
        let committed = Committed(commitment: name.commitment, audience: .all)
        try world.append(
            chain: thief,
            .certify(
                Certificate(
                    key: network.publicKey, agreement: .zero, isNode: false, person: root.person, name: committed)),
            by: root)
        let office = try TestOffice()
        for _ in 0..<2 {
            try office.replica.take(
                RegistryBundle(
                    network: world.network, entries: world.entries.map(\.bytes),
                    names: Array(world.openings.values), blobs: []))
        }
        let held = try names(office)
        #expect(held.isSuperset(of: ["Dinas Satu", longest, "Maling"]))
        #expect(!held.contains(tooLong))
        let places = try office.replica.store.read { try $0.namePlaces(name.commitment) }
        #expect(places.map(\.isHeld) == [true, false])
    }

    /// Nor is he called by it: a name is shown for the entry whose author made it.
    @Test func whoRepeatsACommitmentIsNotCalledByIt() throws {
        let city = try TestCity()
        let head = try city.opd.author("kaopd")
        let opd = city.opd.replica
        let dossier = try opd.open(
            definition: "uji.kecil", parties: [("applicant", city.units.opd), ("it", city.units.it)], title: "Bersama",
            by: head)
        let own = try #require(try opd.current().registry.grants(of: head.key.publicKey).first?.standing.entry)
        let vendor = try vendor("PT Maling", city, role: "vendor.pm")
        let (registry, _) = try vendor.office.replica.current()
        let root = try vendor.office.signer("root")
        let tip = try #require(registry.tips(of: vendor.unit).first.flatMap { registry.entry($0) })
        let named = try #require(opd.current().registry.entry(own)?.body.committedValues.first)
        let repeated = try Entry.compose(
            chain: vendor.unit, height: tip.height + 1, previous: tip.id, links: [], at: tip.at,
            body: .certify(
                Certificate(
                    key: root.publicKey, agreement: .zero, isNode: false, person: try Replica.newPerson(),
                    name: named)),
            network: registry.network, kid: root.publicKey, sign: { try root.sign($0) })
        let bundle = try vendor.office.replica.bundle(of: [vendor.unit])
        try opd.take(
            RegistryBundle(
                network: bundle.network, entries: bundle.entries + [repeated.bytes], names: bundle.names,
                blobs: bundle.blobs))
        let view = try opd.view(dossier, .everything)
        #expect(view.registry.contains(repeated.id))
        #expect(view.name(named, in: own) == "kaopd")
        #expect(view.name(named, in: repeated.id) == nil)
    }

    @Test func titlesAndDecreesHaveALimit() throws {
        let city = try TestCity()
        let person = try city.opd.replica.keys.file("kaopd").person
        func draft(_ count: Int) -> Replica.MandateDraft {
            Replica.MandateDraft(
                person: person, role: "applicant.head", from: 0, until: nil, capacity: .acting,
                instrument: String(repeating: "é", count: count / 2) + (count % 2 == 1 ? "x" : ""), title: nil)
        }
        _ = try city.opd.replica.grant(draft(500), by: try city.opd.signer("root"))
        #expect(throws: NodeFailure.self) {
            try city.opd.replica.grant(draft(501), by: try city.opd.signer("root"))
        }
    }

    /// One of many units whose names nobody holds does not crowd out another: the giver's own come first, then one of
    /// each unit in turn.
    @Test func missingNamesAreAskedForInTurn() throws {
        let world = try TestWorld(seed: 4)
        let units = try (0..<40).map { try world.unit("Dinas \($0)", kind: "authority") }
        let office = try TestOffice()
        try office.replica.take(
            RegistryBundle(network: world.network, entries: world.entries.map(\.bytes), names: [], blobs: []))
        func name(_ unit: UnitID) throws -> Commitment {
            try #require(world.registry.unit(unit)?.admission.name.commitment)
        }
        var asked: Set<Commitment> = []
        try office.replica.store.read { reader in
            for round: UInt8 in 0..<40 {
                var scope = NameScope(reader, receiver: UnitID(.zero), giver: units[7])
                let pivot = Blake2b.hash([round], personal: Personal("x"))
                let names = try reader.missingNames(&scope, from: pivot, limit: 16)
                #expect(names.count == 16 && Set(names).count == 16)
                #expect(try names.first == name(units[7]))
                #expect(try names == reader.missingNames(&scope, from: pivot, limit: 16))
                asked.formUnion(names)
            }
        }
        #expect(try units.allSatisfy { try asked.contains(name($0)) }, "in the end each is asked for")
    }
}

extension TestCity {
    /// A laptop of a new unit that took its invitation without a single name.
    func laptopWithoutNames() throws -> TestOffice {
        let office = try TestOffice()
        let root = try office.key("root", .unitRoot)
        let unit = try hub.replica.admit(
            KeyRequest(root, unitKind: "vendor", name: "Tanpa nama"), root: try hub.signer("network"))
        let file = try hub.replica.joinFile(for: unit)
        let bundle = RegistryBundle(
            network: file.bundle.network, entries: file.bundle.entries, names: [], blobs: file.bundle.blobs)
        _ = try office.replica.join(JoinFile(subject: unit, isInvitation: true, bundle: bundle), path: "undangan")
        try office.replica.beginUnit(unit, root: try office.signer("root"), person: root.person)
        try office.node()
        return office
    }
}
