import ArgumentParser
import Envelope
import Foundation
import Glibc
import Logging
import Node
import Sodium
import Store

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answer peers that synchronise.",
        discussion: """
            Examples:
              mufakat serve
              mufakat serve --listen 0.0.0.0:7707

            As a service, set SWIFT_BACKTRACE=enable=no in its environment: the runtime's report of a crash reads the \
            memory of the process, in which keys are open.
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Option(help: "HOST:PORT; port 0 lets the system choose.") var listen = "127.0.0.1:7707"
    @Option(help: "Write the address listened on to this file.") var addressFile: String?
    @Option(help: "Write the plaintext frames to this file when the command is ended.") var recordFrames: String?

    func run() async throws {
        let replica = try global.open(isShared: true)
        let node = try Node(replica: replica, key: try replica.channelKey(signer.name, signer.source))
        let (host, port) = try Address.parse(listen)
        let recorder = recordFrames.map { FrameRecorder(path: $0) }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let addressFile = addressFile
        let task = Task {
            try await node.serve(host: host, port: port, recorder: recorder, logger: Logger(label: "mufakat")) {
                bound in
                let address = "\(host):\(bound)"
                if let addressFile { try? Data((address + "\n").utf8).write(to: URL(fileURLWithPath: addressFile)) }
                Terminal.note("mufakat serve \(address)")
            }
        }
        let signals = Self.onSignals { task.cancel() }
        do { try await task.value } catch is CancellationError {}
        for source in signals { source.cancel() }
        try recorder?.save()
    }

    /// SIGINT and SIGTERM end the service in order.
    private static func onSignals(_ body: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
    }
}

/// `HOST:PORT`, with brackets around an IPv6 address.
enum Address {
    static let defaultPort = 7707

    static func parse(_ text: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]"),
            let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
        else { return (strip(text), defaultPort) }
        return (strip(String(text[..<colon])), port)
    }

    private static func strip(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }
}

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Synchronise once with a peer.",
        discussion: "Examples:\n  mufakat sync 192.168.1.20:7707\n  mufakat sync 192.168.1.20 --json")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "HOST:PORT.") var peer: String
    @Option(help: "Write the plaintext frames to this file.") var recordFrames: String?

    func run() async throws {
        let replica = try global.open(isShared: true)
        let node = try Node(replica: replica, key: try replica.channelKey(signer.name, signer.source))
        let (host, port) = try Address.parse(peer)
        let recorder = recordFrames.map { FrameRecorder(path: $0) }
        let report = try await node.synchronise(host: host, port: port, recorder: recorder) {
            Terminal.progress($0, of: $1, "refold")
        }
        try recorder?.save()
        let missing = try replica.store.read { try $0.missingCounts() }
        if global.json {
            Terminal.json([
                "peer": report.peer?.hex ?? "", "equal": report.areEqual, "leftOutHere": report.leftOutHereCount,
                "leftOutThere": report.leftOutThereCount, "received": report.receivedChangeCount,
                "accepted": report.acceptedChangeCount, "signaturesVerified": report.verifiedSignatureCount,
                "sent": report.sentChangeCount, "openings": report.receivedOpeningCount,
                "files": report.receivedFileCount, "bytesReceived": report.receivedByteCount,
                "bytesSent": report.sentByteCount, "turns": report.turnCount, "refused": report.refusals,
                "markFault": report.markFault.map { FaultText.code($0) } ?? "",
                "reserve": ReserveText.object(report.reserve),
                "missing": MissingText.objects(missing),
            ])
            return
        }
        let text = Message(
            "diterima {0}, dikirim {1}, tanda tangan diperiksa {2}, {3}",
            "received {0}, sent {1}, signatures verified {2}, {3}")
        let equal = ReserveText.equality(report, global.language)
        Terminal.print(
            text.text(
                global.language, "\(report.acceptedChangeCount)", "\(report.sentChangeCount)",
                "\(report.verifiedSignatureCount)", equal))
        for line in try ReserveText.lines(report.reserve, replica, global.language) {
            Terminal.note("  " + Terminal.safe(line))
        }
        if let fault = report.markFault {
            Terminal.note(
                Terminal.safe(
                    Catalogue.mayNotSign.text(global.language, FaultText.text(fault, global.language))))
            Terminal.note("  " + Catalogue.tryRepair.text(global.language))
        }
        for line in MissingText.lines(missing, global.language) { Terminal.note("  " + line) }
        for refusal in report.refusals { Terminal.note("  " + Terminal.safe(refusal)) }
    }
}

struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers", abstract: "List peers that this replica has synchronised with.",
        discussion: "Example:\n  mufakat peers --json")
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let replica = try global.open()
        let (registry, _) = try replica.current(.network([]))
        let rows = try replica.store.read { try $0.peers() }
        if global.json {
            Terminal.json(
                rows.map { ["address": $0.address, "unit": $0.unit?.hex ?? "", "at": $0.at] as [String: Any] })
            return
        }
        for row in rows {
            let name = row.unit.map { replica.name(of: $0, registry) } ?? ""
            Terminal.print(Terminal.safe("\(row.address)  \(name)  \(TimeText.text(row.at, zone: ""))"))
        }
    }
}
