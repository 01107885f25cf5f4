import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// What comes after a join derives from the outcomes of all its lanes (Protocol 4 §3.2, §3.7).
@Suite struct JoinTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let daily: TestPerson
    /// A dossier whose step 2 is open; it forks to 4a and 4b, which step 3 joins.
    let dossier: TestDossier

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let lanes = ["4a", "4b"].map {
            """
            {"id": "\($0)", "title": "Jalur", "kind": "action", "by": ["it.field_head"], "due": "1 hari", "next": {"done": "3"}},
            """
        }
        let text = String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacing("\"perlu\": \"3\"", with: "\"perlu\": [\"4a\", \"4b\"]")
            .replacing("{\"id\": \"3\",", with: lanes.joined() + "{\"id\": \"3\", \"join\": \"all\",")
        let definition = try world.publish(Array(text.utf8))
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        daily = try world.person(it, "Plh", roles: ["it.head"])
        dossier = try TestDossier.requested(world, definition, by: head, it: it)
    }

    func step(_ dossier: TestDossier, _ name: String) -> Activation? {
        dossier.state.procedure.activations.last { $0.step == name && $0.state != .frozen }
    }

    /// Both lanes done, each on a replica of its own, and the result of step 3 signed by both sides.
    func signed() throws -> TestDossier {
        var one = dossier
        try one.write([try one.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        var two = one
        try one.write([try one.outcome("4a", "done", by: field, role: "it.field_head")], by: field)
        #expect(step(one, "3") == nil)
        let other = try world.person(field.unit, "Kabid kedua", roles: ["it.field_head"])
        try two.write([try two.outcome("4b", "done", by: other, role: "it.field_head")], by: other)
        try one.merge(two)
        #expect(step(one, "3")?.causes.count == 2)
        try one.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: field)
        try one.write(
            [try one.outcome("3", "sesuai", by: field, role: "it.field_head", documents: ["record"])], by: field)
        for name in ["2", "4a", "4b"] { #expect(step(one, name)?.isFinal == false) }
        try one.write(
            [try one.sign("3", "sesuai", by: head, role: "applicant.head", documents: ["record"])], by: head)
        return one
    }

    @Test func aSignatureAfterTheJoinMakesFinalWhatLiesBeforeIt() throws {
        let one = try signed()
        #expect(one.state.procedure.end == .completed)
        for name in ["2", "4a", "4b", "3"] { #expect(step(one, name)?.isFinal == true) }
    }

    @Test func anOldHeadDoesNotFreezeWhatWasJoinedAndSigned() throws {
        var (one, two) = (try signed(), dossier)
        let why = world.commit(.text("tidak perlu"), by: daily.key.publicKey)
        try two.write(
            [try two.outcome("2", "tidak_perlu", by: daily, role: "it.head", extra: [(5, why.item)])], by: daily)
        try one.merge(two)
        #expect(step(one, "2")?.decided == "perlu")
        #expect(one.state.procedure.end == .completed)
        let rival = try #require(one.history.items.firstIndex { $0.author == daily.key.publicKey })
        #expect(one.state.verdict(onAct: rival) == .objection)
    }

    /// Four lanes in which somebody recorded several outcomes each: all their combinations may be meant by what lies behind
    /// the join, up to the limit; with more, none is.
    @Test(arguments: [(8, true), (9, false)]) func theCombinationsThatAreFollowedAreBounded(
        _ count: Int, _ isFollowed: Bool
    ) throws {
        let world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let names = (0..<count).map { "o\($0)" }
        // 8 x 8 x 8 x 8 is the limit; 9 x 8 x 8 x 8 is beyond it.
        let lanes = ["4a", "4b", "4c", "4d"].map { lane in
            let next = (lane == "4a" ? names : Array(names.prefix(8))).map { "\"\($0)\": \"3\"" }.joined(
                separator: ", ")
            return """
                {"id": "\(lane)", "title": "Jalur", "kind": "decision", "by": ["it.field_head"], "due": "1 hari",
                 "contest": {"resolver": "it.head"}, "next": {\(next)}},
                """
        }
        let text = String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacing("\"perlu\": \"3\"", with: "\"perlu\": [\"4a\", \"4b\", \"4c\", \"4d\"]")
            .replacing("{\"id\": \"3\",", with: lanes.joined() + "{\"id\": \"3\", \"join\": \"all\",")
        let definition = try world.publish(Array(text.utf8))
        let head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        let field = try world.person(it, "Kabid", roles: ["it.field_head"])
        var dossier = try TestDossier.requested(world, definition, by: head, it: it)
        try dossier.write([try dossier.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        let activations = dossier.state.procedure.activations.filter { $0.step.hasPrefix("4") }
        #expect(activations.count == 4)
        for activation in activations {
            for name in activation.step == "4a" ? names : Array(names.prefix(8)) {
                try dossier.write(
                    [
                        dossier.act(
                            Code.outcome,
                            [
                                (1, .text(activation.step)), (2, .bytes(activation.id.bytes.bytes)), (3, .text(name)),
                            ], by: field, role: "it.field_head")
                    ], by: field)
            }
        }
        let joined = ActivationID(
            dossier: dossier.history.dossier?.raw ?? .zero, step: "3",
            causes: activations.map { Cause(activation: $0.id, outcome: "o0") })
        try dossier.write(
            [
                dossier.act(
                    Code.outcome, [(1, .text("3")), (2, .bytes(joined.bytes.bytes)), (3, .text("sesuai"))], by: head,
                    role: "applicant.head")
            ], by: head)
        #expect(dossier.state.procedure.activations.first { $0.step == "2" }?.isFinal == isFollowed)
    }
}
