import ArgumentParser
import History
import Node

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Plan a day for an open step whose time is tentative.",
        discussion: "It is shown and binds nobody.\nExample:\n  mufakat plan 3fa1 9 2026-08-26 --as staf")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Step.") var step: String
    @Argument(help: "Day (YYYY-MM-DD).") var day: String

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let author = try signer.author(replica, global.language)
        Output.change(try replica.plan(id, step: step, day: day, by: author).id, id, global)
    }
}
