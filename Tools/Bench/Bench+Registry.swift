import Dossier
import Envelope
import Foundation
import History
import Node
import Procedure
import Registry
import Store
import TestSupport

extension Bench {
    /// Row 19: one revocation that touches every dossier: marked, then folded in batches; and a reader meanwhile.
    func endingRows(_ workload: Workload) throws -> [Row] {
        say("endings")
        let replica = try Replica.open(folder + "/clone")
        let ids = try replica.store.read { try $0.allDossiers() }
        var (marks, refolds, marked, unmarked): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        for number in 0..<3 {
            unmarked += try ids.prefix(50).map { id in try Measure.seconds { _ = try replica.view(id) } }
            let bundle = try workload.ending(number)
            marks.append(try Measure.seconds { try replica.take(bundle) })
            let count = try replica.store.read { try $0.staleCount() }
            guard count == ids.count else { throw BenchFailure.notEqual("\(count) of \(ids.count) marked") }
            marked += try ids.prefix(50).map { id in try Measure.seconds { _ = try replica.view(id) } }
            refolds.append(try Measure.seconds { try replica.refold() })
        }
        return [
            .bound(
                19, "a revocation that touches \(ids.count) dossiers: marked", 1_000 * Measure.median(marks), "ms",
                must: 200, reach: 50),
            .bound(19, "the same: folded in batches", Measure.median(refolds), "s", must: 5, reach: 2.5),
            .ratio(
                19, "reading a marked dossier, against one that is not", 1e6 * Measure.median(marked), "us",
                floor: 1e6 * Measure.median(unmarked), must: 1.5, reach: 1.2),
        ]
    }

    /// Row 20: what a command pays for a registry of 500 units, 5,000 devices and 20,000 mandates: the same command on
    /// the same dossiers with that registry and with a small one, in turns.
    func registryRows() async throws -> [Row] {
        say("registry")
        let (small, large) = (try Workload(), try Workload())
        try LargeRegistry.fill(large)
        let folders = [folder + "/registry-small", folder + "/registry-large"]
        var ids: [[String]] = []
        for (workload, path) in zip([small, large], folders) {
            let replica = try workload.replica(path, [workload.hubNode, workload.official, workload.freeOfficial])
            let records = try (0..<50).map { try workload.record($0) }
            let items = records.map { (dossier: $0.dossier, changes: $0.changes, openings: $0.openings) }
            if let refusal = try await replica.store(items).refusals.first { throw BenchFailure.notEqual(refusal) }
            try replica.store.checkpoint()
            ids.append(records.map { String($0.dossier.hex.prefix(16)) })
        }
        let commands: [(String, (Int, Int) -> [String])] = [
            ("list", { _, _ in ["list"] }), ("mine", { _, _ in ["mine"] }), ("show", { ["show", ids[$0][$1 % 50]] }),
            ("comment", { ["comment", ids[$0][$1 % 50], "Catatan", "--as", "staf"] }),
        ]
        return try commands.map { name, arguments in
            var times: [[Double]] = [[], []]
            for number in 0..<(isQuick ? 15 : 41) {
                for side in [0, 1] {
                    times[side].append(
                        try Measure.run([program] + arguments(side, number) + ["--replica", folders[side]]).seconds)
                }
            }
            let (without, with) = (1_000 * Measure.median(times[0]), 1_000 * Measure.median(times[1]))
            return .bound(
                20, "\(name): what a large registry adds to \(Self.digits(without)) ms", with - without, "ms", must: 3,
                reach: 1)
        }
    }

    private static func digits(_ value: Double) -> String { String(format: "%.1f", value) }
}
