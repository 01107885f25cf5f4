import ArgumentParser
import Envelope
import Node
import Registry
import Sodium
import Store

struct UnitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unit", abstract: "Admit units to the network.",
        subcommands: [
            Create.self, Request.self, Admit.self, Invitation.self, List.self, UnitSuspendCommand.self,
            UnitLiftCommand.self, UnitRotateCommand.self, UnitRecoverCommand.self, UnitBranchCommand.self,
        ])

    /// Before a key is made.
    ///
    /// - Returns: who shall learn the name, where it is said.
    static func check(name: String, kind: String, nameFor: String?) throws -> NameAudience? {
        if let fault = NameRule.fault(name) { throw NodeFailure.enrolment(.name(fault)) }
        guard KeyRequest.unitKinds.contains(kind) else { throw NodeFailure.enrolment(.unitKind(kind)) }
        guard let nameFor else { return nil }
        guard let audience = NameAudience.allCases.first(where: { $0.word == nameFor }) else {
            throw NodeFailure.badValue(
                field: "--name-for", value: nameFor,
                expected: NameAudience.allCases.map(\.word).joined(separator: " | "))
        }
        return audience
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a unit in the replica that holds the network's root key.",
            discussion: "Example:\n  mufakat unit create --name \"Dinas Komunikasi dan Informatika\" --kind it_agency")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var succession: SuccessionOptions
        @Option(help: "Name of the unit.") var name: String
        @Option(help: "applicant, it_agency, vendor or authority.") var kind: String
        @Option(help: NameAudience.help) var nameFor: String?
        @Option(help: "Name of the unit's root key.") var key = "root"

        func run() throws {
            let audience = try UnitCommand.check(name: name, kind: kind, nameFor: nameFor)
            let replica = try global.open()
            let network = try signer.authority(replica, [.network])
            try SuccessionOptions.show(succession.recovery, threshold: succession.threshold)
            let root = try seal.makeRoot(replica, name: key, kind: .unitRoot, hasSuccessor: !succession.noSuccessor)
            let unit = try replica.keys.withNewKey(key, and: root.successor?.name) {
                try replica.admit(
                    KeyRequest(root.file, unitKind: kind, name: name, nameAudience: audience), root: network)
            }
            try replica.beginUnit(
                unit, root: root.key, person: root.file.person,
                terms: try succession.terms(successor: root.successor))
            Output.identity(unit.raw, global, kind: "unit")
            SuccessionOptions.announce(root.successor, global)
        }
    }

    struct Request: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "request",
            abstract: "Make a unit's root key and a file that asks for admission.",
            discussion: """
                Carry the file to whoever holds the network's root key, and read the fingerprint to them.
                Example:
                  mufakat unit request --name "Dinas Arsip" --kind applicant --out arsip.request
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var code: QROptions
        @Option(help: "Name of the unit.") var name: String
        @Option(help: "applicant, it_agency, vendor or authority.") var kind: String
        @Option(help: NameAudience.help) var nameFor: String?
        @Option(help: "Name of the unit's root key.") var key = "root"
        @Flag(help: "Write the request of a key that is here already once more.") var again = false
        @Option(help: "File to write.") var out: String

        func run() throws {
            let audience = try UnitCommand.check(name: name, kind: kind, nameFor: nameFor)
            let replica = try global.openOrCreate()
            let root: (file: KeyFile, signer: any Signer)
            var successor: KeyFile?
            if again {
                root = try seal.makeOrOpen(replica, name: key, kind: .unitRoot, again: true)
            } else {
                let made = try seal.makeRoot(replica, name: key, kind: .unitRoot)
                root = (made.file, made.key)
                successor = made.successor
            }
            let request = KeyRequest(
                root.file, unitKind: kind, name: name, network: try replica.current().identity.network,
                nameAudience: audience)
            let bytes = try request.sealed(by: root.signer)
            if again {
                try PrivateFile.write(bytes, to: out, mode: 0o644)
            } else {
                try replica.keys.withNewKey(key, and: successor?.name) {
                    try PrivateFile.write(bytes, to: out, mode: 0o644)
                }
            }
            Output.identity(request.key.bytes, global, kind: "key")
            SuccessionOptions.announce(successor, global)
            code.show(request.key.bytes, global)
        }
    }

    struct Admit: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "admit",
            abstract: "Admit a unit and write its invitation.",
            discussion: """
                Compare the fingerprint with the other office first, by telephone or face to face.
                Examples:
                  mufakat unit admit arsip.request --out arsip.invitation
                  mufakat unit admit arsip.request --fingerprint "3fa1 …" --out arsip.invitation
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var comparison: FingerprintOptions
        @Argument(help: "The request.") var request: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let request = try EnrolmentFile.request(request, .unitRequest)
            let replica = try global.open()
            try replica.vet(request, person: nil)
            let audience = request.nameAudience.map { "; " + Catalogue.nameFor($0).text(global.language) } ?? ""
            Terminal.note(Terminal.safe("\(request.name) (\(request.unitKind)\(audience))"))
            try comparison.confirm(request.key.bytes, global)
            let unit = try replica.admit(request, root: try signer.authority(replica, [.network]))
            try PrivateFile.write(try replica.joinFile(for: unit).encoded, to: out, mode: 0o644)
            try Output.served(unit, replica, global, kind: "unit")
        }
    }

    struct Invitation: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "invitation",
            abstract: "Write the invitation of an admitted unit once more.",
            discussion: "Example:\n  mufakat unit invitation \"Dinas Arsip\" --out arsip.invitation")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Name of the unit, or a prefix of its number.") var unit: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.open()
            let unit = try replica.unit(named: unit)
            try PrivateFile.write(try replica.joinFile(for: unit).encoded, to: out, mode: 0o644)
            try Output.served(unit, replica, global, kind: "unit")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the units that this replica knows.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let replica = try global.open()
            let (registry, identity) = try replica.current()
            let rows = registry.unitIDs.compactMap { id in registry.unit(id).map { (id: id, admission: $0.admission) } }
            if global.json {
                Terminal.json(
                    rows.map { row in
                        [
                            "id": row.id.hex, "name": replica.text(row.admission.name, in: row.id, registry) ?? "",
                            "kind": row.admission.kind, "own": row.id == identity.unit,
                            "nameFor": row.admission.audienceOfName.word,
                        ] as [String: Any]
                    })
                return
            }
            let language = global.language
            Terminal.table(
                [
                    Catalogue.unit.text(language), Catalogue.kind.text(language), Catalogue.nameForWhom.text(language),
                    Catalogue.name.text(language),
                ],
                rows.map { row in
                    [
                        String(row.id.hex.prefix(12)) + (row.id == identity.unit ? "*" : ""), row.admission.kind,
                        Catalogue.nameFor(row.admission.audienceOfName).text(language),
                        replica.text(row.admission.name, in: row.id, registry) ?? "—",
                    ]
                })
        }
    }
}

extension NameAudience {
    static let help = ArgumentHelp(
        "Who learns the name: members or parties; members for agencies and parties for a vendor where nothing is said.")
}
