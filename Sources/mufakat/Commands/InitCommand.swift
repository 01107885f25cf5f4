import ArgumentParser
import Envelope
import Node
import Procedure
import Registry
import Sodium
import Store

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Set up a small office by questions: found a network or join one, unit, officials, node.",
        discussion: """
            Joining takes two runs: the first writes a request file, the second takes the invitation that comes back.
            Passphrases are asked for at the terminal; a file or descriptor gives one for all keys.
            Example:
              mufakat init --guided
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var seal: SealOptions
    @Flag(help: "Ask the questions.") var guided = false

    func validate() throws {
        guard guided else { throw ValidationError("mufakat init --guided asks the questions.") }
    }

    func run() throws {
        let language = global.language
        var dialogue = SetupDialogue(language)
        let plan: SetupPlan
        var waiting: (replica: Replica, root: KeyFile)?
        if Replica.exists(global.folder) {
            let replica = try global.open()
            let (roots, networks) = (try replica.keys.files([.unitRoot]), try replica.keys.files([.network]))
            guard roots.count == 1, let root = roots.first, networks.isEmpty,
                try replica.current().identity.network == nil
            else { throw StoreFailure.alreadyThere(path: global.folder) }
            waiting = (replica, root)
            plan = try dialogue.proceed(replica, root: root)
        } else {
            plan = try dialogue.begin()
        }
        describe(plan)
        try dialogue.agree()
        // All that can still be refused is read before anything is made.
        let passphrases = try readPassphrases(plan)
        var signers: [String: any Signer] = [:]
        if let waiting { signers[waiting.root.name] = try opened(waiting.root, waiting.replica) }
        let replica = try perform(plan, waiting?.replica, passphrases, signers)
        try conclude(plan, replica)
    }

    /// For a pipe a passphrase comes by option; at the terminal each key has its own.
    private func readPassphrases(_ plan: SetupPlan) throws -> [String: HeldPassphrase] {
        let names = plan.sealedKeys
        guard !seal.noPassphrase, let first = names.first else {
            return Dictionary(uniqueKeysWithValues: names.map { ($0, HeldPassphrase(nil)) })
        }
        var held: [String: HeldPassphrase] = [:]
        guard case .prompt = seal.source else {
            let one = HeldPassphrase(try Passphrase.readNew(seal.source, for: first))
            guard one.secret != nil else { throw NodeFailure.passphraseNeeded(first) }
            for name in names { held[name] = one }
            return held
        }
        Terminal.note(Catalogue.planPassphrase.text(global.language, names.joined(separator: ", ")))
        for name in names { held[name] = try askPassphrase(name) }
        return held
    }

    private func askPassphrase(_ name: String) throws -> HeldPassphrase {
        for _ in 1..<Questionnaire.attemptCountMax {
            do {
                return HeldPassphrase(try Passphrase.readNew(.prompt, for: name))
            } catch NodeFailure.passphrasesDiffer {
                Terminal.note("  " + Catalogue.passphrasesDiffer.text(global.language))
            }
        }
        return HeldPassphrase(try Passphrase.readNew(.prompt, for: name))
    }

    private func opened(_ root: KeyFile, _ replica: Replica) throws -> any Signer {
        try replica.keys.signer(root.name, seal.source)
    }

    /// Does the steps in their order. Where one fails it says what is there, and how to go on.
    private func perform(
        _ plan: SetupPlan, _ existing: Replica?, _ passphrases: [String: HeldPassphrase],
        _ signers: [String: any Signer]
    ) throws -> Replica {
        let steps = plan.steps(CommandWords(global, seal))
        var doneCount = 0
        do {
            let replica = try existing ?? global.openOrCreate()
            let run = SetupRun(replica, passphrases: passphrases, signers: signers)
            for step in steps {
                try step.run(run)
                doneCount += 1
            }
            return replica
        } catch {
            stopped(steps, doneCount)
            throw error
        }
    }

    private func stopped(_ steps: [SetupStep], _ doneCount: Int) {
        let language = global.language
        let done = steps.prefix(doneCount).filter { !$0.isPartOfBefore }.flatMap(\.commands)
        Terminal.note((done.isEmpty ? Catalogue.stoppedNothing : Catalogue.stoppedDone).text(language))
        for command in done { Terminal.note("  " + Terminal.safe(command)) }
        Terminal.note(Catalogue.stoppedRest.text(language))
        let rest = steps.dropFirst(doneCount)
        for (place, step) in rest.enumerated() where place == 0 || !step.isPartOfBefore {
            for command in step.commands { Terminal.note("  " + Terminal.safe(command)) }
        }
    }

    // MARK: Words

    private func describe(_ plan: SetupPlan) {
        let language = global.language
        func note(_ text: String) { Terminal.note("  - " + Terminal.safe(text)) }
        Terminal.note(Catalogue.planHead.text(language, global.folder))
        switch plan.beginning {
        case .found(let network, let unit):
            note(Catalogue.planNetwork.text(language, network, SetupPlan.networkKey))
            note(Catalogue.planUnit.text(language, unit.name, unit.kind, SetupPlan.rootKey))
            note(Catalogue.planProcedures.text(language, ShippedDefinitions.names.joined(separator: ", ")))
        case .request(let unit, let out):
            note(Catalogue.planUnit.text(language, unit.name, unit.kind, SetupPlan.rootKey))
            note(Catalogue.planRequest.text(language, out))
            return
        case .join(_, let path, _, let unit): note(Catalogue.planJoin.text(language, unit, path))
        }
        for official in plan.officials {
            note(
                Catalogue.planOfficial.text(
                    language, official.key, official.title, official.role, official.instrument))
        }
        note(Catalogue.planNode.text(language, SetupPlan.nodeKey))
    }

    private func conclude(_ plan: SetupPlan, _ replica: Replica) throws {
        let language = global.language
        func note(_ text: String) { Terminal.note("  - " + Terminal.safe(text)) }
        let (_, identity) = try replica.current()
        Terminal.note(Catalogue.done.text(language) + " " + Catalogue.nextHead.text(language))
        if case .request(_, let out) = plan.beginning {
            note(Catalogue.nextSuccessor.text(language))
            let key = try replica.keys.file(SetupPlan.rootKey).publicKey
            note(Catalogue.nextCarry.text(language, out, Fingerprint.text(key.bytes)))
            note(Catalogue.nextContinue.text(language))
            Output.identity(key.bytes, global, kind: "key")
            QROptions.standard.show(key.bytes, global)
            return
        }
        note(Catalogue.nextKeep.text(language, global.folder))
        if case .found = plan.beginning, let network = identity.network {
            note(Catalogue.nextSuccessor.text(language))
            note(Catalogue.nextFingerprint.text(language, Fingerprint.text(network.raw)))
            note(Catalogue.nextAdmit.text(language))
        }
        for message in [Catalogue.nextDevice, Catalogue.nextServe, Catalogue.nextNew] {
            note(message.text(language))
        }
        if let unit = identity.unit { Output.identity(unit.raw, global, kind: "unit") }
    }
}
