import CBOR
package import Sodium

/// Which outcomes, signatures and rulings are protected from the end of their signer (Protocol 3 §7 B.4).
///
/// Entitlement follows from the bindings and seats of the procedure *as if nothing had been ended*: all acts that are
/// valid as signed count. Otherwise authority would depend on effect and effect on authority, and a thief could take
/// a protection away by unbinding a role with a revoked key.
package struct Protection {
    let definition: ProcedureDefinition
    private let dossier: Bytes32
    let acts: [Act]
    let context: any EngineContext
    /// All acts that are valid as signed, in effect.
    let world: EngineResult
    private(set) var outcomesOf: [ActivationID: [Int]] = [:]
    private var signaturesOf: [ActivationID: [Int]] = [:]
    private(set) var rulingsOf: [ActivationID: [Int]] = [:]
    /// Rulings by what they chose, acknowledgements by what they name.
    private var rulingsFor: [Bytes32: [Int]] = [:]
    private var acknowledgements: [Bytes32: [Int]] = [:]
    /// Outcomes by their change sets.
    private var outcomes: [Bytes32: Int] = [:]
    /// What a person recorded or signed of an activation.
    private(set) var involved: [Involvement: [Int]] = [:]
    let memory = Memory()
    private(set) var causes: [ActivationID: [Cause]] = [:]
    private var steps: [ActivationID: String] = [:]
    private var activatedBy: [Cause: [ActivationID]] = [:]

    struct Involvement: Hashable {
        let activation: ActivationID
        let actor: Actor
    }

    /// What many acts ask again.
    final class Memory {
        /// By a cause the outcomes by which others have seen it.
        var seen: [Cause: Chains] = [:]
    }

    var stepCounter: StepCounter { context.steps }

    /// - Parameter acts: in canonical order, each with `isAuthorised` saying that it is valid as signed.
    package init(
        definition: ProcedureDefinition, dossier: Bytes32, parties: [(slot: String, unit: Bytes32)], acts: [Act],
        context: any EngineContext
    ) {
        (self.definition, self.dossier, self.acts, self.context) = (definition, dossier, acts, context)
        world = Engine.run(definition: definition, dossier: dossier, parties: parties, acts: acts, context: context)
        context.steps.add(acts.count)
        for (index, act) in acts.enumerated() { note(act, index) }
        let rules = definition.numbered
        for joined in Joins(rules, dossier: dossier, ActTable(acts, rules)).all {
            causes[joined.id] = joined.causes
            steps[joined.id] = rules.steps[joined.step].id
        }
        for activation in world.activations {
            causes[activation.id] = activation.causes
            steps[activation.id] = activation.step
        }
        for (id, list) in causes.sorted(by: { $0.key < $1.key }) {
            for cause in list { activatedBy[cause, default: []].append(id) }
        }
    }

    private mutating func note(_ act: Act, _ index: Int) {
        switch act.body {
        case .outcome(let outcome):
            outcomesOf[outcome.activation, default: []].append(index)
            outcomes[act.id] = index
            involved[Involvement(activation: outcome.activation, actor: act.actor), default: []].append(index)
            noteTargets(of: outcome)
        case .sign(let sign):
            signaturesOf[sign.activation, default: []].append(index)
            involved[Involvement(activation: sign.activation, actor: act.actor), default: []].append(index)
        case .ruling(let ruling):
            rulingsOf[ruling.activation, default: []].append(index)
            rulingsFor[ruling.winner, default: []].append(index)
        case .acknowledge(let id): acknowledgements[id, default: []].append(index)
        default: return
        }
    }

    /// What an outcome would activate, whether or not it did.
    private mutating func noteTargets(of outcome: OutcomeAct) {
        for target in definition.step(outcome.step)?.outcome(outcome.name)?.targets ?? [] {
            let cause = Cause(activation: outcome.activation, outcome: outcome.name)
            let id = ActivationID(dossier: dossier, step: target, causes: [cause])
            causes[id] = [cause]
            steps[id] = target
        }
    }

    /// - Parameters:
    ///   - act: an outcome, signature or ruling.
    ///   - isAuthorised: with this clause; asked of what lies after it.
    ///   - isRival: authorised without this clause.
    package func protects(_ act: Int, isAuthorised: (Int) -> Bool, isRival: (Int) -> Bool) -> Bool {
        protectors(of: act, isAuthorised: isAuthorised, isRival: isRival) != nil
    }

    /// The first act of another unit and the first of the own unit that together protect one; nil where none do.
    package func protectors(
        of act: Int, isAuthorised: (Int) -> Bool, isRival: (Int) -> Bool
    ) -> (countersigning: Int, confirming: Int)? {
        guard let claim = claim(of: act) else { return nil }
        if stepCounter.isExceeded { return nil }
        let derived = derivedActivations(claim)
        let resting = mayRest(on: claim, derived).filter {
            isAuthorised($0) && context.isAncestor(act, of: $0) && rests($0, on: claim, derived)
        }
        let countersigning = resting.first { other in
            if case .ruling(let ruling) = acts[other].body, !derived.contains(ruling.activation) { return false }
            return acts[other].actor.unit != acts[act].actor.unit && !hasRival(claim, before: other, isRival)
        }
        guard let countersigning else { return nil }
        let confirming = resting.first { other in
            switch acts[other].body {
            case .outcome, .sign, .ruling: break
            default: return false
            }
            return acts[other].actor.unit == acts[act].actor.unit && acts[other].actor != acts[act].actor
                && isEntitled(other, to: claim)
        }
        return confirming.map { (countersigning: countersigning, confirming: $0) }
    }

    /// What an act says, as others rest on it.
    struct Claim {
        let act: Int
        let activation: ActivationID
        let step: String
        /// The outcome recorded, signed or chosen.
        let outcome: String?
        let documents: [DocumentClaim]
        let isRuling: Bool
    }

    private func claim(of act: Int) -> Claim? {
        switch acts[act].body {
        case .outcome(let body):
            return Claim(
                act: act, activation: body.activation, step: body.step, outcome: body.name, documents: body.documents,
                isRuling: false)
        case .sign(let body):
            return Claim(
                act: act, activation: body.activation, step: body.step, outcome: body.outcome,
                documents: body.documents, isRuling: false)
        case .ruling(let body):
            guard let step = steps[body.activation], let name = name(ofWinner: body) else { return nil }
            return Claim(
                act: act, activation: body.activation, step: step, outcome: name, documents: [], isRuling: true)
        default: return nil
        }
    }

    func name(ofWinner ruling: RulingAct) -> String? {
        guard let index = outcomes[ruling.winner], case .outcome(let outcome) = acts[index].body,
            outcome.activation == ruling.activation
        else { return nil }
        return outcome.name
    }

    /// All acts that may rest on a claim, in canonical order.
    private func mayRest(on claim: Claim, _ derived: Set<ActivationID>) -> [Int] {
        let id = acts[claim.act].id
        var found = Set((acknowledgements[id] ?? []) + (rulingsFor[id] ?? []))
        for activation in derived.union([claim.activation]) {  // unordered: sorted below
            for list in [outcomesOf, signaturesOf, rulingsOf] { found.formUnion(list[activation] ?? []) }
        }
        stepCounter.add(1 + derived.count + found.count)
        return found.sorted()
    }

    private func rests(_ other: Int, on claim: Claim, _ derived: Set<ActivationID>) -> Bool {
        switch acts[other].body {
        case .acknowledge(let id): return id == acts[claim.act].id
        case .sign(let sign):
            if derived.contains(sign.activation) { return true }
            guard !claim.isRuling, sign.activation == claim.activation else { return false }
            if let name = claim.outcome, sign.outcome == name { return true }
            return shares(sign.documents, claim.documents)
        case .outcome(let outcome):
            if derived.contains(outcome.activation) { return true }
            guard !claim.isRuling, outcome.activation == claim.activation else { return false }
            if let name = claim.outcome { return outcome.name == name }
            return shares(outcome.documents, claim.documents)
        case .ruling(let ruling):
            return derived.contains(ruling.activation) || (!claim.isRuling && ruling.winner == acts[claim.act].id)
        default: return false
        }
    }

    private func shares(_ left: [DocumentClaim], _ right: [DocumentClaim]) -> Bool {
        left.contains { claim in right.contains { $0.isSameRevision(as: claim) } }
    }

    private func derivedActivations(_ claim: Claim) -> Set<ActivationID> {
        guard let name = claim.outcome else { return [] }
        var derived: Set<ActivationID> = []
        var queue = [Cause(activation: claim.activation, outcome: name)]
        while let cause = queue.popLast() {
            for id in activatedBy[cause] ?? [] where derived.insert(id).inserted {
                stepCounter.add(1 + (outcomesOf[id]?.count ?? 0))
                var names: Set<String> = []
                for record in outcomesOf[id] ?? [] {
                    guard case .outcome(let outcome) = acts[record].body, names.insert(outcome.name).inserted else {
                        continue
                    }
                    queue.append(Cause(activation: id, outcome: outcome.name))
                }
            }
        }
        return derived
    }
}
