import ArgumentParser
import Dossier
import Envelope
import History
import Node
import Procedure

struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say in words why a dossier is not further, or why a change set has its effect, and what to do next.",
        discussion: """
            A change set is named by six or more digits of its id (mufakat history), or by --change.
            Examples:
              mufakat why 3fa1
              mufakat why 3fa1 14
              mufakat why 3fa1 77c01b
            """)
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Dossier.") var dossier: String
    @Argument(help: "Step, or change set.") var subject: String?
    @Option(help: "Change set, by the beginning of its id.") var change: String?

    private static let digitCountMin = 6

    func run() throws {
        let replica = try global.open()
        let view = try replica.view(try replica.dossier(dossier))
        if let change = try named(view) {
            guard let index = view.history.index(of: change) else { throw NodeFailure.unknownChange(change.hex) }
            let explanation = view.explanation(of: index)
            if global.json {
                Terminal.json(ExplanationText.object(explanation, view, global.language))
            } else {
                for line in ExplanationText.lines(explanation, view, global.language) {
                    Terminal.print(Terminal.safe(line))
                }
            }
            return
        }
        let obstacles = view.obstacles(step: subject)
        let due = try Self.due(view, replica, step: subject, global.language)
        let lines = obstacles.map { WhyText.line($0, view, global.language) } + due
        if global.json {
            let kinds = obstacles.map(WhyText.kind) + due.map { _ in "due" }
            Terminal.json(zip(kinds, lines).map { ["kind": $0.0, "text": $0.1] })
            return
        }
        if let held = try replica.held(view.id) { Terminal.print("- " + ReserveText.line(held, global.language)) }
        if lines.isEmpty { Terminal.note(Catalogue.nothing.text(global.language)) }
        for line in lines { Terminal.print("- " + Terminal.safe(line)) }
    }

    /// How the open steps stand in time.
    private static func due(
        _ view: DossierView, _ replica: Replica, step: String?, _ language: Language
    ) throws -> [String] {
        var times = try replica.times()
        let timeline = view.timeline
        return timeline.openSteps.filter { step == nil || $0.step == step }.compactMap { open in
            let time = times.facts(open, in: timeline)
            guard time.due != nil || time.isPaused else { return nil }
            return DueText.words(time, language).map {
                Message("Langkah {0}: {1}.", "Step {0}: {1}.").text(language, open.step, $0)
            }
        }
    }

    /// A step's id is a step; six or more digits that are none are a change set.
    private func named(_ view: DossierView) throws -> ChangeSetID? {
        if let change { return try view.change(prefix: change) }
        guard let subject, view.definition.step(subject) == nil, subject.utf8.count >= Self.digitCountMin,
            subject.allSatisfy(\.isHexDigit)
        else { return nil }
        return try view.change(prefix: subject)
    }
}
