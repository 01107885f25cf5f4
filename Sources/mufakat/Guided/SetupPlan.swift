import Node
import Procedure
import Registry
import Store

/// What a small office is to become: all answers, nothing done yet.
struct SetupPlan {
    struct Official: Sendable {
        var key: String
        var title: String
        var role: String
        var instrument: String
    }

    struct NewUnit: Sendable {
        var name: String
        var kind: String
        /// Nil: what is usual for its kind.
        var nameAudience: NameAudience?

        /// As `unit create` and `unit request` take it.
        var words: [String] {
            ["--name", name, "--kind", kind] + (nameAudience.map { ["--name-for", $0.word] } ?? [])
        }

        func request(_ root: KeyFile) -> KeyRequest {
            KeyRequest(root, unitKind: kind, name: name, nameAudience: nameAudience)
        }
    }

    enum Beginning {
        /// A network, with this unit as its first.
        case found(network: String, NewUnit)
        /// A request for admission, to be carried to whoever holds the network's root key.
        case request(NewUnit, out: String)
        /// An invitation that came back.
        case join(JoinFile, path: String, root: String, unit: String)
    }

    var beginning: Beginning
    var officials: [Official] = []

    static let networkKey = "network"
    static let rootKey = "root"
    static let nodeKey = "simpul"
    static let officialCountMax = 20

    /// Keys that it makes and that want a passphrase. The node's has none: it opens connections while nobody is there,
    /// and signs no act.
    var sealedKeys: [String] {
        let roots: [String]
        switch beginning {
        case .found: roots = [Self.networkKey, Self.rootKey]
        case .request: roots = [Self.rootKey]
        case .join: roots = []
        }
        return roots + officials.map(\.key)
    }
}

/// One thing to do, and the commands that do the same, for whoever has to go on by hand.
struct SetupStep {
    let commands: [String]
    /// The commands of the step before do this as well, where that one is still to be done.
    var isPartOfBefore = false
    let run: (SetupRun) throws -> Void
}

extension SetupPlan {
    /// - Parameter words: options that the equivalent commands need as well.
    func steps(_ words: CommandWords) -> [SetupStep] {
        switch beginning {
        case .found(let network, let unit):
            return [
                SetupStep(commands: [
                    words.line(["network", "create", "--name", network, "--no-calendars"], seals: true)
                ]) { run in
                    let root = try run.make(Self.networkKey, .network)
                    try run.replica.keys.withNewKey(
                        Self.networkKey, and: SuccessionOptions.successor(of: Self.networkKey)
                    ) {
                        try run.makeSuccessor(of: Self.networkKey)
                        _ = try run.replica.createNetwork(
                            name: network, root: root, terms: try run.terms(of: Self.networkKey))
                    }
                }
            ] + calendarSteps(words) + unitSteps(unit, words) + publishSteps(words) + officialSteps(unit.name, words)
        case .request(let unit, let out):
            let command = words.line(["unit", "request"] + unit.words + ["--out", out], seals: true)
            return [
                SetupStep(commands: [command]) { run in
                    let root = try run.make(Self.rootKey, .unitRoot)
                    let request = unit.request(try run.replica.keys.file(Self.rootKey))
                    try run.replica.keys.withNewKey(Self.rootKey, and: SuccessionOptions.successor(of: Self.rootKey)) {
                        try run.makeSuccessor(of: Self.rootKey)
                        try PrivateFile.write(try request.sealed(by: root), to: out, mode: 0o644)
                    }
                }
            ]
        case .join(let file, let path, let root, let unit):
            let command = words.line(["join", path], key: root)
            return [
                SetupStep(commands: [command]) { run in
                    let signer = try run.signer(root)
                    let joined = try run.replica.join(file, path: path)
                    try run.replica.beginUnit(
                        joined.unit, root: signer, person: joined.key.person, terms: try run.terms(of: root))
                }
            ] + officialSteps(unit, words, root: root)
        }
    }

    private func unitSteps(_ unit: NewUnit, _ words: CommandWords) -> [SetupStep] {
        let create = words.line(["unit", "create"] + unit.words, key: Self.networkKey, seals: true)
        let admission = SetupStep(commands: [create]) { run in
            try run.make(Self.rootKey, .unitRoot)
            let request = unit.request(try run.replica.keys.file(Self.rootKey))
            try run.replica.keys.withNewKey(Self.rootKey, and: SuccessionOptions.successor(of: Self.rootKey)) {
                try run.makeSuccessor(of: Self.rootKey)
                _ = try run.replica.admit(request, root: try run.signer(Self.networkKey))
            }
        }
        let file = "undangan.invitation"
        let redo = [
            words.line(["unit", "invitation", unit.name, "--out", file]),
            words.line(["join", file], key: Self.rootKey),
        ]
        let genesis = SetupStep(commands: redo, isPartOfBefore: true) { run in
            let id = try run.replica.unit(named: unit.name)
            let person = try run.replica.keys.file(Self.rootKey).person
            try run.replica.beginUnit(
                id, root: try run.signer(Self.rootKey), person: person, terms: try run.terms(of: Self.rootKey))
        }
        return [admission, genesis]
    }

    /// Each on its own: a disk that fills between two of them leaves commands that go on from there.
    private func calendarSteps(_ words: CommandWords) -> [SetupStep] {
        ShippedCalendars.years.compactMap { year in
            guard let bytes = ShippedCalendars.bytes(year) else { return nil }
            return SetupStep(commands: [words.line(["calendar", "publish", "\(year)"], key: Self.networkKey)]) { run in
                _ = try run.replica.publishCalendar(bytes, root: try run.signer(Self.networkKey))
            }
        }
    }

    private func publishSteps(_ words: CommandWords) -> [SetupStep] {
        ShippedDefinitions.names.compactMap { name in
            guard let bytes = ShippedDefinitions.bytes(name) else { return nil }
            return SetupStep(commands: [words.line(["procedure", "publish", name], key: Self.networkKey)]) { run in
                _ = try run.replica.publish(bytes, root: try run.signer(Self.networkKey))
            }
        }
    }

    private func officialSteps(_ unit: String, _ words: CommandWords, root: String = Self.rootKey) -> [SetupStep] {
        let officials = officials.flatMap { official in
            [certifyStep(official.key, .device, official.title, root, words), mandateStep(official, root, words)]
        }
        return officials + [certifyStep(Self.nodeKey, .node, "Simpul " + unit, root, words)]
    }

    private func certifyStep(
        _ key: String, _ kind: KeyKind, _ title: String, _ root: String, _ words: CommandWords
    ) -> SetupStep {
        let isNode = kind == .node
        let command = words.line(
            ["device", "create", key] + (isNode ? ["--node"] : []) + ["--title", title]
                + (isNode ? ["--no-passphrase"] : []), key: root, seals: !isNode)
        return SetupStep(commands: [command]) { run in
            _ = try run.make(key, kind)
            let request = KeyRequest(try run.replica.keys.file(key), unitKind: "", name: title)
            try run.replica.keys.withNewKey(key) {
                _ = try run.replica.certify(request, by: try run.signer(root))
            }
        }
    }

    private func mandateStep(_ official: Official, _ root: String, _ words: CommandWords) -> SetupStep {
        let command = words.line(
            [
                "mandate", "grant", official.key, "--role", official.role, "--instrument", official.instrument,
                "--title", official.title,
            ], key: root)
        return SetupStep(commands: [command]) { run in
            let draft = Replica.MandateDraft(
                person: try run.replica.keys.file(official.key).person, role: official.role,
                from: TimeText.milliseconds(MandateCommand.standardStart) ?? 0, until: nil, capacity: .definitive,
                instrument: official.instrument, title: official.title)
            _ = try run.replica.grant(draft, by: try run.signer(root))
        }
    }
}

/// Writes commands as a shell takes them, with the options that were given here.
struct CommandWords {
    let replica: String?
    let passphraseFile: String?
    let hasNoPassphrase: Bool

    init(_ global: GlobalOptions, _ seal: SealOptions) {
        replica = global.replica
        passphraseFile = seal.newPassphraseFile
        hasNoPassphrase = seal.noPassphrase
    }

    /// - Parameters:
    ///   - key: that signs.
    ///   - seals: it makes a key with a passphrase.
    func line(_ words: [String], key: String? = nil, seals: Bool = false) -> String {
        var all = ["mufakat"] + words
        if let key { all += ["--as", key] }
        if seals, hasNoPassphrase { all.append("--no-passphrase") }
        if let passphraseFile {
            if seals { all += ["--new-passphrase-file", passphraseFile] }
            if key != nil { all += ["--passphrase-file", passphraseFile] }
        }
        if let replica { all += ["--replica", replica] }
        return all.map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
                    || [45, 95, 46, 47, 61, 58].contains(byte)
            }
        guard !isPlain else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
