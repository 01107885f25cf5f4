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

/// The standard workload W(n) of the performance plan: n dossiers of 20 change sets by 3 to 5 devices of 2 units, one or
/// two operations and up to two committed texts each. The same seed gives the same bytes.
struct Workload {
    let world: TestWorld
    let it: UnitID
    let opd: UnitID
    private let people: [TestPerson]
    private let definition: EntryID
    let hubNode: KeyFile
    let peerNode: KeyFile
    /// An official of the hub whose key is in its ring.
    let official: KeyFile
    /// One of the peer, without a passphrase.
    let peerOfficial: KeyFile
    /// One of the hub, without a passphrase.
    let freeOfficial: KeyFile

    static let changesPerDossier = 20

    struct Record {
        let dossier: DossierID
        let changes: [Verified<ChangeSet>]
        let openings: [[UInt8]]
    }

    init() throws {
        world = try TestWorld(seed: 2026)
        it = try world.unit("Diskominfo", kind: "it_agency")
        opd = try world.unit("Dinas Arsip", kind: "applicant")
        definition = try world.publish(TestDefinitions.small, name: "uji.kecil")
        people = [
            try world.person(opd, "Kepala", roles: ["applicant.head"]), try world.person(opd, "Staf", roles: []),
            try world.person(it, "Kabid", roles: ["it.field_head"]), try world.person(it, "Staf IT", roles: []),
            try world.person(it, "Kadis", roles: ["it.head"]),
        ]
        hubNode = try Self.node(it, world)
        peerNode = try Self.node(opd, world)
        official = try KeyFile.make(
            name: "kadis", kind: .device, person: try Replica.newPerson(),
            passphrase: SecretBytes(copying: Array("kata sandi".utf8)))
        try Self.certify(official, it, world)
        peerOfficial = try KeyFile.make(
            name: "kaopd", kind: .device, person: try Replica.newPerson(), passphrase: nil)
        try Self.certify(peerOfficial, opd, world)
        freeOfficial = try KeyFile.make(name: "staf", kind: .device, person: try Replica.newPerson(), passphrase: nil)
        try Self.certify(freeOfficial, it, world)
    }

    /// Ends the certificate of one of the three people who write in every dossier, as if it had never held: whoever
    /// takes it in has to judge all of them anew.
    func ending(_ number: Int) throws -> RegistryBundle {
        let person = people[number]
        let revocation = try world.revoke(person.certificate, of: person.unit, effective: 1)
        guard let entry = world.registry.entry(revocation) else { throw TestFailure.setUp("revocation") }
        return RegistryBundle(network: world.network, entries: [entry.bytes], names: [], blobs: [])
    }

    private static func node(_ unit: UnitID, _ world: TestWorld) throws -> KeyFile {
        let file = try KeyFile.make(name: "node", kind: .node, person: try Replica.newPerson(), passphrase: nil)
        try certify(file, unit, world)
        return file
    }

    private static func certify(_ file: KeyFile, _ unit: UnitID, _ world: TestWorld) throws {
        let root = world.root(of: unit)
        try world.append(
            chain: unit,
            .certify(
                Certificate(
                    key: file.publicKey, agreement: file.agreement, isNode: file.kind == .node, person: file.person,
                    name: world.commit(.text(file.name), by: root.publicKey))), by: root)
    }

    /// The n-th dossier.
    ///
    /// - Parameter withActs: with three change sets more: two outcomes and an acknowledgement.
    func record(_ number: Int, withActs: Bool = false) throws -> Record {
        var dossier = try TestDossier(
            world, definition: definition, parties: [("applicant", opd), ("it", it)], by: people[0])
        let deviceCount = 3 + number % 3
        var commitments: [Committed] = []
        for place in 1..<Self.changesPerDossier {
            let person = people[(place + number) % deviceCount]
            var operations: [Operation] = []
            for index in 0..<(1 + place % 2) {
                let text = world.commit(
                    .text(Self.text(number, place + index)), by: person.key.publicKey)
                commitments.append(text)
                if place == 1 && index == 0 {
                    operations.append(TestDossier.set("title", .committed(text)))
                } else if (place + index) % 3 == 0 {
                    operations.append(TestDossier.operation(Code.comment, [(1, text.item)]))
                } else {
                    operations.append(TestDossier.set("doc/request/1/subject", .committed(text)))
                }
            }
            try dossier.write(operations, by: person)
        }
        if withActs {
            let (head, field) = (people[0], people[2])
            try dossier.write(
                [try dossier.outcome("1", "done", by: head, role: "applicant.head", documents: ["request"])], by: head)
            let decision = try dossier.write(
                [try dossier.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
            try dossier.write([dossier.acknowledge(decision, by: head, role: "applicant.head")], by: head)
        }
        guard let id = dossier.history.dossier else { throw TestFailure.setUp("dossier") }
        return Record(
            dossier: id, changes: dossier.history.items.map { Verified(storedBefore: $0) },
            openings: commitments.compactMap { world.openings[$0.commitment]?.encoded })
    }

    private static let words = ["permohonan", "aplikasi", "arsip", "jadwal", "uji", "temuan", "perbaikan", "layanan"]

    private static func text(_ number: Int, _ place: Int) -> String {
        (0..<6).map { words[(number &* 7 &+ place &* 3 &+ $0 &* 5) % words.count] }.joined(separator: " ")
            + " \(number)"
    }

    /// A replica of a unit that knows the registry, with its node key.
    func replica(_ folder: String, _ keys: [KeyFile]) throws -> Replica {
        let replica = try Replica.create(folder)
        for key in keys { try replica.keys.add(key) }
        let bundle = RegistryBundle(
            network: world.network, entries: world.entries.map(\.bytes),
            names: world.entries.flatMap(\.body.committedValues).compactMap { world.openings[$0.commitment] },
            blobs: Array(world.blobs.values))
        _ = try replica.join(try joinFile(bundle, for: keys), path: folder)
        return replica
    }

    /// Entries as a certificate file for one of the keys.
    func joinFile(_ bundle: RegistryBundle, for keys: [KeyFile]) throws -> JoinFile {
        let subject = world.entries.first { entry in
            guard case .certify(let certificate) = entry.body else { return false }
            return keys.contains { $0.publicKey == certificate.key }
        }
        guard let subject else { throw TestFailure.setUp("certificate") }
        return JoinFile(subject: subject.id, isInvitation: false, bundle: bundle)
    }
}
