import Envelope
import Registry
import Sodium
import TestSupport
import Testing

/// At most 64 delegations before an entry that no entry before it revokes (Protocol 3 §3.7).
@Suite struct DelegationTests {
    private let world: TestWorld
    private let unit: UnitID
    private let limit = RegistryLimits.delegationCountMax

    init() throws {
        world = try TestWorld()
        unit = try world.unit("Dinas", kind: "applicant")
    }

    private func delegation(after previous: Entry? = nil) throws -> Entry {
        let (root, key) = (world.root(of: unit), TestKey(&world.generator))
        let name = world.commit(.text("Pengelola"), by: root.publicKey)
        return try world.compose(
            chain: unit, .delegate(Delegation(key: key.publicKey, person: key.person, name: name)), by: root,
            previous: previous)
    }

    @Test func sixtyFourAreTakenAndOneMoreIsNot() throws {
        var first: EntryID?
        for _ in 0..<limit {
            #expect(world.registry.mayDelegate(unit))
            let entry = try delegation()
            try world.insert(entry)
            first = first ?? entry.id
        }
        #expect(!world.registry.mayDelegate(unit))
        let count = world.registry.entries.count
        #expect(throws: EntryFailure.tooManyDelegations(limit: limit)) { try world.insert(try delegation()) }
        #expect(world.registry.entries.count == count)
        // Revoking one twice makes room for one.
        for _ in 0..<2 { _ = try world.revoke(try #require(first), of: unit, effective: 0) }
        try world.insert(try delegation())
        #expect(throws: EntryFailure.tooManyDelegations(limit: limit)) { try world.insert(try delegation()) }
    }

    /// What a replica holds beside an entry's predecessors depends on what came, and changes nothing.
    @Test func onlyPredecessorsCount() throws {
        for _ in 0..<limit - 1 { try world.insert(try delegation()) }
        let tip = try #require(world.registry.tipToExtend(unit))
        let (left, right) = (try delegation(after: tip), try delegation(after: tip))
        try world.insert(left)
        try world.insert(right)
        #expect(throws: EntryFailure.tooManyDelegations(limit: limit)) {
            try world.insert(try delegation(after: right))
        }
        // A revocation on one branch makes room on that branch only.
        let root = world.root(of: unit)
        let ending = EntryBody.revoke(Revocation(target: tip.id, reason: .ended, effective: 0, cut: nil))
        let revocation = try world.compose(chain: unit, ending, by: root, previous: left)
        try world.insert(revocation)
        try world.insert(try delegation(after: revocation))
        #expect(throws: EntryFailure.tooManyDelegations(limit: limit)) {
            try world.insert(try delegation(after: right))
        }
    }

    /// Successions do not begin the count anew.
    @Test func aNewRootKeyHasTheAdministratorsOfTheOld() throws {
        for _ in 0..<limit { try world.insert(try delegation()) }
        try world.take(try world.succession(of: unit))
        #expect(throws: EntryFailure.tooManyDelegations(limit: limit)) { try world.insert(try delegation()) }
    }
}
