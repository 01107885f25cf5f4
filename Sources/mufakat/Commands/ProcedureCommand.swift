import ArgumentParser
import Envelope
import Node
import Procedure
import Registry
import Store

struct ProcedureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "procedure", abstract: "Procedure definitions.",
        subcommands: [Check.self, Publish.self, List.self])

    /// A file, or one that ships with the program by its short name.
    static func bytes(_ name: String) throws -> [UInt8] {
        if let shipped = ShippedDefinitions.bytes(name) { return shipped }
        return try PrivateFile.readPublic(name, limit: 1 << 20)
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Check a definition file.", discussion: "Example:\n  mufakat procedure check sop.json")
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
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List published definitions.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let (registry, _) = try global.open().current()
            let rows = registry.publishedDefinitions.compactMap { id -> [String: Any]? in
                guard case .publishDefinition(let publication)? = registry.entry(id)?.body else { return nil }
                return ["id": id.hex, "name": publication.name, "version": publication.version]
            }
            if global.json {
                Terminal.json(rows)
            } else {
                for row in rows { Terminal.print("\(row["name"] ?? "") \(row["version"] ?? "")") }
            }
        }
    }
}
