import CBOR

extension Engine {
    /// What would follow if everything that awaits ratification were authorised, of a step that is not decided
    /// otherwise: it is shown as frozen, its facts kept (Protocol 4 §3.5.4).
    ///
    /// **Why a second run.** What rests on such an outcome may need the documents of its author, what it bound and whom
    /// it seated, and may join lanes that go on; only the same rules say what would be there. Nothing of that run is
    /// taken but which activations there are: a record without authority moves nothing.
    mutating func freezeUnratified(_ ratified: EngineResult) {
        var known = activationPlaces
        for activation in ratified.activations where known[activation.id] == nil {
            let isOpen = activation.causes.allSatisfy { cause in
                guard let causing = known[cause.activation].map({ result.activations[$0] }) else { return false }
                return causing.state != .done || causing.decided == cause.outcome
            }
            guard isOpen else { continue }
            var frozen = Activation(
                id: activation.id, step: activation.step, round: activation.round, causes: activation.causes,
                state: .frozen)
            frozen.since = activation.since
            frozen.targetDate = activation.targetDate
            frozen.forks = activation.forks
            let number = recorded.number(activation.id)
            known[activation.id] = result.activations.count
            append(frozen, number, step: rules.stepNames.find(activation.step) ?? -1)
            holdBack(number, for: "ratification")
        }
    }

    /// Acts of a frozen activation wait for what settles its cause.
    mutating func holdBack(_ number: Int, for settlement: String) {
        for index in recorded.records[number] + recorded.signatures[number] + recorded.rulings[number]
        where facts[index].isAuthorised {
            result.verdicts[index] = .waiting([settlement])
        }
    }
}
