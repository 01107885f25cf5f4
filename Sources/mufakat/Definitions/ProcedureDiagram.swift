import Foundation
import Procedure

/// A procedure as a graph: steps, ends, outcomes. Text for Graphviz or Mermaid; whoever draws it decides how it looks.
struct ProcedureDiagram {
    private struct Node {
        let name: String
        let label: String
        let kind: Step.Kind?
    }

    private struct Edge {
        let from: String
        let to: String
        let label: String
        /// Loops, returns and refusals are drawn dashed.
        let isAside: Bool
    }

    private let title: String
    private let nodes: [Node]
    private let edges: [Edge]

    init(_ definition: ProcedureDefinition, _ language: Language) {
        title = definition.title
        // Names of steps are data; nodes are numbered.
        var names: [String: String] = [:]
        for (place, step) in definition.steps.enumerated() { names[step.id] = "s\(place)" }
        for (place, end) in definition.ends.enumerated() { names[end.id] = "e\(place)" }
        nodes =
            definition.steps.map { step in
                let text = language == .english ? step.english ?? step.title : step.title
                return Node(name: names[step.id] ?? "", label: "\(step.id). \(text)", kind: step.kind)
            } + definition.ends.map { Node(name: names[$0.id] ?? "", label: $0.title, kind: nil) }
        edges = definition.steps.flatMap { step in
            step.outcomes.flatMap { outcome in
                outcome.targets.map { target in
                    Edge(
                        from: names[step.id] ?? "", to: names[target] ?? "",
                        label: step.outcomes.count == 1 ? "" : outcome.say ?? outcome.name,
                        isAside: outcome.effect != .advance)
                }
            }
        }
    }

    var dot: String {
        func quoted(_ text: String) -> String {
            let safe = Terminal.safe(text).replacingOccurrences(of: "\\", with: "\\\\")
            return "\"" + safe.replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
        var lines = [
            "digraph procedure {", "  label=\(quoted(title)); labelloc=t; rankdir=TB; fontname=\"sans-serif\"",
        ]
        lines.append("  node [fontname=\"sans-serif\" fontsize=10]; edge [fontname=\"sans-serif\" fontsize=9]")
        for node in nodes {
            let shape =
                switch node.kind {
                case .decision, .review, .approval: "diamond"
                case .meeting, .handover: "hexagon"
                case .action, .evaluation: "box"
                case nil: "oval"
                }
            lines.append("  \(node.name) [label=\(quoted(Self.folded(node.label))) shape=\(shape)]")
        }
        for edge in edges {
            lines.append(
                "  \(edge.from) -> \(edge.to) [label=\(quoted(edge.label))\(edge.isAside ? " style=dashed" : "")]")
        }
        return (lines + ["}"]).joined(separator: "\n").replacingOccurrences(of: "<U+A>", with: "\\n")
    }

    var mermaid: String {
        // Mermaid reads HTML's escapes, and # as their beginning.
        func quoted(_ text: String) -> String {
            var safe = ""
            for scalar in Terminal.safe(text).unicodeScalars {
                let isPlain =
                    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || " .,/-()→_".unicodeScalars.contains(scalar)
                safe += isPlain ? String(scalar) : "#\(scalar.value);"
            }
            return "\"\(safe)\""
        }
        var lines = ["flowchart TD"]
        for node in nodes {
            let label = quoted(node.label)
            switch node.kind {
            case .decision, .review, .approval: lines.append("  \(node.name){\(label)}")
            case .meeting, .handover: lines.append("  \(node.name){{\(label)}}")
            case .action, .evaluation: lines.append("  \(node.name)[\(label)]")
            case nil: lines.append("  \(node.name)([\(label)])")
            }
        }
        for edge in edges {
            let label = edge.label.isEmpty ? "" : "|\(quoted(edge.label))|"
            lines.append("  \(edge.from) \(edge.isAside ? "-.->" : "-->")\(label) \(edge.to)")
        }
        return lines.joined(separator: "\n")
    }

    /// Lines of about thirty characters, broken at spaces.
    private static func folded(_ text: String) -> String {
        var (lines, line) = ([String](), "")
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + word.count > 28 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return (lines + [line]).joined(separator: "\n")
    }

    /// SVG by Graphviz; nil where it is not installed.
    static func svg(_ dot: String) throws -> String? {
        let places = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        guard
            let program = places.map({ "\($0)/dot" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) })
        else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-Tsvg"]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Graphviz reads all before it writes.
        try input.fileHandleForWriting.write(contentsOf: Data(dot.utf8))
        try input.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
