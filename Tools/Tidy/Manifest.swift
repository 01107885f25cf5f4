import Foundation

/// Arrows only point down: those of the README against the manifest, and against what files really import.
struct Manifest {
    let root: String

    /// `Target → Target, Target…` in the order of the README, lowest first.
    private func drawn() throws -> [(target: String, uses: [String])] {
        let text = try String(contentsOfFile: root + "/README.md", encoding: .utf8)
        return text.components(separatedBy: "\n").compactMap { line in
            let parts = line.components(separatedBy: " →")
            guard parts.count == 2, !parts[0].contains(" "), !parts[0].isEmpty else { return nil }
            let uses = parts[1].components(separatedBy: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            return (target: parts[0], uses: uses.filter { !$0.isEmpty })
        }
    }

    /// Dependencies of the targets of `Sources/`, as SwiftPM reads them.
    private func declared() throws -> [String: [String]] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift", "package", "dump-package"]
        process.currentDirectoryURL = URL(fileURLWithPath: root)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let package = try JSONDecoder().decode(Package.self, from: data)
        let sources = package.targets.filter { $0.path == nil && $0.type != "test" && $0.type != "system" }
        return Dictionary(sources.map { ($0.name, $0.names) }, uniquingKeysWith: { first, _ in first })
    }

    private struct Package: Decodable {
        let targets: [Target]
    }

    private struct Target: Decodable {
        let name: String
        let type: String
        let path: String?
        /// Each is a map of one kind to a list that begins with the name.
        let dependencies: [[String: [Piece?]]]

        var names: [String] { dependencies.compactMap { $0.values.first?.first??.text }.sorted() }
    }

    /// A name, or the conditions beside it, which do not matter here.
    private struct Piece: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    func check() throws -> [String] {
        var findings: [String] = []
        let (drawn, declared) = (try drawn(), try declared())
        for name in declared.keys.sorted() where !drawn.contains(where: { $0.target == name }) {
            findings.append("README.md: no arrow line for \(name)")
        }
        for (place, line) in drawn.enumerated() {
            guard let names = declared[line.target] else {
                findings.append("README.md: \(line.target) is no target")
                continue
            }
            if names != line.uses.sorted() {
                findings.append("README.md: \(line.target) → \(line.uses), but the manifest says \(names)")
            }
            // Lowest first: a use that is drawn later would point up.
            for use in line.uses where drawn.dropFirst(place).contains(where: { $0.target == use }) {
                findings.append("README.md: \(line.target) → \(use) points up")
            }
            findings += try imports(of: line.target, allowed: line.uses)
        }
        return findings
    }

    private func imports(of target: String, allowed: [String]) throws -> [String] {
        var findings: [String] = []
        for file in try Sources(root: root).files("Sources/\(target)") {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").drop { ["package", "public", "internal"].contains($0) }
                guard words.first == "import", let module = words.dropFirst().first else { continue }
                let name = String(module)
                // A memo that hangs on a registry as it stands: the one lock below Node (Registry.Derived).
                if name == "Synchronization", ["Authority", "Registry"].contains(target) { continue }
                let isSystem = ["Dispatch", "Foundation", "Glibc", "Synchronization"].contains(name)
                if isSystem ? Sources.pureTargets.contains(target) : !allowed.contains(name) {
                    findings.append("\(file.dropFirst(root.count + 1)): \(target) does not import \(name)")
                }
            }
        }
        return findings
    }
}
