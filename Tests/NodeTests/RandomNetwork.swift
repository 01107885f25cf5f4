import CBOR
import Dossier
import Envelope
import History
import Node
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// A random network with more units than a dossier has parties: administrators, revocations, suspensions, links between
/// chains, in some seeds a fork of the network's chain; and dossiers of two or three units each.
struct RandomNetwork {
    let world: TestWorld
    /// In force where the network's chain may fork.
    private let firstKey: TestKey
    var units: [UnitID] = []
    var people: [[TestPerson]] = []
    var dossiers: [TestDossier] = []
    private var generator: SeededGenerator

    init(seed: UInt64) throws {
        world = try TestWorld(seed: seed)
        firstKey = world.networkKey
        generator = SeededGenerator(seed: seed &* 7_919)
        let definition = try world.publish(TestDefinitions.small, name: "uji.kecil")
        for number in 0..<7 {
            let unit = try world.unit("Unit \(number)", kind: number == 0 ? "it_agency" : "applicant")
            units.append(unit)
            people.append(
                try (0..<3).map { try world.person(unit, "Orang \($0)", roles: ["applicant.head", "it.head"]) })
            if generator.next() % 2 == 0 { try administrate(unit) }
        }
        for _ in 0..<10 { try open(definition) }
        for _ in 0..<12 { try change(seed) }
        for _ in 0..<10 { try open(definition) }
        for _ in 0..<30 { try write() }
    }

    mutating func pick(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

    /// An administrator with a chain of his own, who certifies somebody.
    private mutating func administrate(_ unit: UnitID) throws {
        let root = world.root(of: unit)
        let key = TestKey(&world.generator)
        let delegation = try world.append(
            chain: unit,
            .delegate(
                Delegation(
                    key: key.publicKey, person: key.person, name: world.commit(.text("Admin"), by: root.publicKey))),
            by: root)
        let device = TestKey(&world.generator)
        let certificate = try world.append(
            chain: delegation.id,
            .certify(
                Certificate(
                    key: device.publicKey, agreement: .zero, isNode: false, person: device.person,
                    name: world.commit(.text("Staf"), by: key.publicKey))), by: key)
        let person = TestPerson(key: device, unit: unit, certificate: certificate.id, mandates: [:])
        people[people.count - 1].append(person)
        if pick(3) == 0 {
            try world.append(
                chain: unit,
                .revoke(Revocation(target: delegation.id, reason: .ended, effective: world.clock, cut: certificate.id)),
                by: root)
        }
    }

    /// Something that the registry learns.
    mutating func change(_ seed: UInt64) throws {
        let place = pick(units.count)
        let unit = units[place]
        let person = people[place][pick(3)]
        switch pick(9) {
        case 0: _ = try world.revoke(person.certificate, of: unit, effective: world.clock)
        case 1: _ = try world.revoke(person.mandate("it.head"), of: unit, effective: 1, reason: .compromised)
        case 2:
            try world.append(
                chain: world.network, .suspend(Suspension(unit: unit, from: world.clock)), by: world.networkKey)
        case 3:
            // A link to another unit's chain: whoever holds this has to hold that.
            let other = units[(place + 1 + pick(units.count - 1)) % units.count]
            let link = world.registry.tips(of: other)
            let root = world.root(of: unit)
            let key = TestKey(&world.generator)
            let certificate = EntryBody.certify(
                Certificate(
                    key: key.publicKey, agreement: .zero, isNode: false, person: key.person,
                    name: world.commit(.text("Tautan"), by: root.publicKey)))
            try world.insert(try world.compose(chain: unit, certificate, by: root, links: link))
        case 5:
            // Of the unit or the network, by the next key or the recovery set; sometimes one that cuts off what came.
            let chain = pick(4) == 0 ? world.network : unit
            let tip = world.registry.tipToExtend(chain)
            let cut = pick(3) == 0 ? tip?.previous.flatMap { world.registry.entry($0) } : nil
            let recovering = cut != nil || pick(2) == 0
            try world.take(try world.succession(of: chain, recovering: recovering, after: cut))
        case 6:
            guard let suspension = world.registry.suspensions.first else { return }
            try world.append(chain: world.network, .lift(suspension: suspension), by: world.networkKey)
        case 7:
            let body = Revocation(target: person.certificate, reason: .compromised, effective: 1, cut: nil)
            let revocation = try world.append(chain: unit, .revoke(body), by: world.root(of: unit))
            try world.append(
                chain: world.network, .countersign(Countersignature(revocation: revocation.id, isNetwork: true)),
                by: world.networkKey)
        case 4: _ = try world.publish(TestDefinitions.small + [UInt8(ascii: " ")], name: "uji.lain")
        default:
            guard seed % 3 == 0, let first = world.registry.entry(units[2]) else { return }
            let root = TestKey(&world.generator)
            let admission = EntryBody.admit(
                Admission(
                    root: root.publicKey, kind: "vendor",
                    name: world.commit(.text("Cabang"), by: firstKey.publicKey)))
            try world.insert(
                try world.compose(
                    chain: world.network, admission, by: firstKey, previous: first, height: first.height + 1))
        }
    }

    private mutating func open(_ definition: EntryID) throws {
        let (it, opd) = (0, 1 + pick(units.count - 1))
        let author = people[pick(2) == 0 ? it : opd][pick(3)]
        var dossier = try TestDossier(
            world, definition: definition, parties: [("applicant", units[opd]), ("it", units[it])], by: author)
        try dossier.write([TestDossier.set("title", .text("Berkas"))], by: author)
        dossiers.append(dossier)
    }

    private mutating func write() throws {
        let place = pick(dossiers.count)
        guard let parties = dossiers[place].history.parties.first, let head = parties.first else { return }
        let unit = pick(2) == 0 ? head : parties[parties.count - 1]
        guard let owner = units.firstIndex(of: unit) else { return }
        let person = people[owner][pick(people[owner].count)]
        let operation: Operation
        if pick(3) == 0, person.mandates["applicant.head"] != nil {
            operation = dossiers[place].acknowledge(
                dossiers[place].history.items[0].id, by: person, role: "applicant.head")
        } else {
            operation = TestDossier.set("doc/request/1/subject", .text("\(generator.next())"))
        }
        try dossiers[place].write([operation], by: person)
    }

    var bundle: RegistryBundle {
        RegistryBundle(
            network: world.network, entries: world.entries.map(\.bytes),
            names: world.entries.flatMap(\.body.committedValues).compactMap { world.openings[$0.commitment] },
            blobs: world.blobs.values.sorted { $0.lexicographicallyPrecedes($1) })
    }
}

extension RandomNetwork {
    /// A replica of the first unit with everything stored, and nothing in memory.
    func replica(in folder: TestFolder, _ name: String) async throws -> Replica {
        let replica = try Replica.create(folder.file(name))
        let node = try KeyFile.make(name: "node", kind: .node, person: try Replica.newPerson(), passphrase: nil)
        let root = world.root(of: units[0])
        let certificate = try world.append(
            chain: units[0],
            .certify(
                Certificate(
                    key: node.publicKey, agreement: node.agreement, isNode: true, person: node.person,
                    name: world.commit(.text("Simpul"), by: root.publicKey))), by: root)
        try replica.keys.add(node)
        _ = try replica.join(
            JoinFile(subject: certificate.id, isInvitation: false, bundle: bundle), path: name)
        let stored = try await replica.store(
            dossiers.map { dossier in
                (
                    dossier: dossier.history.items[0].dossier,
                    changes: dossier.history.items.map { Verified(storedBefore: $0) }, openings: []
                )
            })
        #expect(stored.refusals.isEmpty)
        try replica.refold()
        replica.store.close()
        return try Replica.open(replica.folder)
    }
}
