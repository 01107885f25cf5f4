import Authority
import Envelope
package import History
package import Procedure
package import Registry
import Sodium

extension DossierState {
    /// What this state says of time. A view: nothing of it is read by the fold.
    package func timeline(
        _ history: DossierHistory, _ definition: ProcedureDefinition, _ registry: Registry
    ) -> Timeline {
        var builder = TimelineBuilder(state: self, history: history, definition: definition, registry: registry)
        return builder.build()
    }
}

extension Path {
    /// The day that somebody planned for a tentative activation (Protocol 4 §4).
    package static func planned(_ activation: ActivationID) -> Path { Path("step/\(activation.bytes.hex)/planned") }
}

/// A completed revision of a document that sets targets.
private struct Completion {
    /// The change set that completed it.
    let item: Int
    /// Where its content is read.
    let named: Int
    let instance: Int
}

private struct TimelineBuilder {
    let state: DossierState
    let history: DossierHistory
    let definition: ProcedureDefinition
    let registry: Registry
    private var timeline = Timeline()
    private var placeOfItem: [Int: Int] = [:]
    private var completions: [String: [Completion]] = [:]
    private var activations: [ActivationID: Activation] = [:]

    init(
        state: DossierState, history: DossierHistory, definition: ProcedureDefinition, registry: Registry
    ) {
        (self.state, self.history, self.definition, self.registry) = (state, history, definition, registry)
    }

    mutating func build() -> Timeline {
        let zone = state.opening?.zone ?? ""
        timeline.zone = Zone(of: zone)
        timeline.calendar = definition.calendar
        timeline.opened = history.items.first.map { CivilDay.day(milliseconds: $0.at.milliseconds, zone: zone) } ?? 0
        timeline.isSuspended = state.procedure.isSuspended
        timeline.parties = state.procedure.bindings.compactMap { binding in
            binding.unit.map { Timeline.Party(slot: binding.slot, unit: $0) }
        }
        timeline.findingCount = state.tableRows(.findings, history).count
        timeline.openFindingCount =
            timeline.findingCount == 0 ? 0 : state.openFindings(severities: [], asOf: nil, history).count
        readPauses()
        readCalendars()
        for (place, item) in history.canonicalOrder.enumerated() { placeOfItem[item] = place }
        for activation in state.procedure.activations where activations[activation.id] == nil {
            activations[activation.id] = activation
        }
        timeline.steps = state.procedure.activations.compactMap { step($0) }
        timeline.ended = end()
        return timeline
    }

    /// From suspensions and resumptions with effect, in canonical order.
    private mutating func readPauses() {
        // Suspensions that no resumption saw, by lane and in its order.
        var suspends: [Int: ArraySlice<Int>] = [:]
        var start: Int?
        for (place, record) in state.acts.enumerated() where state.procedure.verdicts[place] == .effective {
            switch record.act.body {
            case .suspend:
                if suspends.isEmpty { start = record.act.statedDay }
                suspends[history.lanes[record.item].lane, default: []].append(record.item)
            case .resume:
                for (lane, open) in suspends {  // unordered: each lane is its own
                    let left = open.drop { history.isAncestor($0, of: record.item) }
                    suspends[lane] = left.isEmpty ? nil : left
                }
                if suspends.isEmpty, let from = start {
                    timeline.pauses.append(Pause(from: from, until: max(from, record.act.statedDay)))
                    start = nil
                }
            default: continue
            }
        }
        if let start { timeline.pauses.append(Pause(from: start, until: nil)) }
    }

    /// Calendars of the definition's id that any change set knew.
    private mutating func readCalendars() {
        let prefix = definition.calendar + "/"
        timeline.calendars = registry.publishedCalendars.filter { id in
            guard case .publishCalendar(let publication)? = registry.entry(id)?.body,
                publication.name.hasPrefix(prefix)
            else { return false }
            return history.headIndices.contains { registry.contains(id, in: history.covers[$0]) }
        }.map(\.raw).sorted()
        timeline.calendars.removeLast(max(0, timeline.calendars.count - Timeline.calendarCountMax))
    }

    private func calendars(seenBy item: Int?) -> UInt64 {
        guard let item else { return 0 }
        var bits: UInt64 = 0
        for (place, entry) in timeline.calendars.enumerated()
        where registry.contains(EntryID(entry), in: history.covers[item]) { bits |= 1 << UInt64(place) }
        return bits
    }

    // MARK: Steps

    private mutating func step(_ activation: Activation) -> Timeline.Step? {
        guard let rule = definition.step(activation.step) else { return nil }
        var step = Timeline.Step()
        (step.step, step.round) = (activation.step, activation.round)
        step.slot = rule.by.first.map { slot(of: $0) } ?? ""
        step.since = activation.since ?? frozenSince(activation) ?? timeline.opened
        switch activation.state {
        case .active, .waitingForSignatures, .contested: step.standing = .open
        case .done: step.standing = .done
        case .frozen, .ended: step.standing = .ended
        }
        let closing = step.standing == .done ? closing(activation) : nil
        step.closed = closing.map { state.acts[$0].act.statedDay }
        step.isReturn = activation.decided.flatMap { rule.outcome($0)?.effect } == .return
        let start = causing(activation)
        step.calendarsAtStart = calendars(seenBy: start ?? (history.items.isEmpty ? nil : 0))
        let end = closing.map { state.acts[$0].item }
        step.calendarsAtEnd = calendars(seenBy: end)
        var target: Int?
        if case .target(let document, let field)? = rule.due {
            target = self.target(document, field, of: activation, start: start, end: end)
        }
        let planned = rule.due == .tentative ? day(state.values(.planned(activation.id), history)) : nil
        step.rule = DueRule(rule.due, dayUnit: definition.dayUnit, target: target, planned: planned)
        return step
    }

    /// The party of a role; for a team that of the IT unit where it takes part.
    private func slot(of role: String) -> String {
        if let slot = definition.slot(ofRole: role) { return slot }
        let from = definition.team(role)?.from ?? []
        return from.contains("it") ? "it" : from.first ?? ""
    }

    /// The act that completed the outcome in force.
    private func closing(_ activation: Activation) -> Int? {
        let decided = activation.candidates.first { $0.outcome == activation.decided }
        return decided?.completedBy ?? decided?.completing
    }

    /// The latest change set that an activation was caused by.
    private func causing(_ activation: Activation) -> Int? {
        activation.causes.compactMap { cause in
            activations[cause.activation].flatMap { closing($0) }.map { state.acts[$0].item }
        }.max { (placeOfItem[$0] ?? 0) < (placeOfItem[$1] ?? 0) }
    }

    /// What is frozen began with a candidate that nobody has decided on yet.
    private func frozenSince(_ activation: Activation) -> Int? {
        activation.causes.compactMap { cause in
            activations[cause.activation]?.candidates.first { $0.outcome == cause.outcome }?.completedBy
        }.map { state.acts[$0].act.statedDay }.max()
    }

    private func end() -> Int? {
        guard state.procedure.end != nil else { return nil }
        for (place, record) in state.acts.enumerated() where state.procedure.verdicts[place] == .effective {
            switch record.act.body {
            case .withdraw, .cancel: return record.act.statedDay
            default: continue
            }
        }
        let closed = state.procedure.activations.filter { activation in
            guard activation.state == .done, let decided = activation.decided else { return false }
            let targets = definition.step(activation.step)?.outcome(decided)?.targets ?? []
            return targets.contains { definition.end($0) != nil }
        }
        return closed.compactMap { closing($0) }.map { state.acts[$0].act.statedDay }.max()
    }

    // MARK: Targets

    /// The target that counts: by the latest completed document, or the outcome that asked for a new day after it; of a
    /// closed step by what lay in the past of the act that closed it.
    private mutating func target(
        _ document: String, _ field: String, of activation: Activation, start: Int?, end: Int?
    ) -> Int? {
        let own = activation.targetDate.flatMap { CivilDay.parse($0) }
        let known = completed(document).filter { completion in
            guard let end else { return true }
            return history.isInPast(completion.item, of: end)
        }
        var past = JoinedPast(history, nil)
        var latest: Set<Int> = []
        for item in Set(known.map(\.item)).sorted(by: >) where !past.contains(item) {
            past.add(item)
            latest.insert(item)
        }
        let standing = known.filter { latest.contains($0.item) }
        guard !standing.isEmpty else { return own }
        if let own, let start, standing.allSatisfy({ history.isInPast($0.item, of: start) }) { return own }
        // Of corrections that stand beside each other the latest day: nobody is late by one of two.
        return standing.compactMap { completion in
            day(state.values(.field(document, completion.instance, field), asOf: completion.named, history))
        }.max()
    }

    private func day(_ writes: [DossierState.Write]) -> Int? {
        guard writes.count == 1, case .text(let text)? = writes.first?.value else { return nil }
        return CivilDay.parse(text)
    }

    /// By outcomes in effect, and by corrections (*ralat*).
    private mutating func completed(_ document: String) -> [Completion] {
        if let known = completions[document] { return known }
        var found: [Completion] = []
        for activation in state.procedure.activations where activation.state == .done {
            guard let decided = activation.candidates.first(where: { $0.outcome == activation.decided }),
                let naming = decided.completing, let closing = closing(activation),
                case .outcome(let outcome) = state.acts[naming].act.body
            else { continue }
            for claim in outcome.documents where claim.document == document {
                found.append(
                    Completion(
                        item: state.acts[closing].item, named: state.acts[naming].item, instance: claim.instance))
            }
        }
        for correction in state.procedure.corrections
        where correction.claim.document == document && correction.waitingFor.isEmpty {
            guard let last = correction.acts.max() else { continue }
            let item = state.acts[last].item
            found.append(Completion(item: item, named: item, instance: correction.claim.instance))
        }
        completions[document] = found
        return found
    }
}
