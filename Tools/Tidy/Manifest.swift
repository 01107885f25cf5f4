import Foundation

/// Arrows only point down: the dependencies of the manifest against the order of layers, and against the README.
struct Manifest {
    let root: String

    /// Lowest first. A target may use those before it, as far as `allowed` says.
    static let allowed: [(target: String, uses: [String])] = [
        ("Sodium", ["CSodium"]), ("CBOR", []), ("Envelope", ["CBOR", "Sodium"]),
        ("Registry", ["CBOR", "Envelope", "Sodium"]), ("History", ["CBOR", "Envelope", "Registry", "Sodium"]),
        ("Authority", ["CBOR", "Envelope", "History", "Registry", "Sodium"]), ("Procedure", ["CBOR", "Sodium"]),
        ("Dossier", ["Authority", "CBOR", "Envelope", "History", "Procedure", "Registry", "Sodium"]),
        ("Noise", ["Sodium"]), ("Sync", ["CBOR", "Envelope", "History", "Registry", "Sodium"]),
        ("Store", ["CBOR", "Dossier", "Envelope", "History", "Registry", "Sodium", "GRDB", "GRDBSQLite"]),
        ("Transport", ["Noise", "Sodium", "NIOCore", "NIOPosix"]),
        (
            "Node",
            [
                "Authority", "CBOR", "Dossier", "Envelope", "History", "Procedure", "Registry", "Sodium", "Store",
                "Sync",
                "Transport", "Logging", "NIOCore",
            ]
        ),
        ("Prints", ["Mustache"]),
        (
            "mufakat",
            [
                "Authority", "CBOR", "Dossier", "Envelope", "History", "Node", "Prints", "Procedure", "Registry",
                "Sodium",
                "Store", "Transport", "ArgumentParser", "Logging",
            ]
        ),
    ]

    func check() throws -> [String] {
        var findings: [String] = []
        for (target, uses) in Self.allowed {
            for file in try files(target) {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                for line in text.split(separator: "\n") {
                    let words = line.split(separator: " ").drop { ["package", "public", "internal"].contains($0) }
                    guard words.first == "import", let module = words.dropFirst().first else { continue }
                    let name = String(module)
                    let isSystem = ["Foundation", "Glibc", "Synchronization"].contains(name)
                    let isPure = Sources.pureTargets.contains(target)
                    if isSystem ? isPure : !uses.contains(name) {
                        findings.append("\(relative(file)): \(target) does not import \(name)")
                    }
                }
            }
        }
        let readme = (try? String(contentsOfFile: root + "/README.md", encoding: .utf8)) ?? ""
        for (target, _) in Self.allowed where !readme.contains(target) {
            findings.append("README.md: the diagram lacks \(target)")
        }
        return findings
    }

    private func files(_ target: String) throws -> [String] { try Sources(root: root).files("Sources/\(target)") }

    private func relative(_ path: String) -> String { String(path.dropFirst(root.count + 1)) }
}
