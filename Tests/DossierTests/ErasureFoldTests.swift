import Authority
import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// The quorum of an erasure (Protocol 4 §6): each rule once kept and once broken.
@Suite struct ErasureFoldTests {
    let world: TestWorld
    let opd: UnitID
    let it: UnitID
    let head: TestPerson
    let other: TestPerson
    let foreign: TestPerson
    let root: TestPerson
    let dossier: TestDossier
    let value: Committed

    init() throws {
        world = try TestWorld()
        (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        other = try world.person(opd, "Sekretaris", roles: ["applicant.head"])
        foreign = try world.person(it, "Kabid", roles: ["it.field_head"])
        root = try world.rootPerson(opd)
        var begun = try TestDossier(world, definition: definition, parties: [("applicant", opd), ("it", it)], by: head)
        value = world.commit(.text("rahasia"), by: head.key.publicKey)
        try begun.write([TestDossier.set("doc/request/1/subject", .committed(value))], by: head)
        dossier = begun
    }

    func erased(_ dossier: TestDossier) -> [Commitment] { dossier.state.erased.map(\.commitment) }

    /// The dossier after erasures by people one after the other.
    func after(_ people: (TestPerson, String)...) throws -> TestDossier {
        var copy = dossier
        for (person, role) in people {
            try copy.write([copy.erase([value.commitment], by: person, role: role)], by: person)
        }
        return copy
    }

    @Test func twoPersonsOneOfThemWithTheRootKey() throws {
        #expect(erased(try after((head, "applicant.head"))) == [])
        #expect(erased(try after((root, "root"))) == [])
        #expect(erased(try after((root, "root"), (root, "root"))) == [])
        #expect(erased(try after((head, "applicant.head"), (other, "applicant.head"))) == [])
        #expect(erased(try after((head, "applicant.head"), (root, "root"))) == [value.commitment])
        #expect(erased(try after((root, "root"), (head, "applicant.head"))) == [value.commitment])
        let state = try after((other, "applicant.head"), (root, "root")).state
        #expect(state.erased.first?.unit == opd && state.erased.first?.erasures == [0, 1])
    }

    @Test func twoKeysOfOnePersonCountOnce() throws {
        let alone = try after((root, "root"))
        let holder = try #require(alone.state.verdicts.last?.person)
        let same = try world.person(opd, "Kepala", roles: ["applicant.head"], person: holder)
        #expect(erased(try after((root, "root"), (same, "applicant.head"))) == [])
        #expect(
            erased(try after((root, "root"), (same, "applicant.head"), (other, "applicant.head")))
                == [value.commitment])
    }

    @Test func onlyTheUnitThatWroteTheValue() throws {
        let theirs = try world.rootPerson(it)
        #expect(erased(try after((theirs, "root"), (foreign, "it.field_head"))) == [])
        #expect(erased(try after((root, "root"), (foreign, "it.field_head"))) == [])
        #expect(erased(try after((theirs, "root"), (head, "applicant.head"))) == [])
        var copy = dossier
        let own = world.commit(.text("milik IT"), by: foreign.key.publicKey)
        try copy.write([TestDossier.operation(Code.comment, [(1, Value.committed(own).item)])], by: foreign)
        for (person, role) in [(theirs, "root"), (foreign, "it.field_head")] {
            try copy.write([copy.erase([own.commitment], by: person, role: role)], by: person)
        }
        #expect(erased(copy) == [own.commitment])
    }

    /// Another unit that repeats a commitment can neither erase the value of its writer nor keep it.
    @Test func whoRepeatsACommitmentErasesHisOwnPlaceOnly() throws {
        var copy = dossier
        try copy.write([TestDossier.operation(Code.comment, [(1, Value.committed(value).item)])], by: foreign)
        for (person, role) in [(try world.rootPerson(it), "root"), (foreign, "it.field_head")] {
            try copy.write([copy.erase([value.commitment], by: person, role: role)], by: person)
        }
        #expect(copy.state.erased.map(\.unit) == [it])
        #expect(copy.state.erasure(of: value.commitment) == nil)
        for (person, role) in [(root, "root"), (head, "applicant.head")] {
            try copy.write([copy.erase([value.commitment], by: person, role: role)], by: person)
        }
        #expect(Set(copy.state.erased.map(\.unit)) == [it, opd])
        #expect(copy.state.erasure(of: value.commitment)?.unit == opd)
    }

    @Test func bothHaveToBeAuthorised() throws {
        let late = try world.person(opd, "Plt.", roles: ["applicant.head"], until: 1)
        #expect(erased(try after((root, "root"), (late, "applicant.head"))) == [])
        // Together with another operation an act has no effect.
        var copy = try after((root, "root"))
        let erase = copy.erase([value.commitment], by: head, role: "applicant.head")
        try copy.write([erase, TestDossier.set("x", .text("y"))], by: head)
        #expect(copy.state.verdicts.last?.reason == .notAlone && erased(copy) == [])
        // The root names its own standing, nothing else.
        let mandated = TestPerson(
            key: root.key, unit: opd, certificate: root.certificate, mandates: ["root": head.mandate("applicant.head")])
        #expect(erased(try after((mandated, "root"), (head, "applicant.head"))) == [])
    }

    /// What an erasure rests on may be revoked later, like everything; the values are then asked for again.
    @Test func aRevokedSignatureCountsNoMoreUnlessItIsAccepted() throws {
        var copy = try after((root, "root"), (head, "applicant.head"))
        #expect(erased(copy) == [value.commitment])
        let revocation = try world.revoke(head.mandate("applicant.head"), of: opd, effective: world.clock + 1)
        #expect(copy.state.verdicts.last?.reason == .awaitsRatification && erased(copy) == [])
        let tip = try #require(copy.history.items.last?.id)
        try copy.write(
            [
                TestDossier.operation(
                    Code.accept,
                    [(1, .bytes(revocation.bytes)), (2, .bytes(tip.bytes)), (20, .bytes(root.certificate.bytes))])
            ], by: root)
        #expect(erased(copy) == [value.commitment])
    }

    @Test func eachValueHasItsOwnQuorum() throws {
        var copy = dossier
        let second = world.commit(.text("lain"), by: head.key.publicKey)
        try copy.write([TestDossier.set("title", .committed(second))], by: head)
        let both = [value.commitment, second.commitment]
        try copy.write([copy.erase(both, by: root, role: "root")], by: root)
        try copy.write([copy.erase([second.commitment], by: head, role: "applicant.head")], by: head)
        #expect(erased(copy) == [second.commitment])
        try copy.write([copy.erase([value.commitment], by: other, role: "applicant.head")], by: other)
        #expect(erased(copy) == both.sorted())
    }

    @Test func upTo256ValuesAreNamedAtOnce() throws {
        var chance = SeededGenerator(seed: 9)
        for (count, isTaken) in [(256, true), (257, false)] {
            var copy = dossier
            let others = (1..<count).map { _ in Commitment(Blake2b.hash(chance.bytes(8), personal: Personal("x"))) }
            for (person, role) in [(root, "root"), (head, "applicant.head")] {
                try copy.write([copy.erase([value.commitment] + others, by: person, role: role)], by: person)
            }
            #expect(erased(copy) == (isTaken ? [value.commitment] : []))
            #expect(copy.state.erasures.count == (isTaken ? 2 : 0))
        }
    }

    @Test func whatNobodyWroteIsNotErased() throws {
        var copy = dossier
        let unknown = Commitment(Blake2b.hash([1], personal: Personal("mufakat commit")))
        for (person, role) in [(root, "root"), (head, "applicant.head")] {
            try copy.write([copy.erase([unknown], by: person, role: role)], by: person)
        }
        #expect(copy.state.erased.isEmpty)
        #expect(copy.state.erasures.count == 2)
    }

    /// Four change sets on four branches, delivered in every order that keeps parents first.
    @Test func neitherOrderNorConcurrencyMatters() throws {
        var (one, two, three) = (dossier, dossier, dossier)
        try one.write([one.erase([value.commitment], by: root, role: "root")], by: root)
        try two.write([two.erase([value.commitment], by: head, role: "applicant.head")], by: head)
        try three.write([TestDossier.operation(Code.comment, [(1, Value.committed(value).item)])], by: foreign)
        let branches = [one, two, three]
        var hashes: Set<Bytes32> = []
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            var copy = dossier
            for place in order { try copy.merge(branches[place]) }
            #expect(copy.state.erased.map(\.unit) == [opd])
            hashes.insert(copy.state.hash)
        }
        #expect(hashes.count == 1)
    }

    /// The fold's values keep the commitment: revisions, activations and every signature stay what they were.
    @Test func nothingButTheListOfWhatIsErasedChanges() throws {
        var copy = dossier
        try copy.write(
            [try copy.outcome("1", "done", by: head, role: "applicant.head", documents: ["request"])], by: head)
        let type = try #require(world.definition(dossier.definition).document("request"))
        func image(_ dossier: TestDossier) -> [String] {
            let content = dossier.state.content(of: type, instance: 1, dossier.history)
            return [content.revision(stage: nil).hex, "\(content.isComplete)"]
                + dossier.state.procedure.activations.map { "\($0.id.bytes.hex) \($0.state) \($0.decided ?? "")" }
        }
        let before = image(copy)
        let hash = copy.state.hash
        try copy.write([copy.erase([value.commitment], by: root, role: "root")], by: root)
        let asked = copy.state.hash
        try copy.write([copy.erase([value.commitment], by: head, role: "applicant.head")], by: head)
        #expect(image(copy) == before)
        #expect(asked == hash && copy.state.hash != hash)
        #expect(copy.history.items.allSatisfy { $0.isSigned })
        #expect(copy.state.verdicts.allSatisfy { $0.isAuthorised })
    }
}
