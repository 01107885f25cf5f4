import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// What is always possible and drawn in no definition: suspension, tasks handed on, corrections.
@Suite struct TaskTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let chief: TestPerson
    /// A dossier whose step 2 is open.
    let dossier: TestDossier

    init() throws {
        let tests = try ProcedureFoldTests()
        (world, head, field, chief, dossier) = (tests.world, tests.head, tests.field, tests.chief, tests.dossier)
    }

    @discardableResult
    private func act(
        _ dossier: inout TestDossier, _ code: Int, _ pairs: [(UInt64, CBORValue)] = [], by person: TestPerson,
        role: String
    ) throws -> ActVerdict? {
        let index = dossier.history.count
        let operation = dossier.act(code, pairs, by: person, role: role)
        try dossier.write([operation], by: person)
        return dossier.state.verdict(onAct: index)
    }

    /// A suspension stops whoever saw it, until somebody resumes; whoever had not seen it is not stopped.
    @Test func aSuspensionStopsWhoSawIt() throws {
        var (one, two) = (dossier, dossier)
        #expect(try act(&one, Code.suspend, by: chief, role: "it.head") == .effective)
        #expect(one.state.procedure.isSuspended)
        let index = one.history.count
        try one.write([try one.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        #expect(one.state.verdict(onAct: index) == .noEffect(.onHold, detail: ""))

        var resumed = one
        #expect(try act(&resumed, Code.resume, by: head, role: "applicant.head") == .effective)
        #expect(!resumed.state.procedure.isSuspended)
        try resumed.write([try resumed.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        #expect(resumed.state.procedure.activations.last { $0.step == "2" }?.decided == "perlu")

        try two.write([try two.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        var own = dossier
        try act(&own, Code.suspend, by: chief, role: "it.head")
        try two.merge(own)
        #expect(two.state.procedure.isSuspended)
        #expect(two.state.procedure.activations.last { $0.step == "2" }?.decided == "perlu")
    }

    /// Nobody but the heads suspends: anybody else's word is an opinion and stops nobody.
    @Test func aSuspensionByAnybodyElseStopsNobody() throws {
        var copy = dossier
        #expect(try act(&copy, Code.suspend, by: field, role: "it.field_head") == .opinion)
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        #expect(copy.state.procedure.activations.last { $0.step == "2" }?.decided == "perlu")
    }

    @Test func aTaskIsHandedOnByWhoMayDecideOrLead() throws {
        var copy = dossier
        let activation = try #require(copy.activation("2"))
        func pairs(_ person: TestPerson) -> [(UInt64, CBORValue)] {
            [(1, .bytes(activation.bytes.bytes)), (2, .bytes(person.unit.bytes)), (3, .bytes(person.key.person.bytes))]
        }
        #expect(try act(&copy, Code.reassign, pairs(field), by: head, role: "applicant.head") == .opinion)
        #expect(copy.state.procedure.assignments.isEmpty)
        #expect(try act(&copy, Code.reassign, pairs(field), by: chief, role: "it.head") == .effective)
        #expect(copy.state.procedure.assignments.map(\.actor.person) == [field.key.person.bytes])
        // Two who had not seen each other stand beside each other; one that saw both replaces them.
        var other = copy
        try act(&copy, Code.reassign, pairs(chief), by: field, role: "it.field_head")
        try act(&other, Code.reassign, pairs(field), by: chief, role: "it.head")
        try copy.merge(other)
        #expect(copy.state.procedure.assignments.count == 2)
        try act(&copy, Code.reassign, pairs(field), by: chief, role: "it.head")
        #expect(copy.state.procedure.assignments.map(\.actor.person) == [field.key.person.bytes])
        let (malformed, code) = (copy.history.count, Code.reassign)
        try act(&copy, code, [(1, .bytes([1]))], by: chief, role: "it.head")
        #expect(copy.state.verdict(onAct: malformed) == .noEffect(.malformed, detail: ""))
    }

    /// A document in effect is corrected by a later revision with all its signatures; one alone waits, and the outcome
    /// stays what it was.
    @Test func aCorrectionTakesAllSignatures() throws {
        var copy = dossier
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try copy.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: head)
        try copy.write(
            [try copy.outcome("3", "sesuai", by: head, role: "applicant.head", documents: ["record"])], by: head)
        try copy.write(
            [try copy.sign("3", "sesuai", by: field, role: "it.field_head", documents: ["record"])], by: field)
        #expect(copy.state.procedure.end == .completed)
        #expect(copy.state.procedure.corrections.isEmpty)
        try copy.write([TestDossier.set("doc/record/1/result", .text("sangat baik"))], by: head)
        let first = copy.history.count
        try copy.write(
            [try copy.sign("3", "sesuai", by: head, role: "applicant.head", documents: ["record"])], by: head)
        #expect(copy.state.verdict(onAct: first) == .waiting(["it.field_head"]))
        #expect(copy.state.procedure.corrections.map(\.waitingFor) == [["it.field_head"]])
        // Whoever signs for nobody adds nothing.
        let stranger = copy.history.count
        try copy.write([try copy.sign("3", "sesuai", by: chief, role: "it.head", documents: ["record"])], by: chief)
        #expect(copy.state.verdict(onAct: stranger) == .noEffect(.notASigner, detail: "it.head"))
        try copy.write(
            [try copy.sign("3", "sesuai", by: field, role: "it.field_head", documents: ["record"])], by: field)
        #expect(copy.state.procedure.corrections.map(\.waitingFor) == [[]])
        #expect(copy.state.verdict(onAct: first) == .effective)
        #expect(copy.state.procedure.end == .completed)
    }
}
