import Envelope
import History
import Registry
import Sodium

extension Authority {
    /// Law B: every ending known now, with its cut in this dossier.
    func judgeEndings(_ index: Int, _ verdict: inout Verdict) {
        guard let standing = verdict.standing, let unit = verdict.unit else { return }
        let isRatified = ratified.contains(index)
        let stated = history.items[index].at.milliseconds
        var targets = [standing.entry]
        if verdict.mandate != nil, let mandate = verdict.mandateID { targets.append(mandate) }
        func note(_ id: Bytes32, _ kind: Verdict.Ending.Kind, _ reason: AuthorityReason, isCovered: Bool) {
            let isAccepted = isCovered || isAccepted(index, by: id)
            verdict.endings.append(
                Verdict.Ending(id: id, kind: kind, isAccepted: isAccepted, isRatified: isRatified && kind != .removal))
            guard !isAccepted, !(isRatified && kind != .removal), verdict.reason == nil else { return }
            (verdict.reason, verdict.because) = (reason, id)
        }
        for target in targets {
            for id in registry.standingRevocations(of: target) {
                guard case .revoke(let revocation)? = registry.entry(id)?.body else { continue }
                note(
                    id.raw, .revocation, stated < revocation.effective ? .awaitsRatification : .revoked,
                    isCovered: false)
            }
        }
        if standing.isRoot {
            for id in registry.standingSuccessions(after: standing.entry) {
                let effective = registry.entry(id)?.at ?? 0
                note(id.raw, .succession, stated < effective ? .awaitsRatification : .revoked, isCovered: false)
            }
        }
        for id in registry.suspensions(of: unit, in: history.covers[index]) {
            note(id.raw, .suspension, .suspended, isCovered: false)
        }
        for removal in removals where removal.unit == unit && !removal.isUndone(for: index, history) {
            note(removal.id.raw, .removal, .removed, isCovered: history.isInPast(index, of: removal.index))
        }
    }

    private func isAccepted(_ index: Int, by ending: Bytes32) -> Bool {
        let place = history.lanes[index]
        return (accepted[ending]?[place.lane] ?? 0) > place.position
    }
}
