import Sodium

/// Activations that join lanes, by each of their causes. The id of one holds the outcomes of all lanes, so it cannot be
/// made from a single cause as others are.
///
/// All outcomes that somebody recorded are followed, not only those that take effect: what derives from an outcome is
/// asked while it is still open which of them does.
struct Joins {
    struct Joined {
        let id: ActivationID
        let step: String
        let causes: [Cause]
    }

    private(set) var byCause: [Cause: [Joined]] = [:]
    private var arrivals: [Cause: [(lane: Int, cause: Cause)]] = [:]
    private var count = 0

    /// Far more than honest work makes; bounds what contradicting records in several lanes can multiply to. With more
    /// there are none, so that the order of looking at them decides nothing.
    static let countMax = 4096

    private struct Lane {
        let fork: Cause
        let index: Int
        let count: Int
    }

    private struct Visit {
        let id: ActivationID
        let step: String
        let forks: [Lane]
    }

    /// Each as often as it has causes, in no order.
    var all: [Joined] { byCause.sorted { $0.key < $1.key }.flatMap(\.value) }

    private struct Record: Hashable {
        let outcome: String
        let role: String
    }

    /// - Parameter acts: those count that are authorised, in a role that decides the step; of a team's seats nothing is
    ///   known here.
    init(definition: ProcedureDefinition, dossier: Bytes32, acts: [Act]) {
        guard definition.steps.contains(where: \.joinsAll) else { return }
        var recorded: [ActivationID: [Record]] = [:]
        for act in acts where act.isAuthorised {
            guard case .outcome(let outcome) = act.body else { continue }
            let record = Record(outcome: outcome.name, role: act.role)
            if recorded[outcome.activation]?.contains(record) != true {
                recorded[outcome.activation, default: []].append(record)
            }
        }
        follow(recorded, definition, dossier)
        if count > Self.countMax { byCause = [:] }
    }

    private mutating func follow(
        _ recorded: [ActivationID: [Record]], _ definition: ProcedureDefinition, _ dossier: Bytes32
    ) {
        let start = ActivationID(dossier: dossier, step: definition.start, causes: [])
        var seen: Set<ActivationID> = [start]
        var queue = [Visit(id: start, step: definition.start, forks: [])]
        while let visit = queue.popLast() {
            guard count <= Self.countMax else { return }
            var followed: Set<String> = []
            for record in recorded[visit.id] ?? [] {
                guard let step = definition.step(visit.step), let rule = step.outcome(record.outcome),
                    Self.decides(record.role, rule, step, definition), followed.insert(record.outcome).inserted
                else { continue }
                let cause = Cause(activation: visit.id, outcome: record.outcome)
                for (lane, target) in rule.targets.enumerated() {
                    guard let next = definition.step(target) else { continue }
                    var forks = rule.effect == .advance ? visit.forks : []
                    if rule.targets.count > 1 {
                        forks.append(Lane(fork: cause, index: lane, count: rule.targets.count))
                    }
                    let single = ActivationID(dossier: dossier, step: target, causes: [cause])
                    var begun = [Visit(id: single, step: target, forks: forks)]
                    if next.joinsAll, let lane = forks.last {
                        begun = join(lane, cause, at: target, dossier).map {
                            Visit(id: $0.id, step: target, forks: Array(forks.dropLast()))
                        }
                    }
                    for visit in begun where seen.insert(visit.id).inserted { queue.append(visit) }
                }
            }
        }
    }

    private static func decides(
        _ role: String, _ rule: OutcomeRule, _ step: Step, _ definition: ProcedureDefinition
    ) -> Bool {
        ((rule.by ?? step.by) + [rule.escalate].compactMap { $0 }).contains { name in
            name == role || definition.team(name) != nil
        }
    }

    /// What a cause that arrives in a lane makes with those that have arrived in the other lanes.
    private mutating func join(_ lane: Lane, _ cause: Cause, at step: String, _ dossier: Bytes32) -> [Joined] {
        arrivals[lane.fork, default: []].append((lane: lane.index, cause: cause))
        var sets: [[Cause]] = [[cause]]
        for other in 0..<lane.count where other != lane.index {
            let here = (arrivals[lane.fork] ?? []).filter { $0.lane == other }.map(\.cause)
            guard count + sets.count * here.count <= Self.countMax else {
                count = Self.countMax + 1
                return []
            }
            sets = sets.flatMap { set in here.map { set + [$0] } }
        }
        count += sets.count
        return sets.map { causes in
            let joined = Joined(
                id: ActivationID(dossier: dossier, step: step, causes: causes), step: step, causes: causes.sorted())
            for cause in causes { byCause[cause, default: []].append(joined) }
            return joined
        }
    }
}
