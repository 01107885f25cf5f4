import CBOR
import Envelope
import History
import Registry
import Sodium

extension Authority {
    /// Law B: every ending known now, with its cut in this dossier.
    func judgeEndings(_ index: Int, _ ground: Ground, _ verdict: inout Verdict) {
        guard let unit = verdict.unit else { return }
        let isRatified = ratified.contains(index)
        let ownEndings = ground.revocations.count + ground.successions.count + ground.suspensions.count
        steps.add(ownEndings + (verdict.named?.revocations.count ?? 0))
        let stated = grounds.history.items[index].at.milliseconds
        func note(_ id: Bytes32, _ kind: Verdict.Ending.Kind, _ reason: AuthorityReason, isCovered: Bool) {
            let isAccepted = isCovered || isAccepted(index, by: id)
            verdict.endings.append(
                Verdict.Ending(id: id, kind: kind, isAccepted: isAccepted, isRatified: isRatified, reason: reason))
        }
        func note(_ ending: Ground.Ending, _ kind: Verdict.Ending.Kind) {
            note(ending.id, kind, stated < ending.effective ? .awaitsRatification : .revoked, isCovered: false)
        }
        for ending in ground.revocations { note(ending, .revocation) }
        for ending in verdict.named?.revocations ?? [] { note(ending, .revocation) }
        for ending in ground.successions { note(ending, .succession) }
        for id in ground.suspensions { note(id, .suspension, .suspended, isCovered: false) }
        for removal in removals.touching(index, of: unit, isAccepted: { isAccepted(index, by: $0.id.raw) }) {
            note(removal.id.raw, .removal, .removed, isCovered: grounds.history.isInPast(index, of: removal.index))
        }
        takeReason(&verdict)
    }

    /// The first ending that nothing holds off.
    private func takeReason(_ verdict: inout Verdict) {
        let open = verdict.endings.first { !$0.isHeldOff }
        (verdict.reason, verdict.because) = (open?.reason, open?.id)
    }

    /// What acts of two units hold off: revocations of certificate and mandate, but for a compromise that was confirmed
    /// one level up, as to what was stated after the time it names. The end of its unit is another matter.
    func holdOff(_ index: Int, _ verdict: inout Verdict) {
        for place in verdict.endings.indices where isProtectable(verdict.endings[place], at: index) {
            verdict.endings[place].isProtected = true
        }
        verdict.isProtected = !verdict.endings.contains { !$0.isHeldOff && $0.kind == .revocation }
        takeReason(&verdict)
    }

    func isProtectable(_ ending: Verdict.Ending, at index: Int) -> Bool {
        guard !ending.isHeldOff, ending.kind == .revocation,
            case .revoke(let revocation)? = grounds.registry.entry(EntryID(ending.id))?.body
        else { return false }
        return revocation.reason != .compromised || grounds.history.items[index].at.milliseconds < revocation.effective
            || !grounds.registry.isCountersigned(EntryID(ending.id))
    }

    private func isAccepted(_ index: Int, by ending: Bytes32) -> Bool {
        let place = grounds.history.lanes[index]
        return (accepted[ending]?[place.lane] ?? 0) > place.position
    }
}
