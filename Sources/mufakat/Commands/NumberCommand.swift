import ArgumentParser
import Dossier
import Envelope
import History
import Node
import Registry
import Sodium

struct NumberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "number", abstract: "Letter numbers: blocks for laptops, so that no two give out the same.",
        subcommands: [Lease.self, Use.self, Void.self, List.self])

    struct Lease: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lease", abstract: "Lease a block of numbers to a key of the unit.",
            discussion: """
                The lease is signed in a dossier, and lies with all who are party to it.
                Example:
                  mufakat number lease 3fa1 --register BAST-2026 --from 1 --until 50 --to kabid --as umum
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Dossier.") var dossier: String
        @Option(help: "Register: letters, digits, dot, hyphen, underscore.") var register: String
        @Option(help: "First number.") var from: Int
        @Option(help: "Last number.") var until: Int
        @Option(help: "Key that shall give them out: its name here, or its certificate's.") var to: String

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            guard from <= until else {
                throw NodeFailure.badValue(field: "--until", value: "\(until)", expected: "≥ \(from)")
            }
            let key = try replica.publicKey(named: to)
            let change = try replica.lease(
                id, register: register, numbers: from...until, to: key,
                by: try signer.author(replica, global.language))
            Output.change(change.id, id, global)
        }
    }

    struct Use: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "use", abstract: "Give a document the next number leased to this key.",
            discussion: """
                Example:
                  mufakat number use 3fa1 handover_record --register BAST-2026 --format "{000}/BAST/E-BS/XI/2026" --as kabid
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Dossier.") var dossier: String
        @Argument(help: "Document.") var document: String
        @Option(help: "Register.") var register: String
        @Option(help: "Text with the number at {}, or at {000} with so many digits.") var format = "{}"
        @Option(help: "Field: number, or number_SLOT of a party that does not sign first.") var field = "number"
        @Option(help: "Instance of the document.") var instance: Int?

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let given = try replica.number(
                id, document: document, instance: instance, field: field, register: register, format: format,
                by: try signer.author(replica, global.language))
            if global.json {
                return Terminal.json([
                    "change": given.change.id.hex, "dossier": id.hex, "register": register, "number": given.number,
                    "text": given.text,
                ])
            }
            Terminal.print(Terminal.safe(given.text))
        }
    }

    struct Void: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "void", abstract: "Say that nothing shall bear a number.",
            discussion:
                "Example:\n  mufakat number void 3fa1 --register BAST-2026 --number 7 --reason \"Salah cetak\" --as umum"
        )
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Dossier.") var dossier: String
        @Option(help: "Register.") var register: String
        @Option(help: "Number.") var number: Int
        @Option(help: "Reason.") var reason: String?

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let change = try replica.voidNumber(
                id, register: register, number: number, reason: reason,
                by: try signer.author(replica, global.language))
            Output.change(change.id, id, global)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "The unit's registers, with numbers that clash.",
            discussion: "Example:\n  mufakat number list --register BAST-2026 --json")
        @OptionGroup var global: GlobalOptions
        @Option(help: "Register; else all.") var register: String?

        func run() throws { NumberText.print(try global.open().letters(register: register), global) }
    }
}

enum NumberText {
    static func words(_ conflict: String) -> Message {
        switch conflict {
        case "duplicate": Message("ganda", "borne twice")
        case "void": Message("sudah dibatalkan", "void")
        case "not-leased": Message("di luar sewa kunci itu", "not leased to that key")
        default: Message("disewa dua kunci", "leased to two keys")
        }
    }

    private static func kind(_ kind: LetterEntry.Kind, _ language: Language) -> String {
        switch kind {
        case .lease(let key): Message("sewa {0}", "lease {0}").text(language, String(key.hex.prefix(8)))
        case .use(let document, let instance): "\(document) #\(instance)"
        case .void: Message("batal", "void").text(language)
        }
    }

    static func print(_ books: [(register: String, book: LetterBook)], _ global: GlobalOptions) {
        let language = global.language
        if global.json { return Terminal.json(books.flatMap { object($0.register, $0.book) }) }
        guard !books.isEmpty else { return Terminal.note(Catalogue.nothing.text(language)) }
        Terminal.table(
            [
                Message("Register", "Register").text(language), Message("Nomor", "Number").text(language),
                Catalogue.kind.text(language), Catalogue.dossier.text(language),
                Message("Bentrok", "Conflict").text(language),
            ],
            books.flatMap { register, book in
                book.entries.map { dossier, entry in
                    [
                        register, entry.first == entry.last ? "\(entry.first)" : "\(entry.first)-\(entry.last)",
                        kind(entry.kind, language), String(dossier.hex.prefix(8)),
                        conflicts(entry, book).map { words($0).text(language) }.joined(separator: ", "),
                    ]
                }
            })
    }

    private static func conflicts(_ entry: LetterEntry, _ book: LetterBook) -> [String] {
        if case .lease = entry.kind { return [] }
        return book.conflicts(entry.first).map(\.rawValue)
    }

    private static func object(_ register: String, _ book: LetterBook) -> [[String: Any]] {
        book.entries.map { dossier, entry in
            var object: [String: Any] = [
                "register": register, "first": entry.first, "last": entry.last, "dossier": dossier.hex,
                "change": entry.change.hex, "author": entry.author.hex, "conflicts": conflicts(entry, book),
            ]
            switch entry.kind {
            case .lease(let key): (object["kind"], object["key"]) = ("lease", key.hex)
            case .use(let document, let instance):
                (object["kind"], object["document"], object["instance"]) = ("use", document, instance)
            case .void: object["kind"] = "void"
            }
            return object
        }
    }
}

extension Replica {
    /// A key of the own unit: of this ring by its name, else by its certificate.
    func publicKey(named text: String) throws -> PublicKey {
        if let file = try? keys.file(text) { return file.publicKey }
        let entry = try certificate(named: text)
        guard case .certify(let certificate)? = try current().registry.entry(entry)?.body else {
            throw NodeFailure.unknownKey(text)
        }
        return certificate.key
    }
}
