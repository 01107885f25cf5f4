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
import TestSupport

extension Bench {
    /// Rows 8 and 9: one durable signed edit, in an open process and as a command with the key unlocked.
    func editRows(_ workload: Workload, _ hub: Replica) async throws -> [Row] {
        say("edits")
        let replica = try Replica.open(folder + "/hub")
        let file = try replica.keys.file("kadis")
        let secret = try replica.keys.secret(file, .file(try passphraseFile()))
        let author = Author(key: file, signer: try OpenKey(secret), language: "id")
        let ids = try replica.store.read { try $0.allDossiers() }
        // Interleaved with the floor, so that both see the same disk.
        var ours: [Double] = []
        var floors: [Double] = []
        let commit = try Floors.DurableCommit(folder: folder)
        for number in 0..<(isQuick ? 60 : 200) {
            // The dossiers that somebody has open: each is loaded once.
            let id = ids[(number % 20) * 389 % ids.count]
            if number < 20 { _ = try replica.comment(id, "Pertama", isInternal: false, by: author) }
            ours.append(
                try Measure.seconds { _ = try replica.comment(id, "Sunting \(number)", isInternal: false, by: author) })
            floors += try commit.one()
        }
        var rows: [Row] = [
            .ratio(
                8, "durable signed edit, open process, p50", 1_000 * Measure.median(ours), "ms",
                floor: 1_000 * Measure.median(floors), must: 2.0, reach: 1.25)
        ]
        _ = try Measure.run([
            program, "unlock", "--replica", folder + "/hub", "--as", "kadis", "--passphrase-file", try passphraseFile(),
            "--minutes", "5",
        ])
        defer { _ = try? Measure.run([program, "lock", "--replica", folder + "/hub", "--as", "kadis"]) }
        say("fossil: \(dossierCount) tickets")
        let fossil = try Fossil(folder: folder, ticketCount: dossierCount)
        var commands: [Double] = []
        var theirs: [Double] = []
        for number in 0..<(isQuick ? 20 : 60) {
            let id = String(ids[(number * 241) % ids.count].hex.prefix(16))
            commands.append(
                try Measure.run([
                    program, "comment", id, "Perintah \(number)", "--replica", folder + "/hub", "--as", "kadis",
                ]).seconds)
            if let fossil { theirs.append(try fossil.edit(number)) }
        }
        let value = 1_000 * Measure.median(commands)
        if theirs.isEmpty {
            rows.append(.bound(9, "the same as a command (fossil not installed)", value, "ms", must: 8.9, reach: 5))
        } else {
            rows.append(
                .ratio(
                    9, "the same as a command, against Fossil's ticket edit", value, "ms",
                    floor: 1_000 * Measure.median(theirs), must: 1.0, reach: 0.6))
        }
        return rows
    }

    /// Row 11: opening a dossier of 20 change sets.
    func readRows(_ hub: Replica) throws -> [Row] {
        say("reads")
        let replica = try Replica.open(folder + "/clone")
        let ids = try replica.store.read { try $0.allDossiers() }
        let views = try ids.prefix(50).map { try replica.view($0) }
        var folds: [Double] = []
        for view in views {
            folds.append(
                try Measure.seconds {
                    let state = DossierState.fold(
                        history: view.history, registry: view.registry, definition: view.definition)
                    guard state.hash == view.state.hash else { throw BenchFailure.notEqual("fold") }
                })
        }
        var stored: [Double] = []
        for id in ids.prefix(200) {
            stored.append(try Measure.seconds { _ = try replica.store.read { try $0.row(of: id) } })
        }
        return [
            .bound(11, "refold of 20 change sets", 1e6 * Measure.median(folds), "us", must: 100, reach: 50),
            .bound(11, "stored row of a dossier", 1e6 * Measure.median(stored), "us", must: 30, reach: 10),
        ]
    }

    /// Row 14: what an official waits for.
    func commandRows() throws -> [Row] {
        say("commands")
        let replica = try Replica.open(folder + "/hub")
        guard let id = try replica.store.read({ try $0.allDossiers() }).first?.hex else { return [] }
        let home = ["--replica", folder + "/hub"]
        let commands: [(String, [String], Double, Double)] = [
            ("--version", ["--version"], 10, 4), ("list", ["list"] + home, 30, 12), ("mine", ["mine"] + home, 30, 12),
            ("show", ["show", String(id.prefix(16))] + home, 30, 12),
            ("search", ["search", "arsip", "jadwal"] + home, 30, 12),
        ]
        return try commands.map { name, arguments, must, reach in
            let times = try (0..<(isQuick ? 10 : 30)).map { _ in try Measure.run([program] + arguments).seconds }
            return .bound(14, name, 1_000 * Measure.median(times), "ms", must: must, reach: reach)
        }
    }
}

/// Fossil's ticket edit, where it is installed, in a repository with as many tickets as we have dossiers.
struct Fossil {
    private static let program = "/usr/bin/fossil"
    private let repository: String
    private var tickets: [String] = []

    init?(folder: String, ticketCount: Int) throws {
        guard FileManager.default.fileExists(atPath: Self.program) else { return nil }
        repository = folder + "/peer.fossil"
        _ = try Measure.run([Self.program, "init", repository, "--admin-user", "bench"])
        for number in 0..<ticketCount {
            let done = try run(["add", "title", "Permohonan \(number)", "status", "Open"])
            if let id = done.output.split(separator: " ").last { tickets.append(String(id.prefix { $0 != "\n" })) }
        }
    }

    private func run(_ arguments: [String]) throws -> Measure.Finished {
        try Measure.run([Self.program, "ticket"] + arguments + ["-R", repository, "--user", "bench"])
    }

    /// Seconds of one edit of a ticket.
    func edit(_ number: Int) throws -> Double {
        try run(["set", tickets[number * 389 % tickets.count], "title", "Sunting \(number)"]).seconds
    }
}
