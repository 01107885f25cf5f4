import CBOR
import Envelope
import Registry
import Sodium
import TestSupport
import Testing

@Suite struct RegistryTests {
    @Test func aNetworkWithUnitsAndPeopleStands() throws {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let person = try world.person(unit, "Kepala", roles: ["applicant.head"])
        let standing = world.registry.standing(
            of: person.key.publicKey, unit: unit, in: world.registry.everything)
        #expect(standing == .device(certificate: person.certificate))
        #expect(world.registry.mandates(of: unit).count == 1)
    }

    func failure(_ world: TestWorld, _ entry: Entry) -> EntryFailure? {
        do {
            try world.insert(entry)
            return nil
        } catch { return error as? EntryFailure }
    }

    @Test func onlyTheChainsKeyWritesIt() throws {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let stranger = TestKey(&world.generator)
        let entry = try world.compose(chain: unit, .enable(feature: 1), by: stranger)
        #expect(failure(world, entry) == .notTheChainsKey)
        let admission = Admission(
            root: stranger.publicKey, kind: "vendor", name: world.commit(.text("x"), by: stranger.publicKey))
        #expect(
            failure(world, try world.compose(chain: world.network, .admit(admission), by: stranger)) == .notTheChainsKey
        )
    }

    @Test func levelsAreStrict() throws {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let root = world.root(of: unit)
        #expect(failure(world, try world.compose(chain: unit, .enable(feature: 1), by: root)) == .wrongLevel(code: 3))
        let administrator = TestKey(&world.generator)
        let delegation = try world.append(
            chain: unit,
            .delegate(
                Delegation(
                    key: administrator.publicKey, person: administrator.person,
                    name: world.commit(.text("Pengelola"), by: root.publicKey))), by: root)
        // An administrator certifies, and does not delegate.
        let further = EntryBody.delegate(
            Delegation(key: root.publicKey, person: root.person, name: world.commit(.text("x"), by: root.publicKey)))
        #expect(
            failure(world, try world.compose(chain: delegation.id, further, by: administrator)) == .wrongLevel(code: 17)
        )
        let certificate = EntryBody.certify(
            Certificate(
                key: root.publicKey, agreement: .zero, isNode: false, person: root.person,
                name: world.commit(.text("x"), by: administrator.publicKey)))
        #expect(failure(world, try world.compose(chain: delegation.id, certificate, by: administrator)) == nil)
    }

    @Test func heightsAndParentsAreChecked() throws {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let root = world.root(of: unit)
        let genesis = EntryBody.unitGenesis(UnitGenesis(next: .zero, person: root.person))
        let wrong = try world.compose(chain: unit, genesis, by: root, height: 7)
        #expect(failure(world, wrong) == .wrongHeight(found: 7, expected: 1))
        let unknown = EntryID(Blake2b.hash([1], personal: Personal("x")))
        let revocation = EntryBody.revoke(Revocation(target: unknown, reason: .ended, effective: 0, cut: nil))
        #expect(failure(world, try world.compose(chain: unit, revocation, by: root)) == .missing([unknown]))
    }

    @Test func aUnitRevokesItsOwnOnly() throws {
        let world = try TestWorld()
        let (one, two) = (try world.unit("Satu", kind: "applicant"), try world.unit("Dua", kind: "vendor"))
        let person = try world.person(two, "Orang", roles: [])
        let body = EntryBody.revoke(Revocation(target: person.certificate, reason: .ended, effective: 0, cut: nil))
        #expect(failure(world, try world.compose(chain: one, body, by: world.root(of: one))) == .wrongTarget)
        #expect(failure(world, try world.compose(chain: two, body, by: world.root(of: two))) == nil)
        #expect(world.registry.revocations(of: person.certificate).count == 1)
    }

    @Test func aFlippedEntryIsRefused() throws {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let entry = try world.compose(
            chain: unit, .revoke(Revocation(target: unit, reason: .ended, effective: 0, cut: nil)),
            by: world.root(of: unit))
        for place in entry.bytes.indices {
            var bytes = entry.bytes
            bytes[place] ^= 0x10
            guard let changed = try? Entry.decode(bytes, network: world.network) else { continue }
            #expect(Verified(checking: changed) == nil, "byte \(place)")
        }
    }

    @Test func anotherNetworksEntryIsRefused() throws {
        let (one, two) = (try TestWorld(seed: 1), try TestWorld(seed: 2))
        let unit = try two.unit("Dinas", kind: "applicant")
        let entry = try #require(two.registry.entry(unit))
        let changed = try Entry.decode(entry.bytes, network: one.network)
        #expect(Verified(checking: changed) == nil)
    }

    @Test func aForkOfAChainTakesNothingAwayFromWhoSawOneBranch() throws {
        let world = try TestWorld()
        let unit = try world.unit("Dinas", kind: "applicant")
        let genesis = try #require(world.registry.entries.last)
        let first = try world.person(unit, "Satu", roles: [])
        let cover = try #require(world.registry.cover([first.certificate]))
        // The same height again, on the same predecessor.
        let key = TestKey(&world.generator)
        let fork = try world.compose(
            chain: unit,
            .certify(
                Certificate(
                    key: key.publicKey, agreement: .zero, isNode: false, person: key.person,
                    name: world.commit(.text("Dua"), by: world.root(of: unit).publicKey))),
            by: world.root(of: unit), previous: genesis, height: 1)
        try world.insert(fork)
        #expect(!world.registry.isAboveHeldFork(first.certificate, in: cover))
        #expect(world.registry.isAboveHeldFork(first.certificate, in: world.registry.everything))
        #expect(world.registry.isAboveHeldFork(fork.id, in: world.registry.everything))
    }

    @Test func aFeatureIsEnabledForWhoKnowsTheEntry() throws {
        let world = try TestWorld()
        let before = world.registry.everything
        try world.append(chain: world.network, .enable(feature: 1), by: world.networkKey)
        #expect(!world.registry.isEnabled(feature: 1, in: before))
        #expect(world.registry.isEnabled(feature: 1, in: world.registry.everything))
        #expect(world.registry.isEnabled(feature: 0, in: .empty))
    }

    @Test func anEntryOfFourKiBIsReadAndOneByteMoreIsNot() {
        #expect(throws: EntryFailure.tooLarge(byteCount: 4_097, limit: 4_096)) {
            try Entry.decode([UInt8](repeating: 0, count: 4_097), network: nil)
        }
    }
}
