import CBOR

extension Engine {
    /// withdraw (applicant's head), cancel (IT head), suspend and resume (either).
    mutating func closeOnRequest() {
        guard !(closings.isEmpty && suspensions.isEmpty && resumptions.isEmpty) else { return }
        var open = Chains()
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
            case .withdraw, .cancel:
                closed.add(index, context)
                let end: End.State = if case .withdraw = acts[index].body { .withdrawn } else { .cancelled }
                result.end = result.end ?? end
            case .suspend:
                suspended.add(index, context)
                open.add(index, context)
            default:
                resumed.add(index, context)
                open.remove(before: index, context)
            }
        }
        result.isSuspended = !open.isEmpty
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
    func isClosed(before index: Int) -> Bool { closed.hasAny(before: index, context) }

    /// Whether a suspension lies in the act's own past and no resumption of it does.
    func isOnHold(_ index: Int) -> Bool {
        guard !suspended.isEmpty else { return false }
        // Of a chain the latest that the act saw: who resumed that, resumed what came before it.
        let resumptions = resumed.before(index, context).compactMap(\.last)
        return suspended.before(index, context).compactMap(\.last).contains { suspend in
            !resumptions.contains { context.isAncestor(suspend, of: $0) }
        }
    }
}
