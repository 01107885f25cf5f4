import CBOR
import Sodium

/// Who stands against a claim, and who has a right to it (Protocol 3 §7 B.4, Protocol 4 §3.7).
extension Protection {
    /// Another outcome of the activation by a person entitled to it, with the causing outcome in his past, in the past
    /// of an act, unless a ruling in that same past named it and chose this one. Of a ruling: a concurrent one that
    /// chose otherwise.
    func hasRival(_ claim: Claim, before end: Int, _ isRival: (Int) -> Bool) -> Bool {
        if claim.isRuling {
            return (rulingsOf[claim.activation] ?? []).contains { other in
                stepCounter.add()
                guard other != claim.act, isRival(other), context.isAncestor(other, of: end),
                    !context.isAncestor(other, of: claim.act), case .ruling(let ruling) = acts[other].body
                else { return false }
                return name(ofWinner: ruling) != claim.outcome && mayRule(other, claim, isRival)
            }
        }
        guard let step = definition.step(claim.step) else { return false }
        return (outcomesOf[claim.activation] ?? []).contains { other in
            stepCounter.add()
            guard case .outcome(let record) = acts[other].body, record.name != claim.outcome, isRival(other),
                context.isAncestor(other, of: end), let rule = step.outcome(record.name),
                (rule.by ?? step.by).contains(where: { fills(acts[other], $0) }), hasSeenCauses(other, claim)
            else { return false }
            return !wasRuledOut(other, claim, before: end, isRival)
        }
    }

    private func hasSeenCauses(_ other: Int, _ claim: Claim) -> Bool {
        (causes[claim.activation] ?? []).allSatisfy { cause in
            stepCounter.add()
            return records(of: cause).hasAny(before: other, context)
        }
    }

    /// Outcomes by people entitled to them by which others have seen a cause.
    private func records(of cause: Cause) -> Chains {
        if let known = memory.seen[cause] { return known }
        let all = outcomesOf[cause.activation] ?? []
        stepCounter.add(all.count)
        let found = all.filter { source in
            guard case .outcome(let outcome) = acts[source].body, acts[source].isAuthorised,
                outcome.name == cause.outcome, let step = definition.step(outcome.step),
                let rule = step.outcome(outcome.name)
            else { return false }
            return ((rule.by ?? step.by) + (rule.escalate.map { [$0] } ?? [])).contains { fills(acts[source], $0) }
        }
        let chains = Chains(found, context)
        memory.seen[cause] = chains
        return chains
    }

    private func wasRuledOut(_ rival: Int, _ claim: Claim, before end: Int, _ isRival: (Int) -> Bool) -> Bool {
        (rulingsOf[claim.activation] ?? []).contains { index in
            stepCounter.add()
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
        let own = involved[Involvement(activation: claim.activation, actor: acts[index].actor)] ?? []
        return !own.contains { other in
            stepCounter.add()
            return isRival(other) && context.isAncestor(other, of: index)
        }
    }

    private func resolvers(of step: Step) -> [String] { [step.resolver ?? "it.head", "it.head", "authority.official"] }

    // MARK: Rights

    /// To decide the step, to sign for it, or to rule on it.
    func isEntitled(_ other: Int, to claim: Claim) -> Bool {
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
        if definition.team(name) != nil {
            stepCounter.add(world.seats.count)
            return world.seats.contains { $0.team == name && $0.actor == act.actor }
        }
        guard act.role.utf8.elementsEqual(name.utf8), let slot = definition.slot(ofRole: name) else { return false }
        return world.binding(slot)?.units.contains(act.actor.unit) ?? false
    }
}
