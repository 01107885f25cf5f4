import Sodium

/// Activations that join lanes, by each of their causes. The id of one holds the outcomes of all lanes, so it cannot be
/// made from a single cause as others are.
///
/// All outcomes that somebody recorded are followed, not only those that take effect: what derives from an outcome is
/// asked while it is still open which of them does.
struct Joins {
    struct Joined {
        let id: ActivationID
        /// Number of the step.
        let step: Int
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
        let step: Int
        let forks: [Lane]
    }

    /// Each as often as it has causes, in no order.
    var all: [Joined] { byCause.sorted { $0.key < $1.key }.flatMap(\.value) }

    private struct Record: Hashable {
        let outcome: Int
        let role: Int
    }

    /// - Parameter table: those acts count that are authorised, in a role that decides the step; of a team's seats
    ///   nothing is known here.
    init(_ rules: NumberedProcedure, dossier: Bytes32, _ table: ActTable) {
        guard rules.hasJoins, let start = rules.start else { return }
        var recorded: [ActivationID: [Record]] = [:]
        var known: [ActivationID: Set<Record>] = [:]
        for fact in table.facts where fact.isAuthorised && fact.kind == .outcome {
            guard let activation = fact.activation else { continue }
            let record = Record(outcome: fact.outcome, role: fact.role)
            if known[activation, default: []].insert(record).inserted {
                recorded[activation, default: []].append(record)
            }
        }
        follow(recorded, rules, dossier, from: start)
        if count > Self.countMax { byCause = [:] }
    }

    private mutating func follow(
        _ recorded: [ActivationID: [Record]], _ rules: NumberedProcedure, _ dossier: Bytes32, from start: Int
    ) {
        var hash = ActivationHash(dossier: dossier)
        let first = hash.id(step: rules.startName, causes: [])
        var seen: Set<ActivationID> = [first]
        var queue = [Visit(id: first, step: start, forks: [])]
        while let visit = queue.popLast() {
            guard count <= Self.countMax else { return }
            var followed: Set<Int> = []
            for record in recorded[visit.id] ?? [] {
                guard let rule = rules.steps[visit.step].outcome(record.outcome), Self.decides(record.role, rule),
                    followed.insert(record.outcome).inserted
                else { continue }
                let cause = Cause(activation: visit.id, outcome: rule.text)
                for (lane, target) in rule.targets.enumerated() where target.step >= 0 {
                    var forks = rule.isAdvance ? visit.forks : []
                    if rule.targets.count > 1 {
                        forks.append(Lane(fork: cause, index: lane, count: rule.targets.count))
                    }
                    let single = hash.id(step: target.hashed, activation: visit.id, outcome: rule.hashed)
                    var begun = [Visit(id: single, step: target.step, forks: forks)]
                    if rules.steps[target.step].joinsAll, let lane = forks.last {
                        begun = join(lane, cause, at: target, dossier).map {
                            Visit(id: $0.id, step: target.step, forks: Array(forks.dropLast()))
                        }
                    }
                    for visit in begun where seen.insert(visit.id).inserted { queue.append(visit) }
                }
            }
        }
    }

    private static func decides(_ role: Int, _ rule: NumberedOutcome) -> Bool {
        func fits(_ capacity: Capacity) -> Bool { capacity.team >= 0 || capacity.role >= 0 && capacity.role == role }
        return rule.by.contains(where: fits) || rule.escalate.map(fits) ?? false
    }

    /// What a cause that arrives in a lane makes with those that have arrived in the other lanes.
    private mutating func join(
        _ lane: Lane, _ cause: Cause, at target: NumberedOutcome.Target, _ dossier: Bytes32
    ) -> [Joined] {
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
                id: ActivationID(dossier: dossier, step: target.name, causes: causes), step: target.step,
                causes: causes.sorted())
            for cause in causes { byCause[cause, default: []].append(joined) }
            return joined
        }
    }
}
