import Foundation

/// Tools/bench: rows 1, 3, 5-9, 11, 12 and 14 of the performance plan, and what authority costs (19 endings, 20 a
/// large registry, 21 its share of the fold), the engine (22), the register (23), an honest peer beside floods (24) and
/// prints (25), as ratios to floors of the same run.
var arguments = Array(CommandLine.arguments.dropFirst())
let isQuick = arguments.contains("--quick")
let isJSON = arguments.contains("--json")
guard let place = arguments.firstIndex(of: "--program"), place + 1 < arguments.count else {
    FileHandle.standardError.write(Data("usage: bench --program MUFAKAT [--quick] [--json] [--dossiers N]\n".utf8))
    exit(64)
}
let program = arguments[place + 1]
var dossierCount = isQuick ? 1_000 : 10_000
if let place = arguments.firstIndex(of: "--dossiers"), place + 1 < arguments.count {
    dossierCount = Int(arguments[place + 1]) ?? dossierCount
}
var folder = NSTemporaryDirectory() + "mufakat-bench-\(getpid())"
let kept = arguments.firstIndex(of: "--keep").flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
if let kept { folder = kept }
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
defer { if kept == nil { try? FileManager.default.removeItem(atPath: folder) } }
do {
    let bench = Bench(program: program, folder: folder, dossierCount: dossierCount, isQuick: isQuick, isQuiet: isJSON)
    if arguments.contains("--generate") {
        try await bench.generate()
        exit(0)
    }
    // Rows 20 to 24 need no workload.
    let only = arguments.firstIndex(of: "--only").flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
    let rows =
        switch only {
        case "20": try await bench.registryRows()
        case "21": try await bench.authorityRows()
        case "22": try bench.engineRows()
        case "23": try await bench.registerAlone()
        case "24": try bench.floodRows()
        default: try await bench.run()
        }
    if isJSON { try Row.printJSON(rows) } else { Row.printTable(rows) }
} catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    if kept == nil { try? FileManager.default.removeItem(atPath: folder) }
    exit(1)
}
