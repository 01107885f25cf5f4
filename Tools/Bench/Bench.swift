import CBOR
import Dossier
import Envelope
import Foundation
import History
import Node
import Procedure
import Registry
import Sodium
import Store
import Sync
import TestSupport

/// Runs the rows one after the other on one workload.
struct Bench {
    let program: String
    let folder: String
    let dossierCount: Int
    let isQuick: Bool
    let isQuiet: Bool

    func say(_ text: String) {
        if !isQuiet { FileHandle.standardError.write(Data("bench: \(text)\n".utf8)) }
    }

    func run() async throws -> [Row] {
        var rows: [Row] = []
        say("W(\(dossierCount)): signing")
        let workload = try Workload()
        let hub = try workload.replica(folder + "/hub", [workload.hubNode, workload.official])
        var changes: [ChangeSet] = []
        rows.append(try await importRow(workload, hub, &changes))
        let sizes = changes.map(\.bytes.count).sorted()
        say("change sets \(changes.count), bytes p50 \(sizes[sizes.count / 2]), p95 \(sizes[sizes.count * 95 / 100])")
        say("floor")
        let floor = try await Floors.verifyHashInsert(changes, folder: folder)
        changes = []
        rows += try cloneRows(workload, floor: floor)
        rows += try syncRows()
        rows += try await editRows(workload, hub)
        rows += try readRows(hub)
        rows += try commandRows()
        rows += try registerRows()
        rows += try floodRows()
        rows += try printRows(hub)
        rows += try endingRows(workload)
        rows += try await registryRows()
        rows += try await authorityRows()
        rows += try engineRows()
        return rows.sorted { ($0.row, $0.name) < ($1.row, $1.name) }
    }

    /// Makes a hub with the workload and an empty replica of a peer, for tests of whole processes.
    func generate() async throws {
        let workload = try Workload()
        let hub = try workload.replica(folder + "/hub", [workload.hubNode, workload.official])
        var changes: [ChangeSet] = []
        _ = try await importRow(workload, hub, &changes)
        for name in ["clone", "clone-2"] {
            _ = try workload.replica("\(folder)/\(name)", [workload.peerNode, workload.peerOfficial])
        }
        // A key of the hub takes the ending in with its own certificate, which it holds already.
        let ending = try workload.joinFile(try workload.ending(0), for: [workload.hubNode])
        try PrivateFile.write(ending.encoded, to: folder + "/ending.registry")
    }

    /// Row 12: hash, insert, fold of verified change sets.
    private func importRow(_ workload: Workload, _ hub: Replica, _ changes: inout [ChangeSet]) async throws -> Row {
        var seconds = 0.0
        var batch: [Workload.Record] = []
        for number in 0..<dossierCount {
            let record = try workload.record(number)
            changes += record.changes.map(\.value)
            batch.append(record)
            guard batch.count == 100 || number == dossierCount - 1 else { continue }
            let items = batch.map { (dossier: $0.dossier, changes: $0.changes, openings: $0.openings) }
            seconds += try await Measure.secondsAsync {
                let result = try await hub.store(items)
                guard result.refusals.isEmpty else { throw BenchFailure.notEqual(result.refusals[0]) }
            }
            batch = []
        }
        try hub.store.settle()
        let rate = Double(changes.count) / seconds
        return Row(
            row: 12, name: "import of verified change sets (insert, fold)", value: rate, unit: "/s", must: ">= 60000",
            reach: ">= 120000", met: rate >= 60_000)
    }

    struct Server {
        let process: Process
        let address: String

        func stop() {
            process.terminate()
            process.waitUntilExit()
        }
    }

    func serve() throws -> Server {
        let file = folder + "/address"
        try? FileManager.default.removeItem(atPath: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["serve", "--listen", "127.0.0.1:0", "--address-file", file, "--replica", folder + "/hub"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<4_000 {
            if let text = try? String(contentsOfFile: file, encoding: .utf8), text.hasSuffix("\n") {
                return Server(process: process, address: String(text.dropLast()))
            }
            usleep(2_000)
        }
        throw BenchFailure.command("serve", 1)
    }

    /// Rows 1 and 3: a full clone between two processes.
    private func cloneRows(_ workload: Workload, floor: Double) throws -> [Row] {
        say("clone")
        let server = try serve()
        defer { server.stop() }
        _ = try workload.replica(folder + "/clone", [workload.peerNode, workload.peerOfficial])
        let done = try Measure.runWithMemory([
            program, "sync", server.address, "--replica", folder + "/clone", "--json",
        ])
        guard done.output.contains("\"equal\" : true") else { throw BenchFailure.notEqual(done.output) }
        let serverPeak = Measure.peakMiB(of: server.process.processIdentifier)
        return [
            .ratio(1, "full clone, two processes", done.seconds, "s", floor: floor, must: 1.3, reach: 1.1),
            .bound(3, "peak memory of the clone's client", done.peakMiB, "MiB", must: 64, reach: 32),
            .bound(3, "peak memory of the clone's server", serverPeak, "MiB", must: 64, reach: 32),
        ]
    }

    /// Rows 5 to 7: nothing to do, and ten edits on each side.
    private func syncRows() throws -> [Row] {
        say("sync")
        let server = try serve()
        defer { server.stop() }
        let command = [program, "sync", server.address, "--replica", folder + "/clone", "--json"]
        var times: [Double] = []
        var byteCount = 0.0
        _ = try Measure.run(command)
        for _ in 0..<(isQuick ? 10 : 30) {
            let done = try Measure.run(command)
            times.append(done.seconds)
            byteCount = Self.number("bytesReceived", done.output) + Self.number("bytesSent", done.output)
        }
        var rows: [Row] = [
            .bound(5, "nothing to do, payload after the handshake", byteCount, "B", must: 128, reach: 128),
            .bound(6, "nothing to do, as a command", 1_000 * Measure.median(times), "ms", must: 25, reach: 10),
        ]
        var edits: [Double] = []
        for round in 0..<(isQuick ? 3 : 7) {
            try edit("hub", round)
            try edit("clone", round)
            edits.append(try Measure.run(command).seconds)
        }
        rows.append(
            .bound(7, "10 edits on each side, as a command", 1_000 * Measure.median(edits), "ms", must: 50, reach: 25))
        return rows
    }

    static func number(_ key: String, _ json: String) -> Double {
        guard let range = json.range(of: "\"\(key)\" : ") else { return 0 }
        return Double(json[range.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    /// Ten dossiers get a comment by a device key that both replicas may hold for this purpose.
    private func edit(_ name: String, _ round: Int) throws {
        let replica = try Replica.open(folder + "/" + name)
        // The generated history was signed by these keys elsewhere, and is here as a whole.
        try replica.beginMark()
        let author = try benchAuthor(replica)
        let ids = try replica.store.read { try $0.allDossiers() }
        for number in 0..<10 {
            let id = ids[(number * 997 + round * 31 + (name == "hub" ? 0 : 7)) % ids.count]
            _ = try replica.comment(id, "Komentar \(round)", isInternal: false, by: author)
        }
        replica.store.close()
    }

    private func benchAuthor(_ replica: Replica) throws -> Author {
        guard let file = try replica.keys.files([.device]).first else { throw BenchFailure.usage("no device key") }
        let secret = try replica.keys.secret(file, .file(try passphraseFile()))
        return Author(key: file, signer: try OpenKey(secret), language: "id")
    }

    func passphraseFile() throws -> String {
        let path = folder + "/passphrase"
        if !PrivateFile.exists(path) { try PrivateFile.write(Array("kata sandi\n".utf8), to: path) }
        return path
    }
}
