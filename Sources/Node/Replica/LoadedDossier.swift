import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

/// A dossier in memory.
struct LoadedDossier: Sendable {
    var number: Int64
    var history: DossierHistory
    var isNew = false
    /// Openings of a dossier that is new in this transaction; nil for others.
    var openings: [Commitment: Opening]?
    /// The fold of the first ``foldedCount`` change sets, under the registry as it is; nil after it changed.
    var state: DossierState?
    var foldedCount = 0
    /// What that fold looked at.
    var stepCount = 0
    /// Who committed to what, for checking openings; made when first asked for.
    var commitments: [Commitment: [CommitmentPlace]]?
    /// Values whose openings are refused; read when first asked for.
    var erased: Set<AuthoredValue>?
    /// Of its envelopes.
    var byteCount: Int

    init(number: Int64, history: DossierHistory, isNew: Bool = false, openings: [Commitment: Opening]? = nil) {
        (self.number, self.history, self.isNew, self.openings) = (number, history, isNew, openings)
        byteCount = history.items.reduce(0) { $0 + $1.bytes.count }
    }
}

extension LoadedDossier {
    /// The folded state, from memory where nothing was added since.
    mutating func folded(_ registry: Registry, _ definitions: DossierDefinitions) -> DossierState {
        if isFolded, let state { return state }
        let steps = StepCounter(count: history.stepCount)
        let state = DossierState.fold(
            history: history, registry: registry, definition: definitions.pinned, newer: definitions.newer,
            steps: steps)
        keep(state, steps)
        return state
    }

    /// The same, unless it costs more steps than so many: then nothing is kept.
    @discardableResult
    mutating func fold(
        _ registry: Registry, _ definitions: DossierDefinitions, stepCountMax: Int
    ) throws(FoldExceeded) -> DossierState {
        if isFolded, let state { return state }
        let steps = StepCounter(count: history.stepCount, limit: stepCountMax)
        if !steps.isExceeded {
            let state = DossierState.fold(
                history: history, registry: registry, definition: definitions.pinned, newer: definitions.newer,
                steps: steps)
            if !steps.isExceeded {
                keep(state, steps)
                return state
            }
        }
        throw FoldExceeded(limit: .steps, value: steps.count, max: stepCountMax)
    }

    private mutating func keep(_ state: DossierState, _ steps: StepCounter) {
        keep(FoldedState(state: state, stepCount: steps.count))
    }

    /// Takes over what was folded of the same change sets elsewhere.
    mutating func keep(_ folded: FoldedState?) {
        (state, foldedCount, stepCount) = (folded?.state, history.count, folded?.stepCount ?? 0)
    }

    /// Whether ``state`` is that of all change sets.
    var isFolded: Bool { state != nil && foldedCount == history.count }
}

extension LoadedDossier {
    /// What is derived from the dossier, folded where it is not.
    mutating func record(
        _ registry: Registry, _ definitions: DossierDefinitions,
        opening: (Commitment, Int64) throws -> Opening?
    ) rethrows -> DossierRecord {
        let state = folded(registry, definitions)
        // The title is the only text that listings show, or why it was erased.
        var openings = openings ?? [:]
        if case .committed(let title)? = state.values(.title, history).first?.value {
            let shown = [title] + (state.erasure(of: title.commitment).map { state.bases(of: $0) } ?? [])
            for value in shown where openings[value.commitment] == nil {
                openings[value.commitment] = try opening(value.commitment, number)
            }
        }
        return DossierRecord(state: state, history: history, registry: registry, openings: openings)
    }
}
