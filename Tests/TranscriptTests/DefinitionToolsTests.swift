import Foundation
import Prints
import Procedure
import Testing

@testable import mufakat

/// Tables, diagrams and comparisons of definitions.
@Suite struct DefinitionToolsTests {
    static func shipped(_ name: String) throws -> ProcedureDefinition {
        DefinitionLoader.load(try #require(ShippedDefinitions.bytes(name))).definition
    }

    @Test(arguments: ShippedDefinitions.names) func everyStepHasItsLineAndItsActor(name: String) throws {
        let definition = try Self.shipped(name)
        for language in [Language.indonesian, .english] {
            let table = ProcedureTable(definition, language)
            #expect(table.rows.map(\.number) == definition.steps.map(\.id))
            #expect(table.rows.allSatisfy { row in row.ticks.contains { $0.hasPrefix("●") } })
            #expect(table.rows.allSatisfy { $0.ticks.count == table.actors.count })
            // A step with two ways says both.
            for (row, step) in zip(table.rows, definition.steps) {
                #expect(step.outcomes.allSatisfy { row.remarks.contains($0.say ?? $0.name) })
            }
        }
    }

    @Test(arguments: ShippedDefinitions.names) func everyOutcomeIsAnArrow(name: String) throws {
        let definition = try Self.shipped(name)
        let diagram = ProcedureDiagram(definition, .indonesian)
        let arrows = definition.steps.flatMap(\.outcomes).flatMap(\.targets).count
        #expect(diagram.dot.components(separatedBy: " -> ").count - 1 == arrows)
        let mermaid = diagram.mermaid.split(separator: "\n")
        #expect(mermaid.filter { $0.contains("-->") || $0.contains("-.->") }.count == arrows)
    }

    /// What a definition says is data in every form it is shown in.
    @Test func titlesAreData() throws {
        var definition = try Self.shipped("p4")
        let hostile = "<script>alert(1)</script>\"]; rm \u{202E}end\\ #quot; |\u{0}x"
        definition.title = hostile
        definition.steps[0].title = hostile
        let html = try ProcedureTable(definition, .indonesian).html(.a4)
        #expect(!html.contains("<script") && !html.unicodeScalars.contains("\u{202E}"))
        let diagram = ProcedureDiagram(definition, .indonesian)
        for line in diagram.dot.split(separator: "\n") where line.contains("script") {
            // Every quote within the label is escaped.
            let inner = line.replacingOccurrences(of: "\\\\", with: "").replacingOccurrences(of: "\\\"", with: "")
            #expect(inner.filter { $0 == "\"" }.count % 2 == 0)
        }
        #expect(!diagram.mermaid.contains("<script") && !diagram.mermaid.contains("\"]; rm"))
        #expect(!diagram.mermaid.unicodeScalars.contains("\u{202E}"))
    }

    @Test func comparisonsNameWhatDiffers() throws {
        let old = try Self.shipped("p4")
        #expect(ProcedureDiff(old, old).changes.isEmpty)
        var new = old
        new.version = 2
        new.steps[12].due = .days(10)
        new.steps.removeLast()
        let changes = ProcedureDiff(old, new).changes
        #expect(changes.map(\.place) == ["", "step 13", "step 17"])
        #expect(changes.map(\.key) == ["version", "due", ""])
        #expect(changes[2].after.isEmpty && !changes[2].before.isEmpty)
    }
}
