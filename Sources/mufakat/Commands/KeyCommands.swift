import ArgumentParser
import Foundation
import Glibc
import Node
import Sodium

struct UnlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Keep a key unlocked for a while, so that commands do not ask for its passphrase.",
        discussion: "Example:\n  mufakat unlock --as kadis --minutes 120")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Option(help: "Minutes until it locks itself.") var minutes = Agent.defaultMinutes

    func run() throws {
        guard (1...1_440).contains(minutes) else { throw ValidationError("--minutes is 1 to 1440.") }
        let replica = try global.open()
        let key = try signer.key(replica, [.device, .unitRoot, .administrator, .node, .network])
        let secret = try replica.keys.secret(key, signer.source)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["agent", "--replica", global.folder, "--as", key.name, "--minutes", "\(minutes)"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        guard secret.write(to: input.fileHandleForWriting.fileDescriptor) else { throw NodeFailure.agent(key.name) }
        try input.fileHandleForWriting.close()
        // The agent says one line when its socket listens, and goes on without us.
        guard let ready = try output.fileHandleForReading.read(upToCount: 6), ready.count == 6 else {
            throw NodeFailure.agent(key.name)
        }
        if global.json { Terminal.json(["key": key.name, "minutes": minutes]) } else { Terminal.print(key.name) }
    }
}

/// The agent itself; started by `unlock`, which hands the secret over a pipe.
struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "agent", abstract: "", shouldDisplay: false)
    @Option var replica: String
    @Option(name: .customLong("as")) var name: String
    @Option var minutes: Int

    func run() throws {
        guard let secret = SecretBytes(reading: STDIN_FILENO, count: KeyFile.secretByteCount) else {
            throw NodeFailure.agent(name)
        }
        try Agent.serve(folder: replica, name: name, secret: secret, minutes: minutes) {
            Terminal.print("ready")
            try? FileHandle.standardOutput.close()
        }
    }
}

struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Lock a key that was unlocked.",
        discussion: "Example:\n  mufakat lock --as kadis")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions

    func run() throws {
        let replica = try global.open()
        let names = signer.name.map { [$0] } ?? replica.keys.names
        for name in names where Agent.lock(folder: replica.folder, name: name) { Terminal.note(name) }
    }
}
