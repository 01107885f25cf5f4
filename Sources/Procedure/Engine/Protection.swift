package import Sodium

/// Which outcomes, signatures and rulings are protected from the end of their signer (Protocol 3 §7 B.4).
///
/// Entitlement follows from the bindings and seats of the procedure *as if nothing had been ended*: all acts that are
/// valid as signed count. Otherwise authority would depend on effect and effect on authority, and a thief could take
/// a protection away by unbinding a role with a revoked key.
package struct Protection {
    private let definition: ProcedureDefinition
    private let dossier: Bytes32
    private let acts: [Act]
    private let context: any EngineContext
    /// All acts that are valid as signed, in effect.
    private let world: EngineResult
    private var outcomesOf: [ActivationID: [Int]] = [:]
    private var rulingsOf: [ActivationID: [Int]] = [:]
    private var causes: [ActivationID: [Cause]] = [:]
    private var steps: [ActivationID: String] = [:]
    private var activatedBy: [Cause: [ActivationID]] = [:]

    /// - Parameter acts: in canonical order, each with `isAuthorised` saying that it is valid as signed.
    package init(
        definition: ProcedureDefinition, dossier: Bytes32, parties: [(slot: String, unit: Bytes32)], acts: [Act],
        context: any EngineContext
    ) {
        (self.definition, self.dossier, self.acts, self.context) = (definition, dossier, acts, context)
        world = Engine.run(definition: definition, dossier: dossier, parties: parties, acts: acts, context: context)
        for (index, act) in acts.enumerated() {
            switch act.body {
            case .outcome(let outcome):
                outcomesOf[outcome.activation, default: []].append(index)
                noteTargets(of: outcome)
            case .ruling(let ruling): rulingsOf[ruling.activation, default: []].append(index)
            default: continue
            }
        }
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
        let derived = derivedActivations(claim)
        let resting = acts.indices.filter {
            context.isAncestor(act, of: $0) && isAuthorised($0) && rests($0, on: claim, derived)
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
    private struct Claim {
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

    private func name(ofWinner ruling: RulingAct) -> String? {
        for index in outcomesOf[ruling.activation] ?? [] where acts[index].id == ruling.winner {
            if case .outcome(let outcome) = acts[index].body { return outcome.name }
        }
        return nil
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

    /// Another outcome of the activation by a person entitled to it, with the causing outcome in his past, in the past
    /// of an act, unless a ruling in that same past named it and chose this one. Of a ruling: a concurrent one that
    /// chose otherwise.
    private func hasRival(_ claim: Claim, before end: Int, _ isRival: (Int) -> Bool) -> Bool {
        if claim.isRuling {
            return (rulingsOf[claim.activation] ?? []).contains { other in
                guard other != claim.act, isRival(other), context.isAncestor(other, of: end),
                    !context.isAncestor(other, of: claim.act), case .ruling(let ruling) = acts[other].body
                else { return false }
                return name(ofWinner: ruling) != claim.outcome && mayRule(other, claim, isRival)
            }
        }
        guard let step = definition.step(claim.step) else { return false }
        return (outcomesOf[claim.activation] ?? []).contains { other in
            guard case .outcome(let record) = acts[other].body, record.name != claim.outcome, isRival(other),
                context.isAncestor(other, of: end), let rule = step.outcome(record.name),
                (rule.by ?? step.by).contains(where: { fills(acts[other], $0) }), hasSeenCauses(other, claim)
            else { return false }
            return !wasRuledOut(other, claim, before: end, isRival)
        }
    }

    private func hasSeenCauses(_ other: Int, _ claim: Claim) -> Bool {
        (causes[claim.activation] ?? []).allSatisfy { cause in
            (outcomesOf[cause.activation] ?? []).contains { source in
                guard case .outcome(let outcome) = acts[source].body, acts[source].isAuthorised,
                    let step = definition.step(outcome.step), let rule = step.outcome(outcome.name)
                else { return false }
                return outcome.name == cause.outcome && context.isAncestor(source, of: other)
                    && ((rule.by ?? step.by) + (rule.escalate.map { [$0] } ?? [])).contains { fills(acts[source], $0) }
            }
        }
    }

    private func wasRuledOut(_ rival: Int, _ claim: Claim, before end: Int, _ isRival: (Int) -> Bool) -> Bool {
        (rulingsOf[claim.activation] ?? []).contains { index in
            guard isRival(index), context.isAncestor(index, of: end), case .ruling(let ruling) = acts[index].body,
                mayRule(index, claim, isRival)
            else { return false }
            return ruling.candidates.contains(acts[rival].id) && name(ofWinner: ruling) == claim.outcome
        }
    }

    /// The resolver or one level up, who had recorded and signed none of the outcomes.
    private func mayRule(_ index: Int, _ claim: Claim, _ isRival: (Int) -> Bool) -> Bool {
        guard let step = definition.step(claim.step), resolvers(of: step).contains(where: { fills(acts[index], $0) })
        else { return false }
        return !acts.indices.contains { other in
            guard isRival(other), acts[other].actor == acts[index].actor, context.isAncestor(other, of: index) else {
                return false
            }
            switch acts[other].body {
            case .outcome(let outcome): return outcome.activation == claim.activation
            case .sign(let sign): return sign.activation == claim.activation
            default: return false
            }
        }
    }

    private func resolvers(of step: Step) -> [String] { [step.resolver ?? "it.head", "it.head", "authority.official"] }

    // MARK: Rights

    /// To decide the step, to sign for it, or to rule on it.
    private func isEntitled(_ other: Int, to claim: Claim) -> Bool {
        guard let step = definition.step(claim.step) else { return false }
        let rule = claim.outcome.flatMap { step.outcome($0) }
        let rules =
            ([step.sign, rule?.sign].compactMap { $0 })
            + (rule.map { step.documents(for: $0) } ?? step.gives).compactMap {
                definition.document($0.document)?.rule(stage: $0.stage)
            }
        let names =
            (rule?.by ?? step.by) + rules.flatMap { $0.need.map(\.name) }
            + resolvers(of: step)
        return names.contains { fills(acts[other], $0) }
    }

    /// Whether an act's person fills a role of a unit bound to its slot, or sits in a team.
    private func fills(_ act: Act, _ name: String) -> Bool {
        if definition.team(name) != nil { return world.seats.contains { $0.team == name && $0.actor == act.actor } }
        guard act.role.utf8.elementsEqual(name.utf8), let slot = definition.slot(ofRole: name) else { return false }
        return world.binding(slot)?.units.contains(act.actor.unit) ?? false
    }

    private func derivedActivations(_ claim: Claim) -> Set<ActivationID> {
        guard let name = claim.outcome else { return [] }
        var derived: Set<ActivationID> = []
        var queue = [Cause(activation: claim.activation, outcome: name)]
        while let cause = queue.popLast() {
            for id in activatedBy[cause] ?? [] where derived.insert(id).inserted {
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
