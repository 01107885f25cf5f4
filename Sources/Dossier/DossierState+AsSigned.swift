package import Authority
package import CBOR
package import History

extension DossierState {
    /// Registers, sets and tables as if nothing had been ended: what is valid as signed has effect. The bodies of acts
    /// are not in it.
    ///
    /// - Parameter isWhole: what was never valid has effect too: what an author read who took it to be.
    package static func asSigned(
        _ history: DossierHistory, _ verdicts: [Verdict], isWhole: Bool = false,
        steps: StepCounter = StepCounter()
    ) -> DossierState {
        var state = DossierState()
        state.opening = history.opening
        state.verdicts = verdicts.map { verdict in
            var signed = verdict
            if verdict.isValidAsSigned || isWhole { signed.reason = nil }
            return signed
        }
        for index in history.items.indices where state.verdicts[index].isAuthorised {
            if steps.isExceeded { return state }
            state.apply(history.items[index], at: index, history, steps)
        }
        state.indexDocuments()
        return state
    }
}
