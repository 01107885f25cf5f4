import CBOR
import Envelope
import History
import Registry
import Sodium

/// What the registry says of the keys that write in a history. Most change sets of a device name nothing new of the
/// registry, so it is asked once for each key and its registry heads, and each change set pays for what is its own.
final class Grounds {
    let history: DossierHistory
    let registry: Registry
    private let table: GroundTable
    /// For each lane the ground that was asked for last, and the context of its change set.
    private var latest: [(ground: Ground, context: Int)?]
    /// Mandates that were named so far: many change sets name the same.
    private var mandates: [EntryID: NamedMandate] = [:]
    let steps: StepCounter

    init(_ history: DossierHistory, _ registry: Registry, _ steps: StepCounter) {
        (self.history, self.registry, table) = (history, registry, GroundTable.of(registry))
        self.steps = steps
        latest = Array(repeating: nil, count: history.laneTable.count)
    }

    /// Who wrote a change set: the first unit in which the key has standing, and its person.
    func ground(at index: Int) -> Ground {
        let lane = history.lanes[index].lane
        let context = history.contexts[index]
        if let known = latest[lane], known.context == context { return known.ground }
        let author = history.laneTable[lane].author
        // Of the parties those that ever granted it anything: a dossier may name a unit in each of its change sets.
        let granting = registry.units(granting: author)
        let parties = granting.filter { history.isParty($0, at: index) }
        let ground = table.ground(author, parties, history.covers[index], registry)
        steps.add(granting.count)
        // Whether or not somebody asked before: what a fold costs depends on its input alone.
        steps.add(ground.stepCount)
        latest[lane] = (ground, context)
        return ground
    }

    /// Laws A and C: what can be said of a change set from its own past alone, and from the chains above it.
    func verdictAsSigned(_ index: Int, _ ground: Ground) -> Verdict {
        var verdict = ground.asSigned
        if !history.hasEditsOnly[index], verdict.subject != nil, !ground.isNode {
            verdict.isValidAsSigned = false
            (verdict.reason, verdict.because) = fault(index, ground, &verdict)
            verdict.isValidAsSigned = verdict.reason == nil
        }
        if verdict.isValidAsSigned, !history.forks.isEmpty, history.isAfterOwnFork(index) {
            (verdict.reason, verdict.isValidAsSigned) = (.afterOwnFork, false)
        }
        return verdict
    }

    /// What an entry grants, where it is a mandate.
    func mandate(_ id: EntryID) -> NamedMandate? {
        if let known = mandates[id] { return known }
        let named = table.mandate(id, registry)
        if let named {
            mandates[id] = named
            steps.add(named.ends.count)
        }
        return named
    }

    /// Whether a feature is enabled within registry heads.
    func isEnabled(_ feature: Int, in cover: RegistryCover) -> Bool {
        steps.add(registry.enablingCount(of: feature))
        return registry.isEnabled(feature: feature, in: cover)
    }
}

/// The standing of a key within registry heads, and what is known to end it.
final class Ground: Sendable {
    struct Fault: Sendable {
        let reason: AuthorityReason
        let because: Bytes32
    }

    struct Ending: Sendable {
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
    /// What was looked at in the registry.
    let stepCount: Int

    var hasEndings: Bool { !revocations.isEmpty || !successions.isEmpty || !suspensions.isEmpty }

    init(author: PublicKey, parties: [UnitID], cover: RegistryCover, _ registry: Registry) {
        let found = parties.lazy.compactMap { registry.grant(of: author, unit: $0, in: cover) }.first
        guard let grant = found else {
            let verdict = Verdict(subject: nil, reason: .noMandate, isRivalEntitled: false)
            (asSigned, isNode, outside, ended) = (verdict, false, nil, nil)
            (revocations, successions, suspensions) = ([], [], [])
            stepCount = parties.count
            return
        }
        let (unit, standing) = (grant.unit, grant.standing)
        isNode = grant.isNode
        var verdict = Verdict(
            subject: Subject(unit: unit, standing: standing, person: grant.person), isRivalEntitled: false)
        outside = Self.outside(standing.entry, cover, registry)
        // An administrator's or root key's end acts on entries through the chain cut alone.
        let known = registry.standingRevocations(of: standing.entry)
        ended = standing.isDevice ? Self.ended(by: known, cover, registry) : nil
        revocations = Self.endings(known, registry)
        successions =
            standing.isRoot
            ? registry.standingSuccessions(after: standing.entry).map { id in
                Ending(id: id.raw, effective: registry.entry(id)?.at ?? 0)
            } : []
        suspensions = registry.suspensions(of: unit, in: cover).map(\.raw)
        stepCount =
            parties.count + known.count + successions.count + registry.suspensionCount(of: unit)
            + registry.forkStepCount(of: standing.entry)
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

    /// The first of known revocations within registry heads.
    static func ended(by known: [EntryID], _ cover: RegistryCover, _ registry: Registry) -> Fault? {
        known.first { registry.contains($0, in: cover) }.map { Fault(reason: .revokedInOwnPast, because: $0.raw) }
    }

    static func endings(_ known: [EntryID], _ registry: Registry) -> [Ending] {
        known.compactMap { id in
            guard case .revoke(let revocation)? = registry.entry(id)?.body else { return nil }
            return Ending(id: id.raw, effective: revocation.effective)
        }
    }
}
