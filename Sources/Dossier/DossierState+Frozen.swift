import Authority
import CBOR
import History
import Procedure

extension DossierState {
    /// What the procedure would be if everything that awaits ratification were authorised; nil where nothing does.
    ///
    /// - Parameter definition: the one in force; no migration is looked at again.
    static func ratified(
        _ history: DossierHistory, _ definition: ProcedureDefinition, _ verdicts: [Verdict], _ removals: [Removal],
        _ steps: StepCounter
    ) -> EngineResult? {
        guard verdicts.contains(where: { $0.reason == .awaitsRatification }) else { return nil }
        let raised = verdicts.map { verdict in
            var ratified = verdict
            if verdict.reason == .awaitsRatification { (ratified.reason, ratified.isRivalEntitled) = (nil, true) }
            return ratified
        }
        return fold(
            history: history, definition: definition, verdicts: raised, removals: removals, steps: steps
        ).procedure
    }
}
