package import Authority
import Dossier
package import Envelope
import History
package import Procedure
package import Registry
package import Sodium

/// Everything that decides about the effect of one change set, as facts.
package struct Explanation: Sendable {
    package let line: AuditLine
    /// Who wrote it; by the role where no name is held. A root key has no position.
    package let author: Author
    /// Its operations by their names, each once.
    package let operations: [String]
    package let isAct: Bool
    /// Somebody of the unit may ratify it: no choice, approval or signature.
    package let isPlainWork: Bool
    /// What makes its key one of the unit.
    package let ground: Grant?
    package let mandate: Grant?
    package let term: Mandate?
    /// Endings that touch it, those that its author had seen included.
    package let endings: [EndingFact]
    /// Of a reason that lies in a chain: the entry that does not stand, or lies above a fork.
    package let chainFault: Grant?
    package let ratifiedBy: [Author]
    package let protectedBy: [Author]
    package let effect: ActVerdict?
    /// Titles of those who may do what is missing in the procedure: sign, rule, or decide.
    package let entitled: [String]
    /// Texts that this unit may read and has not received.
    package let missingOpeningCount: Int

    /// Somebody's change set.
    package struct Author: Sendable {
        package let change: ChangeSetID
        package let position: String
        package let unit: String
    }

    /// A registry entry, and by whom.
    package struct Grant: Sendable {
        package let entry: EntryID
        /// `certificate`, `delegation`, `mandate`, `genesis`, `rotation`, `recovery`; of other entries `entry`.
        package let kind: String
        package let height: Int
        package let chain: EntryID
        package let grantor: Grantor
        /// The administrator's name; of a root the unit's.
        package let grantorName: String
    }

    package enum Grantor: String, Sendable { case network, root, administrator }

    package struct EndingFact: Sendable {
        package let id: Bytes32
        package let kind: Verdict.Ending.Kind
        /// What ended: `certificate`, `mandate`, `root`, `unit`.
        package let target: String
        /// Stated milliseconds; nil for a removal.
        package let effective: UInt64?
        package let isCompromise: Bool
        package let isCountersigned: Bool
        /// The author had it in his own registry heads, or in the past of the change set.
        package let isInOwnPast: Bool
        /// Inside its cut in this dossier.
        package let isInside: Bool
        package let isRatified: Bool
        /// Who drew the cut so that it holds this, and who refused.
        package let drawnBy: [Author]
        package let declinedBy: [Author]
        /// Whose root and administrators may draw it: the unit; of a suspension or removal any other (nil).
        package let drawer: String?
    }
}

extension DossierView {
    package var acts: ActReader {
        ActReader(history: history, state: state, registry: registry) { names[$0] }
    }

    /// Why a change set has the effect that it has.
    package func explanation(of index: Int) -> Explanation {
        let acts = acts
        let verdict = state.verdicts[index]
        var words: [String] = []
        for operation in history.items[index].operations where !words.contains(Code.word(operation.code)) {
            words.append(Code.word(operation.code))
        }
        let effect = state.verdict(onAct: index)
        return Explanation(
            line: acts.line(index), author: author(index), operations: words, isAct: acts.isAct(index),
            isPlainWork: isPlainWork(index),
            ground: verdict.standing.flatMap { grant($0.entry) }, mandate: verdict.mandateID.flatMap(grant),
            term: verdict.mandate, endings: endings(index, verdict, acts), chainFault: chainFault(verdict),
            ratifiedBy: acts.endorsements.ratifiers(of: index).map { author($0) },
            protectedBy: acts.endorsements.protectors(of: index).map { author($0) }, effect: effect,
            entitled: entitled(index, effect), missingOpeningCount: missingCount)
    }

    private func isPlainWork(_ index: Int) -> Bool {
        let policy = ProcedurePolicy(history: history, registry: registry, definition: state.pinned)
        return policy.mayRatify(index, inRole: rolesThatRatify(index).first ?? "")
    }

    private func author(_ index: Int) -> Explanation.Author {
        let verdict = state.verdicts[index]
        return Explanation.Author(
            change: history.items[index].id, position: position(of: verdict) ?? "",
            unit: verdict.unit.map(unitName) ?? "")
    }

    private func grant(_ id: EntryID) -> Explanation.Grant? {
        guard let entry = registry.entry(id) else { return nil }
        let kind =
            switch entry.body {
            case .certify: "certificate"
            case .delegate: "delegation"
            case .mandate: "mandate"
            case .networkGenesis, .unitGenesis: "genesis"
            case .rotate: "rotation"
            case .recover: "recovery"
            default: "entry"
            }
        let unit = registry.unitID(ofChain: entry.chain).map(unitName) ?? ""
        let (grantor, name): (Explanation.Grantor, String) =
            switch registry.entry(entry.chain)?.body {
            case .delegate(let delegation)?: (.administrator, self.name(delegation.name, in: entry.chain) ?? unit)
            case .admit?: (.root, unit)
            default: (.network, "")
            }
        return Explanation.Grant(
            entry: id, kind: kind, height: entry.height, chain: entry.chain, grantor: grantor, grantorName: name)
    }

    private func chainFault(_ verdict: Verdict) -> Explanation.Grant? {
        guard verdict.reason == .outsideChainCut || verdict.reason == .aboveChainFork else { return nil }
        return verdict.because.flatMap { grant(EntryID($0)) }
    }

    // MARK: Endings

    private func endings(_ index: Int, _ verdict: Verdict, _ acts: ActReader) -> [Explanation.EndingFact] {
        var found = verdict.endings.map { ending in
            fact(ending.id, ending.kind, ending, index, verdict, acts)
        }
        // Law A names a revocation that is no ending any more.
        if verdict.reason == .revokedInOwnPast, let id = verdict.because {
            found.append(fact(id, .revocation, nil, index, verdict, acts))
        }
        return found
    }

    private func fact(
        _ id: Bytes32, _ kind: Verdict.Ending.Kind, _ ending: Verdict.Ending?, _ index: Int, _ verdict: Verdict,
        _ acts: ActReader
    ) -> Explanation.EndingFact {
        let entry = kind == .removal ? nil : registry.entry(EntryID(id))
        var (target, effective, isCompromise) = ("unit", entry?.at, false)
        switch entry?.body {
        case .revoke(let revocation)?:
            target = grant(revocation.target)?.kind ?? "entry"
            (effective, isCompromise) = (revocation.effective, revocation.reason == .compromised)
        case .suspend(let suspension)?: effective = suspension.from
        case .rotate?, .recover?: target = "root"
        default: break
        }
        let isInOwnPast =
            kind == .removal
            ? history.index(of: ChangeSetID(id)).map { history.isInPast($0, of: index) } ?? false
            : registry.contains(EntryID(id), in: history.covers[index])
        let drawers = { (code: Int) in
            acts.endorsements.drawers(of: id, covering: index, code: code).map { author($0) }
        }
        return Explanation.EndingFact(
            id: id, kind: kind, target: target, effective: effective, isCompromise: isCompromise,
            isCountersigned: entry.map { registry.isCountersigned($0.id) } ?? false, isInOwnPast: isInOwnPast,
            isInside: ending?.isAccepted ?? false, isRatified: ending?.isRatified ?? false,
            drawnBy: drawers(Code.accept),
            declinedBy: drawers(Code.decline),
            drawer: [.revocation, .succession].contains(kind) ? verdict.unit.map(unitName) : nil)
    }

    // MARK: The procedure

    /// Who may do what is missing: sign, rule, or decide.
    private func entitled(_ index: Int, _ effect: ActVerdict?) -> [String] {
        guard let record = state.acts.first(where: { $0.item == index }) else { return [] }
        let step: String
        switch record.act.body {
        case .outcome(let outcome): step = outcome.step
        case .sign(let sign): step = sign.step
        default: step = ""
        }
        switch effect {
        case .waiting(let names)?: return names.map(slotTitle)
        case .contested?: return [slotTitle(definition.step(step)?.resolver ?? "it.head")]
        case .opinion?: return (definition.step(step)?.by ?? []).map(slotTitle)
        default: return []
        }
    }
}
