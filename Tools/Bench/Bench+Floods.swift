import Foundation

extension Bench {
    /// Row 24: what an honest peer waits beside each flood of `Tests/Hostile/beside.py`, against what it waits alone; the
    /// slowest of them.
    func floodRows() throws -> [Row] {
        say("floods")
        _ = unsafe setenv("MUFAKAT_PROGRAM", program, 1)
        let lines = try Measure.run([
            ".venv/bin/python3", "Tests/Hostile/beside.py", isQuick ? "5" : "15",
        ]).output.split(separator: "\n")
        var slowest: (name: String, alone: Double, beside: Double)?
        for words in lines.map({ $0.split(separator: " ") }) where words.count == 5 {
            guard let alone = Double(words[1]), let beside = Double(words[2]), alone > 0 else { continue }
            if slowest.map({ beside / alone > $0.beside / $0.alone }) ?? true {
                slowest = (String(words[0]), alone, beside)
            }
        }
        guard let slowest else { throw BenchFailure.command("beside.py", 0) }
        return [
            .ratio(
                24, "sync beside a flood, slowest of \(lines.count) (\(slowest.name))", 1_000 * slowest.beside, "ms",
                floor: 1_000 * slowest.alone, must: 2, reach: 1.5)
        ]
    }
}
