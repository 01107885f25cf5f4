import ArgumentParser
import Envelope
import Foundation
import Node
import Registry
import Sodium
import Store

/// Why and since when a key is out of use.
struct EndingOptions: ParsableArguments {
    @Flag(help: "The key or its passphrase is lost: all it signed stays in effect (the default).") var lost = false
    @Flag(help: "The key is in wrong hands: what was stated after --since has no effect.") var compromised = false
    @Option(help: "Day from which the key has ended (YYYY-MM-DD); else now.") var since: String?

    func validate() throws {
        if lost && compromised { throw ValidationError("--lost or --compromised.") }
    }

    func end() throws -> KeyEnd {
        guard let since else { return KeyEnd(reason: compromised ? .compromised : .ended, since: nil) }
        guard let day = TimeText.milliseconds(since) else {
            throw NodeFailure.badValue(field: "--since", value: since, expected: "YYYY-MM-DD")
        }
        return KeyEnd(reason: compromised ? .compromised : .ended, since: day)
    }
}

/// Where requests for an administrator are written.
struct RequestOptions: ParsableArguments {
    @Option(help: "Folder to write requests to.") var requests = "."

    /// - Parameter signer: the key that asks.
    func write(_ pending: PendingKey, _ replica: Replica, by signer: any Signer) throws -> String {
        let path = "\(requests)/\(pending.file.name).request"
        let request = pending.request(try replica.current(.own).identity.network)
        try PrivateFile.write(try request.sealed(by: signer), to: path, mode: 0o644)
        return path
    }
}

struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Give a copied or restored replica new keys for the same persons.",
        discussion: """
            The old keys are set aside; what they signed stays and goes with the next synchronisation. With --as a root
            or administrator's key of this replica certifies the new keys at once and ends the old ones; without it a
            request is written for each, for `mufakat device certify --replaces` at the administrator's. Synchronise
            first: a root must not sign beside entries that it does not know.
            Examples:
              mufakat sync 192.168.1.20 && mufakat repair --as root
              mufakat repair --requests /media/usb
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var seal: SealOptions
    @OptionGroup var requests: RequestOptions
    @Flag(help: "Go on although entries of this root or administrator are lost for ever.") var acceptLoss = false

    func run() throws {
        let replica = try global.open()
        let authority = try signer.name.map { _ in try signer.authorityAuthor(replica, global.language) }
        var made: [PublicKey: OpenKey] = [:]
        let report = try replica.repair(by: authority, acceptsLoss: acceptLoss) { old in
            // A node's key that nobody has to unlock stays so.
            let isOpen = old.kind == .node && old.isOpenWithoutPassphrase
            let new = try KeyFile.makeOpened(
                name: old.name, kind: old.kind, person: try replica.person(of: old),
                passphrase: isOpen ? nil : try seal.passphrase(for: old.name))
            made[new.file.publicKey] = new.key
            return new.file
        }
        let files = try report.requests.map { key in
            // One that waited before this command is opened to ask again.
            let signer: any Signer = try made[key.file.publicKey] ?? replica.keys.signer(key.file.name, seal.source)
            return (key: key, path: try requests.write(key, replica, by: signer))
        }
        if global.json { return Terminal.json(Self.object(report, files)) }
        Self.print(report, files, global.language)
    }

    private static func object(_ report: RepairReport, _ files: [(key: PendingKey, path: String)]) -> [String: Any] {
        [
            "fault": report.fault.map { FaultText.code($0) } ?? "", "renewed": report.renewed, "kept": report.kept,
            "certified": report.certified.map {
                ["name": $0.name, "certificate": $0.certificate.hex, "ended": $0.revocations.map(\.hex)]
                    as [String: Any]
            },
            "requests": files.map {
                [
                    "name": $0.key.file.name, "file": $0.path,
                    "fingerprint": Fingerprint.text($0.key.file.publicKey.bytes),
                    "replaces": $0.key.replaced.map(\.hex),
                ] as [String: Any]
            },
        ]
    }

    private static func print(
        _ report: RepairReport, _ files: [(key: PendingKey, path: String)], _ language: Language
    ) {
        if let fault = report.fault { Terminal.print(Terminal.safe(FaultText.text(fault, language))) }
        for replacement in report.certified {
            Terminal.print(
                Catalogue.newKeyCertified.text(
                    language, Terminal.safe(replacement.name), String(replacement.certificate.hex.prefix(12))))
        }
        for file in files {
            Terminal.print(
                Catalogue.requestWritten.text(
                    language, Terminal.safe(file.path), Fingerprint.text(file.key.file.publicKey.bytes)))
        }
        if !files.isEmpty { Terminal.note(Catalogue.tryCertifyReplaces.text(language)) }
        if !report.kept.isEmpty, report.fault != nil {
            Terminal.note(Catalogue.rootsKept.text(language, report.kept.joined(separator: ", ")))
        }
    }
}

extension DeviceCommand {
    struct Replace: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replace",
            abstract: "Make a new key for the person of a key that is lost or in wrong hands.",
            discussion: """
                For a key of this replica: the old one is set aside and a new one takes its name. With --as a root or
                administrator's key of this replica certifies it at once and ends the old certificate; without it a
                request is written for the administrator. Mandates are a person's and stay; so does what was signed.
                A lost laptop has its key with it: there, `mufakat device request` on the new one, and
                `mufakat device certify --replaces` at the administrator's.
                Examples:
                  mufakat device replace kadis --lost --as root
                  mufakat device replace kadis --compromised --since 2026-03-02 --as root
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var ending: EndingOptions
        @OptionGroup var requests: RequestOptions
        @Argument(help: "Name of the key.") var name: String

        func run() throws {
            let replica = try global.open()
            let end = try ending.end()
            let old = try replica.keys.file(name)
            guard [.device, .node, .administrator].contains(old.kind) else {
                throw NodeFailure.noCertificate(name)
            }
            let authority = try signer.name.map { _ in try signer.administrator(replica, global) }
            guard old.publicKey != authority?.key.publicKey else { throw NodeFailure.notAdministrator }
            let (new, key) = try replica.renewKey(name, passphrase: try seal.passphrase(for: name))
            let pending = try replica.pendingKeys().filter { $0.file.publicKey == new.publicKey }
            if let authority, let done = try replica.certifyPending(pending, ending: end, by: authority).first {
                if global.json {
                    return Terminal.json([
                        "certificate": done.certificate.hex, "ended": done.revocations.map(\.hex),
                        "key": new.publicKey.hex,
                    ])
                }
                return Output.identity(done.certificate.raw, global, kind: "certificate")
            }
            for waiting in pending {
                let path = try requests.write(waiting, replica, by: key)
                if global.json {
                    Terminal.json(["request": path, "key": new.publicKey.hex])
                } else {
                    Terminal.print(
                        Catalogue.requestWritten.text(
                            global.language, Terminal.safe(path), Fingerprint.text(new.publicKey.bytes)))
                }
            }
            Terminal.note(Catalogue.tryCertifyReplaces.text(global.language))
        }
    }

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept",
            abstract: "Accept the work of an ended key that arrived after it was ended.",
            discussion: """
                In every dossier, what is held here and stands nowhere yet; of a key in wrong hands only what was stated
                before. One change set alone: `mufakat accept`.
                Example:
                  mufakat device accept "Kepala Bidang" --as root
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Name of the certificate that ended, or the beginning of its revocation's id.") var ended:
            String

        func run() throws {
            let replica = try global.open()
            let revocations = try replica.endedCertificates(meant: ended)
            let author = try signer.administrator(replica, global)
            let count = try revocations.reduce(0) { try $0 + replica.acceptHeld(of: $1, by: author) }
            if global.json {
                Terminal.json(["accepted": count, "revocations": revocations.map(\.hex)])
            } else {
                Terminal.print(Catalogue.acceptedIn.text(global.language, "\(count)"))
            }
        }
    }

    struct Certificates: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "certificates",
            abstract: "List the certificates and delegations of this unit; ended ones carry a †.",
            discussion: "Example:\n  mufakat device certificates --json")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let replica = try global.open()
            let rows = try replica.unitCertificates()
            if global.json {
                return Terminal.json(
                    rows.map {
                        [
                            "id": $0.entry.hex, "name": $0.name, "kind": "\($0.kind)", "key": $0.key.hex,
                            "person": Hexadecimal.encode($0.person.bytes), "revocations": $0.revocations.map(\.hex),
                        ] as [String: Any]
                    })
            }
            let language = global.language
            Terminal.table(
                ["Id", Catalogue.kind.text(language), Catalogue.person.text(language), Catalogue.name.text(language)],
                rows.map {
                    [
                        String($0.entry.hex.prefix(8)), "\($0.kind)",
                        String(Hexadecimal.encode($0.person.bytes).prefix(8)),
                        $0.name + ($0.revocations.isEmpty ? "" : " †"),
                    ]
                })
        }
    }

    struct PassphraseChange: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "passphrase",
            abstract: "Change the passphrase of a key; the old one has to be known.",
            discussion: """
                A passphrase that nobody knows opens nothing: `mufakat device replace NAME --lost`.
                Example:
                  mufakat device passphrase kadis
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @Argument(help: "Name of the key.") var name: String
        @Option(help: "File descriptor to read the old passphrase from.") var passphraseFd: Int32?
        @Option(help: "File (mode 0600) that holds the old passphrase.") var passphraseFile: String?

        func run() throws {
            let replica = try global.open()
            let key = try replica.keys.file(name)
            let source: PassphraseSource =
                passphraseFd.map { .descriptor($0) } ?? passphraseFile.map { .file($0) } ?? .prompt
            let secret = try replica.keys.secret(key, source)
            let sealed = try key.resealed(secret, passphrase: try seal.passphrase(for: name))
            try replica.keys.reseal(sealed)
            if global.json { Terminal.json(["key": name]) } else { Terminal.print(name) }
        }
    }
}

struct ForksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forks",
        abstract: "Show keys that signed in two places, with the two signed objects that prove it.",
        discussion: """
            Both branches are kept and nothing loses effect by them. With --json each object stands there as signed,
            with the external data that its signature covers, for any COSE library.
            Example:
              mufakat forks --json
            """)
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let replica = try global.open()
        let (registry, identity) = try replica.current(.network([]))
        let proofs = try replica.forks()
        if global.json { return Terminal.json(proofs.map { Self.object($0, replica, registry) }) }
        let language = global.language
        if proofs.isEmpty { Terminal.print(Catalogue.nothing.text(language)) }
        for proof in proofs {
            let unit = proof.unit.map { replica.name(of: $0, registry) } ?? ""
            let name = replica.text(proof.name, by: proof.nameAuthor) ?? String(proof.key.hex.prefix(8))
            let place = (proof.dossier?.hex ?? proof.chain?.hex ?? "").prefix(12)
            let head = proof.dossier == nil ? Catalogue.forkOfChain : Catalogue.forkOfLog
            Terminal.print(Terminal.safe(head.text(language, name, unit, String(place), "\(proof.place)")))
            for side in [proof.first, proof.second] {
                Terminal.print(
                    "  \(side.id.hex.prefix(16))  \(TimeText.text(side.stated, zone: ""))  (\(side.laterCount))")
            }
            Terminal.print("  → " + Self.advice(proof, identity.unit).text(language))
        }
    }

    private static func advice(_ proof: ForkProof, _ own: UnitID?) -> Message {
        if proof.isEnded { return Catalogue.forkIsSettled }
        if proof.isOwn { return Catalogue.forkIsOwn }
        return proof.unit == own ? Catalogue.forkIsOurs : Catalogue.forkIsTheirs
    }

    private static func object(_ proof: ForkProof, _ replica: Replica, _ registry: Registry) -> [String: Any] {
        func side(_ side: ForkProof.Side) -> [String: Any] {
            [
                "id": side.id.hex, "stated": side.stated, "later": side.laterCount,
                "envelope": Hexadecimal.encode(side.bytes),
            ]
        }
        return [
            "key": proof.key.hex, "unit": proof.unit?.hex ?? "",
            "name": replica.text(proof.name, by: proof.nameAuthor) ?? "",
            "unitName": proof.unit.map { replica.name(of: $0, registry) } ?? "",
            "dossier": proof.dossier?.hex ?? "", "chain": proof.chain?.hex ?? "", "place": proof.place,
            "since": min(proof.first.stated, proof.second.stated), "first": side(proof.first),
            "second": side(proof.second), "externalData": Hexadecimal.encode(proof.externalData),
            "own": proof.isOwn, "ended": proof.isEnded,
        ]
    }
}

/// What is wrong between a store and its mark, in words.
enum FaultText {
    static func code(_ fault: MarkFault) -> String {
        switch fault {
        case .missing: "mark-missing"
        case .damaged: "mark-damaged"
        case .otherMachine: "other-machine"
        case .otherFile: "other-file"
        case .behind: "store-behind"
        case .lastIsUnknown: "last-unknown"
        case .peersHoldMore: "peers-hold-more"
        }
    }

    static func text(_ fault: MarkFault, _ language: Language) -> String {
        switch fault {
        case .missing: Catalogue.markMissing.text(language)
        case .damaged: Catalogue.markDamaged.text(language)
        case .otherMachine(let what): Catalogue.markOtherMachine.text(language, what)
        case .otherFile(let path): Catalogue.markOtherFile.text(language, path)
        case .behind(let authored, let marked):
            Catalogue.markBehind.text(language, "\(authored)", "\(marked)")
        case .lastIsUnknown(let id): Catalogue.markUnknown.text(language, String(id.hex.prefix(12)))
        case .peersHoldMore(let key, let id):
            Catalogue.markAhead.text(language, String(key.hex.prefix(8)), String(id.hex.prefix(12)))
        }
    }
}
