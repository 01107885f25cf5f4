import Procedure
import TestSupport
import Testing

@Suite struct LoaderTests {
    @Test(arguments: ShippedDefinitions.names) func shippedDefinitionsAreValid(name: String) throws {
        let loaded = DefinitionLoader.load(try #require(ShippedDefinitions.bytes(name)))
        #expect(loaded.errors.isEmpty)
        #expect(!loaded.definition.steps.isEmpty)
    }

    @Test func theSmallDefinitionIsValid() {
        #expect(DefinitionLoader.load(TestDefinitions.small).errors.map(\.code).isEmpty)
    }

    struct Fault {
        let code: String
        let key: String
        let step: String?
        let change: (String, String)

        init(_ code: String, _ key: String, step: String? = nil, _ old: String, _ new: String) {
            (self.code, self.key, self.step, change) = (code, key, step, (old, new))
        }
    }

    /// One change to the small definition, and what the loader has to say about it.
    static let faults = [
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
    ]

    @Test(arguments: faults.indices) func faultsAreNamedByCodeStepAndKey(index: Int) {
        let fault = Self.faults[index]
        let text = String(decoding: TestDefinitions.small, as: UTF8.self)
        let changed = text.replacing(fault.change.0, with: fault.change.1, maxReplacements: 1)
        #expect(changed != text, "\(fault.code): the change applies")
        let issues = DefinitionLoader.load(Array(changed.utf8)).issues
        #expect(
            issues.contains {
                $0.code == fault.code && $0.key.contains(fault.key) && $0.step == (fault.step ?? $0.step)
            },
            "\(fault.code): \(issues.map { $0.line(file: "uji", inIndonesian: false) })")
        // Both languages, with the file, for people.
        for issue in issues {
            #expect(issue.line(file: "uji.json", inIndonesian: true).hasPrefix("uji.json: \(issue.code)"))
        }
    }

    @Test func whatIsNoJSONIsOneClearError() {
        for text in [
            "", "{", "[1,2", "{\"format\": 1e999}", "nul", "{\"a\":\"\\ud800\"}",
            String(repeating: "[", count: 100_000),
        ] {
            let loaded = DefinitionLoader.load(Array(text.utf8))
            #expect(!loaded.errors.isEmpty)
        }
    }

    @Test(arguments: 1...30) func mutatedDefinitionsNeverTrap(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            var bytes = TestDefinitions.small
            for _ in 0..<3 {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            _ = DefinitionLoader.load(bytes)
        }
    }
}
