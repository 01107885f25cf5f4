import CBOR
package import Sodium

/// A version that somebody wants a dossier to go on with.
package struct MigrationTarget: Sendable {
    /// The registry entry that publishes it.
    package let entry: Bytes32
    package let definition: ProcedureDefinition

    package init(entry: Bytes32, definition: ProcedureDefinition) {
        (self.entry, self.definition) = (entry, definition)
    }
}

/// Which version of its procedure a dossier follows (Protocol 4 §3.14): the one it was opened with, or a newer one that
/// the heads of its parties signed.
///
/// **Why what was walked must stay.** Acts are judged by one definition. Were the rules of a step changed after somebody
/// decided it, its outcome would mean something else than what was signed.
///
/// **Why each is judged in its own past.** Else whoever kept an old replica could undo a migration with an outcome that
/// nobody had seen. The exception is what is final without it: that takes a person of another unit, too.
package struct Migrations {
    package struct Result: Sendable {
        /// In force.
        package var definition: ProcedureDefinition
        /// By the index of the act.
        package var verdicts: [Int: ActVerdict] = [:]
    }

    private struct Counted {
        let act: Int
        let target: MigrationTarget
        let role: String
        let required: [String]
    }

    /// Migrations of one person that are judged; each costs two walks. Asked of his own past, so that he stops himself.
    package static let countMax = 16

    private let pinned: ProcedureDefinition
    private let dossier: Bytes32
    private let parties: [(slot: String, unit: Bytes32)]
    private let removals: [(unit: Bytes32, act: Int)]
    private let context: any EngineContext
    private let actsUnder: (ProcedureDefinition) -> [Act]
    private let targets: [Int: MigrationTarget]
    private var counted: [Counted] = []
    private var result: Result

    /// - Parameters:
    ///   - targets: what each act names, by its index; those that the act's own registry heads publish.
    ///   - actsUnder: the acts in canonical order, their documents compared under a definition.
    package static func judge(
        pinned: ProcedureDefinition, dossier: Bytes32, parties: [(slot: String, unit: Bytes32)],
        removals: [(unit: Bytes32, act: Int)], targets: [Int: MigrationTarget], context: any EngineContext,
        actsUnder: @escaping (ProcedureDefinition) -> [Act]
    ) -> Result {
        var migrations = Migrations(
            pinned: pinned, dossier: dossier, parties: parties, removals: removals, context: context,
            actsUnder: actsUnder, targets: targets, result: Result(definition: pinned))
        migrations.judge()
        return migrations.result
    }

    private mutating func judge() {
        var seen: [Actor: Chains] = [:]
        for (index, act) in actsUnder(pinned).enumerated() {
            guard case .migration = act.body else { continue }
            if context.steps.isExceeded { return }
            let earlier = (seen[act.actor] ?? Chains()).before(index, context).reduce(0) { $0 + $1.count }
            seen[act.actor, default: Chains()].add(index, context)
            result.verdicts[index] =
                !act.isAuthorised
                ? .noEffect(.unauthorised, detail: "")
                : earlier >= Self.countMax ? .noEffect(.roundsExceeded, detail: "") : verdict(index)
        }
        result.definition = inForce(counted)
        let voices = voices(counted)
        for one in counted {
            let missing = missing(one, voices)
            result.verdicts[one.act] = missing.isEmpty ? .effective : .waiting(missing)
        }
    }

    private mutating func verdict(_ index: Int) -> ActVerdict {
        guard let target = targets[index] else { return .noEffect(.unknownTarget, detail: "") }
        let before = inForce(counted.filter { context.isAncestor($0.act, of: index) })
        guard target.definition.id.utf8.elementsEqual(before.id.utf8), target.definition.version > before.version else {
            return .noEffect(.notNewer, detail: "\(target.definition.version)")
        }
        let acts = actsUnder(before)
        // Two walks, and what they leave out.
        context.steps.add(2 * acts.count)
        let past = run(before, acts) { context.isAncestor($0, of: index) }
        let heads = before.roles.filter { role in
            role.id.hasSuffix(".head") && past.binding(role.party)?.unit != nil
        }
        let act = acts[index]
        guard heads.contains(where: { $0.id == act.role && past.binding($0.party)?.unit == act.actor.unit }) else {
            return .opinion
        }
        if past.end != nil { return .noEffect(.closed, detail: "") }
        let others = run(before, acts) { $0 != index && !context.isAncestor(index, of: $0) }
        var walked = Set(past.activations.filter { !$0.candidates.isEmpty }.map(\.step))
        walked.formUnion(others.activations.filter(\.isFinal).map(\.step))
        let changes = before.changes(to: target.definition, walked: walked)
        guard changes.isEmpty else { return .noEffect(.walkedStepChanged, detail: changes.joined(separator: ", ")) }
        counted.append(Counted(act: index, target: target, role: act.role, required: heads.map(\.id)))
        return .effective
    }

    /// The roles that signed, by the entry that they name.
    private func voices(_ counted: [Counted]) -> [Bytes32: Set<String>] {
        context.steps.add(counted.count)
        return Dictionary(grouping: counted, by: \.target.entry).mapValues { Set($0.map(\.role)) }
    }

    /// Heads whose word is missing for what an act names.
    private func missing(_ one: Counted, _ voices: [Bytes32: Set<String>]) -> [String] {
        let there = voices[one.target.entry] ?? []
        return one.required.filter { !there.contains($0) }
    }

    /// The highest version that all heads signed; of equal ones the smaller entry.
    private func inForce(_ counted: [Counted]) -> ProcedureDefinition {
        let voices = voices(counted)
        let complete = counted.filter { missing($0, voices).isEmpty }.map(\.target)
        let best = complete.min { left, right in
            left.definition.version != right.definition.version
                ? left.definition.version > right.definition.version : left.entry < right.entry
        }
        return best?.definition ?? pinned
    }

    /// The procedure as some of the acts alone make it.
    private func run(_ definition: ProcedureDefinition, _ acts: [Act], _ isIncluded: (Int) -> Bool) -> EngineResult {
        let places = acts.indices.filter(isIncluded)
        let some = SomeActs(context: context, places: places)
        let place = Dictionary(places.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { one, _ in one })
        return Engine.run(
            definition: definition, dossier: dossier, parties: parties, acts: places.map { acts[$0] },
            removals: removals.compactMap { removal in place[removal.act].map { (unit: removal.unit, act: $0) } },
            context: some)
    }
}

/// The same questions of a part of the acts.
private struct SomeActs: EngineContext {
    let context: any EngineContext
    let places: [Int]
    var steps: StepCounter { context.steps }

    func chain(of act: Int) -> Int { context.chain(of: places[act]) }

    func chains(before act: Int, atMost count: Int) -> [Int]? { context.chains(before: places[act], atMost: count) }

    func latest(of acts: [Int]) -> [Int] {
        let latest = Set(context.latest(of: acts.map { places[$0] }))
        return acts.filter { latest.contains(places[$0]) }
    }

    func isAncestor(_ a: Int, of b: Int) -> Bool { context.isAncestor(places[a], of: places[b]) }

    func openFindings(severities: [String], asOf act: Int) -> Int {
        context.openFindings(severities: severities, asOf: places[act])
    }

    func hasWritten(unit: Bytes32, asOf act: Int) -> Bool { context.hasWritten(unit: unit, asOf: places[act]) }

    func partyCount(asOf act: Int) -> Int { context.partyCount(asOf: places[act]) }
}
