import Envelope
import History
import Registry
import Sodium

extension Authority {
    /// Law B: every ending known now, with its cut in this dossier.
    func judgeEndings(_ index: Int, _ ground: Ground, _ verdict: inout Verdict) {
        guard let unit = verdict.unit else { return }
        let isRatified = ratified.contains(index)
        let stated = grounds.history.items[index].at.milliseconds
        func note(_ id: Bytes32, _ kind: Verdict.Ending.Kind, _ reason: AuthorityReason, isCovered: Bool) {
            let isAccepted = isCovered || isAccepted(index, by: id)
            verdict.endings.append(
                Verdict.Ending(id: id, kind: kind, isAccepted: isAccepted, isRatified: isRatified && kind != .removal))
            guard !isAccepted, !(isRatified && kind != .removal), verdict.reason == nil else { return }
            (verdict.reason, verdict.because) = (reason, id)
        }
        func note(_ ending: Ground.Ending, _ kind: Verdict.Ending.Kind) {
            note(ending.id, kind, stated < ending.effective ? .awaitsRatification : .revoked, isCovered: false)
        }
        for ending in ground.revocations { note(ending, .revocation) }
        if verdict.mandate != nil, let mandate = verdict.mandateID {
            for ending in Ground.revocations(of: mandate, grounds.registry) { note(ending, .revocation) }
        }
        for ending in ground.successions { note(ending, .succession) }
        for id in ground.suspensions { note(id, .suspension, .suspended, isCovered: false) }
        for removal in removals where removal.unit == unit && !removal.isUndone(for: index, grounds.history) {
            note(removal.id.raw, .removal, .removed, isCovered: grounds.history.isInPast(index, of: removal.index))
        }
    }

    private func isAccepted(_ index: Int, by ending: Bytes32) -> Bool {
        let place = grounds.history.lanes[index]
        return (accepted[ending]?[place.lane] ?? 0) > place.position
    }
}
