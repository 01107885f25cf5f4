import CBOR
import Envelope
package import History
package import Registry
import Sodium

/// Which change sets have authority (authority laws A to C, Protocol 3 §7).
///
/// **Backwards.** An `accept`, a ratification and a protecting act are always descendants of what they save. Going from
/// the latest change set to the first, all that can save one has been judged before it; so there is no circle, and one
/// pass is enough. Nothing here looks at openings, arrival or clocks: only at the change sets, their ancestry and the
/// registry.
package struct Authority {
    let history: DossierHistory
    let registry: Registry
    private let grounds: Grounds
    private let policy: any AuthorityPolicy
    /// Without the protection clause; nil while that is being found out.
    private let unprotected: [Verdict]?
    let removals: [Removal]
    /// What of each device log lies inside the cut of an ending: by ending and lane.
    var accepted: [Bytes32: [Int: Int]] = [:]
    private var declined: [Bytes32: [Int: Int]] = [:]
    var ratified: Set<Int> = []
    let hasEndings: Bool

    /// One verdict for each change set, and the removals of parties.
    package static func evaluate(
        history: DossierHistory, registry: Registry, policy: any AuthorityPolicy = NoPolicy()
    ) -> (verdicts: [Verdict], removals: [Removal]) {
        let grounds = Grounds(history, registry)
        let removals = Removal.all(in: history, grounds)
        let first = Authority(grounds, policy, removals, unprotected: nil).run()
        // Edits are nobody's act: nothing protects them.
        let mayBeProtected = first.indices.contains { index in
            !history.hasEditsOnly[index] && first[index].reason?.yieldsToProtection == true
        }
        guard mayBeProtected else { return (first, removals) }
        return (Authority(grounds, policy, removals, unprotected: first).run(), removals)
    }

    private init(
        _ grounds: Grounds, _ policy: any AuthorityPolicy, _ removals: [Removal], unprotected: [Verdict]?
    ) {
        (history, registry, self.grounds, self.policy) = (grounds.history, grounds.registry, grounds, policy)
        (self.removals, self.unprotected) = (removals, unprotected)
        hasEndings = registry.hasEndings || !removals.isEmpty
    }

    private consuming func run() -> [Verdict] {
        // What is not judged yet counts as not authorised.
        let open = Verdict(reason: .noMandate, isRivalEntitled: false)
        var verdicts = [Verdict](repeating: open, count: history.count)
        for index in history.items.indices.reversed() {
            var verdict = judge(index)
            if let unprotected {
                verdict.isRivalEntitled = unprotected[index].isRivalEntitled
                if !history.hasEditsOnly[index], verdict.reason?.yieldsToProtection == true,
                    !isLifted(verdict, at: index),
                    policy.protects(index, verdicts: verdicts, unprotected: unprotected)
                {
                    verdict.isProtected = true
                    // The end of its unit is another matter.
                    let rest = verdict.endings.first { !$0.isHeldOff && [.suspension, .removal].contains($0.kind) }
                    verdict.reason = rest.map { $0.kind == .removal ? .removed : .suspended }
                    verdict.because = rest?.id
                }
            } else {
                verdict.isRivalEntitled = verdict.isAuthorised
            }
            if hasEndings, verdict.isAuthorised, !history.hasEditsOnly[index] { learn(from: index, verdict) }
            verdicts[index] = verdict
        }
        for index in verdicts.indices where verdicts[index].reason?.isEnding == true {
            verdicts[index].isDisputed = isDisputed(index, verdicts)
        }
        return verdicts
    }

    private func judge(_ index: Int) -> Verdict {
        var verdict = grounds.verdictAsSigned(index)
        guard hasEndings, verdict.isValidAsSigned else { return verdict }
        let ground = grounds.ground(at: index)
        if ground.hasEndings || verdict.mandate != nil || !removals.isEmpty { judgeEndings(index, ground, &verdict) }
        return verdict
    }

    // MARK: What an authorised change set saves

    private mutating func learn(from index: Int, _ verdict: Verdict) {
        for operation in history.items[index].operations {
            switch operation.code {
            case ActCode.accept: note(operation, at: index, verdict, in: &accepted)
            case ActCode.decline: note(operation, at: index, verdict, in: &declined)
            case ActCode.ratify:
                for item in operation.body[unsigned: 1]?.arrayValue ?? [] {
                    guard let bytes = item.bytesValue, let id = ChangeSetID(bytes), let saved = history.index(of: id),
                        history.isAncestor(saved, of: index),
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
            let tip = operation.body[unsigned: 2]?.bytesValue.flatMap({ ChangeSetID($0) }).flatMap(history.index),
            history.isAncestor(tip, of: index), let unit = verdict.unit, mayDraw(ending, unit)
        else { return }
        let author = history.items[tip].author
        for (lane, count) in history.vectors[tip].enumerated() where count > 0 {
            guard history.laneTable[lane].author == author else { continue }
            cuts[ending, default: [:]][lane] = max(cuts[ending]?[lane] ?? 0, Int(count))
        }
    }

    private func mayDraw(_ ending: Bytes32, _ unit: UnitID) -> Bool {
        if let entry = registry.entry(EntryID(ending)) {
            switch entry.body {
            case .revoke, .rotate, .recover: return registry.unitID(ofChain: entry.chain) == unit
            case .suspend(let suspension): return suspension.unit != unit
            default: return false
            }
        }
        return removals.contains { $0.id.raw == ending && $0.unit != unit }
    }

    // MARK: Labels

    /// *diperselisihkan*: another unit builds on it without knowing its end, and nobody declined it.
    private func isDisputed(_ index: Int, _ verdicts: [Verdict]) -> Bool {
        guard let ending = verdicts[index].because else { return false }
        let place = history.lanes[index]
        if (declined[ending]?[place.lane] ?? 0) > place.position { return false }
        return history.items.indices[(index + 1)...].contains { other in
            guard history.isAncestor(index, of: other), verdicts[other].unit != verdicts[index].unit else {
                return false
            }
            if let removal = removals.first(where: { $0.id.raw == ending }) {
                return !history.isInPast(removal.index, of: other)
            }
            return !registry.contains(EntryID(ending), in: history.covers[other])
        }
    }

    /// A revocation for compromise, confirmed one level up, holds for what was stated after the time it names.
    private func isLifted(_ verdict: Verdict, at index: Int) -> Bool {
        verdict.endings.contains { ending in
            guard !ending.isHeldOff, case .revoke(let revocation)? = registry.entry(EntryID(ending.id))?.body else {
                return false
            }
            return revocation.reason == .compromised
                && history.items[index].at.milliseconds >= revocation.effective
                && registry.isCountersigned(EntryID(ending.id))
        }
    }
}
