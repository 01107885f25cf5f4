import Foundation
import Glibc

/// Clocks, medians and child processes.
enum Measure {
    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        return try clock.measure(body) / .seconds(1)
    }

    static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await body()
        return start.duration(to: .now) / .seconds(1)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }

    struct Finished {
        let seconds: Double
        let output: String
        /// Peak memory, MiB.
        let peakMiB: Double
    }

    /// Runs a command to its end; its exit has to be 0.
    static func run(_ command: [String], folder: String? = nil) throws -> Finished {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let seconds = start.duration(to: .now) / .seconds(1)
        guard process.terminationStatus == 0 else {
            throw BenchFailure.command(command.joined(separator: " "), Int(process.terminationStatus))
        }
        return Finished(seconds: seconds, output: String(decoding: data, as: UTF8.self), peakMiB: 0)
    }

    /// Starts and exec's through the shell, waits with its resource use.
    static func runWithMemory(_ command: [String]) throws -> Finished {
        let quoted = command.map { "'" + $0 + "'" }.joined(separator: " ")
        // The kernel's own peak of the child, from its last status before it ends.
        let script = "\(quoted); code=$?; exit $code"
        var before = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &before)
        let done = try run(["/bin/sh", "-c", script])
        var after = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &after)
        return Finished(seconds: done.seconds, output: done.output, peakMiB: Double(after.ru_maxrss) / 1_024)
    }

    /// Peak memory of a running process, MiB.
    static func peakMiB(of process: Int32) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return (Double(line.filter(\.isNumber)) ?? 0) / 1_024
        }
        return 0
    }
}

enum BenchFailure: Error {
    case command(String, Int)
    case notEqual(String)
    case usage(String)
}
