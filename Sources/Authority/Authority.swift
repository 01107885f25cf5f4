import CBOR
import Envelope
package import History
package import Registry
import Sodium

/// Which change sets have authority (authority laws A to C, Protocol 3 §7).
///
/// **Backwards.** An `accept` or a ratification is always a descendant of what it saves. Going from the latest change
/// set to the first, all that can save one has been judged before it; so there is no circle, and one pass is enough.
/// Nothing here looks at openings, arrival or clocks: only at the change sets, their ancestry and the registry.
package struct Authority {
    private let history: DossierHistory
    private let registry: Registry
    private let protected: Set<Int>
    private var accepted: [EntryID: [Int: Int]] = [:]
    private var ratified: Set<Int> = []
    private var hasEndings: Bool

    /// - Parameter protected: change sets that a countersigning second unit and person protect; they are inside every
    ///   cut but one for compromise.
    package static func evaluate(
        history: DossierHistory, registry: Registry, protected: Set<Int> = []
    ) -> [Verdict] {
        var authority = Authority(history: history, registry: registry, protected: protected)
        return authority.run()
    }

    private init(history: DossierHistory, registry: Registry, protected: Set<Int>) {
        self.history = history
        self.registry = registry
        self.protected = protected
        hasEndings = registry.revocationCount > 0 || !registry.suspensions.isEmpty
    }

    private mutating func run() -> [Verdict] {
        var verdicts: [Verdict] = []
        verdicts.reserveCapacity(history.count)
        for index in history.items.indices.reversed() {
            let verdict = judge(index)
            if verdict.isAuthorised && hasEndings { learn(from: index, verdict) }
            verdicts.append(verdict)
        }
        return verdicts.reversed()
    }

    private func judge(_ index: Int) -> Verdict {
        let item = history.items[index]
        var verdict = Verdict(isRivalEntitled: false)
        for unit in history.parties[index] {
            if let standing = registry.standing(of: item.author, unit: unit, in: history.covers[index]) {
                verdict.unit = unit
                verdict.standing = standing
                break
            }
        }
        verdict.person = person(of: verdict.standing)
        let (reason, because) = fault(index, item, &verdict)
        if let reason {
            let isSaved = protected.contains(index) && isEnding(reason) && !isCompromise(because)
            verdict.reason = isSaved ? nil : reason
            verdict.because = because
        } else {
            verdict.isRivalEntitled = true
        }
        return verdict
    }

    private func person(of standing: KeyStanding?) -> PersonID? {
        guard let standing else { return nil }
        switch registry.entry(standing.entry)?.body {
        case .certify(let certificate)?: return certificate.person
        case .delegate(let delegation)?: return delegation.person
        default: return nil
        }
    }

    /// The first law that a change set breaks.
    private func fault(
        _ index: Int, _ item: ChangeSet, _ verdict: inout Verdict
    ) -> (AuthorityReason?, EntryID?) {
        let cover = history.covers[index]
        guard let standing = verdict.standing, let unit = verdict.unit else { return (.noMandate, nil) }
        if case .certify(let certificate)? = registry.entry(standing.entry)?.body, certificate.isNode {
            return (.nodeKey, nil)
        }
        for operation in item.operations where operation.feature != 0 {
            guard registry.isEnabled(feature: operation.feature, in: cover) else { return (.featureNotEnabled, nil) }
        }
        var restsOn = [standing.entry]
        if let act = item.operations.first(where: { $0.code >= Self.firstActCode && $0.code < 256 }) {
            if let reason = mandateFault(act, item, unit: unit, cover: cover, &verdict) { return (reason, nil) }
            if let mandate = verdict.mandateID { restsOn.append(mandate) }
        }
        for entry in restsOn {
            guard registry.isInsideChainCuts(entry) else { return (.outsideChainCut, entry) }
            guard !registry.isAboveHeldFork(entry, in: cover) else { return (.aboveChainFork, entry) }
        }
        if history.isAfterOwnFork(index) { return (.afterOwnFork, nil) }
        return hasEndings ? ending(index, item, unit: unit, restsOn: restsOn) : (nil, nil)
    }

    private static let firstActCode = 16
    private static let acceptCodes = 20...21
    /// `link` names no mandate: it is plain work.
    private static let linkCode = 33

    /// Law A for what names a mandate: it lies within the own registry heads, is this person's, and holds at the
    /// stated time.
    private func mandateFault(
        _ act: Operation, _ item: ChangeSet, unit: UnitID, cover: RegistryCover, _ verdict: inout Verdict
    ) -> AuthorityReason? {
        if act.code == Self.linkCode { return nil }
        let isAccept = Self.acceptCodes.contains(act.code)
        guard item.operations.count == 1 || (isAccept && item.operations.allSatisfy { $0.code == act.code }) else {
            return .notAlone
        }
        guard let bytes = act.body[unsigned: 20]?.bytesValue, let id = EntryID(bytes) else { return .noMandate }
        verdict.mandateID = id
        if isAccept {
            switch verdict.standing {
            case .root(id)?, .administrator(id)?: return nil
            default: return .notAnAdministrator
            }
        }
        guard registry.contains(id, in: cover) else { return .mandateNotHeld }
        guard let entry = registry.entry(id), case .mandate(let mandate) = entry.body else { return .noMandate }
        verdict.mandate = mandate
        guard registry.unitID(ofChain: entry.chain) == unit else { return .mandateOfAnotherUnit }
        guard case .device? = verdict.standing, mandate.person == verdict.person else {
            return .mandateOfAnotherPerson
        }
        return mandate.holds(at: item.at.milliseconds) ? nil : .outsideTerm
    }

    /// Laws A and B: revocations within the own registry heads, and all that are known now.
    private func ending(
        _ index: Int, _ item: ChangeSet, unit: UnitID, restsOn: [EntryID]
    ) -> (AuthorityReason?, EntryID?) {
        let cover = history.covers[index]
        for target in restsOn {
            for id in registry.revocations(of: target) {
                guard case .revoke(let revocation)? = registry.entry(id)?.body else { continue }
                if ratified.contains(index) { continue }
                if registry.contains(id, in: cover) { return (.revokedInOwnPast, id) }
                if isAccepted(index, by: id) { continue }
                let isEarlier = item.at.milliseconds < revocation.effective
                return (isEarlier ? .awaitsRatification : .revoked, id)
            }
        }
        for id in registry.suspensions {
            guard case .suspend(let suspension)? = registry.entry(id)?.body, suspension.unit == unit else { continue }
            if !isAccepted(index, by: id) { return (.suspended, id) }
        }
        return (nil, nil)
    }

    private func isAccepted(_ index: Int, by revocation: EntryID) -> Bool {
        let place = history.lanes[index]
        return (accepted[revocation]?[place.lane] ?? 0) > place.position
    }

    private func isEnding(_ reason: AuthorityReason) -> Bool {
        reason == .awaitsRatification || reason == .revoked
    }

    private func isCompromise(_ id: EntryID?) -> Bool {
        guard let id, case .revoke(let revocation)? = registry.entry(id)?.body else { return false }
        return revocation.reason == .compromised
    }

    /// What an authorised change set saves.
    private mutating func learn(from index: Int, _ verdict: Verdict) {
        for operation in history.items[index].operations {
            switch operation.code {
            case 20: learnCut(operation, at: index, verdict)
            case 22:
                for item in operation.body[unsigned: 1]?.arrayValue ?? [] {
                    guard let bytes = item.bytesValue, let id = ChangeSetID(bytes), let saved = history.index(of: id),
                        history.isAncestor(saved, of: index),
                        history.items[saved].operations.allSatisfy({ $0.code < 17 })
                    else { continue }
                    ratified.insert(saved)
                }
            default: break
            }
        }
    }

    /// The prefix of the tip's device log, by an administrator of the revoking unit, of a suspended unit's other
    /// parties.
    private mutating func learnCut(_ operation: Operation, at index: Int, _ verdict: Verdict) {
        guard let revocationBytes = operation.body[unsigned: 1]?.bytesValue, let id = EntryID(revocationBytes),
            let tipBytes = operation.body[unsigned: 2]?.bytesValue, let tipID = ChangeSetID(tipBytes),
            let tip = history.index(of: tipID), history.isAncestor(tip, of: index), let entry = registry.entry(id)
        else { return }
        switch entry.body {
        case .revoke: guard registry.unitID(ofChain: entry.chain) == verdict.unit else { return }
        case .suspend(let suspension): guard suspension.unit != verdict.unit else { return }
        default: return
        }
        let author = history.items[tip].author
        for (lane, count) in history.vectors[tip].enumerated() where count > 0 {
            guard history.laneTable[lane].author == author else { continue }
            accepted[id, default: [:]][lane] = max(accepted[id]?[lane] ?? 0, Int(count))
        }
    }
}
