import Procedure
import Sodium

extension Bench {
    /// Row 22: the procedure of a dossier derived from its acts: P4 from the letter to the end, with five rounds of the
    /// user acceptance test, every document there and every signature given.
    func engineRows() throws -> [Row] {
        say("engine")
        guard let bytes = ShippedDefinitions.bytes("p4") else { throw BenchFailure.notEqual("p4") }
        let definition = DefinitionLoader.load(bytes).definition
        var play = Play(definition: definition)
        play.run(rounds: 5)
        let result = play.result()
        guard result.end == .completed, let visits = result.activations.filter({ $0.step == "14" }).map(\.round).max(),
            visits == 5
        else { throw BenchFailure.notEqual("the end of P4") }
        // In batches over some seconds: on a machine that does other work the median alone says little.
        let batches = try (0..<40).map { _ in
            try (0..<(isQuick ? 50 : 500)).map { _ in
                1e6
                    * (try Measure.seconds {
                        guard play.result().end == .completed else { throw BenchFailure.notEqual("the end of P4") }
                    })
            }
        }
        let quietest = batches.map(Measure.median).min() ?? 0
        let name =
            "engine: \(result.activations.count) activations, \(play.acts.count) acts; the quietest batch "
            + "\(Int(quietest.rounded()))"
        return [.bound(22, name, Measure.median(batches.flatMap { $0 }), "us", must: 100, reach: 50)]
    }
}

/// A dossier played to its end, each act after the one before.
private struct Play {
    let definition: ProcedureDefinition
    var acts: [Act] = []

    struct Line: EngineContext {
        func isAncestor(_ a: Int, of b: Int) -> Bool { a < b }
        func openFindings(severities: [String], asOf act: Int) -> Int { 0 }
        func hasWritten(unit: Bytes32, asOf act: Int) -> Bool { true }
        func partyCount(asOf act: Int) -> Int { 2 }
    }

    private static let units = ["applicant": unit(1), "it": unit(2)]

    private static func unit(_ number: UInt8) -> Bytes32 { Bytes32([UInt8](repeating: number, count: 32)) ?? .zero }

    func result() -> EngineResult {
        Engine.run(
            definition: definition, dossier: .zero,
            parties: Self.units.sorted { $0.key < $1.key }.map { (slot: $0.key, unit: $0.value) }, acts: acts,
            context: Line())
    }

    mutating func run(rounds: Int) {
        for _ in 0..<200 {
            let now = result()
            guard let activation = now.open.first, let step = definition.step(activation.step) else { return }
            if let waiting = activation.candidates.first(where: { !$0.waitingFor.isEmpty }),
                case .outcome(let record) = acts[waiting.acts[0]].body
            {
                for role in waiting.waitingFor {
                    add(
                        role,
                        .sign(
                            SignAct(
                                step: step.id, activation: activation.id, outcome: waiting.outcome,
                                documents: record.documents)))
                }
                continue
            }
            let isFailing = step.id == "14" && activation.round < rounds
            guard let rule = isFailing ? step.outcomes.last : step.outcomes.first else { return }
            var outcome = OutcomeAct(step: step.id, activation: activation.id, name: rule.name)
            outcome.documents = (step.brings + step.given(by: rule)).map {
                DocumentClaim(
                    document: $0.document, instance: activation.round, revision: .zero, stage: $0.stage,
                    isPresent: true)
            }
            (outcome.hasReason, outcome.findingCount, outcome.targetDate) = (true, 1, "2026-05-04")
            add(step.by[0], .outcome(outcome))
        }
    }

    private mutating func add(_ role: String, _ body: Act.Body) {
        let slot = String(role.prefix { $0 != "." })
        var id = [UInt8](repeating: 0, count: 32)
        (id[0], id[1]) = (UInt8(acts.count / 256), UInt8(acts.count % 256))
        acts.append(
            Act(
                id: Bytes32(id) ?? .zero,
                actor: Actor(
                    unit: Self.units[slot] ?? .zero, person: Array((role + "                ").utf8.prefix(16))),
                role: role, statedDay: 20_000 + acts.count, isAuthorised: true, isRivalEntitled: true, body: body))
    }
}
