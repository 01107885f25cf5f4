import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// What rests on work that awaits ratification is frozen, neither active nor gone (Protocol 4 §3.5.4; scenario S11).
@Suite struct FrozenTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let second: TestPerson
    let chief: TestPerson
    let dossier: TestDossier

    /// Step 1 forks where asked for: 4a and 4b, which step 2 joins.
    init() throws { try self.init(isForked: false) }

    private init(isForked: Bool) throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        var text = String(decoding: TestDefinitions.small, as: UTF8.self)
        if isForked {
            let lanes = ["4a", "4b"].map {
                """
                {"id": "\($0)", "title": "Jalur", "kind": "action", "by": ["it.field_head"], "due": "1 hari", "next": {"done": "2"}},
                """
            }
            text = text.replacing("\"done\": \"2\"", with: "\"done\": [\"4a\", \"4b\"]")
                .replacing("{\"id\": \"2\",", with: lanes.joined() + "{\"id\": \"2\", \"join\": \"all\",")
        }
        let definition = try world.publish(Array(text.utf8))
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        second = try world.person(it, "Kasi", roles: ["it.field_head"])
        chief = try world.person(it, "Kadis", roles: ["it.head"])
        dossier = try TestDossier.requested(world, definition, by: head, it: it)
    }

    func states(_ dossier: TestDossier) -> [String] {
        dossier.state.procedure.activations.map { "\($0.step) \($0.state.rawValue)" }
    }

    func verdict(_ dossier: TestDossier, _ id: ChangeSetID) throws -> ActVerdict? {
        dossier.state.verdict(onAct: try #require(dossier.history.index(of: id)))
    }

    func end(_ person: TestPerson) throws {
        _ = try world.revoke(person.certificate, of: person.unit, effective: world.clock + 1)
    }

    @Test func allThatFollowsIsFrozenUntilItIsRatified() throws {
        var copy = dossier
        let anew = try copy.outcome("2", "perlu", by: second, role: "it.field_head")
        let needed = try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try copy.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: head)
        let fits = try copy.write(
            [try copy.outcome("3", "sesuai", by: head, role: "applicant.head", documents: ["record"])], by: head)
        let (seen, hash) = (copy.state.procedure, copy.state.hash)
        #expect(states(copy) == ["1 done", "2 done", "3 waiting"])
        let replacement = try world.person(head.unit, "Pengganti", roles: ["applicant.head"])
        try end(head)
        #expect(states(copy) == ["1 active", "2 frozen", "3 frozen"])
        // What still has authority waits; what awaits ratification itself says so elsewhere.
        #expect(try verdict(copy, needed) == .waiting(["ratification"]))
        #expect(try verdict(copy, fits) == .noEffect(.unauthorised, detail: ""))
        // The same activations, no others.
        #expect(copy.state.procedure.activations.map(\.id) == seen.activations.map(\.id))
        #expect(copy.state.procedure.skipped.isEmpty)
        #expect(copy.state.hash != hash)
        // What comes later there waits as well, and moves nothing.
        let id = try #require(seen.activations.last).id
        let again = try copy.write([anew], by: second)
        #expect(try verdict(copy, again) == .waiting(["ratification"]))
        #expect(copy.state.procedure.activation(id)?.state == .frozen)
        let own = copy.history.items.filter { $0.author == head.key.publicKey && $0.id != fits }.map(\.id)
        try copy.write([copy.ratify(own, by: replacement, role: "applicant.head")], by: replacement)
        #expect(states(copy) == ["1 done", "2 done", "3 active"])
        #expect(try verdict(copy, needed) == .effective)
    }

    @Test func aStepThatIsDecidedOtherwiseFreezesNothing() throws {
        var copy = dossier
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try end(field)
        #expect(states(copy) == ["1 done", "2 active", "3 frozen"])
        // The same outcome by somebody in office opens the very activation that was frozen.
        var same = copy
        let frozen = try #require(same.state.procedure.activations.last).id
        try same.write([try same.outcome("2", "perlu", by: second, role: "it.field_head")], by: second)
        #expect(states(same) == ["1 done", "2 done", "3 active"])
        #expect(same.activation("3") == frozen)
        let why = world.commit(.text("tidak perlu"), by: chief.key.publicKey)
        try copy.write(
            [try copy.outcome("2", "tidak_perlu", by: chief, role: "it.head", extra: [(5, why.item)])], by: chief)
        #expect(states(copy) == ["1 done", "2 done"])
        #expect(copy.state.procedure.end == .discontinued)
    }

    @Test func whatIsRevokedAfterItsEndOrMayNotDecideFreezesNothing() throws {
        var copy = dossier
        let opinion = try world.person(head.unit, "Sekretaris", roles: ["applicant.head"])
        try copy.write([try copy.outcome("2", "perlu", by: opinion, role: "applicant.head")], by: opinion)
        try end(opinion)
        #expect(states(copy) == ["1 done", "2 active"])
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        _ = try world.revoke(field.certificate, of: field.unit, effective: 1)
        #expect(states(copy) == ["1 done", "2 active"])
    }

    @Test func aClosedDossierHasNothingFrozen() throws {
        var copy = dossier
        try copy.write([try copy.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try end(field)
        try copy.write([copy.act(Code.withdraw, [], by: head, role: "applicant.head")], by: head)
        #expect(states(copy) == ["1 done", "2 ended", "3 ended"])
    }

    @Test func whatJoinsALaneThatWaitsIsFrozen() throws {
        let forked = try FrozenTests(isForked: true)
        var copy = forked.dossier
        for (name, person) in [("4a", forked.field), ("4b", forked.second)] {
            try copy.write([try copy.outcome(name, "done", by: person, role: "it.field_head")], by: person)
        }
        let needed = try copy.write(
            [try copy.outcome("2", "perlu", by: forked.chief, role: "it.head")], by: forked.chief)
        #expect(states(copy) == ["1 done", "4a done", "4b done", "2 done", "3 active"])
        try forked.end(forked.field)
        #expect(states(copy) == ["1 done", "4a active", "4b done", "2 frozen", "3 frozen"])
        #expect(try verdict(copy, needed) == .waiting(["ratification"]))
        // In whichever order it is learnt.
        var other = forked.dossier
        for item in copy.history.items.reversed() { try? other.insert(item) }
        for item in copy.history.items { try? other.insert(item) }
        #expect(other.state.hash == copy.state.hash)
    }

    /// Scenario S11: the Kepala Bidang takes over plain work of a step whose resolver he is, and nobody else's.
    @Test(arguments: [true, false]) func theNamedResolverOfAStepRatifiesToo(isNamed: Bool) throws {
        let world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        var text = String(decoding: TestDefinitions.small, as: UTF8.self).replacing(
            "\"applicant.head\": {",
            with: "\"applicant.chief\": {\"party\": \"applicant\", \"title\": \"Atasan\"}, \"applicant.head\": {")
        if isNamed {
            text = text.replacing(
                "\"brings\": [\"request\"],",
                with: "\"brings\": [\"request\"], \"contest\": {\"resolver\": \"applicant.chief\"},")
        }
        let definition = try world.publish(Array(text.utf8))
        let head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        let chief = try world.person(opd, "Atasan", roles: ["applicant.chief"])
        let stranger = try world.person(it, "Kadis", roles: ["applicant.chief", "it.head"])
        var copy = try TestDossier.requested(world, definition, by: head, it: it)
        _ = try world.revoke(head.certificate, of: head.unit, effective: world.clock + 1)
        let all = copy.history.items.map(\.id)
        #expect(states(copy).first == "1 active")
        // Of another unit, whatever his role is called.
        try copy.write([copy.ratify(all, by: stranger, role: "applicant.chief")], by: stranger)
        #expect(states(copy).first == "1 active")
        try copy.write([copy.ratify(all, by: chief, role: "applicant.chief")], by: chief)
        #expect(states(copy).first == (isNamed ? "1 done" : "1 active"))
    }
}
