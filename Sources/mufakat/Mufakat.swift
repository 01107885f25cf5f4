import ArgumentParser
import Foundation
import Glibc
import Node

@main
struct Mufakat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mufakat",
        abstract: "Records that units keep together: offline, signed, merged, proved.",
        discussion: """
            Examples:
              mufakat new p4 --title "Aplikasi Arsip" --party applicant=… --party it=…
              mufakat step 3fa1 perlu --as kabid
              mufakat sync 192.168.1.20:7707
              mufakat why 3fa1
            """,
        version: "0.1.0",
        subcommands: [
            InitCommand.self, NetworkCommand.self, UnitCommand.self, DeviceCommand.self, MandateCommand.self,
            ProcedureCommand.self,
            JoinCommand.self, UnlockCommand.self, LockCommand.self, AgentCommand.self, RepairCommand.self,
            NewCommand.self, ListCommand.self, MineCommand.self, ShowCommand.self, HistoryCommand.self,
            SearchCommand.self, WhyCommand.self, AuditCommand.self,
            CalendarCommand.self, PlanCommand.self, RecapCommand.self, RegisterCommand.self, ReminderCommand.self,
            EditCommand.self, AttachCommand.self, CommentCommand.self, NoteCommand.self, FindingCommand.self,
            StepCommand.self, SignCommand.self, RuleCommand.self, AcknowledgeCommand.self, ReleaseCommand.self,
            ReassignCommand.self, LinkCommand.self, MigrateCommand.self,
            EraseCommand.self,
            WithdrawCommand.self, CancelCommand.self, SuspendCommand.self, ResumeCommand.self,
            RevokeCommand.self, CountersignCommand.self, AcceptCommand.self, DeclineCommand.self, RatifyCommand.self,
            SettleCommand.self, PartyCommand.self, RecoveryCommand.self,
            ServeCommand.self, SyncCommand.self, PeersCommand.self,
            EvidenceCommand.self, PrintCommand.self, LetterheadCommand.self, NumberCommand.self, CheckCommand.self,
            RebuildCommand.self, TakeUpCommand.self,
            ForksCommand.self,
        ])

    /// Runs a command; whatever it throws becomes three lines and an exit code.
    static func main() async {
        // Any command may open a key.
        ProcessGuard.begin()
        // A file limit is an error of the write, said like a full disk, and not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        do {
            try stateTime()
            var command = try parseLeaf() ?? parseAsRoot()
            // By concrete type: a cast to the protocol costs every command half a millisecond.
            if let serve = command as? ServeCommand {
                try await serve.run()
            } else if let sync = command as? SyncCommand {
                try await sync.run()
            } else {
                try command.run()
            }
            try GlobalOptions.finish()
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            if let complaint = Complaint(error, Language.chosen(Self.languageArgument)) {
                complaint.print()
                Foundation.exit(complaint.code)
            }
            exit(withError: error)
        }
    }

    /// `MUFAKAT_NOW`: the time that this command goes by.
    private static func stateTime() throws {
        guard let text = Environment.value("MUFAKAT_NOW") else { return }
        guard let time = Clock.parse(text) else {
            throw NodeFailure.badValue(
                field: "MUFAKAT_NOW", value: text, expected: "YYYY-MM-DD[THH:MM[:SS]][WIB|WITA|WIT|Z]")
        }
        Clock.state(time)
    }

    /// A command without subcommands, parsed alone: half the parser's time. Whatever it does not take (help, a mistake)
    /// goes the long way, which knows how to say it.
    private static func parseLeaf() -> (any ParsableCommand)? {
        guard let name = CommandLine.arguments.dropFirst().first else { return nil }
        for type in configuration.subcommands where type.configuration.commandName == name {
            guard type.configuration.subcommands.isEmpty else { return nil }
            return try? type.parseAsRoot(Array(CommandLine.arguments.dropFirst(2)))
        }
        return nil
    }

    private static var languageArgument: String? {
        guard let place = CommandLine.arguments.firstIndex(of: "--lang") else { return nil }
        return CommandLine.arguments.dropFirst(place + 1).first
    }
}
