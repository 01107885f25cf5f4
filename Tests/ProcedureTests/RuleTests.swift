import Procedure
import TestSupport
import Testing

/// One failing file for each rule of procedures.md §3.4: a valid definition with one thing changed, and what the loader
/// has to say about it.
@Suite struct RuleTests {
    struct Fault {
        let code: String
        let key: String
        let step: String?
        let base: String?
        let changes: [(old: String, new: String)]

        init(
            _ code: String, _ key: String, step: String? = nil, in base: String? = nil, _ old: String, _ new: String,
            and second: (String, String)? = nil
        ) {
            (self.code, self.key, self.step, self.base) = (code, key, step, base)
            changes = [(old: old, new: new)] + (second.map { [(old: $0.0, new: $0.1)] } ?? [])
        }
    }

    /// Codes whose failing file is one beside another: a version and the one before it. The second half of E02, one name
    /// and version with two contents, is on page 10 of the manual.
    static let shownElsewhere = ["W11"]

    // swift-format-ignore
    static let faults: [Fault] = [
        Fault("E01", "format", "\"procedure/1\"", "\"procedure/2\""),
        Fault("E01", "", "\"start\": \"1\"", "\"start\": \"1\", \"start\": \"1\""),
        Fault("E01", "colour", "\"start\": \"1\"", "\"start\": \"1\", \"colour\": \"x\""),
        Fault("E01", "kind", step: "1", "\"kind\": \"action\"", "\"kind\": \"magic\""),
        Fault("E02", "id", "uji.kecil", "Uji Kecil"), Fault("E02", "version", "\"version\": 1", "\"version\": 0"),
        Fault("E03", "steps", "\"id\": \"1\", \"title\": \"Mohon\"", "\"id\": \"2\", \"title\": \"Mohon\""),
        Fault("E04", "start", "\"start\": \"1\"", "\"start\": \"9\""),
        Fault("E05", "next.done", step: "1", "{\"done\": \"2\"}", "{\"done\": \"77\"}"),
        Fault(
            "E06", "next", step: "2",
            ", \"tidak_perlu\": {\"to\": \"stop\", \"effect\": \"discontinue\", \"ask\": [\"reason\"]}", ""),
        Fault(
            "E07", "id", step: "0", "\"steps\": [",
            "\"steps\": [{\"id\": \"0\", \"title\": \"Sepi\", \"kind\": \"action\", \"by\": [\"it.head\"], \"next\": {\"done\": \"1\"}},"
        ),
        Fault("E09", "ends", "\"state\": \"completed\"", "\"state\": \"discontinued\""),
        Fault("E10", "roles.it.head", "\"it.head\": {\"party\": \"it\"", "\"it.head\": {\"party\": \"itt\""),
        Fault(
            "E10", "by", step: "1", "\"by\": [\"applicant.head\"], \"brings\"",
            "\"by\": [\"applicant.chief\"], \"brings\""),
        Fault("E10", "contest", step: "2", "\"resolver\": \"it.head\"", "\"resolver\": \"it.boss\""),
        Fault("E12", "by", step: "2", "\"label\": \"Diskominfo\"", "\"label\": \"Diskominfo\", \"bindAt\": \"3\""),
        Fault("E13", "by", step: "1", "\"by\": [\"applicant.head\"], \"brings\"", "\"by\": [], \"brings\""),
        Fault("E14", "brings", step: "1", "\"brings\": [\"request\"]", "\"brings\": [\"letter\"]"),
        Fault(
            "E15", "needs", step: "2", "\"by\": [\"it.field_head\", \"it.head\"],",
            "\"by\": [\"it.field_head\", \"it.head\"], \"needs\": [\"record\"],"),
        Fault("E16", "gives", step: "3", "\"gives\": [\"record\"]", "\"gives\": [\"record@akhir\"]"),
        Fault("E18", "join", step: "3", "\"title\": \"Uji\",", "\"title\": \"Uji\", \"join\": \"all\","),
        Fault("E19", "next", "\"perlu\": \"3\"", "\"perlu\": \"1\""),
        Fault("E20", "next.tidak_perlu", step: "2", "\"effect\": \"discontinue\"", "\"effect\": \"reject\""),
        Fault("E21", "next.belum", step: "3", "\"ask\": [\"findings\"], ", ""),
        Fault("E22", "due", step: "1", "\"due\": \"1 hari\"", "\"due\": \"satu\""),
        Fault("E22", "due", step: "1", "\"due\": \"1 hari\"", "\"due\": \"366 hari\""),
        Fault("E23", "sign", "[\"it.field_head\", \"applicant.head\"], \"rule\": \"all\"", "[], \"rule\": \"all\""),
        Fault("E23", "sign", "\"rule\": \"all\"", "\"rule\": 5"),
        Fault(
            "E23", "sign", "\"need\": [\"it.field_head\", \"applicant.head\"]",
            "\"need\": [\"it.field_head\", \"it.field_head\"]"),
        Fault("E24", "sign", step: "1", "\"kind\": \"action\"", "\"kind\": \"handover\""),
        Fault("E25", "sign", step: "1", "\"kind\": \"action\"", "\"kind\": \"approval\""),
        Fault(
            "E27", "when", step: "3", "{\"findingsOpen\": 0, \"severity\": [\"kritis\", \"mayor\"]}",
            "{\"script\": \"x\"}"),
        Fault("E28", "meeting", step: "1", "\"kind\": \"action\"", "\"kind\": \"meeting\""),
        Fault("E29", "fields", "\"subject:text\"", "\"subject:colour\""),
        Fault("E29", "fields", "\"result:text\"", "\"result:choice(satu)\""),
        Fault("W01", "next.belum", step: "3", "\"max\": 5, ", ""),
        Fault("W02", "due", step: "1", "\"due\": \"1 hari\",", ""),
        Fault("W12", "dayUnit", "\"dayUnit\": \"working\",", ""),

        Fault("E01", "title", "\"title\": \"Uji kecil\"", "\"title\": 7"),
        Fault("E01", "steps", "\"steps\": [", "\"steps\": {}, \"langkah\": ["),
        Fault("E01", "next.perlu", step: "2", "\"perlu\": \"3\"", "\"perlu\": [3]"),
        Fault("E01", "next.perlu.to", step: "2", "\"perlu\": \"3\"", "\"perlu\": {\"to\": {}}"),
        Fault("E01", "next.belum.gives", step: "3", "\"gives\": [], \"max\"", "\"gives\": \"record\", \"max\""),
        Fault("E01", "docs", "\"request\": {", "\"../request\": {"),
        Fault("E01", "next", "\"perlu\": \"3\"", "\"per/lu\": \"3\""),
        Fault("E01", "docs.record.sign", "\"fields\": [\"result:text\"],", "\"stages\": [\"a\"], \"fields\": [\"result:text\"],", and: ("\"sign\": {\"need\": [\"it.field_head\", \"applicant.head\"], \"rule\": \"all\"}", "\"sign\": []")),
        Fault("E08", "next", step: "8", "\"steps\": [", "\"steps\": [{\"id\": \"8\", \"title\": \"Pergi\", \"kind\": \"action\", \"by\": [\"it.head\"], \"next\": {\"done\": \"9\"}}, {\"id\": \"9\", \"title\": \"Pulang\", \"kind\": \"action\", \"by\": [\"it.head\"], \"next\": {\"done\": \"8\"}},", and: ("\"perlu\": \"3\"", "\"perlu\": \"3\", \"terus\": \"8\"")),
        Fault("E10", "next.belum.escalate", step: "3", "\"escalate\": \"it.head\"", "\"escalate\": \"it.boss\""),
        Fault("E10", "next.diterima.by", step: "B18", in: "p6", "\"diterima\": \"selesai\"", "\"diterima\": {\"to\": \"selesai\", \"by\": [\"vendor.lead\"]}"),
        Fault("E11", "by", step: "B8", in: "p6", "\"assign\": [\"team.escort\", \"team.tester\"], ", ""),
        Fault("E11", "teams.team.escort.formedAt", in: "p6", "\"title\": \"Tim Pendamping\", \"formedAt\": \"B7\"", "\"title\": \"Tim Pendamping\", \"formedAt\": \"B6\""),
        Fault("E11", "by", step: "B13", in: "p6", "\"kind\": \"evaluation\", \"by\": [\"team.tester\"], \"needs\": [\"system_release\"], \"gives\": [\"test_report\"]", "\"kind\": \"evaluation\", \"by\": [\"team.auditor\"], \"needs\": [\"system_release\"], \"gives\": [\"test_report\"]"),
        Fault("E12", "parties.vendor.bindAt", in: "p6", "\"bindAt\": \"B7\"", "\"bindAt\": \"B6\""),
        Fault("E14", "due", step: "8", in: "p4", "target:schedule_record.study_by", "target:calendar.study_by"),
        Fault("E16", "gives", step: "7", in: "p7", "\"gives\": [\"design_needs@ditetapkan\"]", "\"gives\": [\"design_needs@konsep\"]"),
        Fault("E16", "docs.tor.sign.siap", in: "p7", "\"cost:money\"], \"sign\": {\"usulan\"", "\"cost:money\"], \"sign\": {\"siap\""),
        Fault("E17", "next.berhasil", step: "5", in: "p1", "\"gives\": [\"animation\"], \"next\": {\"done\": \"7\"}", "\"gives\": [\"animation\"], \"next\": {\"done\": \"8\"}"),
        Fault("E17", "next.berhasil", step: "5", in: "p1", "\"gives\": [\"animation\"], \"next\": {\"done\": \"7\"}", "\"gives\": [\"animation\"], \"next\": {\"done\": \"7\", \"tutup\": \"selesai\"}"),
        Fault("E19", "next.belum_berhasil", step: "5", in: "p1", "{\"to\": \"4\", \"effect\": \"rework\", \"ask\": [\"findings\"]}", "{\"to\": \"8\", \"effect\": \"rework\", \"ask\": [\"findings\"]}"),
        Fault("E20", "next.perlu", step: "2", "\"perlu\": \"3\"", "\"perlu\": \"3\", \"perlu2\": \"stop\""),
        Fault("E22", "due", step: "8", in: "p4", "target:schedule_record.study_by", "target:agenda_entry.agenda_no"),
        Fault("E22", "due", step: "4", in: "p4", "\"gives\": [\"invitation_letter\"], \"due\": \"1 hari\"", "\"gives\": [\"invitation_letter\"], \"due\": \"target:schedule_record.study_by\""),
        Fault("E24", "sign", step: "B18", in: "p6", "\"need\": [\"it.head\", \"applicant.head\", \"vendor.lead?\"]", "\"need\": [\"it.head\", \"applicant.head?\", \"vendor.lead?\"]"),
        Fault("E26", "docs.decision_response.sign", step: "B6", in: "p6", "\"text:text\"], \"sign\": {\"need\": [\"it.head\"]}, \"inferred\": [\"sign\"]", "\"text:text\"], \"sign\": {\"need\": [\"vendor.lead\"]}, \"inferred\": [\"sign\"]"),
        Fault("E26", "sign", step: "B3", in: "p6", "\"sign\": {\"need\": [\"it.head\"]}}}, ", "\"sign\": {\"need\": [\"vendor.lead\"]}}}, "),
        Fault("E27", "guard", step: "B11", in: "p6", "{\"signed\": \"contract\"}", "{\"signed\": \"handover_record\"}"),
        Fault("E27", "guard", step: "B11", in: "p6", "{\"signed\": \"contract\"}", "{\"signed\": \"scope_plan\"}"),
        Fault("E27", "guard", step: "B11", in: "p6", "{\"signed\": \"contract\"}", "{\"round\": {\"<\": 1}}"),
        Fault("E27", "guard", step: "B11", in: "p6", "{\"signed\": \"contract\"}", "{\"any\": []}"),
        Fault("E27", "guard", step: "B11", in: "p6", "{\"signed\": \"contract\"}", "{\"outcome\": [\"B18\", \"ya\"]}"),
        Fault("E27", "guard", step: "B11", in: "p6", "{\"bound\": \"vendor\"}", "{\"bound\": \"bank\"}"),
        Fault("E29", "fields", "\"subject:text\"", "\"subject:text\", \"subject:date\""),
        Fault("E29", "personal", "\"fields\": [\"subject:text\"]", "\"fields\": [\"subject:text\"], \"personal\": [\"phone\"]"),
        Fault("E29", "audience", "\"fields\": [\"subject:text\"]", "\"fields\": [\"subject:text\"], \"audience\": {\"phone\": \"own\"}"),
        Fault("E30", "needs", step: "6b", in: "p1", "\"gives\": [\"user_manual\"]", "\"needs\": [\"animation\"], \"gives\": [\"user_manual\"]"),
        Fault("E30", "guard", step: "6b", in: "p1", "\"gives\": [\"user_manual\"]", "\"guard\": {\"outcome\": [\"6a\", \"done\"]}, \"gives\": [\"user_manual\"]"),
        Fault("E31", "docs.record.audience", "\"fields\": [\"result:text\"],", "\"fields\": [\"result:text\"], \"audience\": {\"*\": [\"it\"]},"),
        Fault("E31", "docs.record.audience", "\"fields\": [\"result:text\"],", "\"fields\": [\"result:text\"], \"audience\": {\"result\": \"own\"},"),
        Fault("E32", "due", step: "8", in: "p4", "\"fields\": [\"study_by:date\"", "\"audience\": {\"study_by\": [\"it\", \"applicant\"]}, \"fields\": [\"study_by:date\""),
        Fault("E32", "due", step: "8", in: "p4", "\"fields\": [\"study_by:date\"", "\"personal\": [\"study_by\"], \"fields\": [\"study_by:date\""),
        Fault("W03", "contest", step: "2", "\"contest\": {\"resolver\": \"it.head\"},", ""),
        Fault("W04", "docs.request", "\"brings\": [\"request\"],", ""),
        Fault("W05", "roles.it.spare", "\"it.head\": {", "\"it.spare\": {\"party\": \"it\", \"title\": \"Cadangan\"}, \"it.head\": {"),
        Fault("W06", "gives", step: "3", "\"gives\": [], \"max\"", "\"gives\": [\"record\"], \"max\""),
        Fault("W07", "steps", in: "p4", "{\"to\": \"tidak_dilanjutkan\", \"effect\": \"discontinue\", \"ask\": [\"reason\"], \"gives\": [\"decision_response\"]}", "\"selesai\""),
        Fault("W08", "title", step: "1", "\"title\": \"Mohon\"", "\"title\": \"\""),
        Fault("W09", "inferred", "\"start\": \"1\"", "\"start\": \"1\", \"inferred\": [\"warna\"]"),
        Fault("W10", "id", step: "7", "\"start\": \"1\"", "\"start\": \"7\"", and: ("\"id\": \"1\"", "\"id\": \"7\"")),
        Fault("W13", "needs", step: "5", in: "p7", "\"needs\": [\"purpose_info\"]", "\"needs\": [\"purpose_info\", \"module_info\"]"),
    ]

    @Test func everyRuleHasAFailingFile() {
        let shown = Set(Self.faults.map(\.code) + Self.shownElsewhere)
        #expect(ValidationIssue.codes.filter { !shown.contains($0) } == [])
        #expect(shown.subtracting(ValidationIssue.codes) == [])
        #expect(ValidationIssue.codes.count == 32 + 13)
    }

    @Test(arguments: faults.indices) func faultsAreNamedByCodeStepAndKey(index: Int) throws {
        let fault = Self.faults[index]
        let bytes = try fault.base.map { try #require(ShippedDefinitions.bytes($0)) } ?? TestDefinitions.small
        let text = String(decoding: bytes, as: UTF8.self)
        var changed = text
        for change in fault.changes {
            let next = changed.replacing(change.old, with: change.new, maxReplacements: 1)
            #expect(next != changed, "\(fault.code): the change applies: \(change.old)")
            changed = next
        }
        func names(_ issue: ValidationIssue) -> Bool {
            issue.code == fault.code && issue.key.contains(fault.key) && issue.step == (fault.step ?? issue.step)
        }
        #expect(!DefinitionLoader.load(bytes).issues.contains(where: names), "the base is without it")
        let issues = DefinitionLoader.load(Array(changed.utf8)).issues
        let lines = issues.map { $0.line(file: "uji.json", inIndonesian: false) }
        #expect(issues.contains(where: names), "\(fault.code) \(fault.key): \(lines)")
        for issue in issues where names(issue) {
            // File, code, step and key, in both languages.
            for isIndonesian in [true, false] {
                let line = issue.line(file: "uji.json", inIndonesian: isIndonesian)
                #expect(line.hasPrefix("uji.json: \(issue.code) ") && line.contains("\(issue.key): "))
                if let step = issue.step { #expect(line.contains((isIndonesian ? "langkah " : "step ") + step)) }
            }
            #expect(issue.indonesian != issue.english && !issue.indonesian.isEmpty)
        }
    }

    @Test func aVersionThatChangesAStepSaysSo() throws {
        let old = try ExpectedStepsTests.definition("p1")
        var new = old
        new.version = 2
        new.steps[4].by = ["it.docs_section"]
        let notices = DefinitionLoader.notices(from: old, to: new)
        #expect(notices.map(\.code) == ["W11"] && notices.map(\.step) == ["4"])
        #expect(DefinitionLoader.notices(from: old, to: old).isEmpty)
    }
}
