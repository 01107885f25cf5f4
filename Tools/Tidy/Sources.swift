import Foundation

/// Sizes of files and functions, and calls that are banned, target by target.
struct Sources {
    let root: String

    /// No clock, chance, task, file or socket here.
    static let pureTargets = [
        "CBOR", "Envelope", "Registry", "History", "Authority", "Procedure", "Dossier", "Noise", "QR", "Sync",
    ]
    /// Ratchets: they only ever go down.
    static let fileLineMax = 510
    static let functionLineMax = 70

    private static let bannedBelowNode = [
        "Date(", "ContinuousClock", "clock_gettime", "random(in:", "randomElement", "shuffled()", "Task {",
        "Task.detached",
        "DispatchQueue", "FileManager", "FileHandle", "URLSession", "print(", "ProcessInfo",
    ]
    private static let bannedEverywhere = ["try!", "as!", "fatalError(", "unowned(unsafe)"]

    func files(_ folder: String) throws -> [String] {
        let base = "\(root)/\(folder)"
        guard let walker = FileManager.default.enumerator(atPath: base) else { return [] }
        return walker.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.map { "\(base)/\($0)" }.sorted()
    }

    func check() throws -> [String] {
        var findings: [String] = []
        for file in try files("Sources") + files("Tools") + files("Tests") {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let name = String(file.dropFirst(root.count + 1))
            let lines = text.components(separatedBy: "\n")
            if lines.count > Self.fileLineMax { findings.append("\(name): \(lines.count) lines") }
            findings += functions(lines, name)
            let isProduct = name.hasPrefix("Sources/")
            let isPure = Self.pureTargets.contains { name.hasPrefix("Sources/\($0)/") }
            guard isProduct else { continue }
            for (number, line) in lines.enumerated() {
                let code = line.components(separatedBy: "//")[0]
                let banned = Self.bannedEverywhere + (isPure ? Self.bannedBelowNode : [])
                for call in banned where code.contains(call) && !code.contains("\"\(call)") {
                    findings.append("\(name):\(number + 1): \(call)")
                }
                if Self.hasForceUnwrap(code) { findings.append("\(name):\(number + 1): force unwrap") }
                if isPure, Self.isUnordered(code), !line.contains("// unordered:") {
                    findings.append("\(name):\(number + 1): iterates an unordered collection")
                }
            }
        }
        return findings
    }

    /// `x!` behind a name, a bracket or a call; not `!=` and not a type.
    private static func hasForceUnwrap(_ code: String) -> Bool {
        let pattern = #/[A-Za-z0-9_\)\]]!([\s\.\),\]]|$)/#
        return !code.contains("\"") && code.contains(pattern)
    }

    /// `for … in x.keys` or `.values` without sorting.
    private static func isUnordered(_ code: String) -> Bool {
        let pattern = #/\.(keys|values)(\s|\.map|\.filter|\.flatMap|\.forEach|$)/#
        return code.contains(pattern) && !code.contains("sorted")
    }

    private func functions(_ lines: [String], _ name: String) -> [String] {
        var findings: [String] = []
        var start: (line: Int, indent: Int, title: String)?
        for (number, line) in lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if start == nil, line.contains("func ") || line.contains(" init("), line.hasSuffix("{") {
                start = (number, indent, line.trimmingCharacters(in: .whitespaces))
            }
            guard let open = start, line == String(repeating: " ", count: open.indent) + "}" else { continue }
            let count = number - open.line + 1
            if count > Self.functionLineMax { findings.append("\(name):\(open.line + 1): function of \(count) lines") }
            start = nil
        }
        return findings
    }
}
