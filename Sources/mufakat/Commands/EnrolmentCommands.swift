import ArgumentParser
import Envelope
import Foundation
import Node
import Procedure
import Registry
import Sodium
import Store

struct NetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "Found a network, or show the one of this replica.",
        subcommands: [
            Create.self, Show.self, NetworkRotateCommand.self, NetworkRecoverCommand.self, NetworkBranchCommand.self,
            NetworkEnableCommand.self, NetworkArbiterCommand.self,
        ])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Found a network; its root key is kept in this replica.",
            discussion: "Example:\n  mufakat network create --name \"Kota Tangerang Selatan\"")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @Option(help: "Name of the network.") var name: String
        @Option(help: "Name of the root key.") var key = "network"

        func run() throws {
            let replica = try global.openOrCreate()
            let file = try seal.make(replica, name: key, kind: .network)
            let source: PassphraseSource =
                seal.newPassphraseFile.map { .file($0) } ?? seal.newPassphraseFd.map { .descriptor($0) } ?? .prompt
            let network = try replica.createNetwork(name: name, root: try replica.keys.signer(file.name, source))
            Output.identity(network.raw, global, kind: "network")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the network's id and fingerprint.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let (_, identity) = try global.open().current()
            guard let network = identity.network else { throw NodeFailure.noNetwork }
            Output.identity(network.raw, global, kind: "network")
        }
    }
}

struct UnitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unit", abstract: "Admit units to the network.",
        subcommands: [
            Create.self, Request.self, Admit.self, List.self, UnitSuspendCommand.self, UnitLiftCommand.self,
            UnitRotateCommand.self, UnitRecoverCommand.self, UnitBranchCommand.self,
        ])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a unit in the replica that holds the network's root key.",
            discussion: "Example:\n  mufakat unit create --name \"Dinas Komunikasi dan Informatika\" --kind it_agency")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var seal: SealOptions
        @Option(help: "Name of the unit.") var name: String
        @Option(help: "applicant, it_agency, vendor or authority.") var kind: String
        @Option(help: "Name of the unit's root key.") var key = "root"

        func run() throws {
            let replica = try global.open()
            let network = try signer.authority(replica, [.network])
            let file = try seal.make(replica, name: key, kind: .unitRoot)
            let unit = try replica.admit(KeyRequest(file, unitKind: kind, name: name), root: network)
            let source: PassphraseSource =
                seal.newPassphraseFile.map { .file($0) } ?? seal.newPassphraseFd.map { .descriptor($0) } ?? .prompt
            try replica.beginUnit(
                unit, root: try replica.keys.signer(file.name, source), person: file.person)
            Output.identity(unit.raw, global, kind: "unit")
        }
    }

    struct Request: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "request",
            abstract: "Make a unit's root key and a file that asks for admission.",
            discussion: "Example:\n  mufakat unit request --name \"Dinas Arsip\" --kind applicant --out arsip.request")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @Option(help: "Name of the unit.") var name: String
        @Option(help: "applicant, it_agency, vendor or authority.") var kind: String
        @Option(help: "Name of the unit's root key.") var key = "root"
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.openOrCreate()
            let file = try seal.make(replica, name: key, kind: .unitRoot)
            try PrivateFile.write(KeyRequest(file, unitKind: kind, name: name).encoded, to: out, mode: 0o644)
            Output.identity(file.publicKey.bytes, global, kind: "key")
        }
    }

    struct Admit: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "admit",
            abstract: "Admit a unit and write its invitation.",
            discussion:
                "Compare the fingerprint with the other office first.\nExample:\n  mufakat unit admit arsip.request --out arsip.invitation"
        )
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "The request.") var request: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.open()
            let request = try KeyRequest.read(request)
            let unit = try replica.admit(request, root: try signer.authority(replica, [.network]))
            let own = try replica.current().identity.unit
            let bundle = try replica.bundle(of: [unit] + (own.map { [$0] } ?? []))
            try PrivateFile.write(bundle.encoded, to: out, mode: 0o644)
            if !global.json { Terminal.note(request.fingerprint) }
            Output.identity(unit.raw, global, kind: "unit")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the units that this replica knows.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let replica = try global.open()
            let (registry, identity) = try replica.current()
            let rows = registry.unitIDs.map { id in
                (
                    id: id.hex, name: replica.name(of: id, registry), kind: registry.unit(id)?.admission.kind ?? "",
                    isOwn: id == identity.unit
                )
            }
            if global.json {
                Terminal.json(
                    rows.map { ["id": $0.id, "name": $0.name, "kind": $0.kind, "own": $0.isOwn] as [String: Any] })
                return
            }
            let language = global.language
            Terminal.table(
                [Catalogue.unit.text(language), Catalogue.kind.text(language), Catalogue.name.text(language)],
                rows.map { [String($0.id.prefix(12)) + ($0.isOwn ? "*" : ""), $0.kind, $0.name] })
        }
    }
}

struct JoinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Take an invitation or a certificate file into this replica.",
        discussion: "Example:\n  mufakat join arsip.invitation --as root")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "The file.") var file: String

    func run() throws {
        let replica = try global.openOrCreate()
        guard let unit = try replica.join(try RegistryBundle.read(file)) else { throw NodeFailure.notCertified(file) }
        try replica.refold { Terminal.progress($0, of: $1, "refold") }
        let roots = try replica.keys.files([.unitRoot])
        let (registry, _) = try replica.current()
        for root in roots where registry.unit(unit)?.admission.root == root.publicKey {
            try replica.beginUnit(
                unit, root: try replica.keys.signer(root.name, signer.source), person: root.person)
        }
        Output.identity(unit.raw, global, kind: "unit")
    }
}

struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Keys of persons and nodes.",
        subcommands: [Create.self, Request.self, Certify.self, List.self])

    struct KindOptions: ParsableArguments {
        @Flag(help: "A key that opens connections and signs no acts.") var node = false
        @Flag(help: "A key that certifies and grants for the unit.") var administrator = false

        var kind: KeyKind { node ? .node : administrator ? .administrator : .device }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a key and certify it, where the unit's key is in this replica.",
            discussion: "Example:\n  mufakat device create kadis --title \"Kepala Dinas\"")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var kinds: KindOptions
        @Argument(help: "Name of the key.") var name: String
        @Option(help: "Position of the person.") var title: String

        func run() throws {
            let replica = try global.open()
            let authority = try signer.authority(replica)
            let file = try seal.make(replica, name: name, kind: kinds.kind)
            let entry = try replica.certify(KeyRequest(file, unitKind: "", name: title), by: authority)
            Output.identity(entry.raw, global, kind: "certificate")
        }
    }

    struct Request: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "request",
            abstract: "Make a key and a file that asks for a certificate.",
            discussion: "Example:\n  mufakat device request kabid --title \"Kepala Bidang PTIKP\" --out kabid.request")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var kinds: KindOptions
        @Argument(help: "Name of the key.") var name: String
        @Option(help: "Position of the person.") var title: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.openOrCreate()
            let file = try seal.make(replica, name: name, kind: kinds.kind)
            try PrivateFile.write(KeyRequest(file, unitKind: "", name: title).encoded, to: out, mode: 0o644)
            Output.identity(file.publicKey.bytes, global, kind: "key")
        }
    }

    struct Certify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "certify",
            abstract: "Certify a requested key and write the file to join with.",
            discussion: "Example:\n  mufakat device certify kabid.request --out kabid.certificate")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "The request.") var request: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.open()
            let request = try KeyRequest.read(request)
            let entry = try replica.certify(request, by: try signer.authority(replica))
            let own = try replica.current().identity.unit
            try PrivateFile.write(try replica.bundle(of: own.map { [$0] } ?? []).encoded, to: out, mode: 0o644)
            if !global.json { Terminal.note(request.fingerprint) }
            Output.identity(entry.raw, global, kind: "certificate")
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
                case .certify(let certificate)?: title = replica.text(certificate.name) ?? ""
                case .delegate(let delegation)?: title = replica.text(delegation.name) ?? ""
                default: break
                }
                return (
                    name: file.name, kind: "\(file.kind)", title: title, key: file.publicKey.hex,
                    person: Hexadecimal.encode(file.person.bytes),
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

struct MandateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mandate", abstract: "Roles of persons, with term, capacity and instrument.",
        subcommands: [Grant.self, List.self])

    static let capacities = ["definitif", "plt", "plh", "an", "ub"]

    struct Grant: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant",
            abstract: "Grant a role to a person of this unit.",
            discussion: """
                Examples:
                  mufakat mandate grant kadis --role it.head --instrument "SK 800/12/2026" --title "Kepala Dinas"
                  mufakat mandate grant sekretaris --role it.head --capacity plh --from 2026-03-01 --until 2026-04-01 \\
                    --instrument "SP 094/33/2026" --title "Plh. Kepala Dinas"
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Key, certificate name or number of the person.") var person: String
        @Option(help: "Role of the procedures, for example it.head.") var role: String
        @Option(help: "definitif, plt, plh, an or ub.") var capacity = "definitif"
        @Option(help: "First day (YYYY-MM-DD).") var from = "2020-01-01"
        @Option(help: "First day after the term (YYYY-MM-DD).") var until: String?
        @Option(help: "Number of the decree or order.") var instrument: String
        @Option(help: "Position as the office writes it.") var title: String?

        func run() throws {
            let replica = try global.open()
            guard let capacity = MandateCommand.capacities.firstIndex(of: capacity).map({ UInt64($0) }),
                let level = Mandate.Capacity(rawValue: capacity)
            else {
                throw NodeFailure.badValue(
                    field: "--capacity", value: self.capacity,
                    expected: MandateCommand.capacities.joined(separator: " | "))
            }
            guard let start = TimeText.milliseconds(from) else {
                throw NodeFailure.badValue(field: "--from", value: from, expected: "YYYY-MM-DD")
            }
            var end: UInt64?
            if let until {
                guard let day = TimeText.milliseconds(until) else {
                    throw NodeFailure.badValue(field: "--until", value: until, expected: "YYYY-MM-DD")
                }
                end = day
            }
            let draft = Replica.MandateDraft(
                person: try replica.person(named: person), role: role, from: start, until: end, capacity: level,
                instrument: instrument, title: title)
            let entry = try replica.grant(draft, by: try signer.authority(replica))
            Output.identity(entry.raw, global, kind: "mandate")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List mandates that this replica knows.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let replica = try global.open()
            let (registry, _) = try replica.current()
            let language = global.language
            var rows:
                [(
                    id: String, unit: String, role: String, capacity: String, title: String, instrument: String,
                    ended: Bool
                )] = []
            for unit in registry.unitIDs {
                for id in registry.mandates(of: unit) {
                    guard case .mandate(let mandate)? = registry.entry(id)?.body else { continue }
                    rows.append(
                        (
                            id: id.hex, unit: replica.name(of: unit, registry), role: mandate.role,
                            capacity: MandateCommand.capacities[Int(mandate.capacity.rawValue)],
                            title: replica.text(mandate.title) ?? "",
                            instrument: replica.text(mandate.instrument) ?? "",
                            ended: !registry.revocations(of: id).isEmpty
                        ))
                }
            }
            if global.json {
                Terminal.json(
                    rows.map {
                        [
                            "id": $0.id, "unit": $0.unit, "role": $0.role, "capacity": $0.capacity, "title": $0.title,
                            "instrument": $0.instrument, "ended": $0.ended,
                        ] as [String: Any]
                    })
                return
            }
            Terminal.table(
                [
                    "Id", Catalogue.unit.text(language), Catalogue.role.text(language), "",
                    Catalogue.title.text(language), "",
                ],
                rows.map {
                    [
                        String($0.id.prefix(8)), $0.unit, $0.role, $0.capacity, $0.title,
                        $0.instrument + ($0.ended ? " †" : ""),
                    ]
                })
        }
    }
}

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
        @Argument(help: "File, or p4, p6.") var file: String

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
        @Argument(help: "File, or p4, p6.") var file: String

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
