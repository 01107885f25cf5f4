package import Authority
package import CBOR
package import Envelope
package import History
package import Procedure
package import Registry
import Sodium

extension DossierState {
    /// Folds a whole history, unless that costs more than a budget: then it stops there.
    ///
    /// - Parameters:
    ///   - definition: the one that the opening pins; authority is judged by it for life.
    ///   - newer: those that ``migrationEntries(_:)`` names.
    package static func fold(
        history: DossierHistory, registry: Registry, definition: ProcedureDefinition,
        newer: [EntryID: ProcedureDefinition] = [:], budget: FoldBudget
    ) throws(FoldExceeded) -> DossierState {
        if let excess = budget.excess(of: history) { throw excess }
        let steps = StepCounter(count: history.stepCount, limit: budget.stepCountMax)
        let state = fold(history: history, registry: registry, definition: definition, newer: newer, steps: steps)
        guard !steps.isExceeded else {
            throw FoldExceeded(limit: .steps, value: steps.count, max: budget.stepCountMax)
        }
        return state
    }

    /// Folds a history that was accepted, whatever it costs.
    ///
    /// - Parameter steps: counts. Where it is exceeded, the state is none.
    package static func fold(
        history: DossierHistory, registry: Registry, definition: ProcedureDefinition,
        newer: [EntryID: ProcedureDefinition] = [:], steps: StepCounter = StepCounter()
    ) -> DossierState {
        let judged = Authority.evaluate(history: history, registry: registry, steps: steps) {
            ProcedurePolicy(history: history, registry: registry, definition: definition, steps: steps)
        }
        return fold(
            history: history, definition: definition, verdicts: judged.verdicts, removals: judged.removals,
            targets: migrationTargets(history, registry, newer), steps: steps)
    }

    /// The same under verdicts that are known.
    package static func fold(
        history: DossierHistory, definition: ProcedureDefinition, verdicts: [Verdict], removals: [Removal],
        targets: [Int: MigrationTarget] = [:], steps: StepCounter = StepCounter()
    ) -> DossierState {
        var state = DossierState()
        state.opening = history.opening
        (state.pinned, state.definition) = (definition, definition)
        (state.verdicts, state.removals) = (verdicts, removals)
        for index in history.items.indices where state.verdicts[index].isAuthorised {
            if steps.isExceeded { return state }
            state.apply(history.items[index], at: index, history, steps)
        }
        state.indexDocuments()
        state.erased = state.erasedValues(history, steps)
        state.collectActs(history, definition, steps)
        for (place, record) in state.acts.enumerated() { state.actPlaces[record.item] = place }
        let removed = removals.compactMap { removal in
            state.actPlaces[removal.index].map { (unit: removal.unit.raw, act: $0) }
        }
        let migrations = state.migrate(history, targets, removals: removed, steps)
        let context = FoldContext(history: history, state: state, steps: steps)
        state.procedure = Engine.run(
            definition: state.definition, dossier: history.dossier?.raw ?? .zero, parties: history.slotsAtOpening,
            acts: state.acts.map(\.act), removals: removed,
            ratified: ratified(history, state.definition, verdicts, removals, steps), context: context)
        for (place, verdict) in migrations.sorted(by: { $0.key < $1.key }) {
            state.procedure.verdicts[place] = verdict
        }
        // What listings keep of each removed unit reads the history once more.
        steps.add(state.procedure.removed.count * history.count)
        // And so does the day of each step the corrections.
        steps.add(state.procedure.activations.count * (1 + state.procedure.corrections.count))
        if steps.isExceeded { return state }
        state.hash = state.computeHash(history, steps)
        return state
    }

    mutating func apply(_ item: ChangeSet, at index: Int, _ history: DossierHistory, _ steps: StepCounter) {
        steps.add(1 + item.operations.count)
        for (place, operation) in item.operations.enumerated() {
            let dot = Dot(change: item.id, index: place)
            switch DossierOperation(operation) {
            case .set(let path, let value):
                writes[path, default: []].append(Write(item: index, dot: dot, value: value))
            case .insert(let path, let value):
                elements[path, default: []].append(
                    Element(item: index, dot: dot, value: value, attachment: nil))
            case .attach(let path, let attachment):
                elements[path, default: []].append(
                    Element(item: index, dot: dot, value: .committed(attachment.file), attachment: attachment))
            case .remove(let dots): remove(dots, by: index, history, steps)
            case .addRow(let path, let cells):
                let written = cells.map { ($0.column, Write(item: index, dot: dot, value: $0.value)) }
                rows[path, default: []].append(
                    Row(item: index, dot: dot, cells: written.map { (column: $0.0, write: $0.1) }))
            case .setCell(let row, let column, let value):
                update(row, by: index, history, steps) {
                    $0.cells.append((column: column, write: Write(item: index, dot: dot, value: value)))
                }
            case .deleteRow(let row): update(row, by: index, history, steps) { $0.deletedBy.append(index) }
            case .comment(let text, let subject):
                comments.append(Comment(item: index, dot: dot, text: text, subject: subject))
            case .release(let commitments, let units):
                for commitment in commitments {
                    releases.append(Release(item: index, commitment: commitment, units: units))
                }
            case .erase(let commitments, let basis):
                erasures.append(Erasure(item: index, commitments: commitments, basis: basis))
            case .link(let relation, let target):
                elements[Path("link/" + relation), default: []].append(
                    Element(item: index, dot: dot, value: target, attachment: nil))
            case .open, .act, .unknown, .malformed: break
            }
        }
    }

    /// A remove deletes what its author saw, nothing else.
    private mutating func remove(_ dots: [Dot], by index: Int, _ history: DossierHistory, _ steps: StepCounter) {
        steps.add(dots.count)
        for dot in dots {
            guard let (path, place) = element(dot, history, steps), let found = elements[path]?[place],
                history.isAncestor(found.item, of: index), found.removedBy.last != index
            else { continue }
            elements[path]?[place].removedBy.append(index)
        }
    }

    private mutating func update(
        _ row: Dot, by index: Int, _ history: DossierHistory, _ steps: StepCounter, _ change: (inout Row) -> Void
    ) {
        guard let (path, place) = self.row(row, history, steps), let item = rows[path]?[place].item,
            history.isAncestor(item, of: index), rows[path] != nil
        else { return }
        // In place: a copy would cost what the row holds.
        change(&rows[path, default: []][place])
    }
}

/// What the engine asks about the past of an act.
struct FoldContext: EngineContext {
    let history: DossierHistory
    let state: DossierState
    let steps: StepCounter
    private let memory: FoldMemory

    init(history: DossierHistory, state: DossierState, steps: StepCounter) {
        (self.history, self.state, self.steps) = (history, state, steps)
        memory = FoldMemory(history, state, steps)
    }

    func isAncestor(_ a: Int, of b: Int) -> Bool {
        steps.add()
        return history.isAncestor(state.acts[a].item, of: state.acts[b].item)
    }

    func chain(of act: Int) -> Int { history.lanes[state.acts[act].item].lane }

    func chains(before act: Int, atMost count: Int) -> [Int]? {
        let vector = history.vectors[state.acts[act].item]
        guard vector.laneCount <= count else { return nil }
        steps.add(vector.laneCount)
        return vector.pairs.map(\.lane)
    }

    func latest(of acts: [Int]) -> [Int] {
        if acts.count < 2 { return acts }
        var past = JoinedPast(history, steps)
        var latest: [Int] = []
        // What has another in its past comes after it.
        for act in acts.reversed() {
            steps.add()
            let item = state.acts[act].item
            if past.contains(item) { continue }
            past.add(item)
            latest.append(act)
        }
        return latest.reversed()
    }

    func openFindings(severities: [String], asOf act: Int) -> Int {
        memory.openFindings(severities, asOf: state.acts[act].item)
    }

    func hasWritten(unit: Bytes32, asOf act: Int) -> Bool {
        memory.hasWritten(unit, asOf: state.acts[act].item)
    }

    func partyCount(asOf act: Int) -> Int { history.partyCount(at: state.acts[act].item) }
}

extension DossierHistory {
    var slotsAtOpening: [(slot: String, unit: Bytes32)] {
        (opening?.parties ?? []).map { (slot: $0.slot, unit: $0.unit.raw) }
    }
}
