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
import Testing

@Suite struct ReplicaTests {
    /// What is thrown, as text; empty where nothing is.
    func thrown(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @Test func refusesBeforeItSignsAndLeavesTheStoreAsItWas() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let replica = city.opd.replica
        let author = try city.opd.author("kaopd")
        let before = try replica.view(dossier).history.count
        #expect(
            thrown { _ = try replica.recordOutcome(dossier, OutcomeDraft(name: "done"), by: author) }.contains(
                "documentMissing"))
        #expect(
            thrown { _ = try replica.recordOutcome(dossier, OutcomeDraft(name: "ya"), by: author) }.contains(
                "unknownOutcome"))
        var elsewhere = OutcomeDraft(name: "done")
        elsewhere.step = "9"
        #expect(thrown { _ = try replica.recordOutcome(dossier, elsewhere, by: author) }.contains("unknownStep"))
        let edits = [FieldEdit.set(document: "letter", field: "subject", value: "x")]
        #expect(thrown { _ = try replica.edit(dossier, edits, instance: nil, by: author) }.contains("unknownDocument"))
        let fields = [FieldEdit.set(document: "request", field: "colour", value: "x")]
        #expect(thrown { _ = try replica.edit(dossier, fields, instance: nil, by: author) }.contains("unknownField"))
        var role = OutcomeDraft(name: "done")
        role.options.role = "it.king"
        #expect(thrown { _ = try replica.recordOutcome(dossier, role, by: author) }.contains("noMandate"))
        #expect(try replica.view(dossier).history.count == before)
    }

    /// What is written with an outcome goes with it, or not at all.
    @Test func aRefusedOutcomeLeavesNoDraft() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let author = try city.opd.author("kaopd")
        let before = try city.opd.replica.view(dossier).state.hash
        var draft = OutcomeDraft(name: "done")
        draft.edits = [.set(document: "request", field: "subject", value: "x")]
        draft.options.role = "it.king"
        #expect(thrown { _ = try city.opd.replica.recordOutcome(dossier, draft, by: author) }.contains("noMandate"))
        #expect(try city.opd.replica.view(dossier).state.hash == before)
        draft.options.role = nil
        _ = try city.opd.replica.recordOutcome(dossier, draft, by: author)
        #expect(try city.opd.replica.view(dossier).state.procedure.open.map(\.step) == ["2"])
    }

    /// An opinion is signed where it is meant as one, and by nobody whose word would decide.
    @Test func anOpinionIsMeantAsOne() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let author = try city.opd.author("kaopd")
        var request = OutcomeDraft(name: "done")
        request.edits = [.set(document: "request", field: "subject", value: "x")]
        request.isOpinion = true
        #expect(
            thrown { _ = try city.opd.replica.recordOutcome(dossier, request, by: author) }.contains("notAnOpinion"))
        request.isOpinion = false
        _ = try city.opd.replica.recordOutcome(dossier, request, by: author)
        var word = OutcomeDraft(name: "tidak_perlu")
        word.reason = "sudah ada"
        #expect(thrown { _ = try city.opd.replica.recordOutcome(dossier, word, by: author) }.contains("opinion"))
        word.isOpinion = true
        let change = try city.opd.replica.recordOutcome(dossier, word, by: author)
        let view = try city.opd.replica.view(dossier)
        let index = try #require(view.history.index(of: change.id))
        #expect(view.state.verdict(onAct: index) == .opinion)
        let step = try #require(view.state.procedure.open.first)
        #expect(step.step == "2" && step.state == .active && step.candidates.isEmpty)
        let records = try #require(view.decisions[step.id])
        #expect(records.map(\.line.effect) == ["opinion"])
        #expect(records[0].reason.flatMap { view.reader.text($0) } == "sudah ada")
    }

    @Test func aTitleOf500BytesIsTakenAndOneMoreIsNot() throws {
        let city = try TestCity()
        _ = try city.open(title: String(repeating: "x", count: 500))
        #expect(thrown { _ = try city.open(title: String(repeating: "x", count: 501)) }.contains("titleTooLong"))
        #expect(thrown { _ = try city.open(title: "") }.contains("titleTooLong"))
    }

    /// More chains than one `reg` takes: sixteen entries a change set, the rest in empty ones.
    @Test func manyChainsAreNamedInSeveralChangeSets() throws {
        let city = try TestCity()
        for number in 0..<20 {
            let key = try city.opd.key("pengelola-\(number)", .administrator)
            _ = try city.opd.replica.certify(
                KeyRequest(key, unitKind: "", name: "Pengelola"), by: try city.opd.signer("root"))
            let device = try city.opd.key("staf-\(number)", .device)
            _ = try city.opd.replica.certify(
                KeyRequest(device, unitKind: "", name: "Staf"), by: try city.opd.signer("pengelola-\(number)"))
        }
        let dossier = try city.open()
        // A device that an administrator certified: its own chain has to come first.
        _ = try city.opd.replica.comment(dossier, "x", isInternal: false, by: try city.opd.author("staf-19"))
        let view = try city.opd.replica.view(dossier)
        #expect(view.history.items.allSatisfy { $0.reg.count <= 16 })
        #expect(view.history.count == 3)
        #expect(view.history.covers.last?.entryCount == view.registry.entries.count)
        #expect(view.state.comments.count == 1)
    }

    @Test func aCopiedFolderMayNotSign() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let copy = city.opd.folder.file("copy")
        try FileManager.default.copyItem(atPath: city.opd.replica.folder, toPath: copy)
        let replica = try Replica.open(copy)
        let author = Author(
            key: try replica.keys.file("kaopd"), signer: try replica.keys.signer("kaopd", .none), language: "id")
        #expect(
            thrown { _ = try replica.comment(dossier, "x", isInternal: false, by: author) }.contains("copiedReplica"))
        #expect(try replica.view(dossier).history.count == 1)
        let report = try replica.repair(by: nil, acceptsLoss: false) { old in
            try KeyFile.make(name: old.name, kind: old.kind, person: old.person, passphrase: nil)
        }
        #expect(report.renewed == ["kaopd", "node"] && report.kept == ["root"])
        #expect(report.requests.map(\.title) == ["kaopd", "Simpul"])
        #expect(try replica.keys.file("kaopd").publicKey != author.key.publicKey)
        #expect(try replica.view(dossier).title == "Aplikasi")
    }

    @Test func aStoreBehindItsMarkMayNotSign() throws {
        let city = try TestCity()
        let replica = city.opd.replica
        let dossier = try city.open()
        let author = try city.opd.author("kaopd")
        try replica.store.checkpoint()
        let path = "\(replica.folder)/\(Replica.storeName)"
        let backup = try Data(contentsOf: URL(fileURLWithPath: path))
        _ = try replica.comment(dossier, "sesudah cadangan", isInternal: false, by: author)
        try replica.syncMark()
        replica.store.close()
        // Restored in place: same file, same machine, fewer change sets than were sent.
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: backup)
        try handle.close()
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let restored = try Replica.open(replica.folder)
        #expect(
            thrown { _ = try restored.comment(dossier, "x", isInternal: false, by: author) }.contains("copiedReplica"))
    }

    @Test func rebuildGivesTheSameBytes() throws {
        let city = try TestCity()
        for number in 0..<5 {
            let dossier = try city.open(title: "Aplikasi \(number)")
            _ = try city.opd.replica.comment(
                dossier, "Komentar", isInternal: number % 2 == 0, by: try city.opd.author("kaopd"))
        }
        let (count, isIdentical) = try city.opd.replica.rebuild { _, _ in }
        #expect(count == 5 && isIdentical)
        let report = try city.opd.replica.check { _, _ in }
        #expect(report.problems.isEmpty && report.verifiedCount == 10)
    }

    /// Words of different texts of a dossier count together, whenever they were added; also after a rebuild.
    @Test func searchFindsDossiersByAllTheirWords() throws {
        let city = try TestCity()
        let author = try city.opd.author("kaopd")
        let words = ["arsip", "jadwal", "temuan", "layanan", "pelatihan"]
        var generator = SeededGenerator(seed: 3)
        var expected: [DossierID: Set<String>] = [:]
        let dossiers = try (0..<6).map { try city.open(title: "Berkas \($0)") }
        for _ in 0..<40 {
            let dossier = dossiers[Int(generator.next() % 6)]
            let word = words[Int(generator.next() % 5)]
            expected[dossier, default: []].insert(word)
            _ = try city.opd.replica.comment(dossier, "Tentang \(word) ini", isInternal: false, by: author)
        }
        func check() throws {
            for first in words {
                for second in words {
                    let found = try city.opd.replica.store.read {
                        try $0.search("\(first) \(second.prefix(4))", limit: 50)
                    }
                    let wanted = dossiers.filter { expected[$0]?.isSuperset(of: [first, second]) ?? false }
                    #expect(Set(found.map(\.id)) == Set(wanted))
                    #expect(found.count == wanted.count)
                }
            }
        }
        try check()
        #expect(try city.opd.replica.rebuild { _, _ in }.isIdentical)
        try check()
    }

    @Test func attachmentNamesAreDataAndSafeWhenSaved() throws {
        for (name, safe) in [
            ("../../etc/passwd", ".._.._etc_passwd"), ("a\u{0}b", "a_b"), ("\u{202e}fdp.exe", "_fdp.exe"),
            ("con\u{7}\r\n", "con___"), ("...", "berkas"), ("", "berkas"), (".bashrc", "bashrc"),
        ] {
            let made = FileName.safe(name)
            #expect(!made.contains("/") && !made.hasPrefix("."))
            if name != "../../etc/passwd" { #expect(made == safe) }
        }
        #expect(FileName.safe(String(repeating: "é", count: 300)).utf8.count <= 120)
    }

    @Test func anAttachmentIsTakenWholeOrNotAtAll() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let author = try city.opd.author("kaopd")
        let replica = city.opd.replica
        #expect(
            thrown { _ = try replica.attach(dossier, path: "/nowhere/x", isInternal: false, by: author) }.contains(
                "cannotRead"))
        #expect(
            thrown { _ = try replica.attach(dossier, path: "/dev/zero", isInternal: false, by: author) }.contains(
                "unsafeFile"))
        let path = city.opd.folder.file("surat.pdf")
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        _ = try replica.attach(dossier, path: path, isInternal: false, by: author)
        #expect(PrivateFile.list("\(replica.folder)/files").count == 1)
    }

    @Test func aDamagedRowIsAnErrorAndNoTrap() throws {
        let city = try TestCity()
        let dossier = try city.open()
        try city.opd.replica.store.write { try $0.damageChanges() }
        let again = try Replica.open(city.opd.replica.folder)
        #expect(thrown { _ = try again.view(dossier) }.contains("damaged"))
        #expect(try !again.check { _, _ in }.problems.isEmpty)
    }
}
