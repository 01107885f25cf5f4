import CBOR
import Dossier
import Envelope
import Foundation
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// What a folded dossier says of time, and what is read from it (Protocol 4 §4).
@Suite struct TimelineTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let chief: TestPerson
    let definition: EntryID

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        chief = try world.person(it, "Kadis", roles: ["it.head"])
        let by = "\"by\": [\"it.field_head\", \"it.head\"], \"due\": "
        let text = String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacingOccurrences(of: by + "\"1 hari\"", with: by + "\"7 hari\"")
        definition = try world.publish(Array(text.utf8))
    }

    /// A quarter past four in Jakarta.
    static func moment(_ date: String) throws -> UInt64 {
        let day = try #require(CivilDay.parse(date))
        return UInt64(day * 86_400 + (16 - 7) * 3_600 + 900) * 1_000
    }

    @discardableResult
    func publish(_ bytes: [UInt8], version: Int = 1) throws -> PublishedCalendar {
        let calendar = CalendarLoader.load(bytes).calendar
        let entry = try world.append(
            chain: world.network,
            .publishCalendar(
                Publication(
                    blob: BlobID(ProcedureDefinition.hash(bytes)), size: UInt64(bytes.count), name: calendar.name,
                    version: UInt64(calendar.version))), by: world.networkKey)
        return PublishedCalendar(entry: entry.id.raw, calendar: calendar)
    }

    /// Step 2 is active since the 13th of March.
    func begun() throws -> TestDossier {
        var dossier = try TestDossier(
            world, definition: definition, parties: [("applicant", head.unit), ("it", field.unit)], by: head)
        try dossier.write([TestDossier.set("doc/request/1/subject", .text("Aplikasi"))], by: head)
        try dossier.write(
            [try dossier.outcome("1", "done", by: head, role: "applicant.head", documents: ["request"])], by: head,
            at: try Self.moment("2026-03-13"))
        return dossier
    }

    func timeline(_ dossier: TestDossier) -> Timeline {
        dossier.state.timeline(dossier.history, world.definition(definition), world.registry)
    }

    @Test func overdueAcrossHolidays() throws {
        let calendar = try publish(try #require(ShippedCalendars.bytes("2026")))
        var dossier = try begun()
        var reader = TimeReader(CalendarShelf([calendar]))
        let open = timeline(dossier)
        let step = try #require(open.openSteps.first)
        #expect(step.step == "2" && step.slot == "it")
        #expect(reader.due(step, in: open).map { CivilDay.text($0.day) } == "2026-03-31")
        let (last, next) = (try #require(CivilDay.parse("2026-03-31")), try #require(CivilDay.parse("2026-04-01")))
        #expect(!reader.isOverdue(open, today: last) && reader.isOverdue(open, today: next))
        // Nobody else's calendar: provisional, and by the days of the week.
        var without = TimeReader(CalendarShelf([]))
        let due = without.due(step, in: open)
        #expect(due.map { CivilDay.text($0.day) } == "2026-03-24" && due?.isProvisional == true)
        let hash = dossier.state.hash
        try dossier.write(
            [try dossier.outcome("2", "perlu", by: field, role: "it.field_head")], by: field,
            at: try Self.moment("2026-04-07"))
        let closed = timeline(dossier)
        let done = try #require(closed.steps.first { $0.step == "2" })
        #expect(done.standing == .done && done.calendarsAtEnd == 1)
        #expect(
            reader.lateness(done, in: closed, today: next) == Lateness(workingDays: 4, calendarDays: 7))
        #expect(closed.openSteps.map { CivilDay.text($0.since) } == ["2026-04-07"])
        #expect(hash != dossier.state.hash)
        #expect(Timeline(closed.encoded) == closed)
    }

    @Test func aCalendarThatComesLaterChangesNothingOfTheState() throws {
        let dossier = try begun()
        let before = (dossier.state.hash, timeline(dossier))
        try publish(try #require(ShippedCalendars.bytes("2026")))
        #expect(dossier.state.hash == before.0)
        #expect(timeline(dossier) == before.1)
    }

    @Test func aSuspensionStopsTheClock() throws {
        let calendar = try publish(try #require(ShippedCalendars.bytes("2026")))
        var dossier = try begun()
        func act(_ code: Int, _ person: TestPerson, _ role: String) -> History.Operation {
            let shown = world.commit(.text("shown"), by: person.key.publicKey)
            return TestDossier.operation(
                code,
                [
                    (20, .bytes(person.mandate(role).bytes)), (21, .unsigned(1)), (22, .text("id")), (23, shown.item),
                    (24, .unsigned(0)),
                ])
        }
        try dossier.write([act(Code.suspend, chief, "it.head")], by: chief, at: try Self.moment("2026-03-16"))
        var reader = TimeReader(CalendarShelf([calendar]))
        let suspended = timeline(dossier)
        #expect(suspended.isSuspended && reader.next(in: suspended) == nil)
        try dossier.write([act(Code.resume, head, "applicant.head")], by: head, at: try Self.moment("2026-04-13"))
        let resumed = timeline(dossier)
        // One day was gone; six are left.
        #expect(reader.next(in: resumed).map { CivilDay.text($0.due.day) } == "2026-04-21")
    }

    private static let scheduled = Array(
        """
        {"format": "procedure/1", "id": "uji.jadwal", "version": 1, "title": "Uji jadwal",
         "source": {"institution": "Uji", "file": "uji.txt", "date": "2026-01-01"},
         "zone": "Asia/Jakarta", "calendar": "id.nasional", "dayUnit": "working",
         "parties": {"applicant": {"kind": "applicant", "label": "OPD"}, "it": {"kind": "it_agency", "label": "IT"}},
         "roles": {"applicant.head": {"party": "applicant", "title": "Kepala OPD"},
           "it.field_head": {"party": "it", "title": "Kepala Bidang"}},
         "docs": {"schedule": {"title": "Jadwal", "fields": ["dev_by:date"],
           "sign": {"need": ["it.field_head", "applicant.head"], "rule": "all"}}},
         "start": "1",
         "steps": [
           {"id": "1", "title": "Jadwal", "kind": "approval", "by": ["it.field_head"], "gives": ["schedule"],
            "next": {"done": "2"}},
           {"id": "2", "title": "Bangun", "kind": "action", "by": ["it.field_head"],
            "due": "target:schedule.dev_by", "next": {"done": "3"}},
           {"id": "3", "title": "Uji", "kind": "decision", "by": ["applicant.head"],
            "contest": {"resolver": "it.field_head"},
            "next": {"sesuai": "selesai",
              "belum": {"to": "2", "effect": "rework", "ask": ["reason", "target_date"], "max": 5}}}],
         "ends": {"selesai": {"title": "Selesai", "state": "completed"}}}
        """.utf8)

    @Test func aCorrectionMovesAnOpenTargetAndNotAClosedOne() throws {
        #expect(DefinitionLoader.load(Self.scheduled).errors == [])
        let definition = try world.publish(Self.scheduled, name: "jadwal")
        var dossier = try TestDossier(
            world, definition: definition, parties: [("applicant", head.unit), ("it", field.unit)], by: head)
        func targets() -> [String] {
            let line = dossier.state.timeline(dossier.history, world.definition(definition), world.registry)
            return line.steps.filter { $0.step == "2" }.map { step in
                guard case .target(let day?) = step.rule else { return "" }
                return CivilDay.text(day)
            }
        }
        func correct(_ day: String) throws {
            try dossier.write([TestDossier.set("doc/schedule/1/dev_by", .text(day))], by: field)
            for (person, role) in [(field, "it.field_head"), (head, "applicant.head")] {
                try dossier.write(
                    [try dossier.sign("1", "done", by: person, role: role, documents: ["schedule"])], by: person)
            }
        }
        try dossier.write([TestDossier.set("doc/schedule/1/dev_by", .text("2026-04-24"))], by: field)
        try dossier.write(
            [try dossier.outcome("1", "done", by: field, role: "it.field_head", documents: ["schedule"])], by: field)
        #expect(targets() == [])
        try dossier.write(
            [try dossier.sign("1", "done", by: head, role: "applicant.head", documents: ["schedule"])], by: head)
        #expect(targets() == ["2026-04-24"])
        // A draft moves nothing.
        try dossier.write([TestDossier.set("doc/schedule/1/dev_by", .text("2026-05-29"))], by: field)
        #expect(targets() == ["2026-04-24"])
        try correct("2026-05-04")
        #expect(targets() == ["2026-05-04"])
        try dossier.write([try dossier.outcome("2", "done", by: field, role: "it.field_head")], by: field)
        try correct("2026-04-01")
        #expect(targets() == ["2026-05-04"])
        let why = world.commit(.text("belum"), by: head.key.publicKey)
        try dossier.write(
            [
                try dossier.outcome(
                    "3", "belum", by: head, role: "applicant.head", extra: [(5, why.item), (9, .text("2026-06-12"))])
            ], by: head)
        #expect(targets() == ["2026-05-04", "2026-06-12"])
        try correct("2026-06-19")
        #expect(targets() == ["2026-05-04", "2026-06-19"])
    }

    @Test func aTentativeStepHasTheDayThatWasPlanned() throws {
        let text = String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacingOccurrences(of: "\"due\": \"1 hari\"", with: "\"due\": \"tentatif\"")
        let tentative = try world.publish(Array(text.utf8), name: "tentatif")
        var dossier = try TestDossier(
            world, definition: tentative, parties: [("applicant", head.unit), ("it", field.unit)], by: head)
        func rule() throws -> DueRule {
            let line = dossier.state.timeline(dossier.history, world.definition(tentative), world.registry)
            let first = try #require(line.steps.first)
            return first.rule
        }
        #expect(try rule() == .tentative(nil))
        let path = Path.planned(try #require(dossier.activation("1"))).text
        try dossier.write([TestDossier.set(path, .text("2026-05-02"))], by: head)
        #expect(try rule() == .tentative(CivilDay.parse("2026-05-02")))
        try dossier.write([TestDossier.set(path, .text("2026-02-30"))], by: head)
        #expect(try rule() == .tentative(nil))
    }
}
