import ArgumentParser
import Envelope
import Node
import Registry
import Sodium
import Store

/// Who may take over a root key that is made: a successor in this ring, and a recovery set.
struct SuccessionOptions: ParsableArguments {
    @Flag(help: "Make no key that may take over; then only a recovery set can.") var noSuccessor = false
    @Option(help: "Request of a member of the recovery set (mufakat recovery request); repeat.")
    var recovery: [String] = []
    @Option(help: "How many members have to consent.") var threshold: Int?

    /// - Parameter successor: the key that was made with the root key; nil where there is none.
    func terms(successor: KeyFile?) throws -> SuccessionTerms {
        SuccessionTerms(
            successor: successor?.publicKey, recovery: try Self.recoverySet(recovery, threshold: threshold))
    }

    /// Before a key is made: that the set can be read, and whose keys are in it, for whoever compares fingerprints.
    static func show(_ files: [String], threshold: Int?) throws {
        _ = try recoverySet(files, threshold: threshold)
        for file in files {
            let request = try EnrolmentFile.request(file, .recoveryRequest)
            Terminal.note(Terminal.safe(request.name))
            Terminal.note("  " + request.fingerprint)
        }
    }

    /// Tells where the key lies that may take over: a thief of the folder would have both.
    static func announce(_ successor: KeyFile?, _ global: GlobalOptions) {
        guard let successor, !global.json else { return }
        Terminal.note(
            Message(
                "  kunci pengganti: keys/{0}.key; simpan di tempat lain, misalnya stik di lemari besi",
                "  key that may take over: keys/{0}.key; keep it elsewhere, on a stick in a safe"
            ).text(global.language, successor.name))
    }

    /// `root` is followed by `root.2`, that by `root.3`.
    static func successor(of name: String) -> String {
        let parts = name.split(separator: ".")
        guard parts.count > 1, let number = parts.last.flatMap({ Int($0) }) else { return name + ".2" }
        return parts.dropLast().joined(separator: ".") + ".\(number + 1)"
    }

    /// Nil where no member is named.
    static func recoverySet(_ files: [String], threshold: Int?) throws -> RecoverySet? {
        guard !files.isEmpty else { return nil }
        let members = try files.map { path in
            let request = try EnrolmentFile.request(path, .recoveryRequest)
            return RecoverySet.Member(key: request.key, person: request.person)
        }
        let least = threshold ?? members.count / 2 + 1
        guard let set = RecoverySet(threshold: least, members: members) else {
            throw NodeFailure.badValue(
                field: "--recovery", value: "\(least)/\(members.count)", expected: "m ≤ n, orang dan kunci berbeda")
        }
        return set
    }
}

/// Rotation and recovery of a root key: of the network and of a unit they differ in the chain alone.
protocol RootCommand: ParsableCommand {
    static var isNetwork: Bool { get }
    var global: GlobalOptions { get }
}

extension RootCommand {
    static var rootKind: KeyKind { isNetwork ? .network : .unitRoot }
}

struct RotateOptions: ParsableArguments {
    @OptionGroup var signer: SignerOptions
    @OptionGroup var seal: SealOptions
    @Flag(help: "Make no key that may take over next.") var noSuccessor = false

    func rotate(_ global: GlobalOptions, isNetwork: Bool) throws {
        let replica = try global.open()
        let chain = try replica.rootChain(isNetwork: isNetwork)
        guard let name = try signer.name ?? replica.successorName(of: chain) else { throw NodeFailure.noSuccessorKey }
        let old = try replica.authorityKeys([isNetwork ? .network : .unitRoot])
        let successor = Author(
            key: try replica.keys.file(name), signer: try replica.keys.signer(name, signer.source),
            language: global.language.rawValue)
        let next =
            noSuccessor
            ? PublicKey(Bytes32(RandomBytes.make(count: 32)) ?? .zero)
            : try makeSuccessor(replica, after: name, global).publicKey
        let entry = try replica.rotate(chain, by: successor, next: next)
        for key in old { try replica.keys.setAside(key.name) }
        Output.identity(entry.raw, global, kind: "rotation")
    }

    private func makeSuccessor(_ replica: Replica, after name: String, _ global: GlobalOptions) throws -> KeyFile {
        let person = try replica.keys.file(name).person
        let file = try seal.make(
            replica, name: SuccessionOptions.successor(of: name), kind: .successor, person: person
        ).file
        SuccessionOptions.announce(file, global)
        return file
    }
}

struct RecoverOptions: ParsableArguments {
    @OptionGroup var seal: SealOptions
    @OptionGroup var signer: SignerOptions
    @Option(help: "Make a new root key and write to this file what the members have to consent to.")
    var propose: String?
    @Option(help: "The proposal to complete.") var complete: String?
    @Option(help: "A member's consent; repeat.") var consent: [String] = []
    @Option(help: "Name of the new root key.") var key: String?
    @Option(help: "Day from which the old key was in wrong hands: its entries from then on fall (YYYY-MM-DD).")
    var since: String?

    func recover(_ global: GlobalOptions, isNetwork: Bool) throws {
        let replica = try global.open()
        let chain = try replica.rootChain(isNetwork: isNetwork)
        let name = key ?? (isNetwork ? "network.recovered" : "root.recovered")
        let time = try since.map { try DayText.milliseconds($0, "--since") }
        if let propose {
            let made = try seal.makeRoot(replica, name: name, kind: isNetwork ? .network : .unitRoot)
            guard let next = made.successor else { throw NodeFailure.noSuccessorKey }
            let proposal = try replica.proposeRecovery(
                of: chain, newRoot: made.file.publicKey, next: next.publicKey, since: time)
            try PrivateFile.write(proposal.encoded, to: propose, mode: 0o644)
            SuccessionOptions.announce(next, global)
            return Output.identity(made.file.publicKey.bytes, global, kind: "key")
        }
        guard let complete else { throw ValidationError("--propose FILE, or --complete FILE with --consent.") }
        let proposal = try SuccessionProposal.read(complete)
        guard proposal.chain == chain else { throw NodeFailure.unknownEntry(proposal.chain.hex) }
        let consents = try consent.map { try ConsentFile.read($0, for: proposal) }
        guard
            let file = try replica.keys.names.map({ try replica.keys.file($0) }).first(where: {
                $0.publicKey.bytes == proposal.named
            })
        else { throw NodeFailure.unknownKey(proposal.named.hex) }
        let root = Author(
            key: file, signer: try replica.keys.signer(file.name, signer.source), language: global.language.rawValue)
        let old = try replica.authorityKeys([isNetwork ? .network : .unitRoot])
        let entry = try replica.recover(proposal, consents: consents, since: time, by: root)
        for key in old where key.name != file.name { try replica.keys.setAside(key.name) }
        Output.identity(entry.raw, global, kind: "recovery")
    }
}

struct NetworkRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Put the network's next root key in force.",
        discussion: "Example:\n  mufakat network rotate --as network.2")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RotateOptions
    func run() throws { try options.rotate(global, isNetwork: true) }
}

struct UnitRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Put the unit's next root key in force.",
        discussion:
            "What the old key accepted in dossiers is accepted again.\nExample:\n  mufakat unit rotate --as root.2")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RotateOptions
    func run() throws { try options.rotate(global, isNetwork: false) }
}

struct NetworkRecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Replace the network's lost root key, with its recovery set.",
        discussion: """
            Example:
              mufakat network recover --propose baru.usulan
              mufakat recovery consent baru.usulan --as anggota1 --out satu.setuju      # each member
              mufakat network recover --complete baru.usulan --consent satu.setuju --consent dua.setuju
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RecoverOptions
    func run() throws { try options.recover(global, isNetwork: true) }
}

struct UnitRecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Replace the unit's lost root key, with its officials.",
        discussion: """
            Example:
              mufakat unit recover --propose baru.usulan --since 2026-09-01
              mufakat recovery consent baru.usulan --as anggota1 --out satu.setuju      # each member
              mufakat unit recover --complete baru.usulan --consent satu.setuju --consent dua.setuju --since 2026-09-01
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RecoverOptions
    func run() throws { try options.recover(global, isNetwork: false) }
}

struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery", abstract: "Members of a recovery set: their keys and consents.",
        subcommands: [Request.self, ConsentCommand.self])

    struct Request: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "request",
            abstract: "Make a member's key and the file with which a unit or network names it.",
            discussion:
                "Example:\n  mufakat recovery request anggota1 --title \"Sekretaris Dinas\" --out anggota1.recovery")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @Argument(help: "Name of the key.") var name: String
        @Option(help: "Position of the person.") var title: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.openOrCreate()
            if let fault = NameRule.fault(title) { throw NodeFailure.enrolment(.name(fault)) }
            let made = try seal.make(replica, name: name, kind: .recovery)
            let request = KeyRequest(
                made.file, unitKind: "", name: title, network: try replica.current().identity.network)
            try replica.keys.withNewKey(name) {
                try PrivateFile.write(try request.sealed(by: made.key), to: out, mode: 0o644)
            }
            Output.identity(request.key.bytes, global, kind: "key")
        }
    }

    struct ConsentCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "consent",
            abstract: "Consent to a new root key; compare its fingerprint with the person who proposes it first.",
            discussion: "Example:\n  mufakat recovery consent baru.usulan --as anggota1 --out satu.setuju")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "The proposal.") var proposal: String
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.open()
            let proposal = try SuccessionProposal.read(proposal)
            let key = try signer.key(replica, [.recovery])
            let file = try proposal.consent(by: try replica.keys.signer(key.name, signer.source))
            try PrivateFile.write(file.encoded, to: out, mode: 0o644)
            Output.identity(proposal.named, global, kind: proposal.code == 7 ? "branch" : "key")
        }
    }
}

struct NetworkBranchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Name the branch of a forked chain that goes on.",
        discussion: """
            Of the network's own chain it takes its recovery set: --propose, consents, --complete.
            Example:
              mufakat network branch 5b20 --as network
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "An entry of the branch (mufakat forks).") var entry: String
    @Option(help: "Write to this file what the recovery set has to consent to.") var propose: String?
    @Option(help: "The proposal to complete.") var complete: String?
    @Option(help: "A member's consent; repeat.") var consent: [String] = []

    func run() throws {
        let replica = try global.open()
        let branch = try replica.entry(prefix: entry)
        let (registry, _) = try replica.current()
        if let propose {
            let chain = try replica.rootChain(isNetwork: true)
            guard let tip = registry.tipToExtend(chain) else { throw NodeFailure.noNetwork }
            let proposal = SuccessionProposal(
                network: chain, chain: chain, previous: tip.id, code: 7, named: branch.raw, next: nil)
            try PrivateFile.write(proposal.encoded, to: propose, mode: 0o644)
            return Output.identity(branch.raw, global, kind: "branch")
        }
        let proposal = try complete.map { try SuccessionProposal.read($0) }
        let consents = try proposal.map { proposal in
            try consent.map { try ConsentFile.read($0, for: proposal) }
        }
        let named = try replica.nameBranch(
            branch, consents: consents ?? [], by: try signer.authority(replica, [.network]))
        Output.identity(named.raw, global, kind: "branch")
    }
}

struct UnitBranchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Name the branch of an administrator's forked chain that goes on.",
        discussion: "Example:\n  mufakat unit branch 5b20 --as root")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "An entry of the branch (mufakat forks).") var entry: String

    func run() throws {
        let replica = try global.open()
        let named = try replica.nameBranch(
            try replica.entry(prefix: entry), consents: [], by: try signer.authority(replica, [.unitRoot]))
        Output.identity(named.raw, global, kind: "branch")
    }
}

extension Replica {
    /// The registry entry that a unique prefix of an id names.
    func entry(prefix: String) throws -> EntryID {
        let (registry, _) = try current()
        let found = registry.entries.filter { $0.id.hex.hasPrefix(prefix.lowercased()) }
        guard let only = found.first else { throw NodeFailure.unknownEntry(prefix) }
        guard found.count == 1 else { throw NodeFailure.ambiguous(prefix) }
        return only.id
    }
}

/// Days on the command line.
enum DayText {
    static func milliseconds(_ text: String, _ field: String) throws -> UInt64 {
        guard let time = TimeText.milliseconds(text) else {
            throw NodeFailure.badValue(field: field, value: text, expected: "YYYY-MM-DD")
        }
        return time
    }
}
