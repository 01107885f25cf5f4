import ArgumentParser
import Envelope
import Node
import Prints
import Procedure
import Registry
import Sodium
import Store

struct ProcedureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "procedure", abstract: "Procedure definitions.",
        subcommands: [
            List.self, Validate.self, Show.self, Table.self, Diagram.self, Diff.self, Publish.self,
        ])

    /// A file, one that ships with the program by its short name, or a published one by `ID` or `ID@VERSION`.
    static func bytes(_ name: String, _ global: GlobalOptions? = nil) throws -> [UInt8] {
        if let shipped = ShippedDefinitions.bytes(name) { return shipped }
        if let global, !PrivateFile.exists(name), let replica = try? global.open(),
            let published = try? replica.definition(named: name), let bytes = published.bytes
        {
            return bytes
        }
        return try PrivateFile.readPublic(name, limit: 1 << 20)
    }

    /// The definition, and nothing where the file has errors: those are said, and the command fails.
    static func definition(_ name: String, _ global: GlobalOptions) throws -> ProcedureDefinition {
        let loaded = DefinitionLoader.load(try bytes(name, global))
        guard loaded.errors.isEmpty else { throw NodeFailure.definitionInvalid(loaded.errors) }
        return loaded.definition
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "validate", abstract: "Say what is wrong in a definition file.",
            discussion: "Example:\n  mufakat procedure validate sop.json", aliases: ["check"])
        @OptionGroup var global: GlobalOptions
        @Argument(help: "File, or p1 to p7.") var file: String

        func run() throws {
            let loaded = DefinitionLoader.load(try ProcedureCommand.bytes(file))
            if global.json {
                Terminal.json(
                    loaded.issues.map {
                        [
                            "code": $0.code, "step": $0.step ?? "", "key": $0.key, "id": $0.indonesian,
                            "en": $0.english,
                        ]
                    })
            } else {
                for issue in loaded.issues {
                    Terminal.print(Terminal.safe(issue.line(file: file, inIndonesian: global.language == .indonesian)))
                }
            }
            if !loaded.errors.isEmpty { throw ExitCode(1) }
        }
    }

    struct Publish: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "publish",
            abstract: "Publish a definition in the network's chain.",
            discussion: "Example:\n  mufakat procedure publish p4")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "File, or p1 to p7.") var file: String

        func run() throws {
            let replica = try global.open()
            let (entry, _) = try replica.publish(
                try ProcedureCommand.bytes(file), root: try signer.authority(replica, [.network]))
            Output.identity(entry.raw, global, kind: "definition")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List published definitions, and those that ship with the program.",
            discussion: "Examples:\n  mufakat procedure list\n  mufakat procedure list --shipped")
        @OptionGroup var global: GlobalOptions
        @Flag(help: "Those that ship with the program, published or not.") var shipped = false

        func run() throws {
            let rows = shipped ? shippedRows : try publishedRows()
            if global.json { return Terminal.json(rows) }
            let titles = [
                Message("ID", "ID"), Message("Versi", "Version"), Message("Langkah", "Steps"),
                Message("Lembaga", "Institution"), Message("Judul", "Title"),
            ]
            Terminal.table(
                titles.map { $0.text(global.language) },
                rows.map { row in
                    ["name", "version", "steps", "institution", "title"].map { Terminal.safe("\(row[$0] ?? "")") }
                })
        }

        private func publishedRows() throws -> [[String: Any]] {
            try global.open().definitions().map { published in
                var row: [String: Any] = [
                    "id": published.entry.hex, "name": published.name, "version": published.version,
                    "stands": published.stands, "isHeld": published.bytes != nil,
                ]
                if let bytes = published.bytes { row.merge(Self.facts(bytes)) { first, _ in first } }
                return row
            }
        }

        private var shippedRows: [[String: Any]] {
            ShippedDefinitions.names.compactMap { short in
                guard let bytes = ShippedDefinitions.bytes(short) else { return nil }
                let definition = DefinitionLoader.load(bytes).definition
                var row = Self.facts(bytes)
                (row["short"], row["name"], row["version"]) = (short, definition.id, definition.version)
                return row
            }
        }

        private static func facts(_ bytes: [UInt8]) -> [String: Any] {
            let definition = DefinitionLoader.load(bytes, isChecked: true).definition
            return [
                "title": definition.title, "institution": definition.institution, "file": definition.sourceFile,
                "steps": definition.steps.count, "blob": ProcedureDefinition.hash(bytes).hex,
            ]
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show a definition: parties, roles, documents, steps; --json is the file itself.",
            discussion: "Example:\n  mufakat procedure show p4")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "File, p1 to p7, ID or ID@VERSION.") var file: String

        func run() throws {
            let bytes = try ProcedureCommand.bytes(file, global)
            let definition = try ProcedureCommand.definition(file, global)
            if global.json { return Terminal.printRaw(String(decoding: bytes, as: UTF8.self)) }
            for line in ProcedureText.lines(definition, global.language) { Terminal.print(Terminal.safe(line)) }
        }
    }

    struct Table: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "table", abstract: "Show a definition in the layout of a signed SOP.",
            discussion: """
                Pelaksana; Mutu Baku: kelengkapan, waktu, output. What the source does not say is marked.
                Examples:
                  mufakat procedure table p4
                  mufakat procedure table p4 --html --paper f4 --out p4.html
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "File, p1 to p7, ID or ID@VERSION.") var file: String
        @Flag(help: "HTML for paper, laid across.") var html = false
        @Option(help: "a4 or f4.") var paper = "a4"
        @Option(help: "File to write; else the standard output.") var out: String?

        func run() throws {
            let table = ProcedureTable(try ProcedureCommand.definition(file, global), global.language)
            guard html else {
                let lines = table.lines(global.language).map { Terminal.safe($0) }
                return try ProcedureCommand.write(lines.joined(separator: "\n") + "\n", out)
            }
            guard let size = Paper(rawValue: paper) else {
                throw NodeFailure.badValue(field: "--paper", value: paper, expected: "a4, f4")
            }
            try ProcedureCommand.write(try table.html(size), out)
        }
    }

    struct Diagram: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diagram", abstract: "Draw a definition: SVG where Graphviz is installed, else Mermaid text.",
            discussion:
                "Examples:\n  mufakat procedure diagram p1 --out p1.svg\n  mufakat procedure diagram p1 --mermaid")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "File, p1 to p7, ID or ID@VERSION.") var file: String
        @Flag(help: "Text for Graphviz.") var dot = false
        @Flag(help: "Text for Mermaid.") var mermaid = false
        @Option(help: "File to write; else the standard output.") var out: String?

        func run() throws {
            let diagram = ProcedureDiagram(try ProcedureCommand.definition(file, global), global.language)
            if dot { return try ProcedureCommand.write(diagram.dot + "\n", out) }
            if !mermaid, let svg = try ProcedureDiagram.svg(diagram.dot) { return try ProcedureCommand.write(svg, out) }
            if !mermaid {
                Terminal.note(
                    Message(
                        "Graphviz (dot) tidak terpasang; ini teks Mermaid.",
                        "Graphviz (dot) is not installed; this is text for Mermaid."
                    ).text(global.language))
            }
            try ProcedureCommand.write(diagram.mermaid + "\n", out)
        }
    }

    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff", abstract: "Compare two definitions by what they hold; exits 2 where they differ.",
            discussion: "Example:\n  mufakat procedure diff tangsel.pengembangan-aplikasi@1 sop-2.json")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "File, p1 to p7, ID or ID@VERSION.") var old: String
        @Argument(help: "The other.") var new: String

        func run() throws {
            let changes = ProcedureDiff(
                try ProcedureCommand.definition(old, global), try ProcedureCommand.definition(new, global)
            ).changes
            if global.json {
                Terminal.json(
                    changes.map { ["place": $0.place, "key": $0.key, "before": $0.before, "after": $0.after] })
            } else {
                for change in changes {
                    let name = [change.place, change.key].filter { !$0.isEmpty }.joined(separator: " ")
                    if !change.before.isEmpty { Terminal.print(Terminal.safe("- \(name): \(change.before)")) }
                    if !change.after.isEmpty { Terminal.print(Terminal.safe("+ \(name): \(change.after)")) }
                }
            }
            if !changes.isEmpty { throw ExitCode(2) }
        }
    }

    static func write(_ text: String, _ out: String?) throws {
        guard let out else { return Terminal.printRaw(text) }
        try PrivateFile.write(Array(text.utf8), to: out, mode: 0o644)
    }
}
