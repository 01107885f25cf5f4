import Authority
import Dispatch
import Dossier
import Envelope
import Foundation
import History
import Node
import Registry
import Sodium
import Store
import Synchronization
import TestSupport
import Testing

/// The mark beside a store: what is a crash, what is a copy (Protocol 2 §7).
@Suite struct MarkTests {
    func fault(_ body: () throws -> Void) -> MarkFault? {
        do {
            try body()
            return nil
        } catch NodeFailure.copiedReplica(let fault) {
            return fault
        } catch {
            Issue.record(error)
            return nil
        }
    }

    func comment(_ office: TestOffice, _ replica: Replica, _ dossier: DossierID, _ text: String) throws {
        let author = Author(
            key: try replica.keys.file("kaopd"), signer: try replica.keys.signer("kaopd", .none), language: "id")
        _ = try replica.comment(dossier, text, isInternal: false, by: author)
    }

    /// Opened again, as the next process would.
    func again(_ office: TestOffice) throws -> Replica {
        office.replica.store.close()
        return try Replica.open(office.replica.folder)
    }

    @Test func aStoreAheadIsACrashAndTheMarkCatchesUp() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let replica = try again(city.opd)
        #expect(try replica.markFault() == nil)
        try comment(city.opd, replica, dossier, "sesudah")
        #expect(try replica.syncMark() == nil)
        #expect(try Replica.open(replica.folder).markFault() == nil)
    }

    @Test func everyPathThatSignsAsksTheMark() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let office = city.opd
        try office.replica.syncMark()
        try FileManager.default.removeItem(atPath: "\(office.replica.folder)/mark")
        let replica = try again(office)
        let root = try office.author("root")
        let signer = try office.signer("root")
        let person = try replica.keys.file("kaopd").person
        #expect(fault { try comment(office, replica, dossier, "x") } == .missing)
        #expect(fault { _ = try replica.setTitle(dossier, "x", by: try office.author("kaopd")) } == .missing)
        let draft = Replica.MandateDraft(
            person: person, role: "applicant.head", from: 0, until: nil, capacity: .definitive, instrument: "SK",
            title: nil)
        #expect(fault { _ = try replica.grant(draft, by: signer) } == .missing)
        let key = try office.key("baru", .device)
        #expect(
            fault { _ = try replica.certify(KeyRequest(key, unitKind: "", name: "Baru"), by: signer) } == .missing)
        let certificate = try #require(
            try replica.current().registry.grants(of: try replica.keys.file("kaopd").publicKey).first?.entry)
        #expect(
            fault { _ = try replica.revoke(certificate, reason: .ended, effective: 1, by: root) } == .missing)
        #expect(
            fault {
                _ = try replica.open(
                    definition: "uji.kecil", parties: [("applicant", city.units.opd), ("it", city.units.it)],
                    title: "x", by: try office.author("kaopd"))
            } == .missing)
        #expect(try replica.view(dossier).history.count == 1)
    }

    /// Every bit of the mark is covered: what is flipped reads as damage, never as another number.
    @Test func aFlippedBitInTheMarkIsDamage() throws {
        let city = try TestCity()
        try city.opd.replica.syncMark()
        let path = "\(city.opd.replica.folder)/mark"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for place in whole.indices {
            var flipped = whole
            flipped[place] ^= 1 << UInt8(place % 8)
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.write(contentsOf: flipped)
            try handle.close()
            #expect(try city.opd.replica.markFault() == .damaged, "byte \(place)")
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: whole)
        try handle.close()
        #expect(try city.opd.replica.markFault() == nil)
    }

    /// What two threads tell each other.
    private final class Progress: Sendable {
        let markCount = Mutex(0)
        let isOver = Mutex(false)
        let accusations = Mutex<[MarkFault]>([])
    }

    /// While another process signs and marks, the file with the mark's name is another one at every moment, and the mark
    /// may be newer than the store that a reader sees: none of that is a copy.
    @Test func nobodyIsAccusedWhileAnotherSigns() throws {
        let city = try TestCity()
        let dossier = try city.open()
        try city.opd.replica.syncMark()
        let other = try Replica.open(city.opd.replica.folder)
        let progress = Progress()
        DispatchQueue.concurrentPerform(iterations: 2) { place in
            guard place == 0 else {
                for look in 0..<20_000 where look < 2_000 || progress.markCount.withLock({ $0 < 20 }) {
                    if let fault = try? other.markFault() { progress.accusations.withLock { $0.append(fault) } }
                }
                return progress.isOver.withLock { $0 = true }
            }
            for _ in 0..<400 where !progress.isOver.withLock({ $0 }) {
                do {
                    try comment(city.opd, city.opd.replica, dossier, "catatan")
                    try city.opd.replica.syncMark()
                    progress.markCount.withLock { $0 += 1 }
                } catch { Issue.record(error) }
            }
        }
        #expect(progress.accusations.withLock { $0 } == [])
        #expect(progress.markCount.withLock { $0 } > 4, "the mark was written while it was read")
    }

    /// An administrator's or root's entries count like change sets: a store that lacks one would fork its chain.
    @Test func entriesCount() throws {
        let city = try TestCity()
        let office = city.opd
        try office.replica.syncMark()
        try office.replica.store.checkpoint()
        let path = office.replica.store.path
        let backup = try Data(contentsOf: URL(fileURLWithPath: path))
        try office.grant(try office.replica.keys.file("kaopd").person, "applicant.staff")
        try office.replica.syncMark()
        office.replica.store.close()
        try Self.putBack(backup, at: path)
        let replica = try Replica.open(office.replica.folder)
        guard case .behind(let authored, let marked)? = try replica.markFault() else {
            Issue.record("not recognised")
            return
        }
        #expect(marked == authored + 1)
        let root = try office.author("root")
        #expect(throws: NodeFailure.self) {
            _ = try replica.repair(by: root, acceptsLoss: false) { old in
                try KeyFile.make(name: old.name, kind: old.kind, person: old.person, passphrase: nil)
            }
        }
        #expect(try replica.keys.asideKeys().isEmpty, "what is refused changes nothing")
    }

    static func putBack(_ data: Data, at path: String) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: data)
        try handle.close()
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// A folder whose every file was put back in place, the mark too: it stands in a file made later than it says.
    @Test func aFolderPutBackInPlaceIsRecognised() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let office = city.opd
        try office.replica.syncMark()
        try office.replica.store.checkpoint()
        let paths = [office.replica.store.path, "\(office.replica.folder)/mark"]
        let backup = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        try comment(office, office.replica, dossier, "sesudah cadangan")
        try office.replica.syncMark()
        office.replica.store.close()
        for (path, data) in zip(paths, backup) { try Self.putBack(data, at: path) }
        let replica = try Replica.open(office.replica.folder)
        guard case .otherFile(let path)? = fault({ try comment(office, replica, dossier, "x") }) else {
            Issue.record("not recognised")
            return
        }
        #expect(path.hasSuffix("/mark"))
    }

    @Test func aRenamedFolderMaySign() throws {
        let city = try TestCity()
        let dossier = try city.open()
        try city.opd.replica.syncMark()
        city.opd.replica.store.close()
        let moved = city.opd.folder.file("pindah")
        try FileManager.default.moveItem(atPath: city.opd.replica.folder, toPath: moved)
        let replica = try Replica.open(moved)
        #expect(fault { try comment(city.opd, replica, dossier, "dari sini") } == nil)
        #expect(try replica.view(dossier).history.count == 2)
    }

    /// Key files that somebody put into an empty folder signed elsewhere.
    @Test func keysWithoutTheirStoreMayNotSign() throws {
        let city = try TestCity()
        let certificate = try #require(
            try city.opd.replica.current().registry.grants(of: try city.opd.replica.keys.file("kaopd").publicKey).first)
        let file = try city.opd.replica.joinFile(for: certificate.entry)
        let folder = city.opd.folder.file("baru")
        try FileManager.default.createDirectory(atPath: folder + "/keys", withIntermediateDirectories: true)
        for name in ["kaopd", "root"] {
            try FileManager.default.copyItem(
                atPath: "\(city.opd.replica.folder)/keys/\(name).key", toPath: "\(folder)/keys/\(name).key")
        }
        let replica = try Replica.create(folder)
        #expect(try replica.markFault() == .missing)
        _ = try replica.join(file, path: "")
        let author = Author(
            key: try replica.keys.file("kaopd"), signer: try replica.keys.signer("kaopd", .none), language: "id")
        let found = fault {
            _ = try replica.open(
                definition: "uji.kecil", parties: [("applicant", city.units.opd), ("it", city.units.it)], title: "x",
                by: author)
        }
        // The file itself holds what the root signed elsewhere.
        guard case .peersHoldMore(let key, _)? = found else {
            Issue.record("not recognised")
            return
        }
        #expect(try key == replica.keys.file("root").publicKey)
    }

    @Test func aDamagedMarkIsSaidAndRepaired() throws {
        let city = try TestCity()
        let dossier = try city.open()
        try PrivateFile.write([1, 2, 3], to: "\(city.opd.replica.folder)/mark")
        let replica = try again(city.opd)
        #expect(fault { try comment(city.opd, replica, dossier, "x") } == .damaged)
        let report = try replica.repair(by: try city.opd.author("root"), acceptsLoss: false) { old in
            try KeyFile.make(name: old.name, kind: old.kind, person: old.person, passphrase: nil)
        }
        #expect(report.fault == .damaged && report.certified.count == 2 && report.requests.isEmpty)
        #expect(fault { try comment(city.opd, replica, dossier, "dengan kunci baru") } == nil)
        // What the old key wrote is inside the cut, and the person's mandate is the new key's too.
        let view = try replica.view(dossier)
        #expect(view.state.verdicts.allSatisfy { $0.isAuthorised })
        #expect(view.text(of: .title) == "Aplikasi")
        #expect(throws: NodeFailure.self) {
            _ = try replica.repair(by: nil, acceptsLoss: false) { $0 }
        }
    }
}
