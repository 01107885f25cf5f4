import Dossier
import History
import Node
import Procedure
import Sodium

/// One stage that a document has come to, in the order of the procedure.
struct NamedStage {
    let stage: String
    /// Of the contents that were named, counted from 1: what is only passed on keeps its number.
    let number: Int
    let step: String
    let round: Int

    /// Stages of an instance that outcomes in effect have named.
    static func list(_ type: DocumentType, _ instance: Int, _ view: DossierView) -> [NamedStage] {
        guard !type.stages.isEmpty else { return [] }
        var named: [NamedStage] = []
        var contents: [Bytes32] = []
        for activation in view.state.procedure.activations {
            guard let decided = activation.candidates.first(where: { $0.outcome == activation.decided }) else {
                continue
            }
            for place in decided.acts {
                let record = view.state.acts[place]
                guard case .outcome(let outcome) = record.act.body else { continue }
                for claim in outcome.documents where claim.document == type.id && claim.instance == instance {
                    guard let stage = claim.stage else { continue }
                    let content = view.state.content(
                        of: type, instance: instance, asOf: record.item, view.history
                    ).revision(stage: nil)
                    let number = contents.firstIndex(of: content) ?? contents.count
                    if number == contents.count { contents.append(content) }
                    named.append(
                        NamedStage(stage: stage, number: number + 1, step: activation.step, round: activation.round))
                }
            }
        }
        return named
    }

    var text: String { "\(stage) r\(number)" }

    var object: [String: Any] { ["stage": stage, "revision": number, "step": step, "round": round] }
}
