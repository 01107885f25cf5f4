import Envelope
import History
import Registry
import Sodium

/// What the registry says of the keys that write in a history. Most change sets of a device name nothing new of the
/// registry, so it is asked once for each key and its registry heads, and each change set pays for what is its own.
final class Grounds {
    let history: DossierHistory
    let registry: Registry
    /// For each lane the ground that was asked for last, and the context of its change set.
    private var latest: [Ground?]
    private var contexts: [Int]

    init(_ history: DossierHistory, _ registry: Registry) {
        (self.history, self.registry) = (history, registry)
        latest = Array(repeating: nil, count: history.laneTable.count)
        contexts = Array(repeating: 0, count: history.laneTable.count)
    }

    /// Who wrote a change set: the first unit in which the key has standing, and its person.
    func ground(at index: Int) -> Ground {
        let lane = history.lanes[index].lane
        let context = history.contexts[index]
        if contexts[lane] == context, let known = latest[lane] { return known }
        let ground = Ground(
            author: history.laneTable[lane].author, parties: history.parties[index], cover: history.covers[index],
            registry)
        (latest[lane], contexts[lane]) = (ground, context)
        return ground
    }

    /// Laws A and C: what can be said of a change set from its own past alone, and from the chains above it.
    func verdictAsSigned(_ index: Int) -> Verdict {
        let ground = ground(at: index)
        var verdict = ground.asSigned
        if !history.hasEditsOnly[index], verdict.standing != nil, !ground.isNode {
            verdict.isValidAsSigned = false
            (verdict.reason, verdict.because) = fault(index, ground, &verdict)
            verdict.isValidAsSigned = verdict.reason == nil
        }
        if verdict.isValidAsSigned, !history.forks.isEmpty, history.isAfterOwnFork(index) {
            (verdict.reason, verdict.isValidAsSigned) = (.afterOwnFork, false)
        }
        return verdict
    }
}

/// The standing of a key within registry heads, and what is known to end it.
final class Ground {
    struct Fault {
        let reason: AuthorityReason
        let because: Bytes32
    }

    struct Ending {
        let id: Bytes32
        /// Milliseconds from which on it has ended.
        let effective: UInt64
    }

    /// The verdict on a change set of edits only, but for a fork of its own log and for endings.
    let asSigned: Verdict
    let isNode: Bool
    /// Outside a chain's cut, or above a held fork.
    let outside: Fault?
    /// Ended within its own registry heads.
    let ended: Fault?
    let revocations: [Ending]
    let successions: [Ending]
    let suspensions: [Bytes32]

    var hasEndings: Bool { !revocations.isEmpty || !successions.isEmpty || !suspensions.isEmpty }

    fileprivate init(author: PublicKey, parties: [UnitID], cover: RegistryCover, _ registry: Registry) {
        var verdict = Verdict(isRivalEntitled: false)
        for unit in parties {
            if let standing = registry.standing(of: author, unit: unit, in: cover) {
                (verdict.unit, verdict.standing) = (unit, standing)
                break
            }
        }
        guard let standing = verdict.standing, let unit = verdict.unit else {
            verdict.reason = .noMandate
            (asSigned, isNode, outside, ended) = (verdict, false, nil, nil)
            (revocations, successions, suspensions) = ([], [], [])
            return
        }
        var isNode = false
        switch standing {
        case .root(let accession): verdict.person = registry.holder(ofAccession: accession)
        case .administrator(let id):
            if case .delegate(let delegation)? = registry.entry(id)?.body { verdict.person = delegation.person }
        case .device(let id):
            if case .certify(let certificate)? = registry.entry(id)?.body {
                (verdict.person, isNode) = (certificate.person, certificate.isNode)
            }
        }
        outside = Self.outside(standing.entry, cover, registry)
        // An administrator's or root key's end acts on entries through the chain cut alone.
        ended = standing.isDevice ? Self.ended(standing.entry, cover, registry) : nil
        revocations = Self.revocations(of: standing.entry, registry)
        successions =
            standing.isRoot
            ? registry.standingSuccessions(after: standing.entry).map { id in
                Ending(id: id.raw, effective: registry.entry(id)?.at ?? 0)
            } : []
        suspensions = registry.suspensions(of: unit, in: cover).map(\.raw)
        self.isNode = isNode
        let fault = outside ?? ended
        (verdict.reason, verdict.because) = isNode ? (.nodeKey, nil) : (fault?.reason, fault?.because)
        verdict.isValidAsSigned = verdict.reason == nil
        verdict.isRivalEntitled = verdict.isValidAsSigned
        asSigned = verdict
    }

    static func outside(_ entry: EntryID, _ cover: RegistryCover, _ registry: Registry) -> Fault? {
        if let cut = registry.firstCut(above: entry) { return Fault(reason: .outsideChainCut, because: cut.raw) }
        return registry.isAboveHeldFork(entry, in: cover) ? Fault(reason: .aboveChainFork, because: entry.raw) : nil
    }

    static func ended(_ entry: EntryID, _ cover: RegistryCover, _ registry: Registry) -> Fault? {
        for id in registry.standingRevocations(of: entry) where registry.contains(id, in: cover) {
            return Fault(reason: .revokedInOwnPast, because: id.raw)
        }
        return nil
    }

    static func revocations(of entry: EntryID, _ registry: Registry) -> [Ending] {
        registry.standingRevocations(of: entry).compactMap { id in
            guard case .revoke(let revocation)? = registry.entry(id)?.body else { return nil }
            return Ending(id: id.raw, effective: revocation.effective)
        }
    }
}
