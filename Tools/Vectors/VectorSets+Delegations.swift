import Envelope
import Registry
import TestSupport

extension VectorSets {
    /// Chapter 3 §3.7: 64 delegations that no predecessor revokes, and one more.
    func delegations() throws -> [Vector] {
        let world = try TestWorld(seed: 6)
        let unit = try world.unit("Dinas", kind: "it_agency")
        func delegation() throws -> Entry {
            let (root, key) = (world.root(of: unit), TestKey(&world.generator))
            let name = world.commit(.text("Pengelola"), by: root.publicKey)
            return try world.compose(
                chain: unit, .delegate(Delegation(key: key.publicKey, person: key.person, name: name)), by: root)
        }
        func vector(_ name: String, _ entry: Entry, refused: String? = nil) -> Vector {
            Vector(
                name: name, bytes: hex(entry.bytes),
                meaning: refused == nil
                    ? ["id": entry.id.hex, "height": "\(entry.height)", "code": "\(entry.body.code)"] : nil,
                refused: refused, context: ["entries": world.entries.map { hex($0.bytes) }])
        }
        for _ in 1..<RegistryLimits.delegationCountMax { try world.insert(try delegation()) }
        let last = try delegation()
        var vectors = [vector("64th delegation", last)]
        try world.insert(last)
        vectors.append(vector("65th delegation", try delegation(), refused: "delegations"))
        _ = try world.revoke(last.id, of: unit, effective: 5)
        vectors.append(vector("delegation in the place of a revoked one", try delegation()))
        return vectors
    }
}
