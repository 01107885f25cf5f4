import Authority
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Store
import TestSupport

extension Bench {
    /// Row 21: what evaluating authority adds to the fold, on dossiers with acts, under a registry of realistic size in
    /// which one of the writers and others of his unit have ended. Fold with and without, in turns.
    func authorityRows() async throws -> [Row] {
        say("authority")
        let workload = try Workload()
        try LargeRegistry.fill(workload)
        let replica = try workload.replica(folder + "/authority", [workload.hubNode])
        let records = try (0..<40).map { try workload.record($0, withActs: $0 % 2 == 0) }
        let items = records.map { (dossier: $0.dossier, changes: $0.changes, openings: $0.openings) }
        if let refusal = try await replica.store(items).refusals.first { throw BenchFailure.notEqual(refusal) }
        var rows: [Row] = []
        for (name, isEnded) in [("revocations in the unit", false), ("and one of the writers ended", true)] {
            if isEnded { try replica.take(try workload.ending(1)) }
            let views = try records.map { try replica.view($0.dossier) }
            var (with, without): ([Double], [Double]) = ([], [])
            // In turns, and each as often the first to touch the history.
            for round in 0..<(isQuick ? 10 : 40) {
                for view in views {
                    for isWith in round % 2 == 0 ? [true, false] : [false, true] {
                        let seconds = try Measure.seconds { try fold(view, withAuthority: isWith) }
                        if isWith { with.append(seconds) } else { without.append(seconds) }
                    }
                }
            }
            rows.append(
                .ratio(
                    21, "fold with authority, against without: \(name)", 1e6 * Measure.median(with), "us",
                    floor: 1e6 * Measure.median(without), must: 1.15, reach: 1.08))
        }
        return rows
    }

    private func fold(_ view: DossierView, withAuthority: Bool) throws {
        let state =
            withAuthority
            ? DossierState.fold(history: view.history, registry: view.registry, definition: view.definition)
            : DossierState.fold(
                history: view.history, definition: view.definition, verdicts: view.state.verdicts, removals: [])
        guard state.hash == view.state.hash else { throw BenchFailure.notEqual("fold") }
    }
}
