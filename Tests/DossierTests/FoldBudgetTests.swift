import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import TestSupport
import Testing

@Suite struct FoldBudgetTests {
    let world: TestWorld
    let dossier: TestDossier

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        let head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        var dossier = try TestDossier.requested(world, definition, by: head, it: it)
        for count in 0..<20 { try dossier.write([TestDossier.set("x\(count)", .text("nilai"))], by: head) }
        self.dossier = dossier
    }

    /// What the dossier costs.
    private var cost: (bytes: Int, changes: Int, steps: Int) {
        let steps = StepCounter(count: dossier.history.stepCount)
        _ = DossierState.fold(
            history: dossier.history, registry: world.registry, definition: world.definition(dossier.definition),
            steps: steps)
        return (dossier.history.items.reduce(0) { $0 + $1.bytes.count }, dossier.history.count, steps.count)
    }

    private func fold(_ budget: FoldBudget) throws(FoldExceeded) -> DossierState {
        try DossierState.fold(
            history: dossier.history, registry: world.registry, definition: world.definition(dossier.definition),
            budget: budget)
    }

    @Test func aDossierAtItsBudgetIsFolded() throws {
        let cost = cost
        let budget = FoldBudget(byteCountMax: cost.bytes, changeCountMax: cost.changes, stepCountMax: cost.steps)
        #expect(try fold(budget).hash == dossier.state.hash)
    }

    @Test(arguments: FoldExceeded.Limit.allCases) func oneBeyondSaysWhich(_ limit: FoldExceeded.Limit) {
        let cost = cost
        let budget = FoldBudget(
            byteCountMax: cost.bytes - (limit == .bytes ? 1 : 0),
            changeCountMax: cost.changes - (limit == .changeSets ? 1 : 0),
            stepCountMax: cost.steps - (limit == .steps ? 1 : 0))
        let failure = #expect(throws: FoldExceeded.self) { try fold(budget) }
        #expect(failure?.limit == limit)
        #expect(failure.map { $0.value > $0.max } == true)
    }
}
