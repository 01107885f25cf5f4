import Envelope
import Node
import Procedure
import Registry
import Store

/// Asks what a small office needs to begin. Reads files that are named, writes nothing.
struct SetupDialogue {
    private var questions: Questionnaire
    private let language: Language

    init(_ language: Language) {
        self.language = language
        questions = Questionnaire(language)
    }

    /// For a folder without a replica.
    mutating func begin() throws -> SetupPlan {
        Terminal.note(Catalogue.guidedBegin.text(language))
        let modes = [
            (Catalogue.modeFound.text(language), Catalogue.modeFoundLabel.text(language)),
            (Catalogue.modeJoin.text(language), Catalogue.modeJoinLabel.text(language)),
        ]
        let mode = try questions.choice(Catalogue.askMode, modes.map { (word: $0.0, label: $0.1) }, default: 0)
        if mode == modes[1].0 {
            let unit = try unit(Catalogue.standardApplicant, "applicant")
            return SetupPlan(beginning: .request(unit, out: try out()))
        }
        let network = try questions.name(Catalogue.askNetwork, default: Catalogue.standardNetwork.text(language))
        let unit = try unit(Catalogue.standardUnit, "it_agency")
        let shipped = ShippedDefinitions.names.compactMap { ShippedDefinitions.bytes($0) }
        var plan = SetupPlan(beginning: .found(network: network, unit))
        plan.officials = try officials(
            unit.kind, shipped, taken: [SetupPlan.networkKey, SetupPlan.rootKey, SetupPlan.nodeKey])
        return plan
    }

    /// For a replica whose unit has asked and waits for the invitation.
    mutating func proceed(_ replica: Replica, root: KeyFile) throws -> SetupPlan {
        Terminal.note(Catalogue.guidedAgain.text(language))
        let standard = Catalogue.standardInvitation.text(language)
        let (file, path) = try questions.ask(Catalogue.askInvitation, default: standard) { path in
            let file = try JoinFile.read(path)
            guard file.isInvitation else {
                throw NodeFailure.enrolment(.otherKind(path: path, found: .certificate, expected: .invitation))
            }
            _ = try replica.examine(file, path: path)
            return (file, path)
        }
        Terminal.note("  " + Fingerprint.text(file.bundle.network.raw))
        guard try questions.isYes(Catalogue.askCompared, default: false) else {
            throw NodeFailure.enrolment(.notCompared(fingerprint: Fingerprint.text(file.bundle.network.raw)))
        }
        let admission = try replica.admission(in: file)
        var plan = SetupPlan(
            beginning: .join(file, path: path, root: root.name, unit: admission.name))
        plan.officials = try officials(
            admission.kind, file.bundle.blobs, taken: replica.keys.names + [SetupPlan.nodeKey])
        return plan
    }

    private mutating func unit(_ name: Message, _ kind: String) throws -> SetupPlan.NewUnit {
        let unit = try questions.name(Catalogue.askUnit, default: name.text(language))
        let kinds = KeyRequest.unitKinds.map { (word: $0, label: Catalogue.kinds[$0]?.text(language) ?? "") }
        let place = KeyRequest.unitKinds.firstIndex(of: kind) ?? 0
        let chosen = try questions.choice(Catalogue.askKind, kinds, default: place)
        return SetupPlan.NewUnit(name: unit, kind: chosen, nameAudience: try nameAudience(chosen))
    }

    /// Agencies have to be found by all; a unit whose name goes to its parties only is asked whether it wants that.
    private mutating func nameAudience(_ kind: String) throws -> NameAudience? {
        let standard = NameAudience.standard(ofKind: kind)
        guard standard == .parties else { return nil }
        let audiences = NameAudience.allCases
        let word = try questions.choice(
            Catalogue.askNameFor, audiences.map { (word: $0.word, label: Catalogue.nameFor($0).text(language)) },
            default: audiences.firstIndex(of: standard) ?? 0)
        let chosen = audiences.first { $0.word == word }
        return chosen == standard ? nil : chosen
    }

    /// A file that is not there yet.
    private mutating func out() throws -> String {
        let language = language
        return try questions.ask(Catalogue.askOut, default: Catalogue.standardOut.text(language)) { path in
            guard !PrivateFile.exists(path) else { throw WrongAnswer(Catalogue.answerExists.text(language)) }
            return path
        }
    }

    /// The last question.
    mutating func agree() throws {
        guard try questions.isYes(Catalogue.askGo, default: true) else { throw GuidedFailure.declined }
    }

    // MARK: Officials

    private mutating func officials(
        _ kind: String, _ definitions: [[UInt8]], taken: [String]
    ) throws -> [SetupPlan.Official] {
        let roles = Self.roles(of: kind, definitions)
        var officials: [SetupPlan.Official] = []
        repeat {
            Terminal.note(Catalogue.official.text(language, "\(officials.count + 1)"))
            officials.append(try official(officials.count + 1, kind, roles, taken: taken + officials.map(\.key)))
            guard officials.count < SetupPlan.officialCountMax else { break }
        } while try questions.isYes(Catalogue.askMore, default: false)
        return officials
    }

    private mutating func official(
        _ number: Int, _ kind: String, _ roles: [(word: String, label: String)], taken: [String]
    ) throws -> SetupPlan.Official {
        let language = language
        let role = try role(number, kind, roles)
        let label = roles.first { $0.word == role }?.label ?? Catalogue.standardTitle.text(language)
        let title = try questions.name(Catalogue.askTitle, default: label)
        let key = try questions.ask(
            Catalogue.askKeyName, default: Catalogue.keyName.text(language, "\(number)")
        ) { name in
            guard KeyRing.isName(name), !taken.contains(name) else {
                throw WrongAnswer(Catalogue.answerKeyName.text(language))
            }
            return name
        }
        let instrument = try questions.name(
            Catalogue.askInstrument, default: Catalogue.standardInstrument.text(language))
        return SetupPlan.Official(key: key, title: title, role: role, instrument: instrument)
    }

    private mutating func role(
        _ number: Int, _ kind: String, _ roles: [(word: String, label: String)]
    ) throws -> String {
        let language = language
        if !roles.isEmpty {
            return try questions.choice(Catalogue.askRole, roles, default: (number - 1) % roles.count)
        }
        // No published procedure has a role for this kind of unit: one of a procedure to come.
        return try questions.ask(Catalogue.askRole, default: kind + ".head") { text in
            let isRole =
                (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte == 46 || byte == 95
                }
            guard isRole else { throw WrongAnswer(Catalogue.answerRole.text(language)) }
            return text
        }
    }

    /// Roles that published procedures fill from units of a kind, each once, in their order; a role has the title that
    /// most procedures give it, the later one where two are as common.
    private static func roles(of kind: String, _ definitions: [[UInt8]]) -> [(word: String, label: String)] {
        var roles: [(word: String, titles: [String])] = []
        for bytes in definitions {
            let definition = DefinitionLoader.load(bytes, isChecked: true).definition
            for role in definition.roles where definition.party(role.party)?.kind == kind {
                if let place = roles.firstIndex(where: { $0.word == role.id }) {
                    roles[place].titles.append(role.title)
                } else {
                    roles.append((word: role.id, titles: [role.title]))
                }
            }
        }
        return roles.map { role in
            func count(_ title: String) -> Int { role.titles.filter { $0 == title }.count }
            let label = role.titles.reduce(role.titles[0]) { count($1) >= count($0) ? $1 : $0 }
            return (word: role.word, label: label)
        }
    }
}
