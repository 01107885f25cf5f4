import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import TestSupport
import Testing

/// A dossier goes on with a newer version when the heads of its parties sign it (Protocol 4 §3.14).
@Suite struct MigrationTests {
    let world: TestWorld
    let head: TestPerson
    let staff: TestPerson
    let chief: TestPerson
    let field: TestPerson
    let dossier: TestDossier

    /// Step 2 is open, step 1 was walked.
    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let first = try world.publish(TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        staff = try world.person(opd, "Staf", roles: ["applicant.staff"])
        chief = try world.person(it, "Kadis", roles: ["it.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        dossier = try TestDossier.requested(world, first, by: head, it: it)
    }

    /// A version of the small procedure with other words in it.
    func publish(_ version: Int, _ old: String = "", _ new: String = "", id: String = "uji.kecil") throws -> EntryID {
        var text = String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacing("\"version\": 1", with: "\"version\": \(version)").replacing("uji.kecil", with: id)
        if !old.isEmpty {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        return try world.publish(Array(text.utf8))
    }

    func migrate(_ dossier: inout TestDossier, _ entry: EntryID, by person: TestPerson, _ role: String) throws {
        try dossier.write(
            [dossier.act(Code.migrate, [(1, .bytes(entry.bytes))], by: person, role: role)], by: person)
    }

    func verdicts(_ dossier: TestDossier) -> [String] {
        let state = dossier.state
        return zip(state.acts, state.procedure.verdicts).filter { $0.0.code == Code.migrate }.map(\.1.code)
    }

    /// The decision at step 2 becomes the head's alone.
    let alone = ("\"by\": [\"it.field_head\", \"it.head\"], \"due\"", "\"by\": [\"it.head\"], \"due\"")

    @Test func takesEffectWhenAllHeadsHaveSigned() throws {
        var dossier = dossier
        let second = try publish(2, alone.0, alone.1)
        try migrate(&dossier, second, by: chief, "it.head")
        #expect(verdicts(dossier) == ["waiting"])
        #expect(dossier.state.definition.version == 1)
        try migrate(&dossier, second, by: head, "applicant.head")
        #expect(verdicts(dossier) == ["effective", "effective"])
        #expect(dossier.state.definition.version == 2)
        #expect(dossier.state.procedure.activations.map(\.state) == [.done, .active])
        try dossier.write([try dossier.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        #expect(dossier.state.procedure.verdicts.last == .opinion)
        try dossier.write([try dossier.outcome("2", "perlu", by: chief, role: "it.head")], by: chief)
        #expect(dossier.state.procedure.verdicts.last == .effective)
    }

    @Test func whatWasWalkedStays() throws {
        var dossier = dossier
        let changed = [
            "steps.1": (
                "\"brings\": [\"request\"], \"due\": \"1 hari\"", "\"brings\": [\"request\"], \"due\": \"2 hari\""
            ),
            "docs.request": ("\"subject:text\"", "\"subject:text\", \"number:text?\""),
            "start": ("\"start\": \"1\"", "\"start\": \"2\""),
        ]
        for (version, (part, words)) in changed.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = try publish(2 + version, words.0, words.1)
            try migrate(&dossier, entry, by: chief, "it.head")
            guard case .noEffect(.walkedStepChanged, let detail)? = dossier.state.procedure.verdicts.last else {
                Issue.record("\(part)")
                continue
            }
            #expect(detail == part)
        }
        // What is only read may change.
        let words = try publish(9, "\"title\": \"Mohon\"", "\"title\": \"Permohonan\"")
        for (person, role) in [(chief, "it.head"), (head, "applicant.head")] {
            try migrate(&dossier, words, by: person, role)
        }
        #expect(dossier.state.definition.step("1")?.title == "Permohonan")
    }

    @Test func needsANewerVersionOfTheSameProcedure() throws {
        var dossier = dossier
        for (entry, verdict) in [
            (try publish(1, "Putuskan", "Tentukan"), "no-effect:not-newer"),
            (try publish(2, id: "uji.lain"), "no-effect:not-newer"),
            (try publish(2), "waiting"),
        ] {
            try migrate(&dossier, entry, by: chief, "it.head")
            #expect(verdicts(dossier).last == verdict)
        }
        // Of nobody else: a field head's word is an opinion.
        try migrate(&dossier, try publish(3), by: field, "it.field_head")
        #expect(verdicts(dossier).last == "opinion")
    }

    @Test func whatItsAuthorHadNotSeenPublishedIsUnknown() throws {
        var dossier = dossier
        let tips = world.registry.tips(of: nil)
        let second = try publish(2)
        try dossier.write(
            [dossier.act(Code.migrate, [(1, .bytes(second.bytes))], by: chief, role: "it.head")], by: chief,
            tips: tips)
        #expect(verdicts(dossier) == ["no-effect:unknown-target"])
        // Nor has anybody to hold its file: who names what he had not seen makes no dossier wait for it.
        #expect(DossierState.migrationEntries(dossier.history, world.registry).isEmpty)
        try migrate(&dossier, second, by: head, "applicant.head")
        #expect(DossierState.migrationEntries(dossier.history, world.registry) == [second])
    }

    /// Two entries publish one version: the smaller is in force, and documents are compared under it and no other.
    @Test func twoPublicationsOfOneVersionAreToldApart() throws {
        let extra = ("\"fields\": [\"result:text\"]", "\"fields\": [\"result:text\", \"place:text\"]")
        let both = try [publish(2), publish(2, extra.0, extra.1)].sorted()
        var (one, two) = (dossier, dossier)
        for (person, role) in [(chief, "it.head"), (head, "applicant.head")] {
            try migrate(&one, both[1], by: person, role)
        }
        // Judged where the larger one is in force.
        try migrate(&one, try publish(3), by: chief, "it.head")
        let deputies = [
            (try world.person(chief.unit, "Plh Kadis", roles: ["it.head"]), "it.head"),
            (try world.person(head.unit, "Plh Kepala", roles: ["applicant.head"]), "applicant.head"),
        ]
        for (person, role) in deputies { try migrate(&two, both[0], by: person, role) }
        try one.merge(two)
        let inForce = world.definition(both[0])
        #expect(one.state.definition == inForce)
        try one.write([try one.outcome("2", "perlu", by: chief, role: "it.head")], by: chief)
        try one.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: field)
        try one.write(
            [try one.outcome("3", "sesuai", by: field, role: "it.field_head", documents: ["record"])], by: field)
        let isComplete = inForce.document("record")?.fields.count == 1
        #expect(one.state.procedure.verdicts.last?.code == (isComplete ? "waiting" : "no-effect:document-missing"))
    }

    @Test func theHighestVersionIsInForce() throws {
        var (one, two) = (dossier, dossier)
        let (second, third) = (try publish(2), try publish(3, alone.0, alone.1))
        let deputies = [
            (try world.person(chief.unit, "Plh Kadis", roles: ["it.head"]), "it.head"),
            (try world.person(head.unit, "Plh Kepala", roles: ["applicant.head"]), "applicant.head"),
        ]
        for (person, role) in [(chief, "it.head"), (head, "applicant.head")] {
            try migrate(&one, third, by: person, role)
        }
        for (person, role) in deputies { try migrate(&two, second, by: person, role) }
        try one.merge(two)
        try two.merge(one)
        #expect(one.state.definition.version == 3)
        #expect(one.state.hash == two.state.hash)
        try migrate(&one, second, by: chief, "it.head")
        #expect(verdicts(one).last == "no-effect:not-newer")
    }

    /// One insider with an old replica undoes nothing.
    @Test func anOldReplicaDoesNotUndoIt() throws {
        var (one, old) = (dossier, dossier)
        let second = try publish(2, alone.0, alone.1)
        for (person, role) in [(chief, "it.head"), (head, "applicant.head")] {
            try migrate(&one, second, by: person, role)
        }
        try old.write([try old.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        #expect(old.state.procedure.verdicts.last == .effective)
        try one.merge(old)
        #expect(one.state.definition.version == 2)
        #expect(one.state.procedure.activations.map(\.state) == [.done, .active])
        #expect(one.state.procedure.verdicts.contains(.opinion))
    }

    /// What a person of another unit has built on is not rewritten from an old past.
    @Test func whatIsFinalStays() throws {
        var (one, other) = (dossier, dossier)
        let second = try publish(2, alone.0, alone.1)
        for (person, role) in [(chief, "it.head"), (head, "applicant.head")] {
            try migrate(&one, second, by: person, role)
        }
        let record = try other.write([try other.outcome("2", "perlu", by: field, role: "it.field_head")], by: field)
        try other.write(
            [other.act(Code.acknowledge, [(1, .bytes(record.bytes))], by: staff, role: "applicant.staff")], by: staff)
        #expect(other.state.procedure.activations[1].isFinal)
        try one.merge(other)
        try other.merge(one)
        #expect(one.state.definition.version == 1)
        #expect(verdicts(one) == Array(repeating: "no-effect:walked-step-changed", count: 2))
        #expect(one.state.procedure.activations[1].decided == "perlu")
        #expect(one.state.hash == other.state.hash)
    }

    /// Nobody makes every replica walk the procedure a thousand times.
    @Test func onePersonsMigrationsAreBounded() throws {
        var dossier = dossier
        let second = try publish(2)
        for _ in 0..<16 { try migrate(&dossier, second, by: chief, "it.head") }
        #expect(verdicts(dossier).last == "waiting")
        try migrate(&dossier, second, by: chief, "it.head")
        #expect(verdicts(dossier).last == "no-effect:rounds-exceeded")
        // Nobody else is bound by it.
        try migrate(&dossier, second, by: head, "applicant.head")
        #expect(dossier.state.definition.version == 2)
    }

    @Test func aClosedDossierStaysWithItsVersion() throws {
        var dossier = dossier
        let why = world.commit(.text("tidak perlu"), by: chief.key.publicKey)
        try dossier.write(
            [try dossier.outcome("2", "tidak_perlu", by: chief, role: "it.head", extra: [(5, why.item)])], by: chief)
        try migrate(&dossier, try publish(2), by: head, "applicant.head")
        #expect(verdicts(dossier) == ["no-effect:closed"])
    }
}
