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

    // MARK: Size

    /// A chain of steps, each with `outcomes` outcomes to the next one.
    static func chain(_ count: Int, outcomes: Int = 1, step: String = "") -> [UInt8] {
        let steps = (1...count).map { number in
            let target = number == count ? "selesai" : "\(number + 1)"
            let next = (1...outcomes).map { "\"hasil\($0)\": \"\(target)\"" }.joined(separator: ", ")
            return """
                {"id": "\(number)", "title": "L", "kind": "action", "by": ["it.head"], "due": "1 hari"\(step),
                 "next": {\(next)}}
                """
        }
        return Array(
            """
            {"format": "procedure/1", "id": "uji.rantai", "version": 1, "title": "Rantai", "zone": "Asia/Jakarta",
             "dayUnit": "working", "parties": {"it": {"kind": "it_agency", "label": "Dinas"}},
             "roles": {"it.head": {"party": "it", "title": "Kepala"}}, "docs": {}, "start": "1",
             "steps": [\(steps.joined(separator: ",\n"))],
             "ends": {"selesai": {"title": "Selesai", "state": "completed"}}}
            """.utf8)
    }

    @Test func twoHundredStepsAreTheMost() {
        #expect(DefinitionLoader.load(Self.chain(200)).issues.isEmpty)
        let over = DefinitionLoader.load(Self.chain(201)).errors
        #expect(over.map(\.code) == ["E01"] && over.map(\.key) == ["steps"])
    }

    /// A file at each limit and one beyond, and how many errors it has.
    static let sizes: [(bytes: [UInt8], errorCount: Int)] = {
        func repeated(_ text: String, _ count: Int) -> String {
            Array(repeating: text, count: count).joined(separator: ", ")
        }
        func with(_ count: Int) -> [UInt8] { chain(2, step: ", \"with\": [\(repeated("\"it.head\"", count))]") }
        func note(_ count: Int) -> [UInt8] {
            chain(2, step: ", \"note\": \"" + String(repeating: "a", count: count) + "\"")
        }
        func conditions(_ count: Int) -> [UInt8] {
            chain(2, step: ", \"guard\": {\"all\": [\(repeated("{\"bound\": \"it\"}", count))]}")
        }
        return [
            (bytes: chain(100, outcomes: 10), errorCount: 0), (bytes: chain(100, outcomes: 11), errorCount: 1),
            (bytes: chain(10, outcomes: 20), errorCount: 0), (bytes: chain(10, outcomes: 21), errorCount: 10),
            (bytes: with(100), errorCount: 0), (bytes: with(101), errorCount: 2),
            (bytes: note(2_000), errorCount: 0), (bytes: note(2_001), errorCount: 2),
            (bytes: conditions(50), errorCount: 0), (bytes: conditions(51), errorCount: 2),
        ]
    }()

    @Test(arguments: sizes.indices) func whatIsTooMuchIsRefused(index: Int) {
        let errors = DefinitionLoader.load(Self.sizes[index].bytes).errors
        #expect(errors.count == Self.sizes[index].errorCount && errors.allSatisfy { $0.code == "E01" })
    }

    /// Sizes are looked at before anything is read.
    @Test func tenMegabytesAreRefused() {
        let errors = DefinitionLoader.load([UInt8](repeating: 0x20, count: 10_000_000)).errors
        #expect(errors.map(\.code) == ["E01"] && errors[0].english.contains("10000000 bytes"))
    }

    @Test(arguments: [31, 32, 10_000]) func deepNestingEnds(depth: Int) {
        let open = String(repeating: "{\"not\": ", count: depth)
        let guardText = open + "{\"bound\": \"it\"}" + String(repeating: "}", count: depth)
        let loaded = DefinitionLoader.load(Self.chain(2, step: ", \"guard\": " + guardText))
        #expect(loaded.errors.contains { $0.code == "E01" })
    }

    /// Every fork inside every other, and joins that close none of them.
    @Test func forksWithoutEndAreRefused() {
        let forks = (2...21).map { number in
            """
            {"id": "\(number)", "title": "L", "kind": "action", "by": ["it.head"], "join": "all",
             "next": {"a": ["\(number % 20 + 2)", "\((number + 1) % 20 + 2)"]}}
            """
        }
        let text = String(decoding: Self.chain(1), as: UTF8.self)
        let bytes = Array(text.replacing("\"steps\": [", with: "\"steps\": [\(forks.joined(separator: ",")),").utf8)
        let codes = Set(DefinitionLoader.load(bytes).errors.map(\.code))
        #expect(codes.isSuperset(of: ["E07", "E17", "E19"]))
    }
}
