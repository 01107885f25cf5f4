import Foundation
import TestSupport
import Testing

/// Runs the manual: every `console` block of Tests/Transcripts/*.md is typed into a shell in a folder of its own, and
/// has to show what stands there. `…` stands for anything within a line; a line `…` for any lines. The scenario pages
/// (Scenarios/*.md) are set in several offices that `bin/offices` founds and synchronises; what their replicas hold in the
/// end is delivered in other orders too.
@Suite struct TranscriptTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let folder = root.appendingPathComponent("Tests/Transcripts").path
    static let transcripts = pages("") + pages("Scenarios/")

    private static func pages(_ place: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(place)")) ?? [])
            .filter { $0.hasSuffix(".md") }.sorted().map { place + $0 }
    }

    /// The debug program beside the test bundle.
    static var program: String {
        let arguments = ProcessInfo.processInfo.arguments
        let bundle = arguments.first { $0.hasSuffix(".xctest") } ?? arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("mufakat").path
    }

    struct Step {
        let command: String
        var expected: [String] = []
        let line: Int
    }

    @Test func thereAreTranscripts() { #expect(Self.transcripts.count >= 3) }

    @Test(arguments: transcripts) func shows(name: String) throws {
        let path = "\(Self.folder)/\(name)"
        let folder = try TestFolder()
        try FileManager.default.createDirectory(atPath: folder.file("bin"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("bin/mufakat"), withDestinationPath: Self.program)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("bin/offices"), withDestinationPath: "\(Self.folder)/bin/offices")
        for step in Self.steps(try String(contentsOfFile: path, encoding: .utf8)) {
            let output = try Self.run(step.command, in: folder)
            #expect(
                Self.matches(output[...], step.expected[...]),
                "\(name):\(step.line): $ \(step.command)\n\(output.joined(separator: "\n"))")
        }
        guard name.hasPrefix("Scenarios/") || name == "13-migration.md" else { return }
        var deliveries = Deliveries(folder, page: name)
        try deliveries.check()
        #expect(deliveries.orderCount > 0)
    }

    static func steps(_ text: String) -> [Step] {
        var steps: [Step] = []
        var isInside = false
        for (number, line) in text.components(separatedBy: "\n").enumerated() {
            if line.hasPrefix("```") {
                isInside = line == "```console"
            } else if isInside, line.hasPrefix("$ ") {
                steps.append(Step(command: String(line.dropFirst(2)), line: number + 1))
            } else if isInside, !steps.isEmpty {
                steps[steps.count - 1].expected.append(line)
            }
        }
        return steps
    }

    /// Both streams together, then `[N]` where the exit code is not 0. Variables in small letters live on in the file
    /// `.env`, and the stated time (`MUFAKAT_NOW`).
    private static func run(_ command: String, in folder: TestFolder) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c",
            "[ -f .env ] && . ./.env; \(command)\ncode=$?; declare -p | grep -E '^declare -(- [a-z_]+|x MUFAKAT_NOW)=' > .env; exit $code",
        ]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = [
            "PATH": folder.file("bin") + ":/usr/bin:/bin", "HOME": folder.path, "MUFAKAT_HOME": folder.file("replica"),
            "LANG": "id_ID.UTF-8",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        var lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
        if lines.last == "" { lines.removeLast() }
        if process.terminationStatus != 0 { lines.append("[\(process.terminationStatus)]") }
        return lines
    }

    static func matches(_ output: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
        guard let pattern = expected.first else { return output.isEmpty }
        if pattern == "…" {
            for skipped in 0...output.count where matches(output.dropFirst(skipped), expected.dropFirst()) {
                return true
            }
            return false
        }
        guard let line = output.first, fits(line, pattern) else { return false }
        return matches(output.dropFirst(), expected.dropFirst())
    }

    static func fits(_ line: String, _ pattern: String) -> Bool {
        let parts = pattern.components(separatedBy: "…")
        guard parts.count > 1 else { return line == pattern }
        guard line.hasPrefix(parts[0]), line.hasSuffix(parts[parts.count - 1]) else { return false }
        var rest = line[line.index(line.startIndex, offsetBy: parts[0].count)...]
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}
