import ArgumentParser
import Authority
import Dossier
import Envelope
import History
import Node
import Registry
import Sodium
import Store

struct RevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a mandate, certificate or administrator of this unit.",
        discussion: """
            In every dossier where its holder wrote before the effective time, that work is accepted in the same command.
            Of an administrator whose key was in wrong hands only the cuts he drew before are repeated.
            Examples:
              mufakat revoke 5b20 --effective 2026-04-01 --as root
              mufakat revoke 9c1d --compromised --effective 2026-03-14 --as root
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Entry, by the beginning of its id (mandate list, device list --json).") var entry: String
    @Flag(help: "The key is in wrong hands.") var compromised = false
    @Option(help: "Day from which it has ended (YYYY-MM-DD); else now.") var effective: String?
    @Option(
        help: "Last entry of an administrator's chain that stands; `none`; else the last before the effective time.")
    var cut: String?

    func run() throws {
        let replica = try global.open()
        let (registry, identity) = try replica.current()
        let found = registry.entries.filter {
            $0.id.hex.hasPrefix(entry.lowercased()) && registry.unitID(ofChain: $0.chain) == identity.unit
        }
        guard let target = found.first else { throw NodeFailure.unknownKey(entry) }
        guard found.count == 1 else { throw NodeFailure.ambiguous(entry) }
        let time = try effective.map { try DayText.milliseconds($0, "--effective") } ?? Clock.now
        let chainCut: ChainCut =
            try cut.map { $0 == "none" ? .nothingStands : .entry(try replica.entry(prefix: $0)) } ?? .effectiveTime
        let author = try signer.administrator(replica, global)
        let revocation = try replica.revoke(
            target.id, reason: compromised ? .compromised : .ended, effective: time, chainCut: chainCut, by: author)
        Output.identity(revocation.raw, global, kind: "revocation")
    }
}

struct CountersignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countersign",
        abstract: "Confirm, one level up, that a revoked key was in wrong hands.",
        discussion: """
            Only then it takes effect away from what others countersigned, and only from what was stated after its time.
            Example:
              mufakat countersign 5b20 --as network
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "The revocation.") var revocation: String

    func run() throws {
        let replica = try global.open()
        let entry = try replica.countersign(
            try replica.entry(prefix: revocation), by: try signer.authority(replica, [.network, .unitRoot]))
        Output.identity(entry.raw, global, kind: "countersignature")
    }
}

/// `accept` and `decline` differ in their code only.
struct CutOptions: ParsableArguments {
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Change set up to which the log is meant, by the beginning of its id.") var change: String
    @Option(help: "Ending that is meant, where several touch the change set.") var ending: String?

    func draw(_ code: Int, _ global: GlobalOptions) throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let view = try replica.view(id)
        let tip = try view.change(prefix: change)
        guard let index = view.history.index(of: tip) else { throw NodeFailure.unknownChange(change) }
        let endings = view.state.verdicts[index].endings.filter { found in
            !found.isAccepted && (ending.map { found.id.hex.hasPrefix($0.lowercased()) } ?? true)
        }
        guard let ending = endings.first else { throw NodeFailure.nothingToRatify(fact: String(tip.hex.prefix(12))) }
        guard endings.count == 1 else {
            throw NodeFailure.ambiguous(endings.map { String($0.id.hex.prefix(8)) }.joined(separator: ", "))
        }
        let change = try replica.draw(
            code, ending: ending.id, tip: tip, in: id, by: try signer.administrator(replica, global))
        Output.change(change.id, id, global)
    }
}

struct AcceptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Accept more of a log whose key, mandate, unit or party has ended: it keeps its effect.",
        discussion: "There is no taking back.\nExample:\n  mufakat accept 3fa1 77c0 --as root")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: CutOptions
    func run() throws { try options.draw(Code.accept, global) }
}

struct DeclineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decline",
        abstract: "Say that a log is not accepted, also where another unit built on it.",
        discussion: "Example:\n  mufakat decline 3fa1 77c0 --as root")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: CutOptions
    func run() throws { try options.draw(Code.decline, global) }
}

struct RatifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ratify",
        abstract: "Make plain work of a colleague whose mandate or key has ended your own responsibility.",
        discussion: """
            Edits, files and outcomes of steps with one outcome and no signature; all else is decided or signed anew.
            An outcome is ratified by those who may decide its step, or whom the procedure names as the step's resolver.
            Examples:
              mufakat ratify 3fa1 77c0 9c1d --as kabid
              mufakat ratify 3fa1 --all --as kabid
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Change sets.") var changes: [String] = []
    @Flag(help: "All plain work that waits for it.") var all = false

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let view = try replica.view(id)
        var named = try changes.map { try view.change(prefix: $0) }
        if all { named += view.awaitingRatification }
        guard !named.isEmpty else { throw NodeFailure.nothingToRatify(fact: "") }
        for change in named {
            guard let index = view.history.index(of: change), view.state.verdicts[index].reason == .revoked else {
                continue
            }
            // The stated time does not matter to the fold; it does to the person who takes it over.
            Terminal.note(
                Message(
                    "perhatian: {0} bertanggal sesudah pencabutan",
                    "note: {0} is dated after the revocation"
                ).text(global.language, String(change.hex.prefix(12))))
        }
        let change = try replica.ratify(
            id, named, options: try act.options(), by: try signer.author(replica, global.language))
        Output.change(change.id, id, global)
    }
}

struct SettleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Sign what is prepared: ends of mandates whose term is over, and what was known of suspended units.",
        discussion: "Every command of an administrator does the same first.\nExample:\n  mufakat settle --as root")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions

    func run() throws {
        let replica = try global.open()
        let due = try replica.dueSettlement()
        _ = try signer.administrator(replica, global)
        if global.json {
            Terminal.json([
                "mandates": due.endedMandates.map(\.hex), "suspensions": due.suspensions.map(\.hex),
            ])
        } else if due.isEmpty {
            Terminal.note(Catalogue.nothing.text(global.language))
        }
    }
}

/// What is prepared, and what was signed beside a command.
enum SettlementText {
    /// Shown beforehand to whoever asks what waits for him.
    static func announce(_ due: Settlement, _ replica: Replica, _ global: GlobalOptions) {
        guard !due.isEmpty, !global.json else { return }
        Terminal.note(
            Message(
                "menunggu pengelola unit: {0} masa tugas yang berakhir, {1} pembekuan unit lain (mufakat settle)",
                "waits for the unit's administrator: {0} terms that are over, {1} suspensions (mufakat settle)"
            ).text(global.language, "\(due.endedMandates.count)", "\(due.suspensions.count)"))
    }

    static func note(_ settlement: Settlement, _ replica: Replica, _ global: GlobalOptions) {
        guard !settlement.isEmpty, !global.json else { return }
        let language = global.language
        for mandate in settlement.endedMandates {
            Terminal.note(
                Message("masa tugas {0} berakhir dan dicatat", "the term of {0} is over, and was ended")
                    .text(language, String(mandate.hex.prefix(8))))
        }
        for suspension in settlement.suspensions {
            Terminal.note(
                Message(
                    "pekerjaan unit yang dibekukan ({0}) yang sudah kita pegang diterima",
                    "what we held of a suspended unit ({0}) was accepted"
                ).text(language, String(suspension.hex.prefix(8))))
        }
    }
}

extension DossierView {
    /// The change set that a unique prefix of an id names.
    func change(prefix: String) throws -> ChangeSetID {
        let found = history.items.map(\.id).filter { $0.hex.hasPrefix(prefix.lowercased()) }
        guard let only = found.first else { throw NodeFailure.unknownChange(prefix) }
        guard found.count == 1 else { throw NodeFailure.ambiguous(prefix) }
        return only
    }
}
