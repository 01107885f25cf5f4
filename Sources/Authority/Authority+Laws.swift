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

extension Authority {
    /// Laws A and C: what can be said of a change set from its own past alone, and from the chains above it. Nil: valid
    /// as signed.
    static func faultAsSigned(
        _ index: Int, _ history: DossierHistory, _ registry: Registry, _ verdict: inout Verdict
    ) -> (AuthorityReason?, Bytes32?) {
        let item = history.items[index]
        let cover = history.covers[index]
        guard let standing = verdict.standing, let unit = verdict.unit else { return (.noMandate, nil) }
        if case .certify(let certificate)? = registry.entry(standing.entry)?.body, certificate.isNode {
            return (.nodeKey, nil)
        }
        for operation in item.operations where operation.feature != 0 {
            guard registry.isEnabled(feature: operation.feature, in: cover) else { return (.featureNotEnabled, nil) }
        }
        if let act = item.operations.first(where: { ActCode.isAct($0.code) }) {
            if let reason = mandateFault(act, item, unit, cover, registry, &verdict) { return (reason, nil) }
        }
        for entry in [standing.entry] + (verdict.mandate == nil ? [] : verdict.mandateID.map { [$0] } ?? []) {
            if let outside = registry.firstCut(above: entry) { return (.outsideChainCut, outside.raw) }
            guard !registry.isAboveHeldFork(entry, in: cover) else { return (.aboveChainFork, entry.raw) }
        }
        // An administrator's or root key's end acts on entries through the chain cut alone.
        if case .device = standing {
            for target in [standing.entry] + (verdict.mandateID.map { [$0] } ?? []) {
                for id in registry.standingRevocations(of: target) where registry.contains(id, in: cover) {
                    return (.revokedInOwnPast, id.raw)
                }
            }
        }
        return history.isAfterOwnFork(index) ? (.afterOwnFork, nil) : (nil, nil)
    }

    /// What names a mandate: it lies within the own registry heads, is this person's, and holds at the stated time.
    private static func mandateFault(
        _ act: Operation, _ item: ChangeSet, _ unit: UnitID, _ cover: RegistryCover, _ registry: Registry,
        _ verdict: inout Verdict
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
        guard registry.unitID(ofChain: entry.chain) == unit else { return .mandateOfAnotherUnit }
        guard mandate.person == verdict.person else { return .mandateOfAnotherPerson }
        verdict.mandateID = id
        verdict.mandate = mandate
        return mandate.holds(at: item.at.milliseconds) ? nil : .outsideTerm
    }
}
