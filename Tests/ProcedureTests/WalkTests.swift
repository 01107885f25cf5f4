import Procedure
import Sodium
import Testing

/// Every outcome of every shipped definition can be taken by the people it names, and the dossier still reaches an end.
@Suite struct WalkTests {
    /// One line of acts: each has seen all before it; no finding is open.
    struct Line: EngineContext {
        func isAncestor(_ a: Int, of b: Int) -> Bool { a < b }
        func openFindings(severities: [String], asOf act: Int) -> Int { 0 }
        func hasWritten(unit: Bytes32, asOf act: Int) -> Bool { true }
        func partyCount(asOf act: Int) -> Int { 3 }
    }

    struct Walk {
        let definition: ProcedureDefinition
        var acts: [Act] = []
        var counter: UInt64 = 0

        init(_ definition: ProcedureDefinition) { self.definition = definition }

        mutating func fresh() -> Bytes32 {
            counter += 1
            return Blake2b.hash(Array("\(counter)".utf8), personal: Personal("mufakat test"))
        }

        static func unit(_ slot: String) -> Bytes32 {
            Blake2b.hash(Array(slot.utf8), personal: Personal("mufakat unit"))
        }

        /// One person for each role; a team is led by the first unit it comes from.
        func actor(_ name: String) -> (actor: Actor, role: String) {
            let slot = definition.team(name)?.from.first ?? definition.slot(ofRole: name) ?? ""
            return (Actor(unit: Self.unit(slot), person: Array(name.utf8)), name)
        }

        mutating func act(_ name: String, _ body: Act.Body) {
            let (actor, role) = actor(name)
            acts.append(
                Act(
                    id: fresh(), actor: actor, role: role, statedDay: acts.count, isAuthorised: true,
                    isRivalEntitled: true, body: body))
        }

        func result() -> EngineResult {
            Engine.run(
                definition: definition, dossier: .zero,
                parties: definition.parties.filter { $0.bindAt == nil }.map { ($0.slot, Self.unit($0.slot)) },
                acts: acts, context: Line())
        }

        /// Records an outcome with everything it asks for, and lets the signers sign.
        mutating func take(_ name: String, of activation: Activation) {
            guard let step = definition.step(activation.step), let rule = step.outcome(name) else { return }
            var outcome = OutcomeAct(step: step.id, activation: activation.id, name: name)
            for reference in step.brings + step.given(by: rule) where !reference.isOptional {
                outcome.documents.append(
                    DocumentClaim(
                        document: reference.document, instance: 0, revision: fresh(), stage: reference.stage,
                        isPresent: true))
            }
            (outcome.hasReason, outcome.missingItems, outcome.findingCount) = (true, ["satu"], 1)
            (outcome.responseKind, outcome.targetDate) = ("rekomendasi", "2026-05-04")
            outcome.binds = step.bind.map { (slot: $0, unit: Self.unit($0)) }
            for team in step.assign.compactMap({ definition.team($0) }) {
                outcome.seats.append(SeatClaim(team: team.id, seat: "ketua", actor: actor(team.id).actor))
                for slot in team.from {
                    outcome.seats.append(
                        SeatClaim(
                            team: team.id, seat: "anggota",
                            actor: Actor(unit: Self.unit(slot), person: Array("anggota".utf8))))
                }
            }
            act((rule.by ?? step.by)[0], .outcome(outcome))
            for _ in 0..<8 {
                guard let now = result().activation(activation.id), now.state == .waitingForSignatures,
                    let signer = now.candidates.first?.waitingFor.first
                else { return }
                act(
                    signer,
                    .sign(
                        SignAct(
                            step: step.id, activation: activation.id, outcome: name, documents: outcome.documents)))
            }
        }

        /// Takes the first advancing outcome of each open step until none is open; `choose` may name another.
        mutating func run(choose: (Activation) -> String?) {
            for _ in 0..<80 {
                guard let open = result().open.first, let step = definition.step(open.step) else { return }
                take(choose(open) ?? step.outcomes.first { $0.effect == .advance }?.name ?? "", of: open)
            }
        }
    }

    @Test(arguments: ShippedDefinitions.names) func reachesCompletion(name: String) throws {
        var walk = Walk(try ExpectedStepsTests.definition(name))
        walk.run { _ in nil }
        let result = walk.result()
        #expect(result.end == .completed && result.open.isEmpty, "\(name): \(result.activations.last?.step ?? "")")
        #expect(result.verdicts.allSatisfy { $0 == .effective })
        let visited = Set(result.activations.map(\.step))
        #expect(walk.definition.steps.allSatisfy { visited.contains($0.id) || result.skipped.contains($0.id) })
    }

    @Test(arguments: ShippedDefinitions.names) func everyOutcomeCanBeTaken(name: String) throws {
        let definition = try ExpectedStepsTests.definition(name)
        for step in definition.steps {
            for outcome in step.outcomes {
                var walk = Walk(definition)
                // The way to a step that only another branch leads to.
                let branch = definition.steps.flatMap(\.outcomes).filter { $0.targets == [step.id] }.map(\.name)
                walk.run { open in
                    if open.step == step.id && open.round == 1 { return outcome.name }
                    let choices = definition.step(open.step)?.outcomes.filter { $0.effect == .advance } ?? []
                    return choices.count > 1 ? choices.first { branch.contains($0.name) }?.name : nil
                }
                let result = walk.result()
                let taken = result.activations.first { $0.step == step.id }
                #expect(taken?.decided == outcome.name, "\(name) \(step.id) \(outcome.name)")
                let end = outcome.targets.first.flatMap { definition.end($0)?.state } ?? .completed
                #expect(result.end == end && result.open.isEmpty, "\(name) \(step.id) \(outcome.name)")
            }
        }
    }
}
