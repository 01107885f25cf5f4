import CBOR
import Dossier
import Envelope
import Foundation
import History
import Registry
import Sodium
import TestSupport

/// One vector: bytes, and what a reader has to make of them.
struct Vector: Codable {
    let name: String
    /// Hexadecimal.
    let bytes: String
    /// What is read: fields by name.
    var meaning: [String: String]?
    /// Why it is refused; absent where it is accepted.
    var refused: String?
    /// What a reader needs beside the bytes: network, dossier, registry entries, parents.
    var context: [String: [String]]?
}

struct VectorSets {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let dossier: TestDossier

    init() throws {
        world = try TestWorld(seed: 7)
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        dossier = try TestDossier(world, definition: definition, parties: [("applicant", opd), ("it", it)], by: head)
    }

    func all() throws -> [(String, [Vector])] {
        [
            ("cbor", cbor()), ("commitments", commitments()), ("entries", try entries()),
            ("change-sets", try changeSets()), ("requests", try requests()),
            ("evidence", try EvidenceVectors().all()),
        ]
    }

    func hex(_ bytes: [UInt8]) -> String { Hexadecimal.encode(bytes) }

    // MARK: Chapter 1 §1

    private func cbor() -> [Vector] {
        let accepted: [(String, CBORValue)] = [
            ("zero", .unsigned(0)), ("23", .unsigned(23)), ("24", .unsigned(24)), ("2^64-1", .unsigned(.max)),
            ("-1", .negative(0)), ("empty text", .text("")), ("composed e", .text("\u{e9}")),
            ("decomposed e", .text("e\u{301}")), ("bytes", .bytes([1, 2, 3])), ("true", .bool(true)), ("null", .null),
            ("array", .array([.unsigned(1), .array([])])),
            ("map", .map([CBORPair(key: .unsigned(1), value: .text("a")), CBORPair(key: .text("a"), value: .null)])),
            (
                "keys of three types",
                .map([
                    CBORPair(key: .unsigned(1), value: .null), CBORPair(key: .unsigned(1000), value: .null),
                    CBORPair(key: .text(""), value: .null), CBORPair(key: .bool(true), value: .null),
                ])
            ),
            ("depth 16", (0..<16).reduce(CBORValue.unsigned(0)) { value, _ in .array([value]) }),
        ]
        let refused: [(String, [UInt8], String)] = [
            ("nothing", [], "truncated"), ("integer not shortest", [0x18, 0x17], "not-shortest"),
            ("two bytes for one", [0x19, 0, 0xff], "not-shortest"), ("truncated", [0x19, 1], "truncated"),
            ("indefinite array", [0x9f, 0xff], "indefinite"), ("reserved", [0x1c], "indefinite"),
            ("float", [0xfb, 0, 0, 0, 0, 0, 0, 0, 0], "float"), ("undefined", [0xf7], "float"),
            ("simple value", [0xe0], "float"), ("tag", [0xc1, 0], "tag"),
            ("2^63 bytes", [0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0], "truncated"),
            ("invalid UTF-8", [0x61, 0xff], "utf-8"), ("surrogate", [0x63, 0xed, 0xa0, 0x80], "utf-8"),
            ("trailing", [1, 1], "trailing"), ("duplicate key", [0xa2, 1, 0, 1, 0], "duplicate-key"),
            ("unsorted keys", [0xa2, 2, 0, 1, 0], "unsorted-keys"),
            ("depth 17", [UInt8](repeating: 0x81, count: 17) + [0], "depth"),
        ]
        return accepted.map { Vector(name: $0.0, bytes: hex($0.1.encoded), meaning: [:]) }
            + refused.map { Vector(name: $0.0, bytes: hex($0.1), refused: $0.2) }
    }

    // MARK: Chapter 1 §5

    private func commitments() -> [Vector] {
        let key = head.key.publicKey
        let salt = [UInt8](repeating: 7, count: 16)
        func vector(_ name: String, _ audience: Audience, _ kind: Opening.Kind, _ value: Value) -> Vector {
            let opening = Opening(author: key, audience: audience, kind: kind, opened: value, salt: salt)
            return Vector(
                name: name, bytes: hex(opening.encoded), meaning: ["commitment": opening.commitment.hex],
                context: ["author": [key.hex], "audience": [hex(audience.item.encoded)]])
        }
        let good = [
            vector("text for all", .all, .value, .text("arsip")),
            vector("text for the own unit", .own, .value, .text("arsip")),
            vector("text for one unit", .units([head.unit]), .value, .text("arsip")),
            vector("number", .all, .value, .integer(-5)),
            vector("file", .all, .file, .bytes([UInt8](repeating: 9, count: 32))),
        ]
        let other = field.key.publicKey.hex
        var bad: [Vector] = []
        for vector in good {
            bad.append(
                Vector(
                    name: vector.name + ", another author", bytes: vector.bytes, refused: "does-not-fit",
                    context: ["author": [other], "audience": vector.context?["audience"] ?? []]))
        }
        bad.append(
            Vector(
                name: "text for the own unit, read as for all", bytes: good[1].bytes, refused: "does-not-fit",
                context: ["author": [key.hex], "audience": ["00"]]))
        bad.append(
            Vector(name: "salt of 15 bytes", bytes: hex(shortSalt(key)), refused: "malformed", context: good[0].context)
        )
        return good + bad
    }

    private func shortSalt(_ key: PublicKey) -> [UInt8] {
        CBORValue.array([
            .bytes([UInt8](repeating: 1, count: 32)), .bytes([UInt8](repeating: 7, count: 15)), .unsigned(0),
            .text("arsip"),
        ]).encoded
    }

    // MARK: Chapter 3 §3

    private func entries() throws -> [Vector] {
        let held = world.entries.map { hex($0.bytes) }
        var vectors: [Vector] = []
        for (place, entry) in world.entries.enumerated() {
            vectors.append(
                Vector(
                    name: "entry \(place): \(entry.body.code)", bytes: hex(entry.bytes),
                    meaning: ["id": entry.id.hex, "height": "\(entry.height)", "code": "\(entry.body.code)"],
                    context: ["entries": Array(held.prefix(place))]))
        }
        let root = world.root(of: head.unit)
        let genesis = EntryBody.unitGenesis(UnitGenesis(next: .zero, person: root.person))
        func refuse(_ name: String, _ reason: String, _ entry: Entry) -> Vector {
            Vector(name: name, bytes: hex(entry.bytes), refused: reason, context: ["entries": held])
        }
        let unknown = EntryID(Blake2b.hash([1], personal: Personal("x")))
        vectors += [
            refuse(
                "another's key", "key",
                try world.compose(chain: head.unit, genesis, by: world.networkKey)),
            refuse(
                "a network's body in a unit's chain", "level",
                try world.compose(chain: head.unit, .enable(feature: 1), by: root)),
            refuse(
                "a unit's body in the network's chain", "level",
                try world.compose(chain: world.network, genesis, by: world.networkKey)),
            refuse(
                "a second genesis", "level", try world.compose(chain: head.unit, genesis, by: root)),
            refuse(
                "height 9", "height",
                try world.compose(
                    chain: head.unit,
                    .revoke(Revocation(target: head.certificate, reason: .ended, effective: 0, cut: nil)), by: root,
                    height: 9)),
            refuse(
                "of another unit", "target",
                try world.compose(
                    chain: head.unit,
                    .revoke(Revocation(target: field.certificate, reason: .ended, effective: 0, cut: nil)), by: root)),
            refuse(
                "of something unknown", "missing",
                try world.compose(
                    chain: head.unit, .revoke(Revocation(target: unknown, reason: .ended, effective: 0, cut: nil)),
                    by: root)),
            refuse(
                "a link to something unknown", "missing",
                try world.compose(
                    chain: head.unit,
                    .revoke(Revocation(target: head.certificate, reason: .ended, effective: 0, cut: nil)), by: root,
                    links: [unknown])),
        ]
        vectors += try successions() + admissions() + delegations()
        for (place, entry) in world.entries.enumerated() {
            var bytes = entry.bytes
            bytes[bytes.count - 1] ^= 1
            vectors.append(
                Vector(
                    name: "entry \(place), signature", bytes: hex(bytes), refused: "signature",
                    context: ["entries": Array(held.prefix(place))]))
        }
        return vectors
    }

    /// Bodies 7 to 11 and 21 to 24, in a world of their own.
    private func successions() throws -> [Vector] {
        let world = try TestWorld(seed: 8)
        let unit = try world.unit("Dinas", kind: "it_agency")
        let (administrator, delegation) = try world.administrator(unit)
        let person = try world.person(unit, "Kepala", roles: ["it.head"])
        let stolen = try world.revoke(person.certificate, of: unit, effective: 5, reason: .compromised)
        let ended = try world.revoke(person.mandate("it.head"), of: unit, effective: 5)
        let byAdministrator = try world.append(
            chain: delegation,
            .revoke(Revocation(target: person.certificate, reason: .compromised, effective: 5, cut: nil)),
            by: administrator)
        let suspension = try world.append(
            chain: world.network, .suspend(Suspension(unit: unit, from: 5)), by: world.networkKey)
        let held = world.entries.map { hex($0.bytes) }
        let root = world.root(of: unit)
        func vector(_ name: String, _ entry: Entry, refused: String? = nil) -> Vector {
            Vector(
                name: name, bytes: hex(entry.bytes),
                meaning: refused == nil
                    ? ["id": entry.id.hex, "height": "\(entry.height)", "code": "\(entry.body.code)"] : nil,
                refused: refused, context: ["entries": held])
        }
        func network(_ body: EntryBody) throws -> Entry {
            try world.compose(chain: world.network, body, by: world.networkKey)
        }
        func own(_ body: EntryBody) throws -> Entry { try world.compose(chain: unit, body, by: root) }
        func countersign(_ revocation: EntryID, _ isNetwork: Bool) -> EntryBody {
            .countersign(Countersignature(revocation: revocation, isNetwork: isNetwork))
        }
        let members = world.recoverers
        return [
            vector("rotation of a unit", try world.succession(of: unit).entry),
            vector("rotation of the network", try world.succession(of: world.network).entry),
            vector("recovery of a unit", try world.succession(of: unit, recovering: true).entry),
            vector("recovery of the network", try world.succession(of: world.network, recovering: true).entry),
            vector("lift", try network(.lift(suspension: suspension.id))),
            vector("countersigning a unit's root", try network(countersign(stolen, true))),
            vector("countersigning an administrator", try own(countersign(byAdministrator.id, false))),
            vector("branch of a unit's chain", try network(.branch(Branch(entry: ended, isNetwork: true)))),
            vector(
                "branch of an administrator's chain",
                try own(.branch(Branch(entry: byAdministrator.id, isNetwork: false)))
            ),
            vector("rotation by the key in force", try world.succession(of: unit, by: root).entry, refused: "next"),
            vector(
                "recovery with one of two",
                try world.succession(of: unit, recovering: true, consenting: [members[0]]).entry,
                refused: "consents"),
            vector(
                "recovery with a stranger",
                try world.succession(of: unit, recovering: true, consenting: [members[0], root]).entry,
                refused: "consents"),
            vector("lift of no suspension", try network(.lift(suspension: ended)), refused: "target"),
            vector("countersigning what only ended", try network(countersign(ended, true)), refused: "target"),
            vector("countersigning oneself", try own(countersign(stolen, false)), refused: "target"),
            vector(
                "countersigning two levels down", try network(countersign(byAdministrator.id, true)), refused: "target"),
            vector(
                "branch of the own chain", try own(.branch(Branch(entry: ended, isNetwork: false))), refused: "target"),
            vector(
                "branch of the network's chain without consents",
                try network(.branch(Branch(entry: suspension.id, isNetwork: true))), refused: "consents"),
            vector(
                "a cut in another chain",
                try own(.revoke(Revocation(target: delegation, reason: .ended, effective: 5, cut: ended))),
                refused: "target"),
        ]
    }

    // MARK: Chapter 2 §4

    private func nodeKey(of unit: UnitID) throws -> TestPerson {
        let key = TestKey(&world.generator)
        let certificate = try world.certify(key, unit, "Simpul", isNode: true)
        return TestPerson(key: key, unit: unit, certificate: certificate, mandates: [:])
    }

    /// One byte is another one, or missing.
    private func damaged(_ good: ChangeSet, _ context: [String: [String]]) -> [Vector] {
        let flipped = [0, 4, 60, good.bytes.count / 2, good.bytes.count - 1].map { place in
            var bytes = good.bytes
            bytes[place] ^= 1
            return Vector(
                name: "byte \(place) flipped", bytes: hex(bytes), refused: "form-or-signature", context: context)
        }
        let short = Vector(
            name: "one byte short", bytes: hex(Array(good.bytes.dropLast())), refused: "form-or-signature",
            context: context)
        return flipped + [short]
    }

    private func changeSets() throws -> [Vector] {
        let stranger = try world.person(try world.unit("Lain", kind: "vendor"), "Orang", roles: [])
        let node = try nodeKey(of: field.unit)
        let other = try nodeKey(of: field.unit)
        try world.certify(other.key, field.unit, "Orang")
        let first = dossier.history.items[0]
        let edit = TestDossier.set("x", .text("1"))
        let context = [
            "network": [world.network.hex], "dossier": [first.dossier.hex],
            "entries": world.entries.map { hex($0.bytes) },
            "parents": [hex(first.bytes)],
        ]
        func vector(_ name: String, _ change: ChangeSet, refused: String? = nil) -> Vector {
            Vector(
                name: name, bytes: hex(change.bytes),
                meaning: refused == nil
                    ? ["id": change.id.hex, "lamport": "\(change.lamport)", "seq": "\(change.seq)"] : nil,
                refused: refused, context: context)
        }
        let unknown = ChangeSetID(Blake2b.hash([1], personal: Personal("x")))
        var vectors = [
            vector("by another device", try dossier.compose([edit], by: field)),
            vector("by the same device", try dossier.compose([edit], by: head)),
            vector("without operations", try dossier.compose([], by: field)),
            vector(
                "an operation of a later feature",
                try dossier.compose([Operation(code: 300, body: .map([]))], by: field)),
            vector("lamport too small", try dossier.compose([edit], by: field) { $0.lamport = 1 }, refused: "lamport"),
            vector("lamport too great", try dossier.compose([edit], by: field) { $0.lamport = 3 }, refused: "lamport"),
            vector("seq skips", try dossier.compose([edit], by: head) { $0.seq = 2 }, refused: "previous"),
            vector(
                "another's previous",
                try dossier.compose([edit], by: field) { ($0.seq, $0.previous, $0.deps) = (1, first.id, []) },
                refused: "previous"),
            vector(
                "previous among deps", try dossier.compose([edit], by: head) { $0.deps = [first.id] },
                refused: "previous"),
            vector(
                "an unknown parent", try dossier.compose([edit], by: field) { $0.deps = [unknown] }, refused: "missing"),
            vector(
                "an unknown registry head", try dossier.compose([edit], by: field) { $0.reg = [EntryID(unknown.raw)] },
                refused: "missing"),
            vector("a stranger", try dossier.compose([edit], by: stranger, tips: []), refused: "standing"),
            vector("a node's key", try dossier.compose([edit], by: node), refused: "node"),
            vector("a node's key without operations", try dossier.compose([], by: node)),
            vector("a key that is a node's and a person's", try dossier.compose([edit], by: other)),
        ]
        vectors += damaged(try dossier.compose([edit], by: field), context)
        let keys = CBORValue.map([
            CBORPair(key: .unsigned(1), value: .null), CBORPair(key: .unsigned(1000), value: .null),
            CBORPair(key: .text(""), value: .null), CBORPair(key: .bool(true), value: .null),
        ])
        let mixed = TestDossier.operation(300, [(1, keys)])
        vectors.append(vector("a map with keys of three types", try dossier.compose([mixed], by: field)))
        vectors.append(vector("16 arrays and maps deep", try dossier.compose([Self.nested(16)], by: field)))
        let deeper = Vector(
            name: "17 arrays and maps deep", bytes: hex(try sealed([Self.nested(17)], by: field)), refused: "form",
            context: context)
        return vectors + [deeper]
    }

    /// An operation of a later feature; the payload, the operations, the operation and its map lie around the arrays.
    private static func nested(_ depth: Int) -> History.Operation {
        TestDossier.operation(300, [(1, (4..<depth).reduce(CBORValue.unsigned(0)) { value, _ in .array([value]) })])
    }

    /// Signs what nobody would compose.
    private func sealed(_ operations: [History.Operation], by person: TestPerson) throws -> [UInt8] {
        var fields: ChangeSetFields?
        let first = try dossier.compose([TestDossier.set("x", .text("1"))], by: person) { fields = $0 }
        fields?.operations = operations
        guard let payload = fields?.encoded else { throw TestFailure.setUp("fields") }
        let aad = world.network.bytes + first.dossier.bytes
        let kid = person.key.publicKey
        let signature = person.key.sign(Envelope.bytesToSign(payload, as: .change, aad: aad, kid: kid))
        return Envelope.assemble(payload, as: .change, kid: kid, signature: signature).bytes
    }
}
