import CBOR
import Envelope
import Registry
import Sodium
import TestSupport

extension VectorSets {
    // MARK: Chapter 3 §9

    func requests() throws -> [Vector] {
        try acceptedRequests() + refusedRequests()
    }

    private func acceptedRequests() throws -> [Vector] {
        let longest = String(repeating: "é", count: NameRule.byteCountMax / 2)
        let asked: [(String, KeyRequest)] = [
            ("a unit", request(.unitRoot, unitKind: "applicant", name: "Dinas Kearsipan")),
            ("an administrator", request(.administrator)), ("a device", request(.device)), ("a node", request(.node)),
            ("a member of a recovery set", request(.recovery)),
            ("a device of a known network", request(.device, network: world.network)),
            ("a name of 200 bytes", request(.device, name: longest)),
            ("a vendor for all members", request(.unitRoot, unitKind: "vendor", nameAudience: .members)),
            ("an agency for parties only", request(.unitRoot, unitKind: "it_agency", nameAudience: .parties)),
        ]
        return try asked.map { name, request in
            Vector(
                name: name, bytes: Hexadecimal.encode(try request.sealed { head.key.sign($0) }),
                meaning: [
                    "key": request.key.hex, "kind": "\(request.kind.rawValue)", "name": request.name,
                    "audience": request.nameAudience.map { "\($0.rawValue)" } ?? "",
                ])
        }
    }

    private func refusedRequests() throws -> [Vector] {
        let good = try request(.device).sealed { head.key.sign($0) }
        func refuse(_ name: String, _ reason: String, _ bytes: [UInt8]) -> Vector {
            Vector(name: name, bytes: Hexadecimal.encode(bytes), refused: reason)
        }
        let asked = fields(kind: 1) + [(4, .text("vendor"))]
        var flipped = good
        flipped[flipped.count - 1] ^= 1
        return [
            refuse("signed by another key", "signature", try request(.device).sealed { field.key.sign($0) }),
            refuse("signature flipped", "signature", flipped),
            refuse("one byte short", "form", Array(good.dropLast())), refuse("one byte more", "form", good + [0]),
            refuse("signed as an entry", "class", forged(fields(), as: .entry)),
            refuse("a kind to come", "form", forged(fields(kind: 9))),
            refuse("a further field", "form", forged(fields() + [(8, .null)])),
            refuse("an audience to come", "form", forged(asked + [(7, .unsigned(2))])),
            refuse("a device with an audience", "form", forged(fields() + [(7, .unsigned(0))])),
            refuse("a unit without a kind", "unit-kind", forged(fields(kind: 1))),
            refuse("a device with a unit's kind", "unit-kind", forged(fields() + [(4, .text("vendor"))])),
            refuse("an unknown kind of unit", "unit-kind", forged(fields(kind: 1) + [(4, .text("king"))])),
            refuse("no name", "name", forged(fields(name: ""))),
            refuse("a name of 201 bytes", "name", forged(fields(name: String(repeating: "x", count: 201)))),
            refuse("a name with an escape", "name", forged(fields(name: "Dinas\u{1b}[2J"))),
            refuse("a name that is turned around", "name", forged(fields(name: "Dinas\u{202e}pisrA"))),
            refuse("a name with white space behind", "name", forged(fields(name: "Dinas "))),
        ]
    }

    private func request(
        _ kind: KeyRequest.Kind, unitKind: String = "", name: String = "Kepala Bidang", network: NetworkID? = nil,
        nameAudience: NameAudience? = nil
    ) -> KeyRequest {
        KeyRequest(
            kind: kind, key: head.key.publicKey, agreement: .zero, person: head.key.person, unitKind: unitKind,
            name: name, network: network, nameAudience: nameAudience)
    }

    private func fields(kind: UInt64 = 3, name: String = "Kepala Bidang") -> [(UInt64, CBORValue)] {
        [
            (1, .unsigned(kind)), (2, .bytes(Bytes32.zero.bytes)), (3, .bytes(head.key.person.bytes)),
            (5, .text(name)),
        ]
    }

    /// What our program would not write.
    private func forged(_ fields: [(UInt64, CBORValue)], as objectClass: ObjectClass = .request) -> [UInt8] {
        let payload = CBORValue.map(fields.map { CBORPair(key: .unsigned($0.0), value: $0.1) }).encoded
        return Envelope.seal(payload, as: objectClass, aad: ExternalData.genesis, key: head.key.key).bytes
    }
}
