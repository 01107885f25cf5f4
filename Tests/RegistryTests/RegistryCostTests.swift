import Envelope
import Registry
import Sodium
import TestSupport
import Testing

/// What entries cost that a member makes by the thousand: counted steps, twice as many for twice as much.
@Suite struct RegistryCostTests {
    /// Administrators one after the other, each with a chain of one entry that names the chain before it.
    private func coverSteps(chains: Int) throws -> Int {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let root = world.root(of: unit)
        let key = TestKey(&world.generator)
        let name = world.commit(.text("Pengelola"), by: root.publicKey)
        let delegation = EntryBody.delegate(Delegation(key: key.publicKey, person: key.person, name: name))
        let mandate = EntryBody.mandate(
            Mandate(
                person: key.person, role: "applicant.head", from: 0, until: nil, capacity: .definitive,
                instrument: name, title: nil))
        var links: [EntryID] = []
        var tip = world.registry.tipToExtend(unit)
        let before = world.registry.coverStepCount
        for _ in 0..<chains {
            let opener = try world.compose(chain: unit, delegation, by: root, previous: tip, links: links)
            try world.insert(opener)
            let entry = try Entry.compose(
                chain: opener.id, height: 0, previous: nil, links: [], at: world.clock, body: mandate,
                network: world.network, kid: key.publicKey, sign: { key.sign($0) })
            try world.insert(entry)
            (links, tip) = ([entry.id], try revoke(opener, root, world))
        }
        return world.registry.coverStepCount - before
    }

    private func revoke(_ delegation: Entry, _ root: TestKey, _ world: TestWorld) throws -> Entry {
        let revocation = Revocation(target: delegation.id, reason: .ended, effective: 0, cut: nil)
        let entry = try world.compose(chain: delegation.chain, .revoke(revocation), by: root, previous: delegation)
        try world.insert(entry)
        return entry
    }

    @Test func administratorsByTheThousandCostWhatIsNew() throws {
        #expect(Double(try coverSteps(chains: 800)) / Double(try coverSteps(chains: 400)) < 2.5)
    }
}
