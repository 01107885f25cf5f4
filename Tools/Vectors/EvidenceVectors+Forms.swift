import CBOR
import Dossier
import Envelope
import History
import Node
import Registry
import Sodium
import TestSupport

/// Files of another form than that of chapter 7 §1, and files in which somebody repeats a commitment.
extension EvidenceVectors {
    /// A person who repeats another's commitment spoils no file, and gets no text.
    func repeated() throws -> [Vector] {
        var stage = try Stage(seed: 97)
        let (head, field) = (stage.head, stage.field)
        let own = stage.world.commit(.text("Aplikasi"), by: head.key.publicKey)
        var vectors: [Vector] = []
        for (name, author) in [("written by its author", head), ("repeated by another", field)] {
            try stage.begin()
            try stage.dossier.write([TestDossier.set("x", .committed(own))], by: head)
            try stage.dossier.write([TestDossier.set("doc/request/1/subject", .committed(own))], by: author)
            let done = try stage.dossier.write(
                [
                    try stage.dossier.outcome(
                        "1", "done", by: head, role: "applicant.head", documents: ["request"])
                ], by: head)
            var file = stage.file
            file.subject = done
            file.openings.append(try stage.opening(own))
            let content = EvidenceFile.Content(
                document: "request", instance: 1, stage: nil,
                entries: [(path: "doc/request/1/subject", value: .committed(own))])
            vectors.append(try vector("without what was signed over, \(name)", file))
            file.contents = [content]
            vectors.append(try vector("a commitment \(name)", file))
        }
        // A certificate with the name of somebody else's.
        guard case .certify(let other)? = stage.world.registry.entry(stage.second.certificate)?.body else {
            throw TestFailure.setUp("certificate")
        }
        let key = TestKey(&stage.world.generator)
        let certificate = try stage.world.append(
            chain: head.unit,
            .certify(
                Certificate(
                    key: key.publicKey, agreement: .zero, isNode: false, person: key.person, name: other.name)),
            by: stage.world.root(of: head.unit))
        let person = TestPerson(key: key, unit: head.unit, certificate: certificate.id, mandates: [:])
        try stage.dossier.write(
            [stage.dossier.acknowledge(stage.dossier.history.items[3].id, by: head, role: "applicant.head")], by: person
        )
        return vectors + [try vector("an entry that repeats a name", stage.file)]
    }

    /// Every item of a file of another type, missing, or there besides.
    func forms(
        of stage: Stage, _ vector: (String, String, [UInt8], String?) -> Vector
    ) throws -> [Vector] {
        var good = stage.file
        good.subject = stage.opened.history.items.last?.id
        func form(_ name: String, _ change: (inout [CBORPair]) -> Void) throws -> Vector {
            guard let body = try CBORValue.decode(good.encoded).arrayValue?[1].bytesValue,
                var pairs = try CBORValue.decode(body).mapValue
            else { throw TestFailure.setUp("body") }
            change(&pairs)
            let changed = CBORValue.map(pairs).encoded
            let sum = Blake2b.hash(changed, personal: Personal("mufakat evid"))
            let file = CBORValue.array([.text("mufakat-evidence/1"), .bytes(changed), .bytes(sum.bytes)])
            return vector(name, "form", file.encoded, nil)
        }
        func set(_ key: UInt64, _ value: CBORValue) -> (inout [CBORPair]) -> Void {
            { pairs in
                pairs.removeAll { $0.key == .unsigned(key) }
                pairs.append(CBORPair(key: .unsigned(key), value: value))
            }
        }
        func content(_ instance: CBORValue, _ stage: CBORValue, _ value: CBORValue = .text("x")) -> CBORValue {
            .array([
                .array([.text("request"), instance, stage, .array([.array([.text("doc/request/1/subject"), value])])])
            ])
        }
        let (entries, changes) = (good.entries.map { CBORValue.bytes($0) }, good.changes.map { CBORValue.bytes($0) })
        let opening = CBORValue.array([.bytes([UInt8](repeating: 1, count: 32)), .bytes([]), .unsigned(0), .null])
        return [
            try form("a text among the entries", set(2, .array([.text("x")] + entries))),
            try form("a text among the change sets", set(4, .array(changes + [.text("x")]))),
            try form("entries as a map", set(2, .map([]))), try form("a subject that is null", set(5, .null)),
            try form("a subject of 31 bytes", set(5, .bytes([UInt8](repeating: 0, count: 31)))),
            try form("a key more", set(10, .null)), try form("key 0", set(0, .null)),
            try form("without openings") { $0.removeAll { $0.key == .unsigned(6) } },
            try form("a text as a key") { $0.append(CBORPair(key: .text("x"), value: .null)) },
            try form("a salt of no bytes", set(6, .array([opening]))),
            try form("a definition that is a text", set(7, .text("{}"))),
            try form("a stage that is a number", set(8, content(.unsigned(1), .unsigned(1)))),
            try form("instance 0", set(8, content(.unsigned(0), .null))),
            try form("instance 65536", set(8, content(.unsigned(65_536), .null))),
            try form("a map as a value", set(8, content(.unsigned(1), .null, .map([])))),
            try form("an integer of 64 bits as a value", set(8, content(.unsigned(1), .null, .unsigned(1 << 63)))),
            try form("no newer definition", set(9, .array([]))),
            try form("newer definitions as bytes", set(9, .bytes([]))),
        ]
    }
}

extension Stage {
    /// Another dossier of the same people, with nothing in it.
    mutating func begin() throws {
        dossier = try TestDossier(
            world, definition: dossier.definition, parties: [("applicant", head.unit), ("it", field.unit)], by: head)
    }

    func opening(_ value: Committed) throws -> Opening {
        guard let found = world.openings[value.commitment] else { throw TestFailure.setUp("opening") }
        return found
    }
}
