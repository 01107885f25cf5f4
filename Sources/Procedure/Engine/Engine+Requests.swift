extension Engine {
    /// withdraw (applicant's head), cancel (IT head), suspend and resume (either).
    mutating func closeOnRequest() {
        guard !(closings.isEmpty && suspensions.isEmpty && resumptions.isEmpty) else { return }
        var suspends: [Int] = []
        for index in others where facts[index].isAuthorised {
            guard let isEntitled = mayRequest(index) else { continue }
            guard isEntitled else {
                result.verdicts[index] = .opinion
                continue
            }
            guard !lateRequests.contains(index), !isClosed(before: index) else {
                result.verdicts[index] = .noEffect(.closed, detail: "")
                continue
            }
            result.verdicts[index] = .effective
            switch acts[index].body {
            case .withdraw: result.end = result.end ?? .withdrawn
            case .cancel: result.end = result.end ?? .cancelled
            case .suspend: suspends.append(index)
            default: suspends.removeAll { context.isAncestor($0, of: index) }
            }
        }
        result.isSuspended = !suspends.isEmpty
    }

    /// Nil for what is no request.
    private func mayRequest(_ index: Int) -> Bool? {
        switch acts[index].body {
        case .withdraw: holdsRole(index, rules.applicantHead)
        case .cancel: holdsRole(index, rules.itHead)
        case .suspend, .resume: holdsRole(index, rules.applicantHead) || holdsRole(index, rules.itHead)
        default: nil
        }
    }

    /// Requests with effect that have the completion of an outcome in their own past by which the dossier ended.
    ///
    /// Asked of a walk in which they have effect, and settled by a second one without them: otherwise a cancellation
    /// would have effect because of a rival of the end that has none because of the cancellation.
    var requestsAfterTheEnd: Set<Int> {
        let requests = (closings + suspensions + resumptions).filter { result.verdicts[$0] == .effective }
        guard !requests.isEmpty else { return [] }
        let endings = result.activations.indices.compactMap { place -> (Int, Int)? in
            guard let (candidate, rule) = decision(place), rule.targets.contains(where: { $0.end >= 0 }),
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
        closings.contains { result.verdicts[$0] == .effective && context.isAncestor($0, of: index) }
    }

    /// Whether a suspension lies in the act's own past and no resumption of it does.
    func isOnHold(_ index: Int) -> Bool {
        suspensions.contains { suspend in
            guard result.verdicts[suspend] == .effective, context.isAncestor(suspend, of: index) else { return false }
            return !resumptions.contains { resume in
                result.verdicts[resume] == .effective && context.isAncestor(suspend, of: resume)
                    && context.isAncestor(resume, of: index)
            }
        }
    }
}
