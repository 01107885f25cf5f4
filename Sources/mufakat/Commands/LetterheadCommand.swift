import ArgumentParser
import Node
import Prints

struct LetterheadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "letterhead", abstract: "What stands at the top of the unit's papers.",
        subcommands: [Set.self, Show.self])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Keep a letterhead beside the replica.",
            discussion: """
                A JSON file: name, and as far as there are any government, address, phone, email, web, city, logo (path
                of a PNG or JPEG, at most 128 KiB).
                Example:
                  mufakat letterhead set --from kop.json
                """)
        @OptionGroup var global: GlobalOptions
        @Option(help: "File to read.") var from: String

        func run() throws {
            let replica = try global.open()
            LetterheadText.print(try LetterheadFile.set(replica.folder, from: from), global)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the letterhead that is set.",
            discussion: "Example:\n  mufakat letterhead show")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let replica = try global.open()
            guard let letterhead = try LetterheadFile.read(replica.folder) else {
                if global.json { Terminal.json([String: String]()) }
                return Terminal.note(Catalogue.noLetterhead.text(global.language))
            }
            LetterheadText.print(letterhead, global)
        }
    }
}

enum LetterheadText {
    static func print(_ letterhead: Letterhead, _ global: GlobalOptions) {
        let lines = [
            ("government", letterhead.government), ("name", letterhead.name), ("address", letterhead.address),
            ("phone", letterhead.phone), ("email", letterhead.email), ("web", letterhead.web),
            ("city", letterhead.city),
        ].filter { !$0.1.isEmpty }
        if global.json {
            return Terminal.json(Dictionary(lines, uniquingKeysWith: { first, _ in first }))
        }
        for line in lines { Terminal.print(Terminal.safe("\(line.0): \(line.1)")) }
    }
}
