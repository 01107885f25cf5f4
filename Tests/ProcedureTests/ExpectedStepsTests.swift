import Foundation
import Procedure
import Testing

/// The shipped definitions beside the step tables they were written from (`Expected/steps.json`, made by
/// `Tools/expected-steps.py`): the same steps in the same order, with the same titles, kinds, time standards, actors,
/// documents, targets and signers, and no more than these.
@Suite struct ExpectedStepsTests {
    struct Table: Decodable {
        let file: String
        let steps: [Row]
    }

    struct Row: Decodable {
        let id: String
        /// The title of the table, and that of the worked example where it gives the step another one.
        let titles: [String]
        let kind: String
        let due: String
        let actors: [String]
        let actorInferred: Bool
        let stepInferred: Bool
        let inputs: Documents
        let outputs: Documents
        /// `[target, effect]`
        let targets: [[String]]
        let signers: [String]
        let signsOnRefusal: Bool
    }

    /// A list, or `*` for all documents that came before.
    struct Documents: Decodable {
        let names: [String]?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            names = try? container.decode([String].self)
            if names == nil { #expect(try container.decode(String.self) == "*") }
        }
    }

    /// Where a worked example of the reference differs from its table: it adds an actor or a mark, or leaves one out.
    static let exampleActors = ["p4 10": ["it.section_head"], "p4 11": ["it.section_head"], "p5 A3": ["it.head"]]
    static let exampleMarks = ["p4 5", "p4 13"]
    static let exampleUnsigned = ["p4 2"]

    static let tables: [String: Table] = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Expected/steps.json")
        guard let data = try? Data(contentsOf: path) else { return [:] }
        return (try? JSONDecoder().decode([String: Table].self, from: data)) ?? [:]
    }()

    static func definition(_ name: String) throws -> ProcedureDefinition {
        DefinitionLoader.load(try #require(ShippedDefinitions.bytes(name))).definition
    }

    @Test func everyTableHasADefinition() { #expect(Self.tables.keys.sorted() == ShippedDefinitions.names) }

    @Test(arguments: ShippedDefinitions.names) func stepsAreThoseOfTheTable(name: String) throws {
        let definition = try Self.definition(name)
        let table = try #require(Self.tables[name])
        #expect(definition.sourceFile == table.file && !definition.institution.isEmpty)
        #expect(definition.steps.map(\.id) == table.steps.map(\.id))
        for (step, row) in zip(definition.steps, table.steps) {
            let place: Comment = "\(name) \(row.id)"
            #expect(row.titles.map(Self.folded).contains(Self.folded(step.title)), place)
            #expect(step.kind.rawValue == row.kind, place)
            #expect(Self.text(of: step.due) == row.due, place)
            let targets = step.outcomes.flatMap { outcome in
                outcome.targets.map { [$0, outcome.effect.rawValue] }
            }
            #expect(targets.sorted { $0[0] < $1[0] } == row.targets.sorted { $0[0] < $1[0] }, place)
        }
    }

    @Test(arguments: ShippedDefinitions.names) func actorsAreThoseOfTheTable(name: String) throws {
        let definition = try Self.definition(name)
        for (step, row) in zip(definition.steps, try #require(Self.tables[name]).steps) {
            let place: Comment = "\(name) \(row.id): \(step.by) \(step.with)"
            let added = Self.exampleActors["\(name) \(row.id)"] ?? []
            #expect(Self.agree(step.by + step.with, row.actors + added), place)
            let isMarked = step.inferred == .whole || Self.marks(step).contains { ["by", "with"].contains($0) }
            #expect(isMarked == row.actorInferred || Self.exampleMarks.contains("\(name) \(row.id)"), place)
            #expect((step.inferred == .whole) == row.stepInferred, place)
        }
    }

    @Test(arguments: ShippedDefinitions.names) func documentsAreThoseOfTheTable(name: String) throws {
        let definition = try Self.definition(name)
        for (step, row) in zip(definition.steps, try #require(Self.tables[name]).steps) {
            let place: Comment = "\(name) \(row.id)"
            let given = step.outcomes.flatMap { step.given(by: $0) } + step.gives
            let advancing = step.outcomes.filter { $0.effect == .advance }.flatMap { step.given(by: $0) }
            let (inputs, outputs) = (row.inputs.names, row.outputs.names ?? [])
            for name in inputs ?? [] { #expect(Self.names(step.needs + step.brings + given, name), "\(place) \(name)") }
            for name in outputs { #expect(Self.names(step.brings + given, name), "\(place) \(name)") }
            for reference in step.needs {
                #expect(inputs.map { Self.isNamed(reference, $0) } ?? true, "\(place) \(reference.document)")
            }
            for reference in step.brings {
                #expect(Self.isNamed(reference, outputs + (inputs ?? [])), "\(place) \(reference.document)")
            }
            // A refusal may give a letter of its own, which the tables leave to the catalogue of documents.
            for reference in advancing { #expect(Self.isNamed(reference, outputs), "\(place) \(reference.document)") }
        }
    }

    @Test(arguments: ShippedDefinitions.names) func signersAreThoseOfTheTable(name: String) throws {
        let definition = try Self.definition(name)
        for (step, row) in zip(definition.steps, try #require(Self.tables[name]).steps) {
            let place: Comment = "\(name) \(row.id)"
            let advancing = Self.signers(step, definition) { $0.effect == .advance }
            let all = Self.signers(step, definition) { row.signsOnRefusal ? $0.effect == .reject : true }
            if !Self.exampleUnsigned.contains("\(name) \(row.id)") {
                for signer in row.signers { #expect(all.contains { Self.fits($0, signer) }, "\(place) \(signer)") }
            }
            for signer in advancing {
                #expect(row.signers.contains { Self.fits(signer, $0) }, "\(place) \(signer)")
            }
        }
    }

    // MARK: Comparing

    /// Spaces around a slash say nothing; all else is compared as it stands.
    static func folded(_ title: String) -> String { title.replacing(" / ", with: "/") }

    static func marks(_ step: Step) -> [String] {
        guard case .keys(let keys) = step.inferred else { return [] }
        return keys
    }

    static func text(of due: Due?) -> String {
        switch due {
        case nil: ""
        case .days(let count): "\(count) hari"
        case .workingDays(let count): "\(count) hari_kerja"
        case .target: "target"
        case .tentative: "tentatif"
        }
    }

    /// A role or team, or `party.*` for any of a party.
    static func fits(_ name: String, _ pattern: String) -> Bool {
        pattern.hasSuffix(".*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    /// Every name fits a pattern, and every pattern is fitted.
    static func agree(_ names: [String], _ patterns: [String]) -> Bool {
        names.allSatisfy { name in patterns.contains { fits(name, $0) } }
            && patterns.allSatisfy { pattern in names.contains { fits($0, pattern) } }
    }

    static func isNamed(_ reference: DocumentReference, _ names: [String]) -> Bool {
        names.contains { $0 == reference.document || $0 == "\(reference.document)@\(reference.stage ?? "")" }
    }

    static func names(_ references: [DocumentReference], _ name: String) -> Bool {
        references.contains { isNamed($0, [name]) }
    }

    /// Signers of what a step brings and gives and of its outcomes; `?` after one who is not waited for. A document that
    /// may be left out asks nobody.
    static func signers(
        _ step: Step, _ definition: ProcedureDefinition, where isMeant: (OutcomeRule) -> Bool
    ) -> [String] {
        var rules = step.brings.compactMap { definition.document($0.document)?.rule(stage: $0.stage) }
        for outcome in step.outcomes where isMeant(outcome) {
            rules += outcome.rule(in: step).map { [$0] } ?? []
            for reference in step.given(by: outcome) where !reference.isOptional {
                rules += definition.document(reference.document)?.rule(stage: reference.stage).map { [$0] } ?? []
            }
        }
        return rules.flatMap(\.need).map { $0.name + ($0.isOptional ? "?" : "") }
    }
}
