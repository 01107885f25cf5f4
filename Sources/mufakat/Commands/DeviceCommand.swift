import ArgumentParser
import Envelope
import Node
import Registry
import Sodium
import Store

struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Keys of persons and nodes.",
        subcommands: [
            Create.self, Request.self, Certify.self, CertificateAgain.self, List.self, Certificates.self, Replace.self,
            Accept.self, PassphraseChange.self,
        ])

    struct KindOptions: ParsableArguments {
        @Flag(help: "A key that opens connections and signs no acts.") var node = false
        @Flag(help: "A key that certifies and grants for the unit.") var administrator = false

        var kind: KeyKind { node ? .node : administrator ? .administrator : .device }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a key and certify it, where the unit's key is in this replica.",
            discussion: """
                Examples:
                  mufakat device create kadis --title "Kepala Dinas"
                  mufakat device create kelola --administrator --person kadis --title "Kepala Dinas"
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var kinds: KindOptions
        @Argument(help: "Name of the key.") var name: String
        @Option(help: "Position of the person.") var title: String
        @Option(help: "Another key for this person of the unit: name or number.") var person: String?

        func run() throws {
            if let fault = NameRule.fault(title) { throw NodeFailure.enrolment(.name(fault)) }
            let replica = try global.open()
            let person = try person.map { try replica.person(named: $0) }
            let authority = try signer.authority(replica)
            let made = try seal.make(replica, name: name, kind: kinds.kind, person: person)
            let entry = try replica.keys.withNewKey(name) {
                try replica.certify(KeyRequest(made.file, unitKind: "", name: title), by: authority, person: person)
            }
            Output.identity(entry.raw, global, kind: "certificate")
        }
    }

    struct Request: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "request",
            abstract: "Make a key and a file that asks for a certificate.",
            discussion: """
                Carry the file to an administrator of the unit, and read the fingerprint to them. For a second laptop of
                the same person give the person's number, which `mufakat device list --json` shows on the first.
                Examples:
                  mufakat device request kabid --title "Kepala Bidang PTIKP" --out kabid.request
                  mufakat device request kadis --title "Kepala Dinas" --person 5f0c… --out kadis.request
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var kinds: KindOptions
        @OptionGroup var code: QROptions
        @Argument(help: "Name of the key.") var name: String
        @Option(help: "Position of the person.") var title: String
        @Option(help: "Number of a person of the unit (32 digits) whose further key it is.") var person: String?
        @Flag(help: "Write the request of a key that is here already once more.") var again = false
        @Option(help: "File to write.") var out: String

        func run() throws {
            if let fault = NameRule.fault(title) { throw NodeFailure.enrolment(.name(fault)) }
            var number: PersonID?
            if let person {
                guard let bytes = Hexadecimal.decode(person), let known = PersonID(bytes) else {
                    throw NodeFailure.badValue(field: "--person", value: person, expected: "0-9a-f × 32")
                }
                number = known
            }
            let replica = try global.openOrCreate()
            let key = try seal.makeOrOpen(replica, name: name, kind: kinds.kind, person: number, again: again)
            let request = KeyRequest(
                key.file, unitKind: "", name: title, network: try replica.current().identity.network)
            let bytes = try request.sealed(by: key.signer)
            if again {
                try PrivateFile.write(bytes, to: out, mode: 0o644)
            } else {
                try replica.keys.withNewKey(name) { try PrivateFile.write(bytes, to: out, mode: 0o644) }
            }
            Output.identity(request.key.bytes, global, kind: "key")
            code.show(request.key.bytes, global)
        }
    }

    struct Certify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "certify",
            abstract: "Certify a requested key and write the file to join with.",
            discussion: """
                Compare the fingerprint with the person first, by telephone or face to face. With --replaces the key is
                certified for the person of an older certificate, which ends: mandates stay, and so does what it signed.
                Examples:
                  mufakat device certify kabid.request --out kabid.certificate
                  mufakat device certify kabid.request --replaces "Kepala Bidang" --out kabid.certificate --as root
                  mufakat device certify kadis.request --person kadis --fingerprint "77e0 …" --out kadis.certificate
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var comparison: FingerprintOptions
        @OptionGroup var ending: EndingOptions
        @Argument(help: "The request.") var request: String
        @Option(help: "Certificate that ends: its name, the person's number, or the beginning of its id.")
        var replaces: String?
        @Option(help: "The person of the unit whose further key it is: name or number.") var person: String?
        @Option(help: "File to write.") var out: String

        func run() throws {
            let request = try EnrolmentFile.request(request, .deviceRequest)
            let replica = try global.open()
            let end = try ending.end()
            let old = try replaces.map { try replica.certificates(meant: $0, request.kind) }
            let holder = try old?.first.flatMap { try replica.person(ofCertificate: $0) }
            // The person of the certificate that ends, or a number that nobody has: a new machine knows no other.
            let person =
                try person.map { try replica.person(named: $0) } ?? (request.person == holder ? holder : nil)
            try replica.vet(request, person: person)
            Terminal.note(Terminal.safe("\(request.name) (\(request.kind))"))
            try comparison.confirm(request.key.bytes, global)
            let entry: EntryID
            if let old {
                let authority = try signer.administrator(replica, global)
                entry = try replica.certify(request, replacing: old, ending: end, by: authority).certificate
            } else {
                entry = try replica.certify(request, by: try signer.authority(replica), person: person)
            }
            try PrivateFile.write(try replica.joinFile(for: entry).encoded, to: out, mode: 0o644)
            try Output.served(entry, replica, global, kind: "certificate")
        }
    }

    struct CertificateAgain: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "certificate",
            abstract: "Write the certificate file of a certified key once more.",
            discussion: "Example:\n  mufakat device certificate \"Kepala Bidang PTIKP\" --out kabid.certificate")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Name in the certificate, or a prefix of the certificate's or the key's number.")
        var certificate: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.open()
            let entry = try replica.certificate(named: certificate)
            try PrivateFile.write(try replica.joinFile(for: entry).encoded, to: out, mode: 0o644)
            try Output.served(entry, replica, global, kind: "certificate")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the keys in this replica.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let replica = try global.open()
            let (registry, _) = try replica.current()
            let rows = try replica.keys.names.map { try replica.keys.file($0) }.map { file in
                let grant = registry.grants(of: file.publicKey).first?.standing.entry
                var title = ""
                switch grant.flatMap({ registry.entry($0)?.body }) {
                case .certify(let certificate)?: title = replica.text(certificate.name, in: grant, registry) ?? ""
                case .delegate(let delegation)?: title = replica.text(delegation.name, in: grant, registry) ?? ""
                default: break
                }
                return (
                    name: file.name, kind: "\(file.kind)", title: title, key: file.publicKey.hex,
                    person: Hexadecimal.encode(try replica.person(of: file).bytes),
                    isUnlocked: Agent.isRunning(folder: replica.folder, name: file.name), certificate: grant?.hex ?? ""
                )
            }
            if global.json {
                Terminal.json(
                    rows.map {
                        [
                            "name": $0.name, "kind": $0.kind, "title": $0.title, "key": $0.key, "person": $0.person,
                            "unlocked": $0.isUnlocked, "certificate": $0.certificate,
                        ] as [String: Any]
                    })
                return
            }
            let language = global.language
            Terminal.table(
                [Catalogue.name.text(language), Catalogue.kind.text(language), Catalogue.title.text(language)],
                rows.map { [$0.name + ($0.isUnlocked ? "*" : ""), $0.kind, $0.title] })
        }
    }
}
