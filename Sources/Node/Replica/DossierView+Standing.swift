import Authority
import Dossier
package import Envelope
import History
package import Procedure
import Sodium

extension DossierView {
    /// Acts that ended the dossier: those that completed the outcome that leads to an end, or asked for the end.
    var closingItems: [Int] {
        guard state.procedure.end != nil else { return [] }
        var items: [Int] = []
        for activation in state.procedure.activations {
            guard let decided = activation.decided, let step = definition.step(activation.step),
                step.outcome(decided)?.targets.contains(where: { definition.end($0) != nil }) == true,
                let candidate = activation.candidates.first(where: { $0.outcome == decided })
            else { continue }
            items += [candidate.completing, candidate.completedBy].compactMap { $0 }.map { state.acts[$0].item }
        }
        for (place, record) in state.acts.enumerated() where state.procedure.verdicts[place] == .effective {
            switch record.act.body {
            case .withdraw, .cancel: items.append(record.item)
            default: break
            }
        }
        return items
    }

    /// Edits of documents, by people who may write here, that whoever ended the dossier had not seen (*setelah berkas
    /// ditutup*). They are kept and change nothing that was decided.
    package var lateEdits: [Int] {
        let closing = closingItems
        guard !closing.isEmpty else { return [] }
        return history.items.indices.filter { index in
            guard history.hasEditsOnly[index], state.verdicts[index].isAuthorised else { return false }
            let isEdit = history.items[index].operations.contains {
                (Code.set...Code.deleteRow).contains($0.code) || $0.code == Code.attach
            }
            return isEdit && !closing.contains { $0 == index || history.isAncestor(index, of: $0) }
        }
    }

    /// Other dossiers that this one was linked to: relation, and the id as far as its text is held here.
    package var links: [(relation: String, dossier: DossierID?)] {
        DossierRelation.allCases.flatMap { relation in
            state.members(Path("link/" + relation.rawValue), history).map { element in
                (
                    relation.rawValue,
                    reader.text(element.value).flatMap { Hexadecimal.decode($0) }.flatMap { DossierID($0) }
                )
            }
        }
    }

    /// The teams that are formed, in the order of the definition, each with its seats.
    package var teams: [(team: String, seats: [SeatClaim])] {
        definition.teams.compactMap { team in
            let seats = state.procedure.seats.filter { $0.team == team.id }
            return seats.isEmpty
                ? nil : (team.id, seats.filter { $0.seat == "ketua" } + seats.filter { $0.seat != "ketua" })
        }
    }

    /// Whether somebody recorded or signed in an activation what awaits ratification.
    package func awaitsRatification(_ activation: ActivationID) -> Bool {
        state.acts.contains { record in
            guard state.verdicts[record.item].reason == .awaitsRatification else { return false }
            switch record.act.body {
            case .outcome(let outcome): return outcome.activation == activation
            case .sign(let sign): return sign.activation == activation
            default: return false
            }
        }
    }

    /// The persons a task of an activation was handed to.
    package func assignees(of activation: ActivationID) -> [Actor] {
        state.procedure.assignments.filter { $0.activation == activation }.map(\.actor)
    }
}
