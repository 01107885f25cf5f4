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

    /// One change to the small definition, and what the loader says about it.
    static let faults: [(change: (String, String), code: String, key: String)] = [
        (("\"procedure/1\"", "\"procedure/2\""), "E01", "format"),
        (("\"id\": \"1\", \"title\": \"Mohon\"", "\"id\": \"2\", \"title\": \"Mohon\""), "E03", "steps"),
        (("\"start\": \"1\"", "\"start\": \"9\""), "E", "start"),
        (("\"next\": {\"done\": \"2\"}", "\"next\": {\"done\": \"77\"}"), "E", "next"),
        (("\"by\": [\"applicant.head\"], \"brings\"", "\"by\": [\"applicant.chief\"], \"brings\""), "E", "by"),
        (("\"brings\": [\"request\"]", "\"brings\": [\"letter\"]"), "E", "brings"),
        (("\"kind\": \"action\"", "\"kind\": \"magic\""), "E", "kind"),
        (("\"resolver\": \"it.head\"", "\"resolver\": \"it.boss\""), "E", "contest"),
        (("\"subject:text\"", "\"subject:colour\""), "E", "fields"),
        (("\"due\": \"1 hari\",\n    \"next\": {\"done\"", "\"due\": \"satu\",\n    \"next\": {\"done\""), "E", "due"),
    ]

    @Test(arguments: faults.indices) func faultsAreNamedByCodeStepAndKey(index: Int) {
        let fault = Self.faults[index]
        let text = String(decoding: TestDefinitions.small, as: UTF8.self)
        let changed = text.replacing(fault.change.0, with: fault.change.1, maxReplacements: 1)
        #expect(changed != text, "the change applies")
        let errors = DefinitionLoader.load(Array(changed.utf8)).errors
        #expect(
            errors.contains { $0.code.hasPrefix(fault.code) && $0.key.contains(fault.key) },
            "\(errors.map { $0.line(file: "uji", inIndonesian: false) })")
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
