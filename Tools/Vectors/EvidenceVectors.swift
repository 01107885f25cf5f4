import CBOR
import Dossier
import Envelope
import History
import Node
import Registry
import Sodium
import TestSupport

/// Chapter 7: files that prove all acts of a dossier, one for each way in which authority is had or lost.
struct EvidenceVectors {
    func all() throws -> [Vector] {
        var vectors: [Vector] = []
        for (place, scene) in Scene.all.enumerated() {
            var stage = try Stage(seed: 100 + UInt64(place), hasVendor: scene.undecidedCount > 0)
            try scene.play(&stage)
            vectors.append(try vector(scene.name, stage.file, undecidedCount: scene.undecidedCount))
        }
        return vectors + (try repeated()) + (try refused())
    }

    /// What it means is what this program's verifier says; Tests/Processes/vectors.py asks the independent one.
    func vector(_ name: String, _ file: EvidenceFile, undecidedCount: Int = 0) throws -> Vector {
        let verdict = try EvidenceVerifier.verify(file.encoded, network: file.network.hex)
        return Vector(
            name: name, bytes: Hexadecimal.encode(file.encoded), meaning: verdict.authorityFacts,
            context: ["network": [file.network.hex], "undecided": ["\(undecidedCount)"]])
    }

    // MARK: Refusals

    private func refused() throws -> [Vector] {
        var stage = try Stage(seed: 99)
        _ = try stage.decide(by: stage.field)
        let good = stage.file
        let other = try Stage(seed: 98)
        let (foreign, strange) = (other.world.entries[1].bytes, other.dossier.history.items[1].bytes)
        func vector(_ name: String, _ reason: String, _ bytes: [UInt8], network: String? = nil) -> Vector {
            Vector(
                name: name, bytes: Hexadecimal.encode(bytes), refused: reason,
                context: ["network": [network ?? good.network.hex]])
        }
        func changed(_ name: String, _ reason: String, _ change: (inout EvidenceFile) -> Void) -> Vector {
            var file = good
            change(&file)
            return vector(name, reason, file.encoded)
        }
        func flipped(_ bytes: [UInt8], _ place: Int) -> [UInt8] {
            var copy = bytes
            copy[place] ^= 1
            return copy
        }
        let last = good.changes.count - 1
        return [
            vector("nothing", "form", []), vector("a byte more", "form", good.encoded + [0]),
            vector("a byte less", "form", Array(good.encoded.dropLast())),
            vector("the hash", "hash", flipped(good.encoded, good.encoded.count - 1)),
            vector("another network", "network", good.encoded, network: String(repeating: "0", count: 64)),
            vector("31 digits of the network", "network", good.encoded, network: String(good.network.hex.prefix(31))),
            changed("another network inside", "network") { $0.network = NetworkID(.zero) },
            changed("without the first entry", "entry") { $0.entries.removeFirst() },
            changed("without an entry that others name", "entry") { $0.entries.remove(at: 3) },
            changed("two entries swapped", "entry") { $0.entries.swapAt(1, 2) },
            changed("an entry's signature", "entry") {
                $0.entries[2] = flipped($0.entries[2], $0.entries[2].count - 1)
            },
            changed("without the first change set", "change") { $0.changes.removeFirst() },
            changed("without one in between", "change") { $0.changes.remove(at: 1) },
            changed("two change sets swapped", "change") { $0.changes.swapAt(0, 1) },
            changed("a change set's signature", "change") {
                $0.changes[last] = flipped($0.changes[last], $0.changes[last].count - 1)
            },
            changed("another dossier", "change") { $0.dossier = DossierID(.zero) },
            changed("another definition", "definition") { $0.definition.append(32) },
            changed("a byte of an entry", "entry") { $0.entries[4] = flipped($0.entries[4], $0.entries[4].count / 2) },
            changed("a byte of a change set", "change") {
                $0.changes[1] = flipped($0.changes[1], $0.changes[1].count / 2)
            },
            changed("an entry of another network", "entry") { $0.entries.append(foreign) },
            changed("a change set of another dossier", "change") { $0.changes.append(strange) },
            changed("a document that no act names", "content") {
                $0.contents = [EvidenceFile.Content(document: "request", instance: 1, stage: nil, entries: [])]
            },
            changed("a subject that is not there", "subject") { $0.subject = ChangeSetID(.zero) },
        ] + openings(of: stage, changed) + (try forms(of: stage, vector))
    }

    private func openings(
        of stage: Stage, _ changed: (String, String, (inout EvidenceFile) -> Void) -> Vector
    ) -> [Vector] {
        let text = Opening(
            author: stage.field.key.publicKey, audience: .all, kind: .value, opened: .text("lain"),
            salt: [UInt8](repeating: 1, count: 16))
        func other(
            _ opening: Opening, salt: [UInt8]? = nil, kind: Opening.Kind? = nil, opened: Value? = nil
        ) -> Opening {
            Opening(
                forged: opening.commitment, salt: salt ?? opening.salt, kind: kind ?? opening.kind,
                opened: opened ?? opening.opened)
        }
        return [
            changed("an opening of nothing", "opening") { $0.openings.append(text) },
            changed("an opening twice", "opening") { $0.openings.append($0.openings[0]) },
            changed("an opening with another text", "opening") {
                $0.openings[0] = other($0.openings[0], opened: .text("lain"))
            },
            changed("an opening with another salt", "opening") {
                $0.openings[0] = other($0.openings[0], salt: [UInt8](repeating: 0, count: 16))
            },
            changed("an opening as a file's", "opening") { $0.openings[0] = other($0.openings[0], kind: .file) },
        ]
    }
}

/// Two units with their people, and a dossier whose step 2 is open.
struct Stage {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let second: TestPerson
    let chief: TestPerson
    /// Before the outcome of its first step, and after it.
    let opened: TestDossier
    var dossier: TestDossier

    /// - Parameter hasVendor: a third party that is bound later decides the second step too.
    init(seed: UInt64, hasVendor: Bool = false) throws {
        world = try TestWorld(seed: seed)
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(hasVendor ? Self.withVendor : TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        second = try world.person(it, "Kasi", roles: ["it.field_head"])
        chief = try world.person(it, "Kadis", roles: ["it.head"])
        dossier = try TestDossier(world, definition: definition, parties: [("applicant", opd), ("it", it)], by: head)
        try dossier.write([TestDossier.set("doc/request/1/subject", .text("Aplikasi"))], by: head)
        opened = dossier
        try dossier.write(
            [try dossier.outcome("1", "done", by: head, role: "applicant.head", documents: ["request"])], by: head)
    }

    private static let withVendor = Array(
        String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacing("\"parties\": {", with: "\"parties\": {\"vendor\": {\"kind\": \"vendor\", \"label\": \"PT\"}, ")
            .replacing(
                "\"roles\": {", with: "\"roles\": {\"vendor.head\": {\"party\": \"vendor\", \"title\": \"Direktur\"}, "
            )
            .replacing(
                "\"by\": [\"it.field_head\", \"it.head\"]",
                with: "\"by\": [\"it.field_head\", \"it.head\", \"vendor.head\"]"
            )
            .utf8)

    var file: EvidenceFile {
        let names = Set(world.registry.entries.flatMap(\.body.committedValues).map(\.commitment)).compactMap {
            world.openings[$0]
        }
        return EvidenceFile(
            network: world.network, entries: world.entries.map(\.bytes),
            dossier: dossier.history.dossier ?? DossierID(.zero), changes: dossier.history.items.map(\.bytes),
            subject: nil, openings: names.sorted { $0.commitment < $1.commitment },
            definition: world.blobs[dossier.definition] ?? [], contents: [])
    }

    @discardableResult
    mutating func decide(
        by person: TestPerson, role: String = "it.field_head", at: UInt64? = nil, tips: [EntryID]? = nil
    ) throws -> ChangeSetID {
        try dossier.write(
            [try dossier.outcome("2", "perlu", by: person, role: role)], by: person, at: at, tips: tips)
    }

    @discardableResult
    mutating func refuse(by person: TestPerson, role: String) throws -> ChangeSetID {
        let why = world.commit(.text("tidak"), by: person.key.publicKey)
        return try dossier.write(
            [try dossier.outcome("2", "tidak_perlu", by: person, role: role, extra: [(5, why.item)])], by: person)
    }

    @discardableResult
    mutating func cut(
        _ code: Int, _ ending: Bytes32, _ tip: ChangeSetID, by person: TestPerson
    ) throws -> ChangeSetID {
        try dossier.write([TestDossier.cut(code, ending, tip: tip, under: person.certificate)], by: person)
    }

    mutating func accept(_ ending: Bytes32, _ tip: ChangeSetID, by unit: UnitID) throws {
        try cut(Code.accept, ending, tip, by: try world.rootPerson(unit))
    }

    @discardableResult
    mutating func acknowledge(_ change: ChangeSetID) throws -> ChangeSetID {
        try dossier.write([dossier.acknowledge(change, by: head, role: "applicant.head")], by: head)
    }

    /// Merges what somebody wrote who had seen no more than `earlier`.
    mutating func concurrently(
        from earlier: TestDossier, _ body: (inout Stage) throws -> Void
    ) throws {
        var other = self
        other.dossier = earlier
        try body(&other)
        try dossier.merge(other.dossier)
    }

    /// Somebody whom an administrator certified and gave a role.
    func puppet(of key: TestKey, _ chain: EntryID) throws -> TestPerson {
        let puppet = TestKey(&world.generator)
        let certificate = try world.append(
            chain: chain,
            .certify(
                Certificate(
                    key: puppet.publicKey, agreement: .zero, isNode: false, person: puppet.person,
                    name: world.commit(.text("Staf"), by: key.publicKey))), by: key)
        let mandate = try world.append(
            chain: chain,
            .mandate(
                Mandate(
                    person: puppet.person, role: "it.field_head", from: 0, until: nil, capacity: .acting,
                    instrument: world.commit(.text("SP"), by: key.publicKey), title: nil)), by: key)
        let unit = world.registry.unitID(ofChain: chain) ?? chain
        return TestPerson(
            key: puppet, unit: unit, certificate: certificate.id, mandates: ["it.field_head": mandate.id])
    }
}
