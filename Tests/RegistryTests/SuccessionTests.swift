import CBOR
import Envelope
import Registry
import Sodium
import TestSupport
import Testing

/// Rotation, recovery, chain cuts and forks (Protocol 3 §3, §5, §6).
@Suite struct SuccessionTests {
    let world: TestWorld
    let unit: UnitID

    init() throws {
        world = try TestWorld()
        unit = try world.unit("Dinas", kind: "it_agency")
    }

    func failure(_ entry: Entry) -> EntryFailure? {
        do {
            try world.insert(entry)
            return nil
        } catch { return error as? EntryFailure }
    }

    func certificate(_ key: TestKey, by signer: TestKey) -> EntryBody {
        .certify(
            Certificate(
                key: key.publicKey, agreement: .zero, isNode: false, person: key.person,
                name: world.commit(.text("x"), by: signer.publicKey)))
    }

    @Test func theCommittedKeyTakesOverAndTheOldOneWritesNoMore() throws {
        let old = world.root(of: unit)
        let before = try world.person(unit, "Lama", roles: [])
        let change = try world.succession(of: unit)
        try world.take(change)
        #expect(world.registry.rootInForce(of: unit)?.key == change.key.publicKey)
        #expect(world.registry.stands(before.certificate))
        let late = try world.compose(chain: unit, certificate(old, by: old), by: old, previous: change.entry)
        #expect(failure(late) == .notTheChainsKey)
        let fresh = TestKey(&world.generator)
        #expect(failure(try world.compose(chain: unit, certificate(fresh, by: change.key), by: change.key)) == nil)
    }

    @Test func onlyTheCommittedKeyRotates() throws {
        let stranger = TestKey(&world.generator)
        #expect(failure(try world.succession(of: unit, by: stranger).entry) == .notTheNextKey)
        #expect(failure(try world.succession(of: unit, by: world.root(of: unit)).entry) == .notTheNextKey)
        #expect(failure(try world.succession(of: world.network, by: world.networkKey).entry) == .notTheNextKey)
    }

    @Test(arguments: [false, true]) func recoveryTakesTwoOfThreePersons(isNetwork: Bool) throws {
        let chain = isNetwork ? world.network : unit
        let members = world.recoverers
        func attempt(_ consenting: [TestKey]) throws -> EntryFailure? {
            failure(try world.succession(of: chain, recovering: true, consenting: consenting).entry)
        }
        #expect(try attempt([members[0]]) == .consentsMissing(found: 1, threshold: 2))
        let stranger = TestKey(&world.generator)
        #expect(try attempt([members[0], stranger]) == .consentsMissing(found: 2, threshold: 2))
        #expect(try attempt([members[0], members[2]]) == nil)
    }

    @Test func theSameKeyOrPersonNeverCountsTwice() throws {
        let (one, two) = (world.recoverers[0], world.recoverers[1])
        func member(_ key: TestKey, _ person: TestKey) -> RecoverySet.Member {
            RecoverySet.Member(key: key.publicKey, person: person.person)
        }
        #expect(RecoverySet(threshold: 2, members: [member(one, one), member(two, one)]) == nil)
        #expect(RecoverySet(threshold: 2, members: [member(one, one), member(one, two)]) == nil)
        #expect(RecoverySet(threshold: 3, members: [member(one, one), member(two, two)]) == nil)
        #expect(RecoverySet(threshold: 0, members: [member(one, one)]) == nil)
        #expect(RecoverySet(threshold: 2, members: [member(one, one), member(two, two)]) != nil)
        // The same consent twice is no form of the grammar.
        #expect(throws: EntryFailure.malformedBody) {
            try world.succession(of: unit, recovering: true, consenting: [one, one])
        }
    }

    @Test func aConsentFitsOnePlaceOnly() throws {
        let change = try world.succession(of: unit, recovering: true)
        // Repeated by a thief one entry further on, or with his own key.
        let further = try world.append(
            chain: unit, certificate(change.key, by: world.root(of: unit)), by: world.root(of: unit))
        guard case .recover(let succession) = change.entry.body else { throw TestFailure.setUp("body") }
        let moved = try world.compose(
            chain: unit, .recover(succession), by: change.key, previous: further)
        #expect(failure(moved) == .badSignature)
        let thief = TestKey(&world.generator)
        let stolen = try Entry.compose(
            chain: unit, height: change.entry.height, previous: change.entry.previous, links: [], at: world.clock,
            body: .recover(succession), network: world.network, kid: thief.publicKey, sign: { thief.sign($0) })
        #expect(failure(stolen) == .badSignature)
        #expect(failure(change.entry) == nil)
    }

    @Test func whatAThiefWroteBeyondTheCutHasNoEffectInWhateverHeads() throws {
        let old = world.root(of: unit)
        let honest = try world.person(unit, "Jujur", roles: ["it.head"])
        let cut = try #require(world.registry.tipToExtend(unit))
        let thief = try world.person(unit, "Pencuri", roles: ["it.head"])
        let change = try world.succession(of: unit, recovering: true, after: cut)
        try world.take(change)
        #expect(world.registry.stands(honest.certificate) && world.registry.stands(honest.mandate("it.head")))
        #expect(!world.registry.stands(thief.certificate) && !world.registry.stands(thief.mandate("it.head")))
        // He links the recovery and so has it in his closure: links pardon nothing.
        let later = try world.compose(
            chain: unit, certificate(old, by: old), by: old, previous: world.registry.entry(thief.mandate("it.head")),
            links: [change.entry.id])
        #expect(failure(later) == nil)
        #expect(!world.registry.stands(later.id))
        // The cut settles the fork: whoever holds both branches is not confused by it.
        let next = try world.person(unit, "Baru", roles: [])
        #expect(world.registry.stands(next.certificate))
        #expect(!world.registry.isAboveHeldFork(next.certificate, in: world.registry.everything))
    }

    @Test func aRecoveryOverrulesARotationByAThiefOfBothKeys() throws {
        let cut = try #require(world.registry.tipToExtend(unit))
        let rotated = try world.succession(of: unit)
        try world.insert(rotated.entry)
        let stolen = try world.compose(
            chain: unit, certificate(rotated.key, by: rotated.key), by: rotated.key, previous: rotated.entry)
        try world.insert(stolen)
        let recovered = try world.succession(of: unit, recovering: true, after: cut)
        try world.take(recovered)
        #expect(!world.registry.stands(rotated.entry.id) && !world.registry.stands(stolen.id))
        #expect(world.registry.rootInForce(of: unit)?.key == recovered.key.publicKey)
    }

    @Test func anAdministratorsChainEndsAtItsCut() throws {
        let (key, delegation) = try world.administrator(unit)
        let kept = try world.append(chain: delegation, certificate(TestKey(&world.generator), by: key), by: key)
        let stolen = try world.append(chain: delegation, certificate(TestKey(&world.generator), by: key), by: key)
        let root = world.root(of: unit)
        func revoke(_ cut: EntryID?) -> EntryBody {
            .revoke(Revocation(target: delegation, reason: .compromised, effective: 0, cut: cut))
        }
        #expect(failure(try world.compose(chain: unit, revoke(unit), by: root)) == .wrongTarget)
        try world.append(chain: unit, revoke(kept.id), by: root)
        #expect(world.registry.stands(kept.id) && !world.registry.stands(stolen.id))
        // What the thief revokes stands no more than what he grants.
        let honest = try world.person(unit, "Jujur", roles: [])
        try world.append(
            chain: delegation, .revoke(Revocation(target: honest.certificate, reason: .ended, effective: 0, cut: nil)),
            by: key)
        #expect(world.registry.revocations(of: honest.certificate).count == 1)
        #expect(world.registry.standingRevocations(of: honest.certificate).isEmpty)
    }

    @Test func aFeatureOutsideTheNetworksCutIsNotEnabled() throws {
        let cut = try #require(world.registry.tipToExtend(world.network))
        try world.append(chain: world.network, .enable(feature: 1), by: world.networkKey)
        #expect(world.registry.isEnabled(feature: 1, in: world.registry.everything))
        try world.take(try world.succession(of: world.network, recovering: true, after: cut))
        #expect(!world.registry.isEnabled(feature: 1, in: world.registry.everything))
        try world.append(chain: world.network, .enable(feature: 1), by: world.networkKey)
        #expect(world.registry.isEnabled(feature: 1, in: world.registry.everything))
    }

    @Test func aBranchThatTheParentNamesCountsAgain() throws {
        let tip = try #require(world.registry.tipToExtend(unit))
        let root = world.root(of: unit)
        let (one, two) = (TestKey(&world.generator), TestKey(&world.generator))
        let left = try world.compose(chain: unit, certificate(one, by: root), by: root, previous: tip)
        let right = try world.compose(chain: unit, certificate(two, by: root), by: root, previous: tip)
        try world.insert(left)
        let before = world.registry.everything
        try world.insert(right)
        #expect(!world.registry.isAboveHeldFork(left.id, in: before))
        #expect(world.registry.isAboveHeldFork(left.id, in: world.registry.everything))
        let both = world.registry.everything
        let naming = EntryBody.branch(Branch(entry: left.id, isNetwork: true))
        // Only the parent names one.
        let own = EntryBody.branch(Branch(entry: left.id, isNetwork: false))
        #expect(failure(try world.compose(chain: unit, own, by: root, previous: left)) == .wrongTarget)
        try world.append(chain: world.network, naming, by: world.networkKey)
        #expect(!world.registry.isAboveHeldFork(left.id, in: world.registry.everything))
        #expect(world.registry.isAboveHeldFork(right.id, in: world.registry.everything))
        // Whoever had not heard of it yet holds both and no name.
        #expect(world.registry.isAboveHeldFork(left.id, in: both))
        #expect(world.registry.tipToExtend(unit)?.id == left.id)
    }

    @Test func threeBranchesAtOnePointAreAForkForEachPair() throws {
        let tip = try #require(world.registry.tipToExtend(unit))
        let root = world.root(of: unit)
        let branches = try (0..<3).map { _ in
            try world.compose(chain: unit, certificate(TestKey(&world.generator), by: root), by: root, previous: tip)
        }
        for branch in branches { try world.insert(branch) }
        let pair = try #require(world.registry.cover([branches[1].id, branches[2].id]))
        #expect(world.registry.isAboveHeldFork(branches[1].id, in: pair))
        #expect(world.registry.isAboveHeldFork(branches[2].id, in: pair))
    }

    @Test func theNetworksOwnForkIsSettledByItsRecoverySet() throws {
        let tip = try #require(world.registry.tipToExtend(world.network))
        let left = try world.compose(chain: world.network, .enable(feature: 1), by: world.networkKey, previous: tip)
        let right = try world.compose(chain: world.network, .enable(feature: 2), by: world.networkKey, previous: tip)
        try world.insert(left)
        try world.insert(right)
        #expect(!world.registry.isEnabled(feature: 1, in: world.registry.everything))
        func naming(_ members: [TestKey]) throws -> Entry {
            let consents = members.map { member in
                Consent(
                    key: member.publicKey,
                    signature: member.sign(
                        Consent.bytesToSign(
                            network: world.network, chain: world.network, previous: left.id, code: 7,
                            named: left.id.raw, next: nil, kid: member.publicKey)))
            }
            return try world.compose(
                chain: world.network, .branch(Branch(entry: left.id, consents: consents, isNetwork: true)),
                by: world.networkKey, previous: left)
        }
        #expect(failure(try naming([])) == .consentsMissing(found: 0, threshold: 2))
        #expect(failure(try naming(Array(world.recoverers.prefix(2)))) == nil)
        #expect(world.registry.isEnabled(feature: 1, in: world.registry.everything))
        #expect(!world.registry.isEnabled(feature: 2, in: world.registry.everything))
    }

    @Test func aCountersignatureIsOneLevelUpAndForCompromise() throws {
        let person = try world.person(unit, "Orang", roles: ["it.head"])
        let ended = try world.revoke(person.certificate, of: unit, effective: 0)
        let stolen = try world.revoke(person.mandate("it.head"), of: unit, effective: 0, reason: .compromised)
        func sign(_ revocation: EntryID, isNetwork: Bool) throws -> EntryFailure? {
            let body = EntryBody.countersign(Countersignature(revocation: revocation, isNetwork: isNetwork))
            return failure(
                try world.compose(
                    chain: isNetwork ? world.network : unit, body,
                    by: isNetwork ? world.networkKey : world.root(of: unit)))
        }
        #expect(try sign(ended, isNetwork: true) == .wrongTarget)
        #expect(try sign(stolen, isNetwork: false) == .wrongTarget)
        #expect(!world.registry.isCountersigned(stolen))
        #expect(try sign(stolen, isNetwork: true) == nil)
        #expect(world.registry.isCountersigned(stolen))
    }

    /// What stands, and who has which standing, does not depend on the order in which entries came.
    @Test(arguments: 1...12) func orderOfArrivalDoesNotMatter(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (key, delegation) = try world.administrator(unit)
        try world.append(chain: delegation, certificate(TestKey(&world.generator), by: key), by: key)
        _ = try world.person(unit, "Orang", roles: ["it.head"])
        let cut = try #require(world.registry.tipToExtend(unit))
        _ = try world.person(unit, "Pencuri", roles: ["it.head"])
        try world.insert(try world.succession(of: unit).entry)
        try world.take(try world.succession(of: unit, recovering: true, after: cut))
        _ = try world.person(unit, "Baru", roles: ["it.head"])
        try world.append(
            chain: unit, .revoke(Revocation(target: delegation, reason: .ended, effective: 0, cut: nil)),
            by: world.root(of: unit))
        var registry = Registry()
        var rest = Array(world.entries.dropFirst()).shuffled(using: &generator)
        let genesis = try #require(Verified(checking: world.entries[0]))
        try registry.insert(genesis)
        while !rest.isEmpty {
            let count = rest.count
            rest = rest.filter { entry in
                guard let verified = Verified(checking: entry) else { return false }
                return (try? registry.insert(verified)) == nil
            }
            guard rest.count < count else { throw TestFailure.setUp("stuck") }
        }
        for entry in world.entries {
            #expect(registry.stands(entry.id) == world.registry.stands(entry.id))
            #expect(
                registry.isAboveHeldFork(entry.id, in: registry.everything)
                    == world.registry.isAboveHeldFork(entry.id, in: world.registry.everything))
        }
        #expect(registry.tipToExtend(unit)?.id == world.registry.tipToExtend(unit)?.id)
    }
}
