import Foundation
import Store
import TestSupport
import Testing

@Suite struct StoreTests {
    @Test func createsOnceAndOpensAgain() throws {
        let folder = try TestFolder()
        let path = folder.file("s.sqlite")
        #expect(throws: StoreFailure.noReplica(path: path)) { try Store(path: path) }
        let store = try Store.create(at: path)
        try store.write { try $0.setMeta("network", [1, 2, 3]) }
        #expect(throws: StoreFailure.alreadyThere(path: path)) { try Store.create(at: path) }
        store.close()
        let again = try Store(path: path)
        #expect(try again.read { try $0.meta("network") } == [1, 2, 3])
        #expect(try again.integrity() == "ok")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aThrowRollsEverythingBack() throws {
        let folder = try TestFolder()
        let store = try Store.create(at: folder.file("s.sqlite"))
        try store.write { try $0.setMeta("a", [1]) }
        #expect(throws: TestFailure.self) {
            try store.write { tx in
                try tx.setMeta("a", [2])
                throw TestFailure.setUp("on purpose")
            }
        }
        #expect(try store.read { try $0.meta("a") } == [1])
    }

    @Test func twoConnectionsTakeTurns() async throws {
        let folder = try TestFolder()
        let path = folder.file("s.sqlite")
        let (one, two) = (try Store.create(at: path), try Store(path: path))
        try await withThrowingTaskGroup { group in
            for store in [one, two] {
                group.addTask {
                    for _ in 0..<50 { try await store.write(async: { try $0.raise("n", by: 1) }) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try one.read { try $0.counter("n") } == 100)
    }

    @Test func aFileOfALaterVersionIsRefused() throws {
        let folder = try TestFolder()
        let path = folder.file("s.sqlite")
        let store = try Store.create(at: path)
        try store.write { try $0.setSchemaVersion(99) }
        store.close()
        #expect(throws: StoreFailure.newerSchema(found: 99, known: 7)) { try Store(path: path) }
    }

    @Test func aFileOfTheFirstTablesIsRefused() throws {
        let folder = try TestFolder()
        let path = folder.file("s.sqlite")
        let store = try Store.create(at: path)
        try store.write { try $0.setSchemaVersion(1) }
        store.close()
        #expect(throws: StoreFailure.olderSchema(found: 1, known: 7)) { try Store(path: path) }
    }

    @Test func whatIsNoDatabaseIsRefusedAndLeftAlone() throws {
        let folder = try TestFolder()
        let path = folder.file("s.sqlite")
        let junk = Data("this is a letter, not a database; it is long enough to be looked at as one".utf8)
        try junk.write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreFailure.self) { try Store(path: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == junk)
    }

    @Test(arguments: [
        "\"", "a OR b", "NEAR(a b)", "title:x", "^a", "-a", "a*", "()", "\u{0}", "'; DROP TABLE dossier; --",
    ])
    func searchTextIsNeverAQuery(text: String) throws {
        let folder = try TestFolder()
        let store = try Store.create(at: folder.file("s.sqlite"))
        #expect(try store.read { try $0.search(text, limit: 10) }.isEmpty)
        let long = String(repeating: "a* ", count: 50_000)
        #expect(try store.read { try $0.search(long, limit: 10) }.isEmpty)
    }
}

@Suite struct PrivateFileTests {
    @Test func linksForeignModesAndFoldersAreRefused() throws {
        let folder = try TestFolder()
        let path = folder.file("k")
        try PrivateFile.write([1, 2, 3], to: path)
        #expect(try PrivateFile.read(path) == [1, 2, 3])
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: StoreFailure.unsafeFile(path: path, fact: "mode 644")) { try PrivateFile.read(path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let link = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(throws: StoreFailure.unsafeFile(path: link, fact: "link")) { try PrivateFile.read(link) }
        #expect(throws: StoreFailure.unsafeFile(path: folder.path, fact: "not a regular file")) {
            try PrivateFile.read(folder.path)
        }
        #expect(throws: StoreFailure.tooLarge(path: path, byteCount: 3, limit: 2)) {
            try PrivateFile.read(path, limit: 2)
        }
    }

    @Test func writingLeavesNothingBehind() throws {
        let folder = try TestFolder()
        try PrivateFile.write([1], to: folder.file("k"))
        try PrivateFile.write([2], to: folder.file("k"))
        #expect(PrivateFile.list(folder.path) == ["k"])
    }
}
