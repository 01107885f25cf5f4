import CBOR
import Dossier
package import Envelope
package import History
import Procedure
import Sodium

extension Replica {
    /// Plans a day for an open step that has no fixed standard (*tentatif*). Who may write in the dossier may plan.
    package func plan(_ dossier: DossierID, step: String, day: String, by author: Author) throws -> ChangeSet {
        guard CivilDay.parse(day) != nil else {
            throw NodeFailure.badValue(field: "day", value: day, expected: "YYYY-MM-DD")
        }
        return try write(dossier, by: author) { _, view, fields in
            guard let activation = view.state.procedure.open.last(where: { $0.step == step }) else {
                throw NodeFailure.unknownStep(step)
            }
            guard view.definition.step(step)?.due == .tentative else {
                let tentative = view.definition.steps.filter { $0.due == .tentative }.map(\.id)
                throw NodeFailure.badValue(
                    field: "step", value: step, expected: "tentatif: {\(tentative.joined(separator: ", "))}")
            }
            fields.add(Code.set, [(1, .text(Path.planned(activation.id).text)), (2, .text(day))])
        }
    }
}
