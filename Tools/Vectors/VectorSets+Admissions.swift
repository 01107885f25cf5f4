import CBOR
import Envelope
import Registry
import Sodium
import TestSupport

extension VectorSets {
    // MARK: Chapter 3 §2

    /// Who learns a unit's name is said in its admission.
    func admissions() throws -> [Vector] {
        let world = try TestWorld(seed: 9)
        let held = world.entries.map { Hexadecimal.encode($0.bytes) }
        let name = world.commit(.text("PT Contoh"), by: world.networkKey.publicKey)
        func admission(_ audience: NameAudience?) throws -> Entry {
            let body = Admission(
                root: world.networkKey.publicKey, kind: "vendor", name: name, nameAudience: audience)
            return try world.compose(chain: world.network, .admit(body), by: world.networkKey)
        }
        let accepted = try [("nobody says", nil), ("members", NameAudience.members), ("parties", .parties)].map {
            word, audience in
            let entry = try admission(audience)
            return Vector(
                name: "an admission whose name is for: " + word, bytes: Hexadecimal.encode(entry.bytes),
                meaning: ["id": entry.id.hex, "height": "\(entry.height)", "code": "1"], context: ["entries": held])
        }
        let others: [(String, CBORValue)] = [
            ("2", .unsigned(2)), ("-1", .negative(0)), ("a text", .text("members")), ("nothing", .null),
        ]
        return try accepted
            + others.map { word, value in
                let bytes = try forged(admission(.members), audience: value, world)
                return Vector(
                    name: "an admission whose name is for: " + word, bytes: Hexadecimal.encode(bytes), refused: "form",
                    context: ["entries": held])
            }
    }

    /// What our program would not write.
    private func forged(_ entry: Entry, audience: CBORValue, _ world: TestWorld) throws -> [UInt8] {
        func replacing(_ key: UInt64, in item: CBORValue, _ change: (CBORValue) -> CBORValue) -> CBORValue {
            .map(
                (item.mapValue ?? []).map { pair in
                    pair.key == .unsigned(key) ? CBORPair(key: pair.key, value: change(pair.value)) : pair
                })
        }
        let envelope = try Envelope.decode(entry.bytes, as: .entry)
        let payload = replacing(6, in: try CBORValue.decode(envelope.payload)) { body in
            let parts = body.arrayValue ?? []
            return .array([parts[0], replacing(4, in: parts[1]) { _ in audience }])
        }
        return Envelope.seal(
            payload.encoded, as: .entry, aad: ExternalData.network(world.network), key: world.networkKey.key
        ).bytes
    }
}
