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
            guard registry.isEnabled(feature: operation.feature, in: cover) else { return (.featureNotEnabled, nil) }
        }
        if let act = item.operations.first(where: { ActCode.isAct($0.code) }) {
            if let reason = mandateFault(act, item, cover, &verdict) { return (reason, nil) }
        }
        let mandate = verdict.mandate == nil ? nil : verdict.mandateID
        let outside = mandate.flatMap { Ground.outside($0, cover, registry) }
        // Chain cuts of both before forks of both (A5), then what ended (A6).
        let ordered = [ground.outside, outside].compactMap { $0 }
        let fault =
            ordered.first { $0.reason == .outsideChainCut } ?? ordered.first ?? ground.ended
            ?? mandate.flatMap { Ground.ended($0, cover, registry) }
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
        guard registry.contains(id, in: cover) else { return .mandateNotHeld }
        guard let entry = registry.entry(id), case .mandate(let mandate) = entry.body else { return .noMandate }
        guard registry.unitID(ofChain: entry.chain) == verdict.unit else { return .mandateOfAnotherUnit }
        guard mandate.person == verdict.person else { return .mandateOfAnotherPerson }
        verdict.mandateID = id
        verdict.mandate = mandate
        return mandate.holds(at: item.at.milliseconds) ? nil : .outsideTerm
    }
}
