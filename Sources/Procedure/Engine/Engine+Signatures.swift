import CBOR
import Sodium

extension Engine {
    /// Signers that an outcome still waits for: the rules of its given documents, and its own.
    func waitingFor(_ index: Int, _ rule: NumberedOutcome, _ activation: Int) -> [String] {
        let count = recorded.signatures.places(of: activation).count + recorded.records.places(of: activation).count
        // Of a removed party's people it depends on what each has seen.
        guard count > Self.fewCountMax, rule.isAdvance || removals.isEmpty else {
            return missingFor(index, rule, activation)
        }
        steps.add(1 + rule.signed.count)
        let revisions = rule.signed.map { signed in
            facts[index].claims.first { claims[$0].document == signed.document }.map { RevisionKey(claims[$0]) }
        }
        let key = EngineMemory.Waiting(
            activation: activation, rule: rule.number, revisions: revisions,
            actor: rule.isAdvance ? nil : acts[index].actor, role: rule.isAdvance ? -1 : facts[index].role)
        if let known = memory.waiting[key], known.rights == memory.rights { return known.names }
        let names = missingFor(index, rule, activation)
        memory.waiting[key] = (rights: memory.rights, names: names)
        return names
    }

    private func missingFor(_ index: Int, _ rule: NumberedOutcome, _ activation: Int) -> [String] {
        var waiting: [String] = []
        for (document, signRule) in rule.signed {
            guard let place = facts[index].claims.first(where: { claims[$0].document == document }) else { continue }
            let own = rule.isAdvance ? signRule : ownSide(signRule, index)
            for name in missing(own, in: Signatures(activation: activation, over: .claim(claims[place])))
            where !waiting.contains(name) { waiting.append(name) }
        }
        if let own = rule.signInStep {
            for name in missing(own, in: Signatures(activation: activation, over: .outcome(rule.name)))
            where !waiting.contains(name) { waiting.append(name) }
        }
        return waiting
    }

    /// A refusal never needs the other side's signature: only signers of the actor's own side are waited for.
    private func ownSide(_ rule: NumberedSignRule, _ act: Int) -> NumberedSignRule {
        rule.limited { signer in
            if signer.capacity.team >= 0 { return fills(act, signer.capacity) }
            return signer.capacity.role >= 0 && holder(of: signer.capacity.slot, for: act) == facts[act].unit
        }
    }

    /// Whether an authorised act names a revision that its own past holds.
    private func holdsUp(_ index: Int, _ claim: ClaimFacts) -> Bool {
        guard facts[index].isAuthorised else { return false }
        for place in facts[index].claims where claims[place].isPresent && claims[place].isSameRevision(as: claim) {
            return true
        }
        return false
    }

    /// Acts that stand as signatures in an activation: `sign` operations, and records of outcomes, for the role in which
    /// they were recorded.
    private struct Signatures {
        enum Subject {
            /// Those that name a revision.
            case claim(ClaimFacts)
            /// Those of an outcome, by the number of its name.
            case outcome(Int)
        }

        let activation: Int
        let over: Subject
    }

    /// The first that fits, in canonical order, signatures before records.
    private func first(_ signatures: Signatures, _ isFit: (Int) -> Bool) -> Int? {
        let (signed, records) = (
            recorded.signatures.places(of: signatures.activation), recorded.records.places(of: signatures.activation)
        )
        if signed.count + records.count > Self.fewCountMax {
            let standing: [Int]
            switch signatures.over {
            case .claim(let claim): standing = signing(in: signatures.activation).claims[RevisionKey(claim)] ?? []
            case .outcome(let name): standing = signing(in: signatures.activation).outcomes[name] ?? []
            }
            return standing.first { index in
                steps.add()
                return isFit(index)
            }
        }
        func stands(_ index: Int) -> Bool {
            switch signatures.over {
            case .claim(let claim): holdsUp(index, claim)
            case .outcome(let name): facts[index].isAuthorised && facts[index].outcome == name
            }
        }
        for place in signed {
            let index = recorded.signatures.item(place)
            if stands(index), isFit(index) { return index }
        }
        for place in records {
            let index = recorded.records.item(place)
            if stands(index), isFit(index) { return index }
        }
        return nil
    }

    /// What stands as signatures in an activation, by what it is over.
    private func signing(in activation: Int) -> EngineMemory.Signing {
        if let known = memory.signing[activation] { return known }
        var found = EngineMemory.Signing()
        let acts = [recorded.signatures[activation], recorded.records[activation]].joined()
        for index in acts where facts[index].isAuthorised {
            steps.add(1 + facts[index].claims.count)
            if facts[index].outcome >= 0 { found.outcomes[facts[index].outcome, default: []].append(index) }
            for place in facts[index].claims where claims[place].isPresent {
                let key = RevisionKey(claims[place])
                if found.claims[key]?.last != index { found.claims[key, default: []].append(index) }
            }
        }
        memory.signing[activation] = found
        return found
    }

    private func missing(_ rule: NumberedSignRule, in signatures: Signatures) -> [String] {
        missing(rule) { first(signatures, $0) }
    }

    private func missing(_ rule: NumberedSignRule, in signatures: some Sequence<Int>) -> [String] {
        missing(rule) { signatures.first(where: $0) }
    }

    /// Needed signers that no distinct person fills yet. One person fills one seat unless the rule says otherwise.
    private func missing(_ rule: NumberedSignRule, first: ((Int) -> Bool) -> Int?) -> [String] {
        if rule.need.count == 1 {
            if first({ signs($0, rule.need[0].capacity) }) != nil { return [] }
        }
        var taken: [Int] = []
        var isFilled = [Bool](repeating: false, count: rule.need.count)
        for place in rule.need.indices {
            let fits = first { index in
                guard signs(index, rule.need[place].capacity) else { return false }
                if !rule.allowsSamePerson, taken.contains(where: { acts[$0].actor == acts[index].actor }) {
                    return false
                }
                if rule.isSequence, let last = taken.last, !context.isAncestor(last, of: index) { return false }
                return true
            }
            guard let fits else { continue }
            taken.append(fits)
            // One who is named twice is not waited for when he has signed once.
            isFilled[rule.firstOfName[place]] = true
        }
        if case .number(let count) = rule.rule, taken.count >= count { return [] }
        if rule.rule == .any, !taken.isEmpty { return [] }
        return rule.need.indices.filter { !rule.need[$0].isOptional && !isFilled[rule.firstOfName[$0]] }
            .map { rule.need[$0].name }
    }

    /// Whether a revision carries the signatures of a rule, counting only acts in the past of one.
    func isSigned(_ claim: ClaimFacts, _ rule: NumberedSignRule, asOf index: Int) -> Bool {
        var found: [Int] = []
        for place in namings(of: claim)
        where claims[place].act != found.last && context.isAncestor(claims[place].act, of: index) {
            found.append(claims[place].act)
        }
        return missing(rule, in: found).isEmpty
    }

    /// The latest act of a completion, in canonical order: its stated day is day 0 of what follows.
    func lastSignature(over index: Int, _ visit: Visit) -> Int {
        var last = index
        for place in facts[index].claims where rule(of: place) != nil {
            let claim = claims[place]
            for place in recorded.signatures.places(of: visit.number) {
                let other = recorded.signatures.item(place)
                if other > last, holdsUp(other, claim) { last = other }
            }
            for place in recorded.records.places(of: visit.number) {
                let other = recorded.records.item(place)
                if other > last, holdsUp(other, claim) { last = other }
            }
        }
        return last
    }

    /// Verdicts on the `sign` operations of an activation.
    mutating func judgeSignatures(_ activation: Activation, _ visit: Visit, _ step: NumberedStep) {
        guard !recorded.signatures.places(of: visit.number).isEmpty else { return }
        let signatures = recorded.signatures[visit.number]
        let named = NamedRevisions(standingClaims(activation).map { claims[$0] })
        for index in signatures where facts[index].isAuthorised {
            steps.add(1 + facts[index].claims.count)
            result.verdicts[index] = verdict(onSignature: index, named, visit, step)
        }
    }

    private func standingClaims(_ activation: Activation) -> [Int] {
        activation.candidates.flatMap { standingRecords($0) }.flatMap { facts[$0].claims }
    }

    /// - Parameter named: what the records that stand claim.
    private func verdict(
        onSignature index: Int, _ named: NamedRevisions, _ visit: Visit, _ step: NumberedStep
    ) -> ActVerdict {
        guard hasSeenCauses(index, visit) else { return .noEffect(.causeNotSeen, detail: "") }
        let documents = facts[index].claims
        for place in documents where !claims[place].isPresent {
            return .noEffect(.otherRevision, detail: documentClaim(place)?.document ?? "")
        }
        let isAttendee =
            documents.contains { step.attendance == claims[$0].document } && isOfParty(index)
        let own = step.outcome(facts[index].outcome)?.sign
        guard
            isAttendee || isSigner(index, step.sign) || isSigner(index, own)
                || documents.contains(where: { isSigner(index, rule(of: $0)) })
        else { return .noEffect(.notASigner, detail: acts[index].role) }
        // An earlier revision: the records name another one by now.
        let isOld = documents.contains { place in
            named.holdsDocument(of: claims[place]) && !named.holds(claims[place])
        }
        return isOld ? .outdated : .effective
    }

    private func isSigner(_ index: Int, _ rule: NumberedSignRule?) -> Bool {
        guard let rule else { return false }
        for signer in rule.need where signs(index, signer.capacity) { return true }
        return false
    }

    /// Every attendee of a meeting may sign its list (procedures.md §3.5); nobody's signature is waited for.
    private func isOfParty(_ act: Int) -> Bool {
        bindings.indices.contains { units(of: $0, for: act).contains(facts[act].unit) }
    }

    // MARK: Corrections

    /// Signatures by people who had seen the document take effect, over a revision that no record names.
    mutating func collectCorrections() {
        for place in places.indices where !recorded.signatures.places(of: places[place].number).isEmpty {
            guard let (decided, rule) = decision(place), let completing = decided.completing else { continue }
            let number = places[place].number
            var named = NamedRevisions(decided.acts.flatMap { facts[$0].claims }.map { claims[$0] })
            var found: [Int] = []
            for index in recorded.signatures[number]
            where facts[index].isAuthorised && context.isAncestor(completing, of: index) {
                for place in facts[index].claims
                where claims[place].isPresent && rule.given.contains(claims[place].document)
                    && !named.holds(claims[place])
                {
                    found.append(place)
                    named.insert(claims[place])
                }
            }
            for claim in found { note(claim, of: result.activations[place].id, number, after: completing) }
        }
    }

    private mutating func note(_ place: Int, of activation: ActivationID, _ number: Int, after completing: Int) {
        guard let signRule = rule(of: place), let claim = documentClaim(place) else { return }
        let isFew = recorded.signatures.places(of: number).count <= Self.fewCountMax
        let standing =
            isFew
            ? recorded.signatures[number].filter { holdsUp($0, claims[place]) }
            : (signing(in: number).claims[RevisionKey(claims[place])] ?? []).filter { facts[$0].kind == .sign }
        let signatures = standing.filter { context.isAncestor(completing, of: $0) && isSigner($0, signRule) }
        guard !signatures.isEmpty else { return }
        let waiting = missing(signRule, in: signatures)
        result.corrections.append(
            Correction(activation: activation, claim: claim, acts: signatures, waitingFor: waiting))
        for index in signatures { result.verdicts[index] = waiting.isEmpty ? .effective : .waiting(waiting) }
    }

    /// As the act has it.
    private func documentClaim(_ place: Int) -> DocumentClaim? {
        let act = claims[place].act
        let offset = place - facts[act].claims.lowerBound
        return switch acts[act].body {
        case .outcome(let outcome): outcome.documents[offset]
        case .sign(let sign): sign.documents[offset]
        default: nil
        }
    }
}
