import CBOR
import Envelope
import History
import Registry
import Sodium

/// Codes of operations that authority itself understands (CDDL).
enum ActCode {
    static let acts = 16...36
    static let outcome = 16
    static let accept = 20
    static let decline = 21
    static let ratify = 22
    static let erase = 24
    static let bind = 26
    static let unbind = 27
    /// Names no mandate: plain work.
    static let link = 33

    static func isAct(_ code: Int) -> Bool { acts.contains(code) && code != link }
}

extension Grounds {
    /// Laws A2 to A6 for a change set that carries an act, or operations of a feature.
    func fault(_ index: Int, _ ground: Ground, _ verdict: inout Verdict) -> (AuthorityReason?, Bytes32?) {
        let item = history.items[index]
        let cover = history.covers[index]
        for operation in item.operations where operation.feature != 0 {
            guard isEnabled(operation.feature, in: cover) else { return (.featureNotEnabled, nil) }
        }
        if let act = item.operations.first(where: { ActCode.isAct($0.code) }) {
            if let reason = mandateFault(act, item, cover, &verdict) { return (reason, nil) }
        }
        let outside = verdict.named.flatMap { mandate in
            steps.add(registry.forkStepCount(of: mandate.id) + mandate.ends.count)
            return Ground.outside(mandate.id, cover, registry)
        }
        // Chain cuts of both before forks of both (A5), then what ended (A6).
        let isCut = outside?.reason == .outsideChainCut && ground.outside?.reason != .outsideChainCut
        let fault =
            (isCut ? outside : ground.outside ?? outside) ?? ground.ended
            ?? verdict.named.flatMap { Ground.ended(by: $0.ends, cover, registry) }
        return (fault?.reason, fault?.because)
    }

    /// What names a mandate: it lies within the own registry heads, is this person's, and holds at the stated time.
    private func mandateFault(
        _ act: Operation, _ item: ChangeSet, _ cover: RegistryCover, _ verdict: inout Verdict
    ) -> AuthorityReason? {
        let isCut = act.code == ActCode.accept || act.code == ActCode.decline
        guard item.operations.count == 1 || (isCut && item.operations.allSatisfy { $0.code == act.code }) else {
            return .notAlone
        }
        let named = act.body[unsigned: 20]?.bytesValue.flatMap { EntryID($0) }
        if isCut || (act.code == ActCode.erase && verdict.standing?.isRoot == true) {
            // Done under the ground itself.
            guard let standing = verdict.standing, !standing.isDevice, named == standing.entry else {
                return .notAnAdministrator
            }
            guard item.operations.allSatisfy({ $0.body[unsigned: 20] == act.body[unsigned: 20] }) else {
                return .notAnAdministrator
            }
            return nil
        }
        guard let id = named, verdict.standing?.isDevice == true else { return .noMandate }
        guard let named = mandate(id) else { return registry.contains(id, in: cover) ? .noMandate : .mandateNotHeld }
        guard registry.contains(named.place, in: cover) else { return .mandateNotHeld }
        guard named.unit == verdict.unit else { return .mandateOfAnotherUnit }
        guard named.mandate.person == verdict.person else { return .mandateOfAnotherPerson }
        verdict.named = named
        return named.mandate.holds(at: item.at.milliseconds) ? nil : .outsideTerm
    }
}
