package import Procedure

extension DossierState {
    /// Whether an act is initials (*paraf*): a signature that says so, or an outcome by somebody of whom the rules of
    /// the documents that it gives, and its own, want no more.
    package func isParaf(_ record: ActRecord, _ definition: ProcedureDefinition) -> Bool {
        switch record.act.body {
        case .sign(let sign): sign.isParaf
        case .outcome(let outcome):
            definition.isParaf(step: outcome.step, outcome: outcome.name) { name in
                guard definition.team(name) != nil else { return record.act.role.utf8.elementsEqual(name.utf8) }
                return procedure.seats.contains {
                    $0.team == name && $0.seat == "ketua" && $0.actor == record.act.actor
                }
            }
        default: false
        }
    }
}
