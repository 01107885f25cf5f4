import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// Nobody closes, suspends or resumes what he knows to be closed (Protocol 4 §3.9).
@Suite struct ClosingTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let second: TestPerson
    let chief: TestPerson
    /// A dossier whose step 2 is open.
    let dossier: TestDossier

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        second = try world.person(it, "Kasi", roles: ["it.field_head"])
        chief = try world.person(it, "Kadis", roles: ["it.head"])
        dossier = try TestDossier.requested(world, definition, by: head, it: it)
    }

    func stop(_ dossier: inout TestDossier, by person: TestPerson) throws {
        let role = person.mandates.keys.sorted().first ?? ""
        let why = world.commit(.text("tidak perlu"), by: person.key.publicKey)
        try dossier.write(
            [try dossier.outcome("2", "tidak_perlu", by: person, role: role, extra: [(5, why.item)])], by: person)
    }

    func write(_ code: Int, _ dossier: inout TestDossier, by person: TestPerson) throws -> ChangeSetID {
        let role = person.mandates.keys.sorted().first ?? ""
        return try dossier.write([dossier.act(code, [], by: person, role: role)], by: person)
    }

    func verdict(_ dossier: TestDossier, _ id: ChangeSetID) throws -> ActVerdict? {
        dossier.state.verdict(onAct: try #require(dossier.history.index(of: id)))
    }

    @Test(arguments: [Code.withdraw, Code.cancel, Code.suspend, Code.resume])
    func whatIsRecordedAfterTheEndHasNoEffect(_ code: Int) throws {
        let person = code == Code.withdraw ? head : chief
        var copy = dossier
        let open = try write(code, &copy, by: person)
        #expect(try verdict(copy, open) == .effective)
        // By an outcome.
        var ended = dossier
        try stop(&ended, by: field)
        let late = try write(code, &ended, by: person)
        #expect(try verdict(ended, late) == .noEffect(.closed, detail: ""))
        #expect(ended.state.procedure.end == .discontinued)
        #expect(!ended.state.procedure.isSuspended)
        // By a request.
        for first in [(Code.withdraw, head), (Code.cancel, chief)] {
            var closed = dossier
            _ = try write(first.0, &closed, by: first.1)
            let later = try write(code, &closed, by: person)
            #expect(try verdict(closed, later) == .noEffect(.closed, detail: ""))
            #expect(closed.state.procedure.end == (first.0 == Code.withdraw ? .withdrawn : .cancelled))
        }
    }

    @Test func whoeverHadNotSeenTheEndIsHeard() throws {
        var (one, two) = (dossier, dossier)
        try stop(&one, by: field)
        let request = try write(Code.withdraw, &two, by: head)
        try one.merge(two)
        #expect(try verdict(one, request) == .effective)
        #expect(one.state.procedure.end == .withdrawn)
    }

    @Test func anEndThatWaitsForSignaturesOrLostItsAuthorityClosesNothing() throws {
        var copy = dossier
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try copy.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: head)
        try copy.write(
            [try copy.outcome("3", "sesuai", by: head, role: "applicant.head", documents: ["record"])], by: head)
        let open = try write(Code.suspend, &copy, by: chief)
        #expect(try verdict(copy, open) == .effective)
        var ended = dossier
        try stop(&ended, by: field)
        let cancelled = try write(Code.cancel, &ended, by: chief)
        #expect(try verdict(ended, cancelled) == .noEffect(.closed, detail: ""))
        _ = try world.revoke(field.certificate, of: field.unit, effective: 1)
        #expect(try verdict(ended, cancelled) == .effective)
        #expect(ended.state.procedure.end == .cancelled)
    }

    /// A cancellation without effect does not silence the rival that makes the end doubtful.
    @Test func aRivalAfterACancellationIsHeardInEveryOrder() throws {
        var copy = dossier
        let rival = try copy.outcome("2", "perlu", by: second, role: "it.field_head")
        try stop(&copy, by: field)
        let cancelled = try write(Code.cancel, &copy, by: chief)
        try copy.write([rival], by: second)
        #expect(try verdict(copy, cancelled) == .noEffect(.closed, detail: ""))
        #expect(copy.state.procedure.end == nil)
        #expect(copy.state.procedure.activations.contains { $0.step == "2" && $0.state == .contested })
        var other = dossier
        for item in copy.history.items.reversed() { try? other.insert(item) }
        for item in copy.history.items { try? other.insert(item) }
        #expect(other.state.hash == copy.state.hash)
    }

    @Test func whoMayNotAskIsAnOpinionAsBefore() throws {
        var copy = dossier
        try stop(&copy, by: field)
        let request = try write(Code.suspend, &copy, by: second)
        #expect(try verdict(copy, request) == .opinion)
    }
}
