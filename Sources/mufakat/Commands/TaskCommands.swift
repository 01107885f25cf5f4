import ArgumentParser
import Dossier
import History
import Node
import Registry

struct ReassignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reassign", abstract: "Hand the task of an open step to a person (alih tugas); it gives no right.",
        discussion: "Example:\n  mufakat reassign 3fa1 --step 9 --to \"Tenaga Ahli\" --as kabid")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Option(help: "Step, where several are open.") var step: String?
    @Option(help: "PERSON[@UNIT].") var to: String

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        let (unit, person) = try PersonArgument.find(to, replica)
        let change = try replica.reassign(
            id, step: step, to: unit, person, options: try act.options(),
            by: try signer.author(replica, global.language))
        Output.change(change.id, id, global)
    }
}

struct LinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Note that a dossier belongs to another; told to units that share both.",
        discussion: """
            Relations: continues, follow_up_of, similar_to.
            Example:
              mufakat link 3fa1 follow_up_of 77b0 --as kaopd
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Relation.") var relation: String
    @Argument(help: "The other dossier.") var target: String

    func run() throws {
        let replica = try global.open()
        guard let kind = DossierRelation(rawValue: relation) else {
            let known = DossierRelation.allCases.map(\.rawValue).joined(separator: ", ")
            throw NodeFailure.badValue(field: "relation", value: relation, expected: known)
        }
        let id = try replica.dossier(dossier)
        let change = try replica.link(
            id, kind, to: try replica.dossier(target), by: try signer.author(replica, global.language))
        Output.change(change.id, id, global)
    }
}

struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Go on with a newer version of the procedure; the heads of all parties sign.",
        discussion: """
            What was walked stays as it was decided: a version that changes it is refused.
            Examples:
              mufakat migrate 3fa1 --check
              mufakat migrate 3fa1 --as kadis
              mufakat migrate 3fa1 tangsel.pengembangan-aplikasi@3 --as kaopd
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var act: ActArguments
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "ID or ID@VERSION; else the latest version of the dossier's procedure.") var version: String?
    @Flag(help: "Show what would change and who has to sign; sign nothing.") var check = false

    func run() throws {
        let replica = try global.open()
        let id = try replica.dossier(dossier)
        if check {
            let plan = try replica.migrationPlan(id, to: version)
            return global.json ? Terminal.json(MigrationText.object(plan)) : MigrationText.print(plan, global.language)
        }
        let change = try replica.migrate(
            id, to: version, options: try act.options(), by: try signer.author(replica, global.language))
        let view = try replica.view(id)
        let status = view.history.index(of: change.id).flatMap { view.state.verdict(onAct: $0)?.code }
        Output.change(change.id, id, global, status: status)
    }
}
