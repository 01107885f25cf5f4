package import CBOR
package import Envelope
package import History
package import Registry
package import Sodium

/// Which change sets have authority (authority laws A to C, Protocol 3 §7).
///
/// **Backwards.** An `accept`, a ratification and a protecting act are always descendants of what they save. Going from
/// the latest change set to the first, all that can save one has been judged before it; so there is no circle, and one
/// pass is enough. Nothing here looks at openings, arrival or clocks: only at the change sets, their ancestry and the
/// registry.
package struct Authority {
    let grounds: Grounds
    let steps: StepCounter
    private let policy: any AuthorityPolicy
    /// Without the protection clause; nil while that is being found out.
    private let unprotected: [Verdict]?
    let removals: Removals
    /// What of each device log lies inside the cut of an ending: by ending and lane.
    var accepted: [Bytes32: [Int: Int]] = [:]
    private var declined: [Bytes32: [Int: Int]] = [:]
    var ratified: Set<Int> = []
    let hasEndings: Bool

    /// One verdict for each change set, and the removals of parties.
    ///
    /// - Parameter policy: made where something was ratified or may be protected.
    package static func evaluate(
        history: DossierHistory, registry: Registry, steps: StepCounter = StepCounter(),
        policy make: () -> any AuthorityPolicy = { NoPolicy() }
    ) -> (verdicts: [Verdict], removals: [Removal]) {
        let grounds = Grounds(history, registry, steps)
        let removals = Removal.all(in: history, grounds, steps)
        let hasEndings = registry.hasEndings || !removals.isEmpty
        let isRatifying = hasEndings && history.carries(ActCode.ratify)
        let policy: any AuthorityPolicy = isRatifying ? make() : NoPolicy()
        let first = Authority(grounds, policy, removals, hasEndings, steps, unprotected: nil).run()
        // Edits are nobody's act: nothing protects them.
        let mayBeProtected = first.indices.contains { index in
            !history.hasEditsOnly[index]
                && first[index].endings.contains { !$0.isHeldOff && $0.kind == .revocation }
        }
        guard mayBeProtected, !steps.isExceeded else { return (first, removals.all) }
        let second = Authority(grounds, isRatifying ? policy : make(), removals, hasEndings, steps, unprotected: first)
        return (second.run(), removals.all)
    }

    private init(
        _ grounds: Grounds, _ policy: any AuthorityPolicy, _ removals: Removals, _ hasEndings: Bool,
        _ steps: StepCounter, unprotected: [Verdict]?
    ) {
        (self.grounds, self.policy, self.removals) = (grounds, policy, removals)
        (self.hasEndings, self.steps, self.unprotected) = (hasEndings, steps, unprotected)
    }

    private consuming func run() -> [Verdict] {
        // What is not judged yet counts as not authorised.
        let open = Verdict(subject: nil, reason: .noMandate, isRivalEntitled: false)
        var verdicts = [Verdict](repeating: open, count: grounds.history.count)
        let isPlain = removals.isEmpty && grounds.history.forks.isEmpty
        let mayLearn =
            hasEndings && [ActCode.accept, ActCode.decline, ActCode.ratify].contains { grounds.history.carries($0) }
        for index in grounds.history.items.indices.reversed() {
            steps.add()
            if steps.isExceeded { return verdicts }
            let hasEditsOnly = grounds.history.hasEditsOnly[index]
            if let known = unprotected?[index], known.endings.isEmpty {
                // Nothing that the clause could change; the first pass said what it is.
                verdicts[index] = known
                if mayLearn, known.isAuthorised, !hasEditsOnly { learn(from: index, known) }
                continue
            }
            let ground = grounds.ground(at: index)
            if isPlain, hasEditsOnly, !ground.hasEndings {
                verdicts[index] = ground.asSigned
                continue
            }
            var verdict = judge(index, ground)
            if let unprotected {
                protect(index, &verdict, verdicts, unprotected)
            } else {
                verdict.isRivalEntitled = verdict.isAuthorised
            }
            if mayLearn, verdict.isAuthorised, !hasEditsOnly { learn(from: index, verdict) }
            verdicts[index] = verdict
        }
        var unknown = UnknownEndings(grounds, removals, steps)
        for index in verdicts.indices where verdicts[index].reason?.isEnding == true {
            if steps.isExceeded { return verdicts }
            verdicts[index].isDisputed = isDisputed(index, verdicts, &unknown)
        }
        return verdicts
    }

    /// The protection clause (B.4), for what is not inside a cut.
    private func protect(_ index: Int, _ verdict: inout Verdict, _ verdicts: [Verdict], _ unprotected: [Verdict]) {
        verdict.isRivalEntitled = unprotected[index].isRivalEntitled
        guard !grounds.history.hasEditsOnly[index],
            verdict.endings.contains(where: { isProtectable($0, at: index) }),
            policy.protects(index, verdicts: verdicts, unprotected: unprotected)
        else { return }
        holdOff(index, &verdict)
    }

    private func judge(_ index: Int, _ ground: Ground) -> Verdict {
        var verdict = unprotected?[index].asSigned ?? grounds.verdictAsSigned(index, ground)
        guard hasEndings, verdict.isValidAsSigned else { return verdict }
        if ground.hasEndings || verdict.named?.revocations.isEmpty == false || !removals.isEmpty {
            judgeEndings(index, ground, &verdict)
        }
        return verdict
    }

    // MARK: What an authorised change set saves

    private mutating func learn(from index: Int, _ verdict: Verdict) {
        steps.add(grounds.history.items[index].operations.count)
        for operation in grounds.history.items[index].operations {
            switch operation.code {
            case ActCode.accept: note(operation, at: index, verdict, in: &accepted)
            case ActCode.decline: note(operation, at: index, verdict, in: &declined)
            case ActCode.ratify:
                for item in operation.body[unsigned: 1]?.arrayValue ?? [] {
                    guard let bytes = item.bytesValue, let id = ChangeSetID(bytes),
                        let saved = grounds.history.index(of: id),
                        grounds.history.isAncestor(saved, of: index),
                        grounds.ground(at: saved).asSigned.unit == verdict.unit,
                        policy.mayRatify(saved, inRole: verdict.role ?? "")
                    else { continue }
                    ratified.insert(saved)
                }
            default: break
            }
        }
    }

    /// The prefix of the tip's device log, by whoever may draw this ending's cut.
    private func note(
        _ operation: Operation, at index: Int, _ verdict: Verdict, in cuts: inout [Bytes32: [Int: Int]]
    ) {
        guard let ending = operation.body[unsigned: 1]?.bytesValue.flatMap({ Bytes32($0) }),
            let tip = operation.body[unsigned: 2]?.bytesValue.flatMap({ ChangeSetID($0) }).flatMap({
                grounds.history.index(of: $0)
            }),
            grounds.history.isAncestor(tip, of: index), let unit = verdict.unit,
            Authority.mayDraw(ending, unit, grounds.registry, removals.all)
        else { return }
        let author = grounds.history.items[tip].author
        for (lane, _) in grounds.history.lanes(of: author).pairs {
            steps.add()
            let count = grounds.history.vectors[tip].count(of: lane)
            if count > 0 { cuts[ending, default: [:]][lane, default: 0].raise(to: count) }
        }
    }

    /// Whether a unit's root and administrators draw the cut of an ending (Protocol 3 §7 B.1).
    package static func mayDraw(
        _ ending: Bytes32, _ unit: UnitID, _ registry: Registry, _ removals: [Removal]
    ) -> Bool {
        if let entry = registry.entry(EntryID(ending)) {
            switch entry.body {
            case .revoke, .rotate, .recover: return registry.unitID(ofChain: entry.chain) == unit
            case .suspend(let suspension): return suspension.unit != unit
            default: return false
            }
        }
        return removals.removal(ending).map { $0.unit != unit } ?? false
    }

    // MARK: Labels

    /// *diperselisihkan*: another unit builds on it without knowing one of its ends, and nobody declined that.
    private func isDisputed(_ index: Int, _ verdicts: [Verdict], _ unknown: inout UnknownEndings) -> Bool {
        let place = grounds.history.lanes[index]
        return verdicts[index].endings.contains { ending in
            guard !ending.isHeldOff, (declined[ending.id]?[place.lane] ?? 0) <= place.position else { return false }
            return unknown.holds(ending.id, toOthersThan: index, verdicts)
        }
    }
}

/// Whether another unit builds on a change set without knowing an ending. Asked for an ending and a unit at once, from
/// the latest change set backwards: what has one behind it passes that on to its parents.
private struct UnknownEndings {
    private struct Question: Hashable {
        let ending: Bytes32
        let unit: UnitID?
    }

    private let grounds: Grounds
    private let removals: Removals
    private let steps: StepCounter
    private var answers: [Question: [Bool]] = [:]

    init(_ grounds: Grounds, _ removals: Removals, _ steps: StepCounter) {
        (self.grounds, self.removals, self.steps) = (grounds, removals, steps)
    }

    /// Asked in ascending order.
    mutating func holds(_ ending: Bytes32, toOthersThan index: Int, _ verdicts: [Verdict]) -> Bool {
        let question = Question(ending: ending, unit: verdicts[index].unit)
        if let known = answers[question] { return known[index] }
        let marks = marks(question, from: index, verdicts)
        answers[question] = marks
        return marks[index]
    }

    private func marks(_ question: Question, from first: Int, _ verdicts: [Verdict]) -> [Bool] {
        let (history, registry) = (grounds.history, grounds.registry)
        let removal = removals.removal(question.ending)
        var isBuiltOn = [Bool](repeating: false, count: history.count)
        for index in (first..<history.count).reversed() {
            let parents = history.parentIndices(at: index)
            steps.add(1 + parents.count)
            guard
                isBuiltOn[index]
                    || verdicts[index].unit != question.unit
                        && !(removal.map { history.isInPast($0.index, of: index) }
                            ?? registry.contains(EntryID(question.ending), in: history.covers[index]))
            else { continue }
            for parent in parents { isBuiltOn[parent] = true }
        }
        return isBuiltOn
    }
}

extension Int {
    fileprivate mutating func raise(to other: Int) { if self < other { self = other } }
}
