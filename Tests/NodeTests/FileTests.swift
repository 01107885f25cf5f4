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

/// Attachments between replicas (Protocol 6 §5): whom a file is served, and what is noticed when it is not here.
@Suite(.serialized) struct FileTests {
    let city: TestCity
    let vendor: TestOffice
    let unit: UnitID

    init() throws {
        city = try TestCity()
        vendor = try TestOffice()
        unit = try TestCity.join(vendor, city.hub, name: "Penyedia", kind: "vendor")
        try vendor.person("direktur", roles: ["vendor.lead"])
        try city.opd.replica.take(try vendor.replica.bundle(of: [unit]))
    }

    /// A dossier of all three.
    func shared() throws -> DossierID {
        try city.opd.replica.open(
            definition: "uji.kecil",
            parties: [("applicant", city.units.opd), ("it", city.units.it), ("vendor", unit)], title: "Bersama",
            by: try city.opd.author("kaopd"))
    }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = city.opd.folder.file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    func attach(_ dossier: DossierID, _ path: String, allowsEmpty: Bool = false) throws {
        _ = try city.opd.replica.attach(
            dossier, path: path, isInternal: false, allowsEmpty: allowsEmpty, by: try city.opd.author("kaopd"))
    }

    func files(_ office: TestOffice) -> [String] { PrivateFile.list("\(office.replica.folder)/files") }

    func holdings(_ office: TestOffice, _ dossier: DossierID) throws -> [StoreReader.Holding] {
        try office.replica.view(dossier).places.filter { $0.kind == .file }.map(\.holding)
    }

    func synchronise(_ office: TestOffice, _ port: Int) async throws -> SyncReport {
        try await office.channel().synchronise(host: "127.0.0.1", port: port)
    }

    /// What a client of ours would not write: an attachment of a file that the vendor only knows the hash of.
    func forge(_ id: FileID, size: UInt64, in dossier: DossierID) async throws -> Commitment {
        var chance = SeededGenerator(seed: 7)
        let author = try vendor.author("direktur")
        func commit(_ value: Value, _ kind: Opening.Kind = .value) -> Opening {
            Opening(
                author: author.key.publicKey, audience: .all, kind: kind, opened: value, salt: chance.bytes(16))
        }
        let (file, name) = (commit(.bytes(id.bytes), .file), commit(.text("x")))
        func item(_ opening: Opening, _ size: UInt64? = nil) -> CBORValue {
            Value.committed(Committed(commitment: opening.commitment, audience: .all, size: size)).item
        }
        let pairs: [(UInt64, CBORValue)] = [
            (1, .text(Path.attachments.text)), (2, item(file, size)), (3, item(name)), (4, item(name)),
        ]
        let body = CBORValue.map(pairs.map { CBORPair(key: .unsigned($0.0), value: $0.1) })
        let view = try vendor.replica.view(dossier)
        let fields = view.history.nextFields(
            author: author.key.publicKey, tips: view.registry.tips(of: unit),
            at: StatedTime(milliseconds: Clock.now, zone: "Asia/Jakarta"),
            operations: [History.Operation(code: Code.attach, body: body)])
        let network = try #require(try vendor.replica.current().identity.network)
        let change = try ChangeSet.compose(
            fields, network: network, dossier: dossier, kid: author.key.publicKey, sign: { try author.signer.sign($0) })
        let verified = try #require(Verified(checking: change))
        let result = try await vendor.replica.store([
            (dossier: dossier, changes: [verified], openings: [file.encoded, name.encoded])
        ])
        #expect(result.refusals == [])
        return file.commitment
    }

    @Test func aHashOpensNoFile() async throws {
        let (secret, common) = (try city.open(title: "Rahasia"), try shared())
        let path = try file("rahasia.pdf", (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        try attach(secret, path)
        let id = try #require(FileID(hex: files(city.opd)[0]))
        try await serving(city.hub) { port in
            #expect(try await synchronise(city.opd, port).areEqual)
            #expect(try await synchronise(vendor, port).areEqual)
            #expect(files(city.hub) == [id.hex] && files(vendor) == [])
            let forged = try await forge(id, size: 70_000, in: common)
            for _ in 0..<2 {
                let report = try await synchronise(vendor, port)
                #expect(report.areEqual && report.receivedFileCount == 0)
                // Whoever attached it elsewhere does not serve it here either.
                #expect(try await synchronise(city.opd, port).areEqual)
            }
            #expect(files(vendor) == [])
            #expect(try holdings(city.hub, common) == [.never])
            #expect(try holdings(city.opd, common) == [.never])
            #expect(try city.hub.replica.view(common).missingFiles == [forged])
            // The same bytes, attached there by whoever has them, are transferred for that place and served on.
            try attach(common, path)
            _ = try await synchronise(city.opd, port)
            #expect(try Set(holdings(city.hub, common)) == [.never, .held])
            #expect(files(city.hub) == [id.hex])
            let report = try await synchronise(vendor, port)
            #expect(report.receivedFileCount == 1 && files(vendor) == [id.hex])
        }
        for office in [city.hub, city.opd, vendor] {
            #expect(try office.replica.check { _, _ in }.problems == [])
            #expect(try office.replica.rebuild { _, _ in }.isIdentical)
        }
        #expect(try Set(holdings(city.hub, common)) == [.never, .held], "what is held for what is a fact")
    }

    @Test func anEmptyFileIsAskedAboutAndTransferred() async throws {
        let dossier = try city.open()
        let path = try file("kosong.txt", [])
        #expect(throws: NodeFailure.self) { try attach(dossier, path) }
        #expect(files(city.opd) == [])
        try attach(dossier, path, allowsEmpty: true)
        try await serving(city.hub) { port in
            #expect(try await synchronise(city.opd, port).areEqual)
            #expect(try holdings(city.hub, dossier) == [.held])
            let again = try await synchronise(city.opd, port)
            #expect(again.receivedByteCount + again.sentByteCount < 300, "nothing is missing")
        }
    }

    /// One byte more or less than was there when it was opened.
    @Test func aFileThatChangesWhileItIsCopiedIsRefused() throws {
        let dossier = try city.open()
        #expect {
            // The kernel says that it has no bytes, and gives some.
            try attach(dossier, "/proc/self/status", allowsEmpty: true)
        } throws: { error in
            guard case NodeFailure.fileChanged = error else { return false }
            return true
        }
        #expect(files(city.opd) == [])
    }

    @Test func partsAreResumedHashedOrRemoved() async throws {
        let dossier = try city.open()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 11) }
        try attach(dossier, try file("gambar.png", bytes))
        let kept = "\(city.opd.replica.folder)/files/\(files(city.opd)[0])"
        try FileManager.default.moveItem(atPath: kept, toPath: kept + "-aside")
        try await serving(city.hub) { port in
            // The other side has no bytes to give: it is known, and missing.
            #expect(try await synchronise(city.opd, port).areEqual)
            let commitment = try #require(try city.hub.replica.view(dossier).missingFiles.first)
            let part = "\(city.hub.replica.folder)/files/\(commitment.hex).part"
            for (there, isWhole) in [
                (bytes, true), (bytes + [0], false), (Array(bytes.dropLast()) + [0], false),
                (Array(bytes.prefix(40_000)), false),
            ] {
                try PrivateFile.write(there, to: part)
                if isWhole {
                    // Nobody sends anything for it.
                    _ = try await synchronise(city.opd, port)
                } else {
                    // It may have come back from the other side.
                    PrivateFile.remove(kept)
                    try FileManager.default.moveItem(atPath: kept + "-aside", toPath: kept)
                    PrivateFile.remove("\(city.hub.replica.folder)/files/\(kept.suffix(64))")
                    _ = try city.hub.replica.view(dossier)
                    _ = try city.opd.replica.check { _, _ in }
                    _ = try await synchronise(city.opd, port)
                    try FileManager.default.moveItem(atPath: kept, toPath: kept + "-aside")
                }
                #expect(try holdings(city.hub, dossier) == [.held], "\(there.count)")
                #expect(files(city.hub) == [String(kept.suffix(64))])
            }
        }
    }

    /// Lost and altered files are noticed where they are shown, saved, hashed and served, and come again.
    @Test func aDamagedFileIsNoticedAndFetchedAgain() async throws {
        let dossier = try city.open()
        let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 * 3) }
        try attach(dossier, try file("surat.pdf", bytes))
        let name = files(city.opd)[0]
        let path = "\(city.hub.replica.folder)/files/\(name)"
        func alter() throws {
            var changed = bytes
            changed[30_000] ^= 1
            try PrivateFile.write(changed, to: path)
        }
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd, port)
            // Gone: seen by whoever looks.
            PrivateFile.remove(path)
            #expect(try city.hub.replica.view(dossier).missingFiles.count == 1)
            #expect(try city.hub.replica.check { _, _ in }.problems.count == 1)
            _ = try await synchronise(city.opd, port)
            #expect(try PrivateFile.read(path) == bytes)
            #expect(try city.hub.replica.check { _, _ in }.problems == [])
            // Altered: seen by whoever reads it.
            try alter()
            let place = try #require(try city.hub.replica.view(dossier).places.first { $0.kind == .file })
            let target = city.hub.folder.file("keluar")
            let id = try #require(place.file)
            let isSaved = try city.hub.replica.view(dossier).vault.save(id, size: place.size, to: target)
            #expect(!isSaved)
            #expect(!FileManager.default.fileExists(atPath: target))
            #expect(files(city.hub) == [name + ".damaged"])
            #expect(try city.hub.replica.view(dossier).missingFiles.count == 1)
            _ = try await synchronise(city.opd, port)
            #expect(files(city.hub) == [name], "what was found damaged goes when it is whole again")
            // Never served on.
            try alter()
            PrivateFile.remove("\(city.opd.replica.folder)/files/\(name)")
            #expect(try city.opd.replica.view(dossier).missingFiles.count == 1)
            #expect(try await synchronise(city.opd, port).receivedFileCount == 0)
            #expect(try city.hub.replica.view(dossier).missingFiles.count == 1)
        }
    }

    @Test func nobodySignsOverAFileThatIsNotHere() async throws {
        let text = String(decoding: TestDefinitions.small, as: UTF8.self)
        let definition = text.replacing("uji.kecil", with: "uji.lampiran")
            .replacing("\"result:text\"", with: "\"result:text\", \"scan:file\"")
        _ = try city.hub.replica.publish(Array(definition.utf8), root: try city.hub.signer("network"))
        let (opd, hub) = (city.opd.replica, city.hub.replica)
        try opd.take(try hub.bundle(of: [city.units.opd, city.units.it]))
        let head = try city.opd.author("kaopd")
        let dossier = try opd.open(
            definition: "uji.lampiran", parties: [("applicant", city.units.opd), ("it", city.units.it)], title: "x",
            by: head)
        _ = try opd.edit(dossier, [.set(document: "request", field: "subject", value: "x")], instance: nil, by: head)
        _ = try opd.recordOutcome(dossier, OutcomeDraft(name: "done"), by: head)
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd, port)
            let field = try city.hub.author("kabid")
            _ = try hub.recordOutcome(dossier, OutcomeDraft(name: "perlu"), by: field)
            var outcome = OutcomeDraft(name: "sesuai")
            outcome.edits = [
                .set(document: "record", field: "result", value: "baik"),
                .set(document: "record", field: "scan", value: try file("scan.pdf", [1, 2, 3])),
            ]
            _ = try hub.recordOutcome(dossier, outcome, by: field)
            let name = files(city.hub)[0]
            let path = "\(hub.folder)/files/\(name)"
            try FileManager.default.moveItem(atPath: path, toPath: path + "-aside")
            _ = try await synchronise(city.opd, port)
            let view = try opd.view(dossier)
            #expect(view.missingCount == 0 && view.missingFiles.count == 1)
            #expect {
                _ = try opd.sign(dossier, step: nil, options: ActOptions(), by: head)
            } throws: { error in
                guard case NodeFailure.documentFileNotHere("record", "scan") = error else { return false }
                return true
            }
            try FileManager.default.moveItem(atPath: path + "-aside", toPath: path)
            _ = try hub.check { _, _ in }
            _ = try await synchronise(city.opd, port)
            // There, and altered: what is signed over is read.
            try PrivateFile.write([1, 2, 4], to: "\(opd.folder)/files/\(name)")
            #expect(throws: NodeFailure.self) { try opd.sign(dossier, step: nil, options: ActOptions(), by: head) }
            _ = try await synchronise(city.opd, port)
            _ = try opd.sign(dossier, step: nil, options: ActOptions(), by: head)
        }
        #expect(try opd.view(dossier).state.procedure.end == .completed)
    }
}
