extension Engine {
    /// withdraw (applicant's head), cancel (IT head), suspend and resume (either).
    mutating func closeOnRequest() {
        var suspends: [Int] = []
        for (index, act) in acts.enumerated() where act.isAuthorised {
            guard let isEntitled = mayRequest(act) else { continue }
            guard isEntitled else {
                result.verdicts[index] = .opinion
                continue
            }
            guard !lateRequests.contains(index), !isClosed(before: index) else {
                result.verdicts[index] = .noEffect(.closed, detail: "")
                continue
            }
            result.verdicts[index] = .effective
            switch act.body {
            case .withdraw: result.end = result.end ?? .withdrawn
            case .cancel: result.end = result.end ?? .cancelled
            case .suspend: suspends.append(index)
            default: suspends.removeAll { context.isAncestor($0, of: index) }
            }
        }
        result.isSuspended = !suspends.isEmpty
    }

    /// Nil for what is no request.
    private func mayRequest(_ act: Act) -> Bool? {
        switch act.body {
        case .withdraw: holdsRole(act, "applicant.head")
        case .cancel: holdsRole(act, "it.head")
        case .suspend, .resume: ["applicant.head", "it.head"].contains { holdsRole(act, $0) }
        default: nil
        }
    }

    /// Requests with effect that have the completion of an outcome in their own past by which the dossier ended.
    ///
    /// Asked of a walk in which they have effect, and settled by a second one without them: otherwise a cancellation
    /// would have effect because of a rival of the end that has none because of the cancellation.
    var requestsAfterTheEnd: Set<Int> {
        let requests = acts.indices.filter { result.verdicts[$0] == .effective && mayRequest(acts[$0]) != nil }
        guard !requests.isEmpty else { return [] }
        let endings = result.activations.compactMap { activation -> (Int, Int)? in
            guard let decided = activation.decided,
                let targets = definition.step(activation.step)?.outcome(decided)?.targets,
                targets.contains(where: { definition.end($0) != nil }),
                let candidate = activation.candidates.first(where: { $0.outcome == decided }),
                let completing = candidate.completing
            else { return nil }
            return (completing, candidate.completedBy ?? completing)
        }
        return Set(
            requests.filter { request in
                endings.contains { context.isAncestor($0, of: request) && context.isAncestor($1, of: request) }
            })
    }

    /// A withdrawal or cancellation in the act's own past closed the dossier for it.
    func isClosed(before index: Int) -> Bool {
        acts.indices.contains { other in
            switch acts[other].body {
            case .withdraw, .cancel: result.verdicts[other] == .effective && context.isAncestor(other, of: index)
            default: false
            }
        }
    }

    /// Whether a suspension lies in the act's own past and no resumption of it does.
    func isOnHold(_ index: Int) -> Bool {
        acts.indices.contains { suspend in
            guard case .suspend = acts[suspend].body, result.verdicts[suspend] == .effective,
                context.isAncestor(suspend, of: index)
            else { return false }
            return !acts.indices.contains { resume in
                guard case .resume = acts[resume].body, result.verdicts[resume] == .effective else { return false }
                return context.isAncestor(suspend, of: resume) && context.isAncestor(resume, of: index)
            }
        }
    }
}
