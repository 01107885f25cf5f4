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

/// What questions cost in chains that somebody made for it.
extension RegistryCostTests {
    /// Judges every entry of a chain in which each of many successions, one beside the other, has an entry after it.
    private func cutSteps(rivals: Int) throws -> Int {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let genesis = try #require(world.registry.tipToExtend(unit))
        for _ in 0..<rivals {
            let change = try world.succession(of: unit, recovering: true, after: genesis)
            try world.insert(change.entry)
            let name = world.commit(.text("x"), by: change.key.publicKey)
            let mandate = EntryBody.mandate(
                Mandate(
                    person: change.key.person, role: "applicant.head", from: 0, until: nil, capacity: .definitive,
                    instrument: name, title: nil))
            try world.insert(try world.compose(chain: unit, mandate, by: change.key, previous: change.entry))
        }
        for entry in world.entries { _ = world.registry.stands(entry.id) }
        return world.registry.judgementStepCount
    }

    @Test func rivalSuccessionsAreJudgedTogether() throws {
        #expect(Double(try cutSteps(rivals: 100)) / Double(try cutSteps(rivals: 50)) < 2.5)
    }

    /// Asks whether one entry lies above a fork of a chain whose branches the parent named one by one.
    private func forkSteps(branches: Int) throws -> Int {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let (root, genesis) = (world.root(of: unit), try #require(world.registry.tipToExtend(unit)))
        let name = world.commit(.text("x"), by: root.publicKey)
        var last = genesis
        for place in 0..<branches {
            let mandate = EntryBody.mandate(
                Mandate(
                    person: root.person, role: "role\(place)", from: 0, until: nil, capacity: .definitive,
                    instrument: name, title: nil))
            // Every second leaves the one before it.
            let left = try world.compose(chain: unit, mandate, by: root, previous: last)
            try world.insert(left)
            try world.append(
                chain: world.network, .branch(Branch(entry: left.id, isNetwork: true)), by: world.networkKey)
            if place % 2 == 0 { last = left }
        }
        let before = world.registry.judgementStepCount
        _ = world.registry.isAboveHeldFork(last.id, in: world.registry.everything)
        return world.registry.judgementStepCount - before
    }

    @Test func namedBranchesAreLookedAtOnce() throws {
        #expect(Double(try forkSteps(branches: 200)) / Double(try forkSteps(branches: 100)) < 2.5)
    }
}
