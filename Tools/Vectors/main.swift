import Foundation

/// Writes Protocol/vectors/*.json from seeded keys: what has to be accepted with its meaning, and what has to be refused
/// with the reason. Run after a change of bytes; Tests/ConformanceTests reads the files, and never writes them.
let folder = CommandLine.arguments.dropFirst().first ?? "Protocol/vectors"
for (name, vectors) in try VectorSets().all() {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(vectors)
    try data.write(to: URL(fileURLWithPath: "\(folder)/\(name).json"))
    let accepted = vectors.filter { $0.refused == nil }.count
    print("\(name): \(accepted) accepted, \(vectors.count - accepted) refused")
}
