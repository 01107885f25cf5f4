import CBOR
import Dossier
import Envelope
import History
import Procedure
import TestSupport
import Testing

/// An outcome that waits for a signer who refuses (Protocol 4 §3.4), and for whom several records wait.
@Suite struct RefusalTests {
    let world: TestWorld
    let head: TestPerson
    let acting: TestPerson
    let field: TestPerson

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        acting = try world.person(opd, "Plt", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
    }

    /// Step 3 is open, with a record to sign and a finding; `isReserved`: only the applicant may say *belum*.
    func dossier(isReserved: Bool) throws -> (dossier: TestDossier, finding: Dot) {
        var text = String(decoding: TestDefinitions.small, as: UTF8.self)
        if isReserved {
            text = text.replacing(#""effect": "rework", "#, with: #""effect": "rework", "by": ["applicant.head"], "#)
        }
        let definition = try world.publish(Array(text.utf8))
        var dossier = try TestDossier.requested(world, definition, by: head, it: field.unit)
        try dossier.write([try dossier.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try dossier.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: field)
        let row = TestDossier.operation(
            Code.addRow,
            [(1, .text("findings")), (2, .map([CBORPair(key: .text("severity"), value: .text("minor"))]))])
        let finding = Dot(change: try dossier.write([row], by: head), index: 0)
        return (dossier, finding)
    }

    func yes(_ dossier: inout TestDossier, by person: TestPerson, role: String) throws -> Int {
        try dossier.write(
            [try dossier.outcome("3", "sesuai", by: person, role: role, documents: ["record"])], by: person)
        return dossier.history.count - 1
    }

    func no(_ dossier: inout TestDossier, _ finding: Dot) throws -> Int {
        try dossier.write(
            [
                try dossier.outcome(
                    "3", "belum", by: head, role: "applicant.head", extra: [(7, .array([finding.item]))])
            ], by: head)
        return dossier.history.count - 1
    }

    func last(_ dossier: TestDossier, _ step: String) throws -> Activation {
        try #require(dossier.state.procedure.activations.last { $0.step == step })
    }

    @Test(arguments: [false, true]) func theSignerWhoIsWaitedForMayRefuseAlone(isUnseen: Bool) throws {
        var (one, finding) = try dossier(isReserved: true)
        var two = one
        let signed = try yes(&one, by: field, role: "it.field_head")
        #expect(one.state.verdict(onAct: signed) == .waiting(["applicant.head"]))
        if !isUnseen { two = one }
        let refused = try no(&two, finding)
        #expect(two.state.verdict(onAct: refused) == .effective)
        try one.merge(two)
        try two.merge(one)
        #expect(one.state.hash == two.state.hash)
        let step = try last(one, "3")
        #expect(step.state == .done && step.decided == "belum")
        #expect(one.state.verdict(onAct: signed) == .superseded)
        #expect(try last(one, "2").round == 2)
        #expect(one.state.procedure.activations.allSatisfy { $0.state != .frozen && $0.state != .contested })
    }

    @Test func whereBothMaySayNoItIsAConflict() throws {
        var (one, finding) = try dossier(isReserved: false)
        _ = try yes(&one, by: field, role: "it.field_head")
        _ = try no(&one, finding)
        #expect(try last(one, "3").state == .contested)
    }

    /// Another head signed meanwhile, without knowing of the refusal: what two units signed is final.
    @Test func whatWasSignedMeanwhileIsFinal() throws {
        var (one, finding) = try dossier(isReserved: true)
        let signed = try yes(&one, by: field, role: "it.field_head")
        var two = one
        let refused = try no(&two, finding)
        let refusal = two.history.items[refused].id
        try one.write(
            [try one.sign("3", "sesuai", by: acting, role: "applicant.head", documents: ["record"])], by: acting)
        try one.merge(two)
        try two.merge(one)
        #expect(one.state.hash == two.state.hash)
        let step = try last(one, "3")
        #expect(step.decided == "sesuai" && step.isFinal)
        #expect(one.state.verdict(onAct: signed) == .effective)
        #expect(one.state.verdict(onAct: try #require(one.history.index(of: refusal))) == .objection)
    }

    /// A later record over a new revision: from then on the first signer is waited for.
    @Test func whoeverSignedAnEarlierRevisionIsWaitedForAgain() throws {
        var (one, _) = try dossier(isReserved: true)
        _ = try yes(&one, by: field, role: "it.field_head")
        try one.write([TestDossier.set("doc/record/1/result", .text("baik, dengan catatan"))], by: head)
        _ = try yes(&one, by: head, role: "applicant.head")
        #expect(try last(one, "3").candidates.map(\.waitingFor) == [["it.field_head"]])
        try one.write(
            [try one.sign("3", "sesuai", by: field, role: "it.field_head", documents: ["record"])], by: field)
        #expect(try last(one, "3").state == .done)
    }
}
