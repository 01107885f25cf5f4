import Authority
import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

/// Operations and the openings of what they commit to.
struct Draft {
    var operations: [Operation] = []
    var openings: [Opening] = []
}

/// Who writes: a key certified in this unit, and where its secret signs.
package struct Author: Sendable {
    package let key: KeyFile
    package let signer: any Signer
    /// `id` or `en`: the language in which the text was shown.
    package let language: String

    package init(key: KeyFile, signer: any Signer, language: String) {
        (self.key, self.signer, self.language) = (key, signer, language)
    }
}

extension Replica.Work {
    /// Writes the next change set of a key: joins heads, names new registry tips, checks by fold what it would do, and
    /// only then signs and stores it (Protocol 2 §3).
    @discardableResult
    mutating func author(
        _ draft: Draft, in dossier: DossierID?, isOpinion: Bool = false, by author: Author, zone: String
    ) throws -> ChangeSet {
        guard draft.operations.count <= HistoryLimits.operationCountMax else {
            throw NodeFailure.tooManyOperations(count: draft.operations.count)
        }
        // Nobody would take the opening, and the author's own unit would wait for it.
        for case .text(let text) in draft.openings.map(\.opened) where text.utf8.count > Value.textByteCountMax {
            throw NodeFailure.badValue(
                field: "text", value: "\(text.utf8.count) B", expected: "≤ \(Value.textByteCountMax) B")
        }
        let network = try network()
        var loaded: LoadedDossier
        if let dossier {
            guard let held = try load(dossier) else { throw NodeFailure.unknownDossier(dossier.hex) }
            loaded = held
            if let held = try tx.reader.held(loaded.number) { throw NodeFailure(held) }
            try joinHeads(&loaded, by: author, zone: zone)
        } else {
            loaded = LoadedDossier(
                number: 0, history: DossierHistory(network: network), isNew: true, openings: [:])
        }
        let named = PartyNaming.named(by: draft.operations)
        try memory.load(units: named + loaded.history.headIndices.flatMap { loaded.history.parties[$0] }, tx.reader)
        let tips = newTips(for: loaded.history, named: named, key: author.key.publicKey)
        var chunks = Self.chunks(tips)
        if dossier == nil {
            // Nothing comes before the opening: what does not fit follows it.
            let opened = try sign(draft, tips: chunks.removeFirst(), &loaded, by: author, zone: zone)
            for rest in chunks { try sign(Draft(), tips: rest, &loaded, by: author, zone: zone) }
            return opened
        }
        let last = chunks.removeLast()
        for rest in chunks { try sign(Draft(), tips: rest, &loaded, by: author, zone: zone) }
        return try sign(draft, tips: last, &loaded, isOpinion: isOpinion, by: author, zone: zone)
    }

    /// At least one list, each of at most as many as `reg` takes.
    private static func chunks(_ tips: [EntryID]) -> [[EntryID]] {
        guard !tips.isEmpty else { return [[]] }
        return stride(from: 0, to: tips.count, by: HistoryLimits.regCountMax).map {
            Array(tips[$0..<min($0 + HistoryLimits.regCountMax, tips.count)])
        }
    }

    /// More than 64 heads are joined by empty change sets first.
    private mutating func joinHeads(_ loaded: inout LoadedDossier, by author: Author, zone: String) throws {
        while loaded.history.headIndices.count > HistoryLimits.depCountMax {
            try sign(Draft(), tips: [], &loaded, by: author, zone: zone)
        }
    }

    /// Registry tips that the heads do not cover; those that certify the own key come first, or an empty change set
    /// before the others would have no standing.
    private func newTips(for history: DossierHistory, named: [UnitID], key: PublicKey) -> [EntryID] {
        var cover = RegistryCover.empty
        var units = named
        for head in history.headIndices {
            cover = registry.union(cover, history.covers[head])
            for unit in history.parties[head] where !units.contains(unit) { units.append(unit) }
        }
        var tips: [EntryID] = []
        let own = identity.unit
        let certifying = registry.grants(of: key).filter { $0.unit == own }.compactMap {
            registry.entry($0.entry)?.chain
        }
        let ownTips = (own.map { registry.tips(of: $0) } ?? []).sorted { left, right in
            let (a, b) = (registry.entry(left)?.chain, registry.entry(right)?.chain)
            let (first, second) = (a.map(certifying.contains) ?? false, b.map(certifying.contains) ?? false)
            return first != second ? first : left < right
        }
        let others = units.filter { $0 != own }.sorted().flatMap { registry.tips(of: $0) }
        for tip in ownTips + registry.tips(of: nil) + others
        where !registry.contains(tip, in: cover) && !tips.contains(tip) { tips.append(tip) }
        return tips
    }

    @discardableResult
    private mutating func sign(
        _ draft: Draft, tips: [EntryID], _ loaded: inout LoadedDossier, isOpinion: Bool = false, by author: Author,
        zone: String
    ) throws -> ChangeSet {
        if rehearsal == nil { try checkMark() }
        let key = author.key.publicKey
        let fields = loaded.history.nextFields(
            author: key, tips: tips, at: StatedTime(milliseconds: now, zone: zone), operations: draft.operations)
        let dossier = loaded.history.dossier
        try checkBudget(of: loaded)
        guard let none = Signature([UInt8](repeating: 0, count: 64)) else { preconditionFailure("64 bytes") }
        let proposed = try ChangeSet.compose(fields, network: try network(), dossier: dossier, kid: key) { _ in none }
        let proposal = Proposal(
            change: proposed, openings: draft.openings,
            folded: try check(proposed, after: loaded.history, isOpinion: isOpinion))
        return try rehearsal == nil ? seal(proposal, &loaded, by: author) : rehearse(proposal, &loaded)
    }

    /// Signs what was checked, and stores it.
    mutating func seal(_ proposal: Proposal, _ loaded: inout LoadedDossier, by author: Author) throws -> ChangeSet {
        let change = try proposal.change.signed { try author.signer.sign($0) }
        if loaded.isNew && loaded.number == 0 { loaded.number = try tx.dossierNumber(change.dossier) }
        // What another process signed is checked like everybody's; a key in this one just did it.
        guard let verified = author.signer.isLocal ? Verified(storedBefore: change) : Verified(checking: change)
        else {
            throw NodeFailure.agent(author.key.name)
        }
        let openings = Dictionary(
            proposal.openings.map { ($0.commitment, $0) }, uniquingKeysWith: { first, _ in first })
        if let row = try append(verified, to: &loaded, openings: openings) {
            try tx.noteAuthored(change.id.raw, change: row)
            // A file of one's own was copied in before it is named: it is held for this place.
            for opening in proposal.openings where opening.kind == .file {
                guard case .bytes(let bytes) = opening.opened, let id = FileID(bytes) else { continue }
                try tx.holdFile(id, opening.commitment, change: row)
            }
        }
        // The same ids, so the same state: what was checked is what is kept.
        loaded.keep(proposal.folded)
        memory.loaded[change.dossier] = loaded
        touch(change.dossier)
        return change
    }

    /// Refuses to write beyond what any replica folds.
    private func checkBudget(of loaded: LoadedDossier) throws {
        let id = loaded.history.dossier
        // The largest that a change set can be, for it is not composed yet.
        let excess = limits.fold.excess(
            changeCount: loaded.history.count + 1, byteCount: loaded.byteCount + Envelope.byteCountMax,
            multiple: try id.map { try tx.reader.allowance($0) } ?? 1)
        guard let excess else { return }
        throw NodeFailure.heldBack(
            dossier: id?.hex ?? "", reason: excess.reason, found: excess.found, allowed: excess.allowed)
    }

    /// Folds within what this work may spend: under the lock a small fold, unless the dossier is opened just now; more
    /// is for a rehearsal, to which ``FoldExceeded`` leads. Nobody signs what is beyond the budget.
    private func fold(_ history: DossierHistory, _ definitions: DossierDefinitions) throws -> FoldedState {
        var loaded = LoadedDossier(number: 0, history: history)
        try fold(&loaded, definitions, isOpening: history.count == 1)
        guard let state = loaded.state else { preconditionFailure("folded") }
        return FoldedState(state: state, stepCount: loaded.stepCount)
    }

    private func fold(
        _ loaded: inout LoadedDossier, _ definitions: DossierDefinitions, isOpening: Bool
    ) throws {
        let id = loaded.history.dossier
        let budget = limits.fold.stepCount * (try id.map { try tx.reader.allowance($0) } ?? 1)
        let most = rehearsal != nil || isOpening ? budget : min(budget, limits.small.stepCount)
        do throws(FoldExceeded) {
            try loaded.fold(registry, definitions, stepCountMax: most)
        } catch {
            guard most == budget else { throw error }
            throw NodeFailure.heldBack(
                dossier: id?.hex ?? "", reason: error.limit.rawValue, found: error.value, allowed: error.max)
        }
    }

    /// Refuses a dossier that is held back, and folds another within what this work may spend.
    mutating func prepareToWrite(_ dossier: DossierID) throws {
        guard var loaded = try load(dossier) else { throw NodeFailure.unknownDossier(dossier.hex) }
        if let held = try tx.reader.held(loaded.number) { throw NodeFailure(held) }
        guard let opening = loaded.history.opening else { return }
        try memory.load(units: loaded.history.headIndices.flatMap { loaded.history.parties[$0] }, tx.reader)
        try fold(
            &loaded, try memory.definitions(of: loaded.history, opening, tx.reader), isOpening: loaded.isNew)
        memory.loaded[dossier] = loaded
    }

    /// Refuses what would have no effect, with the reason that everybody else would see later.
    private mutating func check(
        _ proposed: ChangeSet, after history: DossierHistory, isOpinion: Bool
    ) throws -> FoldedState? {
        var trial = history
        let insertion: DossierHistory.Insertion
        do {
            insertion = try memory.insert(Verified(storedBefore: proposed), into: &trial, tx.reader)
        } catch Refusal.noStanding(let key) {
            throw NodeFailure.notCertified(key.hex)
        } catch Refusal.nodeKey { throw NodeFailure.notAuthorised(.nodeKey) }
        guard case .added(let index) = insertion, let opening = trial.opening else { return nil }
        let definitions = try memory.definitions(of: trial, opening, tx.reader)
        let folded = try fold(trial, definitions)
        let state = folded.state
        if let reason = state.verdicts[index].reason { throw NodeFailure.notAuthorised(reason) }
        guard let operation = proposed.operations.first, operation.code >= Code.outcome,
            let verdict = state.verdict(onAct: index)
        else { return folded }
        let step = operation.body[unsigned: 1]?.textValue ?? ""
        switch verdict {
        case .noEffect(let reason, let detail): throw NodeFailure.noEffect(reason, step: step, detail: detail)
        case .opinion where isOpinion: return folded
        case .opinion:
            throw NodeFailure.opinion(step: step, roles: state.definition.step(step)?.by ?? [])
        default:
            // Meant as a word, it would decide.
            if isOpinion { throw NodeFailure.notAnOpinion(step: step) }
            return folded
        }
    }
}
