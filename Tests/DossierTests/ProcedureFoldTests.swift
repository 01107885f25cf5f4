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

@Suite struct ProcedureFoldTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let chief: TestPerson
    let daily: TestPerson
    /// A dossier whose step 2 is open.
    let dossier: TestDossier

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        chief = try world.person(it, "Kadis", roles: ["it.head"])
        daily = try world.person(it, "Plh", roles: ["it.head"])
        dossier = try TestDossier.requested(world, definition, by: head, it: it)
    }

    func step(_ dossier: TestDossier, _ name: String) -> Activation? {
        dossier.state.procedure.activations.last { $0.step == name && $0.state != .frozen }
    }

    func refuse(_ dossier: TestDossier, by person: TestPerson, role: String) throws -> Operation {
        let why = world.commit(.text("tidak perlu"), by: person.key.publicKey)
        return try dossier.outcome("2", "tidak_perlu", by: person, role: role, extra: [(5, why.item)])
    }

    @Test func anOutcomeOpensTheNextStep() throws {
        var copy = dossier
        #expect(step(copy, "2")?.state == .active)
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        #expect(step(copy, "2")?.decided == "perlu")
        #expect(step(copy, "3")?.state == .active)
    }

    @Test func differentOutcomesOfflineAreAConflictThatARulingSettles() throws {
        var (one, two) = (dossier, dossier)
        let yes = try one.write([try one.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        let no = try two.write([try refuse(two, by: daily, role: "it.head")], by: daily)
        try one.merge(two)
        #expect(step(one, "2")?.state == .contested)
        #expect(one.state.procedure.activations.contains { $0.step == "3" && $0.state == .frozen })
        // Whoever recorded a candidate may not rule on it.
        var own = one
        let ruling = try own.ruling("2", winner: no, candidates: [yes, no], by: daily, role: "it.head")
        let index = own.history.count
        try own.write([ruling], by: daily)
        #expect(own.state.verdict(onAct: index) == .noEffect(.recordedACandidate, detail: ""))
        try one.write([try one.ruling("2", winner: yes, candidates: [yes, no], by: chief, role: "it.head")], by: chief)
        #expect(step(one, "2")?.decided == "perlu")
        #expect(step(one, "3")?.state == .active)
    }

    @Test func concurrentRulingsConflictAndOneThatNamesBothSettles() throws {
        var (one, two) = (dossier, dossier)
        let yes = try one.write([try one.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        let third = try world.person(chief.unit, "Kepala lain", roles: ["it.head"])
        let no = try two.write([try refuse(two, by: third, role: "it.head")], by: third)
        try one.merge(two)
        var other = one
        try one.write([try one.ruling("2", winner: yes, candidates: [yes, no], by: chief, role: "it.head")], by: chief)
        try other.write(
            [try other.ruling("2", winner: no, candidates: [yes, no], by: daily, role: "it.head")], by: daily)
        try one.merge(other)
        #expect(step(one, "2")?.isDoublyRuled == true)
        #expect(step(one, "2")?.state == .contested)
    }

    @Test func aDecisionWithoutTheMandateIsKeptAsAnOpinion() throws {
        var copy = dossier
        let index = copy.history.count
        try copy.write([try copy.outcome("2", "perlu", by: head, role: "applicant.head")], by: head)
        #expect(copy.state.verdict(onAct: index) == .opinion)
        #expect(step(copy, "2")?.state == .active)
    }

    @Test func unknownStepsOutcomesAndDocumentsHaveNoEffect() throws {
        var copy = dossier
        let activation = try #require(copy.activation("2"))
        func verdict(_ step: String, _ name: String, _ id: ActivationID) throws -> ActVerdict? {
            let operation = try copy.outcome("2", "perlu", by: field, role: "it.field_head")
            var pairs = operation.body.mapValue ?? []
            pairs.removeAll { [.unsigned(1), .unsigned(2), .unsigned(3)].contains($0.key) }
            pairs += [
                CBORPair(key: .unsigned(1), value: .text(step)),
                CBORPair(key: .unsigned(2), value: .bytes(id.bytes.bytes)),
                CBORPair(key: .unsigned(3), value: .text(name)),
            ]
            let index = copy.history.count
            try copy.write([Operation(code: Code.outcome, body: .map(pairs))], by: field)
            return copy.state.verdict(onAct: index)
        }
        #expect(try verdict("2", "mungkin", activation) == .noEffect(.unknownOutcome, detail: "mungkin"))
        #expect(try verdict("99", "perlu", activation) == .noEffect(.unknownOutcome, detail: "perlu"))
        #expect(try verdict("2", "perlu", ActivationID(.zero)) == .noEffect(.notActive, detail: ""))
    }

    @Test func anOutcomeWithoutItsDocumentsReasonOrFindingsHasNoEffect() throws {
        var copy = dossier
        var index = copy.history.count
        try copy.write([try copy.outcome("2", "tidak_perlu", by: field, role: "it.field_head")], by: field)
        #expect(copy.state.verdict(onAct: index) == .noEffect(.reasonMissing, detail: ""))
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        index = copy.history.count
        try copy.write([try copy.outcome("3", "sesuai", by: head, role: "applicant.head")], by: head)
        #expect(copy.state.verdict(onAct: index) == .noEffect(.documentMissing, detail: "record"))
        index = copy.history.count
        try copy.write([try copy.outcome("3", "belum", by: head, role: "applicant.head")], by: head)
        #expect(copy.state.verdict(onAct: index) == .noEffect(.findingsMissing, detail: ""))
    }

    @Test func anOutcomeWaitsForTheSignaturesOverTheSameRevision() throws {
        var copy = dossier
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try copy.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: head)
        try copy.write(
            [try copy.outcome("3", "sesuai", by: head, role: "applicant.head", documents: ["record"])], by: head)
        #expect(step(copy, "3")?.state == .waitingForSignatures)
        #expect(step(copy, "3")?.candidates.first?.waitingFor == ["it.field_head"])
        // A newer revision concurrent with nothing: the signature over it is not over what was recorded.
        var changed = copy
        try changed.write([TestDossier.set("doc/record/1/result", .text("buruk"))], by: head)
        try changed.write(
            [try changed.sign("3", "sesuai", by: field, role: "it.field_head", documents: ["record"])], by: field)
        #expect(step(changed, "3")?.state == .waitingForSignatures)
        try copy.write(
            [try copy.sign("3", "sesuai", by: field, role: "it.field_head", documents: ["record"])], by: field)
        #expect(step(copy, "3")?.state == .done)
        #expect(step(copy, "3")?.isFinal == true)
        #expect(copy.state.procedure.end == .completed)
    }

    @Test func aFinalOutcomeMakesALaterRivalAnObjection() throws {
        var (one, two) = (dossier, dossier)
        let yes = try one.write([try one.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try one.write([one.acknowledge(yes, by: head, role: "applicant.head")], by: head)
        #expect(step(one, "2")?.isFinal == true)
        try two.write([try refuse(two, by: daily, role: "it.head")], by: daily)
        try one.merge(two)
        #expect(step(one, "2")?.state == .done)
        #expect(step(one, "2")?.decided == "perlu")
        let rival = try #require(one.history.items.firstIndex { $0.author == daily.key.publicKey })
        #expect(one.state.verdict(onAct: rival) == .objection)
    }

    @Test func mandatesAreJudgedByTermPersonAndOwnHeads() throws {
        let ended = try world.person(field.unit, "Lama", roles: ["it.field_head"], until: 1_000)
        var copy = dossier
        var index = copy.history.count
        try copy.write([try copy.outcome("2", "perlu", by: ended, role: "it.field_head")], by: ended)
        #expect(copy.state.verdicts[index].reason == .outsideTerm)
        // Another person's mandate.
        let thief = TestPerson(
            key: chief.key, unit: chief.unit, certificate: chief.certificate, mandates: field.mandates)
        index = copy.history.count
        try copy.write([try copy.outcome("2", "perlu", by: thief, role: "it.field_head")], by: thief)
        #expect(copy.state.verdicts[index].reason == .mandateOfAnotherPerson)
        #expect(step(copy, "2")?.state == .active)
    }

    @Test func aRevocationWithoutAnAcceptTakesEffectAwayAndTheCutGivesItBack() throws {
        var copy = dossier
        let yes = try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        let index = copy.history.count - 1
        let revocation = try world.revoke(field.certificate, of: field.unit, effective: world.clock + 1)
        #expect(copy.state.verdicts[index].reason == .awaitsRatification)
        #expect(step(copy, "2")?.state == .active)
        let root = world.root(of: field.unit)
        let genesis = try #require(
            world.registry.grants(of: root.publicKey).first?.entry)
        let administrator = TestPerson(key: root, unit: field.unit, certificate: genesis, mandates: [:])
        try copy.write(
            [
                TestDossier.operation(
                    Code.accept, [(1, .bytes(revocation.bytes)), (2, .bytes(yes.bytes)), (20, .bytes(genesis.bytes))])
            ], by: administrator)
        #expect(copy.state.verdicts[index].isAuthorised)
        #expect(step(copy, "2")?.decided == "perlu")
        // What the key writes after the revocation is outside.
        var late = dossier
        try late.write([TestDossier.set("x", .text("y"))], by: field)
        try copy.merge(late)
        #expect(copy.state.values(Path("x"), copy.history).isEmpty)
    }

    @Test func nodeKeysHaveNoEffect() throws {
        let key = TestKey(&world.generator)
        let certificate = try world.certify(key, field.unit, "Simpul", isNode: true)
        let node = TestPerson(key: key, unit: field.unit, certificate: certificate, mandates: [:])
        var copy = dossier
        try copy.write([], by: node)
        #expect(copy.state.verdicts.last?.reason == .nodeKey)
        // As the person's certificate has it the key writes, but its ground is the smallest one.
        let device = try world.certify(key, field.unit, "Orang")
        try copy.write([TestDossier.set("x", .text("y"))], by: node)
        #expect(copy.state.verdicts.last?.reason == (certificate < device ? .nodeKey : nil))
        #expect(copy.state.values(Path("x"), copy.history).isEmpty == (certificate < device))
    }
}
