import ArgumentParser
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium

struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Record the outcome of an open step, and sign it.",
        discussion: """
            Documents that the step brings or gives are named as they stand; --set and --row write them first.
            Examples:
              mufakat step 3fa1 perlu --as kabid
              mufakat step 3fa1 belum_sesuai --reason "Dua temuan" --target-date 2026-05-04 --as kaopd
              mufakat step 3fa1 done --set build.version=1.0 --as ahli
              mufakat step 3fa1 tidak_perlu --opinion --reason "Sudah ada" --as sekretaris
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @OptionGroup var instances: InstanceArguments
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Outcome.") var outcome: String
    @Option(help: "Step, where several are open.") var step: String?
    @Option(help: "DOCUMENT.FIELD=VALUE; repeat.") var set: [String] = []
    @Option(help: "DOCUMENT.FIELD:COLUMN=VALUE,…; repeat.") var row: [String] = []
    @Option(help: "Reason.") var reason: String?
    @Option(help: "Missing item; repeat.") var missing: [String] = []
    @Option(help: "Finding; repeat; else all that are open.") var finding: [String] = []
    @Option(help: "Kind of response.") var response: String?
    @Option(help: "New target date (YYYY-MM-DD).") var targetDate: String?
    @Option(help: "SLOT=UNIT; repeat.") var bind: [String] = []
    @Option(help: "TEAM.SEAT=PERSON[@UNIT]; repeat.") var seat: [String] = []
    @Flag(help: "Record what another would decide, as an opinion (pendapat).") var opinion = false

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let author = try signer.author(replica, global.language)
        var draft = OutcomeDraft(name: outcome)
        draft.edits = try edits()
        draft.isOpinion = opinion
        draft.step = step
        draft.reason = reason
        draft.missingItems = missing
        draft.responseKind = response
        draft.targetDate = targetDate
        draft.options = try act.options()
        draft.options.instances = try instances.choice()
        if !finding.isEmpty {
            let view = try replica.view(id)
            draft.findings = try finding.map { try FindingCommand.find($0, view) }
        }
        draft.binds = try bind.map { text in
            let (slot, unit) = try pair(text, "--bind")
            return (slot: slot, unit: try replica.unit(named: unit))
        }
        draft.seats = try seat.map { try seat($0, replica) }
        let change = try replica.recordOutcome(id, draft, by: author)
        let view = try replica.view(id)
        let status = view.history.index(of: change.id).flatMap { view.state.verdict(onAct: $0)?.code }
        Output.change(change.id, id, global, status: status)
    }

    private func edits() throws -> [FieldEdit] {
        var edits: [FieldEdit] = []
        for text in set {
            let (path, value) = try pair(text, "--set")
            guard let dot = path.firstIndex(of: ".") else {
                throw NodeFailure.badValue(field: "--set", value: text, expected: "DOCUMENT.FIELD=VALUE")
            }
            edits.append(
                .set(
                    document: String(path[..<dot]), field: String(path[path.index(after: dot)...]), value: value))
        }
        for text in row {
            guard let dot = text.firstIndex(of: ".") else {
                throw NodeFailure.badValue(field: "--row", value: text, expected: "DOCUMENT.FIELD:COLUMN=VALUE,…")
            }
            edits += try Edits.fields([], [String(text[text.index(after: dot)...])], document: String(text[..<dot]))
        }
        return edits
    }

    private func seat(
        _ text: String, _ replica: Replica
    ) throws -> (team: String, seat: String, unit: UnitID, person: [UInt8]) {
        let (name, holder) = try pair(text, "--seat")
        guard let dot = name.lastIndex(of: ".") else {
            throw NodeFailure.badValue(field: "--seat", value: text, expected: "TEAM.SEAT=PERSON[@UNIT]")
        }
        let (unit, person) = try PersonArgument.find(holder, replica)
        return (
            team: String(name[..<dot]), seat: String(name[name.index(after: dot)...]), unit: unit,
            person: person.bytes
        )
    }
}

struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign the documents that an outcome waits for.",
        discussion:
            """
            Examples:
              mufakat sign 3fa1 --as kaopd
              mufakat sign 3fa1 --assurance wetInkScan --proof scan.pdf --as kaopd
              mufakat sign 3fa1 --correction schedule_record --as kaopd
            """
    )
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @OptionGroup var instances: InstanceArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Step.") var step: String?
    @Option(help: "Document that was corrected after its step was done (ralat).") var correction: String?
    @Option(help: "Attendance list to sign, of an open meeting.") var attendance: String?

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        var (options, author) = (try act.options(), try signer.author(replica, global.language))
        options.instances = try instances.choice()
        let change: ChangeSet
        if let document = correction {
            change = try replica.signCorrection(id, document: document, options: options, by: author)
        } else if let document = attendance {
            change = try replica.signAttendance(id, document: document, options: options, by: author)
        } else {
            change = try replica.sign(id, step: step, options: options, by: author)
        }
        let view = try replica.view(id)
        let status = view.history.index(of: change.id).flatMap { view.state.verdict(onAct: $0)?.code }
        Output.change(change.id, id, global, status: status)
    }
}

struct RuleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule", abstract: "Rule between conflicting outcomes (penetapan).",
        discussion: "Example:\n  mufakat rule 3fa1 --winner perlu --note \"Sesuai rencana induk\" --as kadis")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Step.") var step: String?
    @Option(help: "The outcome that shall stand.") var winner: String
    @Option(help: "Reason.") var note: String?

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let change = try replica.rule(
            id, step: step, winner: winner, note: note, options: try act.options(),
            by: try signer.author(replica, global.language))
        Output.change(change.id, id, global)
    }
}

struct AcknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge", abstract: "Acknowledge an outcome of another party (tanda terima): makes it final.",
        discussion: "Example:\n  mufakat acknowledge 3fa1 --as kaopd")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Step; else the last that is not final.") var step: String?

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let change = try replica.acknowledge(
            id, step: step, options: try act.options(), by: try signer.author(replica, global.language))
        Output.change(change.id, id, global)
    }
}

struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Let a party that came later read documents that this unit wrote.",
        discussion: "Example:\n  mufakat release 3fa1 --to 9c1d scope_plan --as kadis")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Documents.") var documents: [String]
    @Option(help: "Unit.") var to: String

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let change = try replica.release(
            id, documents: documents, to: try replica.unit(named: to), options: try act.options(),
            by: try signer.author(replica, global.language))
        Output.change(change.id, id, global)
    }
}

/// withdraw, cancel, suspend and resume differ in their code only.
protocol ClosingCommand: ParsableCommand {
    static var code: Int { get }
    var global: GlobalOptions { get }
    var signer: SignerOptions { get }
    var act: ActArguments { get }
    var dossier: String { get }
    var reason: String? { get }
}

extension ClosingCommand {
    func close() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let change = try replica.close(
            id, code: Self.code, reason: reason, options: try act.options(),
            by: try signer.author(replica, global.language))
        Output.change(change.id, id, global)
    }
}

struct WithdrawCommand: ClosingCommand {
    static let code = Code.withdraw
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Withdraw the request (applicant's head).",
        discussion: "Example:\n  mufakat withdraw 3fa1 --reason \"Anggaran dialihkan\" --as kaopd")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Reason.") var reason: String?
    func run() throws { try close() }
}

struct CancelCommand: ClosingCommand {
    static let code = Code.cancel
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel the work (IT agency's head).",
        discussion: "Example:\n  mufakat cancel 3fa1 --reason \"Digabung\" --as kadis")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Reason.") var reason: String?
    func run() throws { try close() }
}

struct SuspendCommand: ClosingCommand {
    static let code = Code.suspend
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Suspend work on a dossier.",
        discussion: "Example:\n  mufakat suspend 3fa1 --reason \"Menunggu anggaran\" --as kadis")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Reason.") var reason: String?
    func run() throws { try close() }
}

struct ResumeCommand: ClosingCommand {
    static let code = Code.resume
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Resume work on a suspended dossier.",
        discussion: "Example:\n  mufakat resume 3fa1 --as kadis")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Reason.") var reason: String?
    func run() throws { try close() }
}
