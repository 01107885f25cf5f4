import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium
import Store
import TestSupport
import Testing

@Suite(.serialized) struct RegisterTests {
    private func calendar(_ year: Int, version: Int = 1, id: String = "id.nasional", free: [String] = []) -> [UInt8] {
        let days = free.map { "\"\($0)\": \"Libur\"" }.joined(separator: ", ")
        return Array(
            """
            {"format": "calendar/1", "id": "\(id)", "year": \(year), "version": \(version), "title": "Uji", "workdays": 5,
             "source": {"decree": "SK"}, "national": {\(days)}}
            """.utf8)
    }

    /// Of the days on which a test may run.
    private var years: [Int] {
        let year = CivilDay.year(of: CivilDay.day(milliseconds: Clock.system, zone: ""))
        return [year, year + 1]
    }

    private func due(_ office: TestOffice, _ dossier: DossierID) throws -> DueDate? {
        let timeline = try office.replica.view(dossier).timeline
        var times = try office.replica.times()
        return times.next(timeline)?.due
    }

    @Test func aDueDateIsProvisionalUntilTheCalendarComes() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        #expect(try due(city.opd, dossier)?.isProvisional == true)
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
            let hash = try city.opd.replica.view(dossier).state.hash
            for year in years {
                _ = try city.hub.replica.publishCalendar(calendar(year), root: try city.hub.signer("network"))
            }
            #expect(try due(city.hub, dossier)?.isProvisional == false)
            #expect(try due(city.opd, dossier)?.isProvisional == true)
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
            #expect(try due(city.opd, dossier)?.isProvisional == false)
            #expect(try due(city.opd, dossier) == due(city.hub, dossier))
            #expect(try city.opd.replica.view(dossier).state.hash == hash)
        }
    }

    /// An entry came, and the connection ended before its bytes.
    @Test func aCalendarThatDidNotArriveIsAskedForAgain() async throws {
        let city = try TestCity()
        _ = try city.open()
        for year in years {
            _ = try city.hub.replica.publishCalendar(calendar(year), root: try city.hub.signer("network"))
        }
        let bundle = try city.hub.replica.bundle(of: [city.units.it])
        try city.opd.replica.take(
            RegistryBundle(network: bundle.network, entries: bundle.entries, names: bundle.names, blobs: []))
        #expect(try city.opd.replica.calendars().calendars.isEmpty)
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
        }
        #expect(try city.opd.replica.calendars().calendars.count == years.count)
    }

    @Test func aCalendarIsPublishedOnceAndOnlyALaterVersionAfterIt() throws {
        let city = try TestCity()
        let root = try city.hub.signer("network")
        let free = calendar(2026, version: 2, free: ["2026-01-01"])
        _ = try city.hub.replica.publishCalendar(free, root: root)
        for version in [1, 2] {
            #expect(throws: NodeFailure.self) {
                try city.hub.replica.publishCalendar(calendar(2026, version: version), root: root)
            }
        }
        #expect(throws: NodeFailure.self) {
            try city.hub.replica.publishCalendar(calendar(2026, version: 3, free: ["2026-02-30"]), root: root)
        }
        #expect(try city.hub.replica.calendars().calendars.map(\.calendar.version) == [2])
        _ = try city.hub.replica.publishCalendar(calendar(2026, version: 3), root: root)
        #expect(try city.hub.replica.calendars().calendars.map(\.calendar.version) == [2, 3])
        // Nobody but the network publishes.
        #expect(throws: (any Error).self) {
            try city.hub.replica.publishCalendar(calendar(2027), root: try city.hub.signer("root"))
        }
    }

    @Test func storedTimesAreThoseOfTheFold() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let author = try city.opd.author("kaopd")
        let edit = FieldEdit.set(document: "request", field: "subject", value: "Arsip")
        _ = try city.opd.replica.edit(dossier, [edit], instance: nil, by: author)
        _ = try city.opd.replica.recordOutcome(dossier, OutcomeDraft(name: "done"), by: author)
        let entry = try #require(try city.opd.replica.register(RegisterFilter()).entries.first)
        #expect(entry.timeline == (try city.opd.replica.view(dossier).timeline))
        #expect(entry.timeline.steps.map(\.standing) == [.done, .open])
        #expect(entry.unit("applicant") == city.units.opd && entry.next?.step.step == "2")
        let day = entry.timeline.opened
        let date = CivilDay.date(day)
        let recap = try city.opd.replica.recap(year: date.year, month: date.month, unit: nil).sorted
        #expect(Set(recap.map(\.unit)) == [city.units.opd, city.units.it])
        #expect(recap.allSatisfy { $0.opened == 1 && $0.running == 1 && $0.closed == 0 && $0.late == 0 })
        #expect(try city.opd.replica.recap(year: 1999, month: 1, unit: nil).sorted.isEmpty)
    }

    @Test func filtersAreByWhatTheRowsSay() throws {
        let city = try TestCity()
        _ = try city.open(title: "Arsip digital")
        _ = try city.open(title: "Perizinan")
        func titles(_ change: (inout RegisterFilter) -> Void) throws -> [String] {
            var filter = RegisterFilter()
            change(&filter)
            return try city.opd.replica.register(filter).entries.map(\.row.title)
        }
        #expect(try titles { _ in } == ["Arsip digital", "Perizinan"])
        #expect(try titles { $0.text = "izin" } == [])
        #expect(try titles { $0.text = "perizinan" } == ["Perizinan"])
        #expect(try titles { $0.unit = city.units.it }.count == 2)
        #expect(try titles { $0.unit = UnitID(.zero) } == [])
        #expect(try titles { $0.procedure = "uji.kecil" }.count == 2)
        #expect(try titles { $0.procedure = "lain" } == [])
        #expect(try titles { $0.status = "completed" } == [])
        #expect(try titles { $0.year = 1999 } == [])
        #expect(try titles { $0.isOverdue = true } == [])
    }

    private static let good = """
        nomor;judul;pemohon;dibuka;ditutup;status;catatan
        001/2025;"Aplikasi; arsip";Dinas Arsip;2025-01-06;31/03/2025;selesai;
        '=2+5;"'=HYPERLINK(""x"")";Dinas Kesehatan;7-2-2025;;berjalan;"dua
        baris"

        """

    @Test func anOldRegisterIsTakenAsAWholeMarkedAndTakenBack() throws {
        let office = try TestCity().opd
        let bytes = Array("\u{FEFF}\(Self.good)".utf8)
        let rehearsal = try office.replica.importRegister(bytes, isRehearsal: true)
        #expect(rehearsal.read.issues == [] && rehearsal.batch == nil && rehearsal.read.entries.count == 2)
        #expect(try office.replica.archived(RegisterFilter()) == [])
        #expect(try office.replica.importRegister(bytes, isRehearsal: false).batch == 1)
        let kept = try office.replica.archived(RegisterFilter())
        #expect(kept.map(\.reference) == ["001/2025", "=2+5"])
        #expect(kept.map(\.title) == ["Aplikasi; arsip", "=HYPERLINK(\"x\")"])
        #expect(kept.map { CivilDay.text($0.opened) } == ["2025-01-06", "2025-02-07"])
        #expect(kept.map(\.status) == ["completed", "active"] && kept[1].note == "dua\nbaris")
        let again = try office.replica.importRegister(bytes, isRehearsal: false)
        #expect(again.batch == nil && again.read.issues.map(\.kind) == [.known, .known])
        #expect(again.read.issues.map(\.line) == [2, 3])
        // No dossier, no task, nothing to exchange.
        #expect(try office.replica.store.read { try $0.dossierCount() } == 0)
        #expect(try office.replica.undoImport(1) == 2)
        #expect(try office.replica.archived(RegisterFilter()) == [])
        #expect(throws: NodeFailure.self) { try office.replica.undoImport(1) }
        #expect(try office.replica.importRegister(bytes, isRehearsal: false).batch == 2)
    }

    @Test(arguments: [
        ("nomor,judul,dibuka\n1,A,2025-02-30\n", [2], [RegisterImport.Issue.Kind.notADay]),
        ("nomor,judul,dibuka\n1,A,2025-01-01\n,B,2025-01-02\n3,,kemarin\n", [3, 4, 4], [.empty, .notADay, .empty]),
        ("nomor,judul,dibuka\n1,A,2025-01-01\n1,B,2025-02-02\n", [3], [.double]),
        ("nomor,judul,dibuka\n1,A\n", [2], [.cellCount]), ("nomor,judul\n1,A\n", [1], [.missingColumn]),
        ("nomor,judul,dibuka,warna\n", [1], [.unknownColumn]), ("nomor,nomor,judul,dibuka\n", [1], [.doubleColumn]),
        ("nomor,judul,dibuka\n1,\"A,2025-01-01\n", [3], [.quote]),
        ("nomor,judul,dibuka\n1,A\"B,2025-01-01\n", [2], [.quote]),
        ("nomor,judul,dibuka,status\n1,A,2025-01-01,entah\n", [2], [.unknownStatus]),
        ("nomor,judul,dibuka,ditutup\n1,A,2025-01-05,2025-01-04\n", [2], [.closedBeforeOpened]),
        ("nomor,judul,dibuka\n1,\(String(repeating: "x", count: 501)),2025-01-01\n", [2], [.tooLong]),
        ("", [1], [.missingColumn]),
    ])
    func aFaultNamesItsLineAndNothingIsStored(
        csv: String, lines: [Int], kinds: [RegisterImport.Issue.Kind]
    ) throws {
        let office = try TestCity().opd
        let (read, batch) = try office.replica.importRegister(Array(csv.utf8), isRehearsal: false)
        #expect(read.issues.map(\.line) == lines && read.issues.map(\.kind) == kinds, "\(read.issues)")
        #expect(try batch == nil && office.replica.archived(RegisterFilter()) == [])
    }

    @Test func whatIsNoTextIsRefusedByItsLine() {
        #expect(throws: CSVReader.Fault.notText(line: 2)) { try CSVReader.read(Array("a,b\n".utf8) + [0xff, 0x0a]) }
        let limit = CSVReader.recordCountMax
        let rows = Array(String(repeating: "a\n", count: limit).utf8)
        #expect(throws: Never.self) { try CSVReader.read(rows) }
        #expect(throws: CSVReader.Fault.tooMany(line: limit + 1)) { try CSVReader.read(rows + [0x61, 0x0a]) }
    }

    @Test(arguments: [
        ("2026-03-13", UInt64(1_773_367_200_000)), ("2026-03-13T16:10", 1_773_393_000_000),
        ("2026-04-01T00:30WIT", 1_774_971_000_000), ("2026-03-31T15:30:00Z", 1_774_971_000_000),
        ("2026-02-30", nil), ("2026-03-13T24:00", nil), ("2026-03-13 16:10", nil), ("kemarin", nil),
        ("1969-12-31", nil),
    ])
    func aStatedTimeIsReadStrictly(text: String, milliseconds: UInt64?) {
        #expect(Clock.parse(text) == milliseconds)
    }
}
