import CBOR

extension Engine {
    /// Which outcome takes effect: the one ruled, the only one that stands, the only final one, or none (*sengketa*).
    mutating func choose(
        among records: [Int], _ activation: inout Activation, _ visit: Visit, _ step: NumberedStep
    ) {
        let standing = onlyStanding(activation, step)
        if let ruled = ruledOutcome(&activation, visit, step) {
            settleRuled(ruled, &activation)
        } else if let standing, !hasRivalCompletions(activation.candidates[standing], step) {
            settleSingle(standing, &activation)
        } else if let final = onlyFinal(activation.candidates) {
            settleFinal(final, &activation)
        } else {
            activation.state = .contested
            for index in records { result.verdicts[index] = .contested }
        }
    }

    /// Two records of one outcome whose documents were both completed with different revisions.
    private func hasRivalCompletions(_ candidate: Candidate, _ step: NumberedStep) -> Bool {
        guard candidate.acts.reduce(0, { $0 + facts[$1].claims.count }) > 1 else { return false }
        let rule = step.outcomes[candidate.rule]
        var seen: [Int: RevisionKey] = [:]
        var isDivided: Set<Int> = []
        for index in candidate.acts where waitingFor(index, rule, facts[index].number).isEmpty {
            for place in facts[index].claims where rule.given.contains(claims[place].document) {
                let (document, revision) = (claims[place].document, RevisionKey(claims[place]))
                if let first = seen[document], first != revision { isDivided.insert(document) }
                if isDivided.contains(document), self.rule(of: place) != nil { return true }
                seen[document] = seen[document] ?? revision
            }
        }
        return false
    }

    /// What its signers refused is left behind.
    private mutating func settleSingle(_ only: Int, _ activation: inout Activation) {
        conclude(activation.candidates[only], &activation)
        guard activation.candidates.count > 1 else { return }
        let rule = activation.candidates[only].rule
        for candidate in activation.candidates where candidate.rule != rule {
            for index in candidate.acts { result.verdicts[index] = .superseded }
        }
    }

    /// The place of the one that its signers did not refuse; nil where there are more, or none.
    private func onlyStanding(_ activation: Activation, _ step: NumberedStep) -> Int? {
        var only: Int?
        for place in activation.candidates.indices where !isRefused(place, activation, step) {
            guard only == nil else { return nil }
            only = place
        }
        return only
    }

    /// An outcome that still waits for the signature of somebody who recorded an outcome of his side alone (`by`): he was
    /// asked, and this is the answer. There would be nothing to rule between, as no ruling stands for a signature.
    private func isRefused(_ place: Int, _ activation: Activation, _ step: NumberedStep) -> Bool {
        guard activation.candidates[place].completing == nil else { return false }
        let candidate = activation.candidates[place]
        return activation.candidates.contains { other in
            guard other.completing != nil, other.rule != candidate.rule, step.outcomes[other.rule].hasOwnBy else {
                return false
            }
            return other.acts.contains { index in
                candidate.waitingFor.contains { signs(index, rules.capacity($0)) }
            }
        }
    }

    private mutating func conclude(_ candidate: Candidate, _ activation: inout Activation) {
        let isDone = candidate.completing != nil
        activation.state = isDone ? .done : .waitingForSignatures
        if isDone { (activation.decided, activation.isFinal) = (candidate.outcome, candidate.isFinal) }
        if candidate.acts.count == 1 {
            result.verdicts[candidate.acts[0]] = isDone ? .effective : .waiting(candidate.waitingFor)
            return
        }
        let standing = standingRecords(candidate)
        let (isStanding, named) = (
            Set(standing), NamedRevisions(standing.flatMap { facts[$0].claims }.map { claims[$0] })
        )
        steps.add(candidate.acts.count)
        for index in candidate.acts {
            let isOld = !isStanding.contains(index) && namesOtherRevision(index, than: named)
            result.verdicts[index] = isOld ? .outdated : isDone ? .effective : .waiting(candidate.waitingFor)
        }
    }

    /// The record whose documents carry all signatures; while something is waited for, those that no later one saw.
    func standingRecords(_ candidate: Candidate) -> [Int] {
        if let completing = candidate.completing { return [completing] }
        return latest(of: candidate.acts)
    }

    /// Those that none of the others has in its past; in canonical order.
    func latest(of acts: [Int]) -> [Int] {
        if acts.count < 2 { return acts }
        return Chains(acts, context).latest(context)
    }

    /// Of a document that is signed.
    private func namesOtherRevision(_ index: Int, than named: NamedRevisions) -> Bool {
        facts[index].claims.contains { place in
            rule(of: place) != nil && named.holdsInstance(of: claims[place]) && !named.holds(claims[place])
        }
    }

    private mutating func settleFinal(_ final: Candidate, _ activation: inout Activation) {
        conclude(final, &activation)
        for candidate in activation.candidates where candidate.rule != final.rule {
            for index in candidate.acts { result.verdicts[index] = .objection }
        }
    }

    private mutating func settleRuled(_ ruled: RuledOutcome, _ activation: inout Activation) {
        guard let place = activation.candidates.firstIndex(where: { $0.rule == ruled.rule }) else { return }
        let winner = activation.candidates[place]
        let chosen = Candidate(
            outcome: winner.outcome, acts: winner.acts, completing: winner.completing,
            completedBy: winner.completing == nil ? nil : ruled.ruling, waitingFor: winner.waitingFor,
            isFinal: winner.isFinal || ruled.isFinal, rule: winner.rule)
        conclude(chosen, &activation)
        if winner.completing != nil { activation.candidates[place] = chosen }
        for candidate in activation.candidates where candidate.rule != ruled.rule {
            for index in candidate.acts {
                result.verdicts[index] = ruled.named.contains(acts[index].id) ? .superseded : .objection
            }
        }
    }

    private func onlyFinal(_ candidates: [Candidate]) -> Candidate? {
        let finals = candidates.filter(\.isFinal)
        return finals.count == 1 ? finals[0] : nil
    }
}

/// Revisions that acts name, looked up and not searched.
struct NamedRevisions {
    private struct Instance: Hashable {
        let document: Int
        let instance: Int
    }

    private var revisions: Set<RevisionKey> = []
    private var instances: Set<Instance> = []
    private var documents: Set<Int> = []

    init(_ claims: [ClaimFacts]) {
        for claim in claims { insert(claim) }
    }

    mutating func insert(_ claim: ClaimFacts) {
        revisions.insert(RevisionKey(claim))
        instances.insert(Instance(document: claim.document, instance: claim.instance))
        documents.insert(claim.document)
    }

    func holds(_ claim: ClaimFacts) -> Bool { revisions.contains(RevisionKey(claim)) }

    func holdsInstance(of claim: ClaimFacts) -> Bool {
        instances.contains(Instance(document: claim.document, instance: claim.instance))
    }

    func holdsDocument(of claim: ClaimFacts) -> Bool { documents.contains(claim.document) }
}
