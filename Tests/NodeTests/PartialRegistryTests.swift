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

/// A random network with more units than a dossier has parties: administrators, revocations, suspensions, links between
/// chains, in some seeds a fork of the network's chain; and dossiers of two or three units each.
private struct RandomNetwork {
    let world: TestWorld
    var units: [UnitID] = []
    var people: [[TestPerson]] = []
    var dossiers: [TestDossier] = []
    private var generator: SeededGenerator

    init(seed: UInt64) throws {
        world = try TestWorld(seed: seed)
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
    private mutating func change(_ seed: UInt64) throws {
        let place = pick(units.count)
        let unit = units[place]
        let person = people[place][pick(3)]
        switch pick(6) {
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
        case 4: _ = try world.publish(TestDefinitions.small + [UInt8(ascii: " ")], name: "uji.lain")
        default:
            guard seed % 3 == 0, let first = world.registry.entry(units[2]) else { return }
            let root = TestKey(&world.generator)
            let admission = EntryBody.admit(
                Admission(
                    root: root.publicKey, kind: "vendor",
                    name: world.commit(.text("Cabang"), by: world.networkKey.publicKey)))
            try world.insert(
                try world.compose(
                    chain: world.network, admission, by: world.networkKey, previous: first, height: first.height + 1))
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

/// A registry that holds part of what is stored answers as the whole one.
@Suite(.serialized) struct PartialRegistryTests {
    /// A replica of the first unit with everything stored, and nothing in memory.
    private func replica(_ network: RandomNetwork, in folder: TestFolder, _ name: String) async throws -> Replica {
        let replica = try Replica.create(folder.file(name))
        let node = try KeyFile.make(name: "node", kind: .node, person: try Replica.newPerson(), passphrase: nil)
        let root = network.world.root(of: network.units[0])
        try network.world.append(
            chain: network.units[0],
            .certify(
                Certificate(
                    key: node.publicKey, agreement: node.agreement, isNode: true, person: node.person,
                    name: network.world.commit(.text("Simpul"), by: root.publicKey))), by: root)
        try replica.keys.add(node)
        _ = try replica.join(network.bundle)
        let stored = try await replica.store(
            network.dossiers.map { dossier in
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

    /// What people and replicas see of a dossier, with nothing that could show how it was loaded.
    private func image(_ view: DossierView) -> [String] {
        view.state.verdicts.enumerated().map { index, verdict in
            let place = view.history.covers[index].entryCount
            let unit = verdict.unit.map { view.unitName($0) } ?? ""
            return "\(verdict.reason?.rawValue ?? "ok") \(String(describing: verdict.because)) \(unit) \(place) "
                + "\(view.authorName(of: index)) \(view.instrument(of: index) ?? "")"
        } + [view.state.hash.hex, view.history.digest.hex]
    }

    @Test(arguments: 1...12) func answersAsTheWhole(seed: UInt64) async throws {
        let network = try RandomNetwork(seed: seed)
        let folder = try TestFolder()
        let partial = try await replica(network, in: folder, "r")
        let whole = try Replica.open(partial.folder)
        let all = try whole.current().registry
        #expect(all.entries.count == network.world.entries.count)
        var generator = SeededGenerator(seed: seed)
        var ids = try whole.store.read { try $0.allDossiers() }
        #expect(ids.count == network.dossiers.count)
        for place in ids.indices { ids.swapAt(place, Int(generator.next() % UInt64(ids.count))) }
        for id in ids {
            let (one, two) = (try partial.view(id), try whole.view(id))
            #expect(image(one) == image(two))
            let row = try #require(try partial.store.read { try $0.row(of: id) })
            #expect(row.stateHash == one.state.hash)
            let last = try #require(one.history.items.last?.id)
            #expect(try partial.evidence(of: last, in: id).encoded == whole.evidence(of: last, in: id).encoded)
        }
        for (unit, people) in zip(network.units, network.people) {
            let part = try partial.current(.units([unit])).registry
            #expect(Set(part.tips(of: unit)) == Set(all.tips(of: unit)))
            #expect(Set(part.tips(of: nil)) == Set(all.tips(of: nil)))
            #expect(part.mandates(of: unit) == all.mandates(of: unit))
            for person in people {
                #expect(Set(part.keys(of: unit)) == Set(all.keys(of: unit)))
                #expect(part.revocations(of: person.certificate) == all.revocations(of: person.certificate))
                let (near, far) = (part.cover([person.certificate]), all.cover([person.certificate]))
                #expect(near?.entryCount == far?.entryCount && near != nil)
            }
            let (short, long) = (try partial.bundle(of: [unit]), try whole.bundle(of: [unit]))
            #expect(short.encoded == long.encoded)
        }
        #expect(try partial.check { _, _ in }.problems.isEmpty)
        #expect(try partial.rebuild { _, _ in }.isIdentical)
    }

    /// A view loads its parties and nobody else.
    @Test func aViewHoldsItsPartiesOnly() async throws {
        let network = try RandomNetwork(seed: 5)
        let folder = try TestFolder()
        let stored = try await replica(network, in: folder, "r")
        for dossier in network.dossiers.prefix(4) {
            let replica = try Replica.open(stored.folder)
            let id = try #require(dossier.history.dossier)
            let view = try replica.view(id)
            let whole = network.world.registry
            let parties = Set(dossier.history.parties.flatMap { $0 } + [network.units[0]])
            // What a chain of a party links has to be held too.
            let linked = Set(
                whole.entries.filter { !$0.links.isEmpty }.flatMap(\.links).compactMap { link in
                    whole.entry(link).flatMap { whole.unitID(ofChain: $0.chain) }
                })
            for entry in view.registry.entries where entry.chain != network.world.network {
                let unit = try #require(whole.unitID(ofChain: entry.chain))
                #expect(parties.contains(unit) || linked.contains(unit))
            }
            #expect(view.registry.entries.count < whole.entries.count)
        }
    }

    /// An entry that is stored and not held is no news, whoever sends it: no second row, no fork.
    @Test(arguments: 1...6) func whatIsStoredIsNotTakenTwice(seed: UInt64) async throws {
        let network = try RandomNetwork(seed: seed)
        let folder = try TestFolder()
        let stored = try await replica(network, in: folder, "r")
        let count = try stored.store.read { try $0.lastEntryNumber() }
        for (number, entry) in network.world.entries.enumerated() where number % 3 == 0 {
            let replica = try Replica.open(stored.folder)
            try await replica.ingest(entries: [entry.bytes], names: [], blobs: [])
            #expect(try replica.store.read { try $0.lastEntryNumber() } == count)
        }
        let all = try Replica.open(stored.folder).current().registry
        #expect(all.entries.count == network.world.entries.count)
    }

    /// New entries of chains that are not held, one at a time, each by a process of its own, beside one that stays.
    @Test(arguments: 1...6) func growthIsTheSameForWhoStaysAndWhoComes(seed: UInt64) async throws {
        let network = try RandomNetwork(seed: seed)
        let folder = try TestFolder()
        let first = try Replica.create(folder.file("r"))
        let entries = network.world.entries
        let half = entries.count / 2
        _ = try first.join(
            RegistryBundle(network: network.world.network, entries: entries[..<half].map(\.bytes), names: [], blobs: [])
        )
        let stays = try Replica.open(first.folder)
        _ = try stays.current(.own)
        for entry in entries[half...] {
            let comes = try Replica.open(first.folder)
            try await comes.ingest(entries: [entry.bytes], names: [], blobs: [])
            if entry.height % 4 == 0 { _ = try stays.current(.units(Array(network.units.prefix(2)))) }
        }
        let (one, two) = (try stays.current().registry, try Replica.open(first.folder).current().registry)
        #expect(one.entries.count == entries.count && two.entries.count == entries.count)
        for entry in entries {
            #expect(one.cover([entry.id])?.entryCount == network.world.registry.cover([entry.id])?.entryCount)
            #expect(two.cover([entry.id])?.entryCount == network.world.registry.cover([entry.id])?.entryCount)
        }
        #expect(one.inCanonicalOrder(one.entries).map(\.id) == two.inCanonicalOrder(two.entries).map(\.id))
    }
}
