import Sodium

extension Engine {
    /// Signers that an outcome still waits for: the rules of its given documents, and its own.
    func waitingFor(_ index: Int, _ record: OutcomeAct, _ rule: OutcomeRule, _ step: Step) -> [String] {
        var waiting: [String] = []
        func wait(_ names: [String]) {
            for name in names where !waiting.contains(name) { waiting.append(name) }
        }
        for reference in step.given(by: rule) {
            guard let signRule = definition.document(reference.document)?.rule(stage: reference.stage),
                let claim = record.documents.first(where: { $0.document == reference.document })
            else { continue }
            let own = rule.effect == .advance ? signRule : ownSide(signRule, acts[index])
            wait(missing(own, in: signatures(over: claim, record.activation)))
        }
        if let own = rule.rule(in: step) {
            wait(missing(own, in: signatures(overOutcome: record, record.activation)))
        }
        return waiting
    }

    /// A refusal never needs the other side's signature: only signers of the actor's own side are waited for.
    private func ownSide(_ rule: SignRule, _ act: Act) -> SignRule {
        var own = rule
        own.need = rule.need.filter { signer in
            if definition.team(signer.name) != nil { return fills(act, signer.name) }
            guard let slot = definition.slot(ofRole: signer.name) else { return false }
            return units(of: slot, for: act.place) == [act.actor.unit]
        }
        if case .number(let count) = own.rule { own.rule = .number(min(count, own.need.count)) }
        return own
    }

    /// Acts that stand as signatures over a revision: `sign` operations, and records of outcomes that name it, for the
    /// role in which they were recorded.
    private func signatures(over claim: DocumentClaim, _ activation: ActivationID) -> [Int] {
        let signed = (signaturesOf[activation] ?? []).filter { index in
            guard acts[index].isAuthorised, case .sign(let sign) = acts[index].body else { return false }
            return sign.documents.contains { $0.isPresent && $0.isSameRevision(as: claim) }
        }
        return signed
            + records(in: activation) { $0.documents.contains { $0.isPresent && $0.isSameRevision(as: claim) } }
    }

    private func signatures(overOutcome record: OutcomeAct, _ activation: ActivationID) -> [Int] {
        let signed = (signaturesOf[activation] ?? []).filter { index in
            guard acts[index].isAuthorised, case .sign(let sign) = acts[index].body else { return false }
            return sign.outcome == record.name
        }
        return signed + records(in: activation) { $0.name == record.name }
    }

    private func records(in activation: ActivationID, where matches: (OutcomeAct) -> Bool) -> [Int] {
        (outcomesOf[activation] ?? []).filter { index in
            guard acts[index].isAuthorised, let record = outcomeAct(index) else { return false }
            return matches(record)
        }
    }

    /// Needed signers that no distinct person fills yet. One person fills one seat unless the rule says otherwise.
    private func missing(_ rule: SignRule, in signatures: [Int]) -> [String] {
        var taken: Set<Actor> = []
        var filled: [String] = []
        var last: Int?
        for signer in rule.need {
            let fits = signatures.first { index in
                guard signs(acts[index], signer.name) else { return false }
                if !rule.allowsSamePerson, taken.contains(acts[index].actor) { return false }
                if rule.isSequence, let last, !context.isAncestor(last, of: index) { return false }
                return true
            }
            guard let fits else { continue }
            taken.insert(acts[fits].actor)
            filled.append(signer.name)
            last = fits
        }
        let required = rule.need.filter { !$0.isOptional }.map(\.name)
        let open = required.filter { !filled.contains($0) }
        switch rule.rule {
        case .all: return open
        case .any: return filled.isEmpty && !required.isEmpty ? required : []
        case .number(let count): return filled.count >= count ? [] : open
        }
    }

    /// Whether a revision carries the signatures of a rule, counting only acts in the past of one.
    func isSigned(_ claim: DocumentClaim, _ rule: SignRule, asOf index: Int) -> Bool {
        var found: [Int] = []
        for naming in namings[claim.document] ?? []
        where naming.claim.isSameRevision(as: claim) && naming.act != found.last
            && context.isAncestor(naming.act, of: index)
        { found.append(naming.act) }
        return missing(rule, in: found).isEmpty
    }

    /// The latest act of a completion, in canonical order: its stated day is day 0 of what follows.
    func lastSignature(over index: Int, _ activation: Activation, _ step: Step) -> Int {
        guard let record = outcomeAct(index) else { return index }
        var last = index
        for claim in record.documents where definition.document(claim.document)?.rule(stage: claim.stage) != nil {
            for signature in signatures(over: claim, activation.id) { last = max(last, signature) }
        }
        return last
    }

    /// Verdicts on the `sign` operations of an activation.
    mutating func judgeSignatures(_ activation: Activation, _ step: Step) {
        for index in signaturesOf[activation.id] ?? [] where acts[index].isAuthorised {
            guard case .sign(let sign) = acts[index].body else { continue }
            result.verdicts[index] = verdict(on: sign, index, activation, step)
        }
    }

    private func verdict(on sign: SignAct, _ index: Int, _ activation: Activation, _ step: Step) -> ActVerdict {
        guard hasSeenCauses(index, activation) else { return .noEffect(.causeNotSeen, detail: "") }
        var rules = step.sign.map { [$0] } ?? []
        if let name = sign.outcome, let own = step.outcome(name)?.sign { rules.append(own) }
        for claim in sign.documents {
            guard claim.isPresent else { return .noEffect(.otherRevision, detail: claim.document) }
            if let rule = definition.document(claim.document)?.rule(stage: claim.stage) { rules.append(rule) }
        }
        let isAttendee = sign.documents.contains { isAttendance($0, of: step) } && isOfParty(acts[index])
        guard isAttendee || rules.contains(where: { $0.need.contains { signs(acts[index], $0.name) } }) else {
            return .noEffect(.notASigner, detail: acts[index].role)
        }
        // An earlier revision: the records name another one by now.
        let named = activation.candidates.flatMap(standingRecords).compactMap { outcomeAct($0) }.flatMap(\.documents)
        let isOld = sign.documents.contains { claim in
            named.contains { $0.document == claim.document } && !named.contains { $0.isSameRevision(as: claim) }
        }
        return isOld ? .outdated : .effective
    }

    /// Every attendee of a meeting may sign its list (procedures.md §3.5); nobody's signature is waited for.
    private func isAttendance(_ claim: DocumentClaim, of step: Step) -> Bool {
        step.meeting?.attendance.map { $0 == claim.document } ?? false
    }

    private func isOfParty(_ act: Act) -> Bool {
        bindings.keys.contains { units(of: $0, for: act.place).contains(act.actor.unit) }  // unordered: any of them
    }

    // MARK: Corrections

    /// Signatures by people who had seen the document take effect, over a revision that no record names.
    mutating func collectCorrections() {
        for activation in result.activations {
            guard let decided = activation.candidates.first(where: { $0.outcome == activation.decided }),
                let completing = decided.completing, let step = definition.step(activation.step),
                let rule = step.outcome(decided.outcome)
            else { continue }
            let named = decided.acts.compactMap { outcomeAct($0) }.flatMap(\.documents)
            var found: [DocumentClaim] = []
            for index in signaturesOf[activation.id] ?? [] where acts[index].isAuthorised {
                guard case .sign(let sign) = acts[index].body, context.isAncestor(completing, of: index) else {
                    continue
                }
                for claim in sign.documents
                where claim.isPresent && !named.contains(where: { $0.isSameRevision(as: claim) })
                    && !found.contains(where: { $0.isSameRevision(as: claim) })
                    && step.given(by: rule).contains(where: { $0.document == claim.document })
                { found.append(claim) }
            }
            for claim in found { note(claim, of: activation, after: completing) }
        }
    }

    private mutating func note(_ claim: DocumentClaim, of activation: Activation, after completing: Int) {
        guard let signRule = definition.document(claim.document)?.rule(stage: claim.stage) else { return }
        let signatures = (signaturesOf[activation.id] ?? []).filter { index in
            guard acts[index].isAuthorised, case .sign(let sign) = acts[index].body else { return false }
            return context.isAncestor(completing, of: index)
                && sign.documents.contains { $0.isPresent && $0.isSameRevision(as: claim) }
                && signRule.need.contains { signs(acts[index], $0.name) }
        }
        guard !signatures.isEmpty else { return }
        let waiting = missing(signRule, in: signatures)
        result.corrections.append(
            Correction(activation: activation.id, claim: claim, acts: signatures, waitingFor: waiting))
        for index in signatures { result.verdicts[index] = waiting.isEmpty ? .effective : .waiting(waiting) }
    }
}
