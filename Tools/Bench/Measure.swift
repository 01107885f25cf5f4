import Foundation
import Glibc

/// Clocks, medians and child processes.
enum Measure {
    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        return try clock.measure(body) / .seconds(1)
    }

    static func secondsAsync(_ body: () async throws -> Void) async rethrows -> Double {
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

    /// Runs a command to its end; its exit has to be 0. By posix_spawn and waitpid: what Foundation adds to the end of
    /// a child is more than what is measured here.
    static func run(_ command: [String]) throws -> Finished {
        var pipe: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&pipe) == 0 else { throw BenchFailure.command("pipe", Int(errno)) }
        var actions = unsafe posix_spawn_file_actions_t()
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        _ = unsafe posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        _ = unsafe posix_spawn_file_actions_addclose(&actions, pipe[0])
        var words = unsafe command.map { unsafe strdup($0) } + [nil]
        defer { for place in unsafe words.indices { unsafe free(words[place]) } }
        var child: pid_t = 0
        let start = ContinuousClock.now
        guard unsafe posix_spawn(&child, command[0], &actions, nil, &words, environ) == 0 else {
            throw BenchFailure.command(command.joined(separator: " "), Int(errno))
        }
        close(pipe[1])
        let handle = FileHandle(fileDescriptor: pipe[0], closeOnDealloc: true)
        let data = try handle.readToEnd() ?? Data()
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        let seconds = start.duration(to: .now) / .seconds(1)
        guard status == 0 else { throw BenchFailure.command(command.joined(separator: " "), Int(status)) }
        return Finished(seconds: seconds, output: String(decoding: data, as: UTF8.self), peakMiB: 0)
    }

    /// Runs a command and watches its peak memory until it ends. (The kernel's own figure for a child begins with its
    /// parent's, so it says nothing here.)
    static func runWithMemory(_ command: [String]) throws -> Finished {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        try process.run()
        var peak = 0.0
        while process.isRunning {
            peak = max(peak, peakMiB(of: process.processIdentifier))
            usleep(3_000)
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        guard process.terminationStatus == 0 else {
            throw BenchFailure.command(command.joined(separator: " "), Int(process.terminationStatus))
        }
        return Finished(seconds: seconds, output: String(decoding: data, as: UTF8.self), peakMiB: peak)
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
