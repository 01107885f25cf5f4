import ArgumentParser
import Dossier
import Envelope
import Foundation
import Node
import Registry
import Sodium
import Store
import Synchronization

/// What every command understands.
struct GlobalOptions: ParsableArguments {
    @Option(name: .long, help: "Folder of the replica (else MUFAKAT_HOME, else the XDG data directory).")
    var replica: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    @Option(name: .long, help: "Language: id or en.")
    var lang: String?

    var language: Language { Language.chosen(lang) }

    var folder: String {
        if let replica { return replica }
        if let home = Environment.value("MUFAKAT_HOME") { return home }
        if let data = Environment.value("XDG_DATA_HOME") { return data + "/mufakat" }
        return (Environment.value("HOME") ?? ".") + "/.local/share/mufakat"
    }

    /// Opens the replica, and finishes what a crash or a full disk left half done: an erasure, derived rows.
    func open(isShared: Bool = false) throws -> Replica {
        let replica = try Replica.open(folder, isShared: isShared)
        do { try replica.scrub() } catch { EraseCommand.noteUnfinished(error, language) }
        // Where it cannot be written now (disk, another writer), the marks stay and are shown.
        try? replica.refold(budget: .milliseconds(50))
        Self.opened.withLock { $0.append(replica) }
        return replica
    }

    private static let opened = Mutex<[Replica]>([])

    /// At the end of a command that stored an ending: folds what it concerns.
    static func finish() throws {
        for replica in opened.withLock({ $0 }) where replica.hasMarked {
            try replica.refold { Terminal.progress($0, of: $1, "refold") }
        }
    }

    func openOrCreate() throws -> Replica {
        Replica.exists(folder) ? try open() : try Replica.create(folder)
    }
}

/// Who signs, and where the passphrase comes from.
struct SignerOptions: ParsableArguments {
    @Option(name: .customLong("as"), help: "Name of the key to sign with.")
    var name: String?

    @Option(name: .long, help: "File descriptor to read the passphrase from.")
    var passphraseFd: Int32?

    @Option(name: .long, help: "File (mode 0600) that holds the passphrase.")
    var passphraseFile: String?

    var source: PassphraseSource {
        if let passphraseFd { return .descriptor(passphraseFd) }
        if let passphraseFile { return .file(passphraseFile) }
        return .prompt
    }

    /// The named key, or the only one of these kinds.
    func key(_ replica: Replica, _ kinds: [KeyKind]) throws -> KeyFile {
        if let name { return try replica.keys.file(name) }
        let files = try replica.keys.files(kinds)
        guard files.count == 1, let only = files.first else { throw NodeFailure.keyNeeded(files.map(\.name)) }
        return only
    }

    func author(_ replica: Replica, _ language: Language) throws -> Author {
        let key = try key(replica, [.device])
        return Author(
            key: key, signer: try replica.keys.signer(key.name, source), language: language.rawValue)
    }

    /// The unit's root or an administrator, for what is written in dossiers too, where nothing else may be signed yet.
    func authorityAuthor(_ replica: Replica, _ language: Language) throws -> Author {
        let key = try key(replica, [.unitRoot, .administrator])
        guard [.unitRoot, .administrator].contains(key.kind) else { throw NodeFailure.notAdministrator }
        return Author(key: key, signer: try replica.keys.signer(key.name, source), language: language.rawValue)
    }

    func authority(_ replica: Replica, _ kinds: [KeyKind] = [.unitRoot, .administrator]) throws -> any Signer {
        let key = try authorityKey(replica, kinds)
        return try replica.keys.signer(key.name, source)
    }

    /// The named key; else the only one of this ring that is in force: a root key that took over counts, one that was
    /// replaced does not.
    private func authorityKey(_ replica: Replica, _ kinds: [KeyKind]) throws -> KeyFile {
        if let name { return try replica.keys.file(name) }
        let inForce = try replica.authorityKeys(kinds)
        if inForce.count == 1, let only = inForce.first { return only }
        return try key(replica, kinds)
    }

    /// The same as an author of cuts. What the unit's node has prepared is signed first: ends of terms, and what the
    /// unit knew of others that were suspended.
    func administrator(
        _ replica: Replica, _ global: GlobalOptions, _ kinds: [KeyKind] = [.unitRoot, .administrator]
    ) throws -> Author {
        let key = try authorityKey(replica, kinds)
        let author = Author(
            key: key, signer: try replica.keys.signer(key.name, source), language: global.language.rawValue)
        if kinds != [.network] { SettlementText.note(try replica.settle(by: author), replica, global) }
        return author
    }
}

/// How a new key is sealed.
struct SealOptions: ParsableArguments {
    @Flag(name: .long, help: "Seal the new key without a passphrase.")
    var noPassphrase = false

    @Option(name: .long, help: "File descriptor to read the new passphrase from.")
    var newPassphraseFd: Int32?

    @Option(name: .long, help: "File (mode 0600) that holds the new passphrase.")
    var newPassphraseFile: String?

    var source: PassphraseSource {
        noPassphrase
            ? .none : newPassphraseFd.map { .descriptor($0) } ?? newPassphraseFile.map { .file($0) } ?? .prompt
    }

    func passphrase(for name: String) throws -> SecretBytes? {
        let passphrase = try Passphrase.readNew(source, for: name)
        if passphrase == nil, !noPassphrase { throw NodeFailure.passphraseNeeded(name) }
        return passphrase
    }

    /// Makes a key and adds it to the ring; it comes back open as well.
    ///
    /// - Parameter person: nil for a new one.
    func make(
        _ replica: Replica, name: String, kind: KeyKind, person: PersonID? = nil
    ) throws -> (file: KeyFile, key: OpenKey) {
        guard KeyRing.isName(name) else { throw NodeFailure.badName(name) }
        guard !replica.keys.names.contains(name) else { throw NodeFailure.keyExists(name) }
        let made = try KeyFile.makeOpened(
            name: name, kind: kind, person: try person ?? Replica.newPerson(), passphrase: try passphrase(for: name))
        try replica.keys.add(made.file)
        return made
    }

    /// A root key, and the key that may take over, sealed with the same passphrase.
    func makeRoot(
        _ replica: Replica, name: String, kind: KeyKind, hasSuccessor: Bool = true
    ) throws -> (file: KeyFile, key: OpenKey, successor: KeyFile?) {
        let next = SuccessionOptions.successor(of: name)
        for name in [name, next] {
            guard KeyRing.isName(name) else { throw NodeFailure.badName(name) }
            guard !replica.keys.names.contains(name) else { throw NodeFailure.keyExists(name) }
        }
        let passphrase = try Passphrase.readNew(source, for: name)
        if passphrase == nil, !noPassphrase { throw NodeFailure.passphraseNeeded(name) }
        let person = try Replica.newPerson()
        let root = try KeyFile.makeOpened(name: name, kind: kind, person: person, passphrase: passphrase)
        try replica.keys.add(root.file)
        guard hasSuccessor else { return (root.file, root.key, nil) }
        let successor = try KeyFile.makeOpened(name: next, kind: .successor, person: person, passphrase: passphrase)
        try replica.keys.withNewKey(name, and: next) { try replica.keys.add(successor.file) }
        return (root.file, root.key, successor.file)
    }

    /// A key for a request: a new one, or (`again`) one that was made here before, whose request was lost.
    func makeOrOpen(
        _ replica: Replica, name: String, kind: KeyKind, person: PersonID? = nil, again: Bool
    ) throws -> (file: KeyFile, signer: any Signer) {
        guard again else {
            let made = try make(replica, name: name, kind: kind, person: person)
            return (made.file, made.key)
        }
        let file = try replica.keys.file(name)
        guard file.kind == kind else { throw NodeFailure.keyExists(name) }
        return (file, try replica.keys.signer(name, source))
    }
}

/// How an act is signed.
struct ActArguments: ParsableArguments {
    @Option(name: .long, help: "Role of the mandate to use.")
    var role: String?

    @Option(name: .long, help: "internal, certified or wetInkScan.")
    var assurance = "internal"

    @Option(name: .long, help: "The certified PDF or the scan.")
    var proof: String?

    func options() throws -> ActOptions {
        var options = ActOptions()
        options.role = role
        options.proof = proof
        guard let level = Assurance.allCases.first(where: { $0.word == assurance }) else {
            throw NodeFailure.badValue(
                field: "--assurance", value: assurance,
                expected: Assurance.allCases.map(\.word).joined(separator: " | "))
        }
        options.assurance = level
        return options
    }
}

/// Which instance of a document an act names, where it is not the one in work.
struct InstanceArguments: ParsableArguments {
    @Option(help: "Instance to name, or DOCUMENT=INSTANCE where there are several documents; repeat.")
    var instance: [String] = []

    func choice() throws -> InstanceChoice {
        var choice = InstanceChoice()
        for text in instance {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let number = parts.last.flatMap({ DocumentInstance.parse($0.utf8) })
            else {
                throw NodeFailure.badValue(field: "--instance", value: text, expected: "1…65535 | DOCUMENT=1…65535")
            }
            choice.choose(number, of: parts.count == 2 ? String(parts[0]) : nil)
        }
        return choice
    }
}

extension Replica {
    /// A unit by its name, as it is held here, or a unique prefix of its id; else by a unique beginning of its name.
    func unit(named text: String) throws -> UnitID {
        let (registry, _) = try current(.network([]))
        let units = registry.unitIDs.map { id in
            (id: id, name: self.text(registry.unit(id)?.admission.name, in: id, registry) ?? "")
        }
        var found = units.filter {
            $0.id.hex.hasPrefix(text.lowercased()) || $0.name.utf8.elementsEqual(text.utf8)
        }
        if found.isEmpty { found = units.filter { $0.name.lowercased().hasPrefix(text.lowercased()) } }
        guard let only = found.first else { throw NodeFailure.unknownUnit(text) }
        guard found.count == 1 else {
            let listed = found.prefix(10).map { "\($0.name) (\($0.id.hex.prefix(12)))" }.joined(separator: ", ")
            throw NodeFailure.ambiguous("\(text): \(listed)")
        }
        return only.id
    }

    /// A unit's name; in brackets its kind and the beginning of its number where the name is not held.
    func name(of unit: UnitID, _ registry: Registry) -> String {
        let kind = registry.unit(unit)?.admission.kind ?? ""
        return text(registry.unit(unit)?.admission.name, in: unit, registry)
            ?? "[\(kind)\(kind.isEmpty ? "" : " ")\(unit.hex.prefix(8))]"
    }

    /// The name to which an entry commits, as its author made it.
    func text(_ committed: Committed?, in entry: EntryID?, _ registry: Registry) -> String? {
        text(committed, by: entry.flatMap { registry.entry($0) }?.author)
    }

    func text(_ committed: Committed?, by author: PublicKey?) -> String? {
        guard let committed, let author,
            let opening = try? store.read({ try $0.name(committed, by: author) }),
            case .text(let text) = opening.opened
        else { return nil }
        return text
    }

    /// A certificate or delegation by its name, or by a prefix of its number or of its key's.
    func certificate(named text: String) throws -> EntryID {
        let (registry, _) = try current()
        var found: [EntryID] = []
        for entry in registry.entries {
            let (key, name): (PublicKey, Committed)
            switch entry.body {
            case .certify(let certificate): (key, name) = (certificate.key, certificate.name)
            case .delegate(let delegation): (key, name) = (delegation.key, delegation.name)
            default: continue
            }
            let isNumber = text.count >= 8 && [entry.id.hex, key.hex].contains { $0.hasPrefix(text.lowercased()) }
            if isNumber || self.text(name, in: entry.id, registry) == text { found.append(entry.id) }
        }
        guard let only = found.first else { throw NodeFailure.unknownKey(text) }
        guard found.count == 1 else { throw NodeFailure.ambiguous(text) }
        return only
    }

    /// A person by the name of a key in this ring, by the certificate's name, or by a prefix of the person's number.
    func person(named text: String) throws -> PersonID {
        if let key = try? keys.file(text) { return try person(of: key) }
        let (registry, identity) = try current(.own)
        for entry in registry.entries {
            guard case .certify(let certificate) = entry.body,
                registry.unitID(ofChain: entry.chain) == identity.unit
            else { continue }
            let number = Hexadecimal.encode(certificate.person.bytes)
            let isNumber = text.count >= 8 && number.hasPrefix(text)
            if isNumber || self.text(certificate.name, in: entry.id, registry) == text { return certificate.person }
        }
        throw NodeFailure.unknownKey(text)
    }
}
