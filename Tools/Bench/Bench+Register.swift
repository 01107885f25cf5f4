import Foundation
import GRDB
import Node
import Procedure
import Sodium
import Store

/// Row 23: the month and the register of an office, from stored rows, whole commands.
extension Bench {
    /// Steps of a dossier that went through a procedure of 17 with three rounds of rework.
    private static let stepCount = 20

    func registerAlone() async throws -> [Row] {
        try await generate()
        return try registerRows()
    }

    func registerRows() throws -> [Row] {
        say("register")
        let copy = folder + "/register"
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: folder + "/hub", toPath: copy)
        let month = try lengthen(copy)
        let home = ["--replica", copy]
        let commands: [(String, [String])] = [
            ("recap --month", ["recap", "--month", month] + home),
            ("register export CSV", ["register", "export", "--out", copy + "/out.csv"] + home),
            ("register export XLSX", ["register", "export", "--out", copy + "/out.xlsx"] + home),
            ("list --overdue", ["list", "--overdue"] + home),
        ]
        return try commands.map { name, arguments in
            let times = try (0..<5).map { _ in try Measure.run([program] + arguments).seconds }
            return .bound(
                23, "\(name), \(dossierCount) dossiers", Measure.median(times), "s", must: 1,
                reach: 0.5)
        }
    }

    /// Gives every stored dossier the days of a whole procedure; the workload's own are at their first step.
    ///
    /// - Returns: a month in which they were open.
    private func lengthen(_ replica: String) throws -> String {
        let queue = try DatabaseQueue(path: replica + "/" + Replica.storeName)
        return try queue.write { db in
            let rows = try GRDB.Row.fetchAll(db, sql: "SELECT number, times FROM dossier")
            var month = ""
            for (place, row) in rows.enumerated() {
                let data: Data = row[1]
                guard var timeline = Timeline([UInt8](data)), let first = timeline.steps.first else {
                    throw BenchFailure.notEqual("times")
                }
                let start = timeline.opened - 60 - place % 40
                timeline.opened = start
                timeline.steps = (0..<Self.stepCount).map { number in
                    var step = first
                    (step.step, step.slot) = ("\(number + 1)", number % 4 == 0 ? "applicant" : "it")
                    step.since = start + 3 * number
                    step.rule = .working(1 + number % 7)
                    let isLast = number == Self.stepCount - 1
                    (step.standing, step.closed) = isLast ? (.open, nil) : (.done, step.since + 3)
                    return step
                }
                month = String(CivilDay.text(start + 40).prefix(7))
                try db.execute(
                    sql: "UPDATE dossier SET times = ? WHERE number = ?",
                    arguments: [Data(timeline.encoded), row[0] as Int64])
            }
            return month
        }
    }
}
