import CBOR
import Envelope
import Sodium
import Sync
import TestSupport
import Testing

@Suite struct ScopeTreeTests {
    static func entries(_ count: Int, seed: UInt64 = 5) -> [ScopeEntry] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).compactMap { _ in
            guard let id = DossierID(generator.bytes(32)), let digest = Bytes32(generator.bytes(32)) else { return nil }
            return ScopeEntry(dossier: id, digest: digest)
        }
    }

    @Test func theSameSetGivesTheSameRootInAnyOrder() {
        for count in [0, 1, 2, 3, 100, 1_000] {
            var generator = SeededGenerator(seed: 9)
            let entries = Self.entries(count)
            #expect(ScopeTree(entries).root == ScopeTree(entries.shuffled(using: &generator)).root)
        }
        #expect(ScopeTree([]).root == .zero)
    }

    @Test func everyDigestAndEveryMemberCounts() {
        let entries = Self.entries(50)
        let root = ScopeTree(entries).root
        for place in entries.indices {
            var changed = entries
            changed[place] = ScopeEntry(dossier: entries[place].dossier, digest: .zero)
            #expect(ScopeTree(changed).root != root)
            changed.remove(at: place)
            #expect(ScopeTree(changed).root != root)
        }
    }

    @Test func childrenCoverTheirNode() {
        let tree = ScopeTree(Self.entries(300))
        let children = (0..<16).map { tree.range(Prefix.root.child($0)) }
        #expect(children.map(\.count).reduce(0, +) == 300)
        #expect(children.flatMap { Array($0) } == Array(0..<300))
    }
}

@Suite struct MessageTests {
    static let messages: [Message] = [
        .hello(
            Message.Hello(
                registryDigest: 1, root: .zero, count: 2, isMissingOpenings: true, missingNames: [7, .max])), .equal,
        .registryTips([EntryID(.zero)]), .registryEntries([[1, 2], []]), .need([1, 2]), .questionsEnd, .changesEnd,
        .wantsEnd, .close(root: .zero, count: 3),
        .piece(Message.Piece(name: .zero, offset: 1, total: 9, bytes: [1, 2, 3])),
        .want(Message.Want(dossier: DossierID(.zero), commitment: Commitment(.zero), offset: 7, blob: nil)),
    ]

    @Test(arguments: messages.indices) func readsBackToTheSameBytes(index: Int) throws {
        let bytes = Self.messages[index].encoded
        #expect(try Message.decode(bytes).encoded == bytes)
    }

    @Test(arguments: messages.indices) func truncatedFramesAreRefused(index: Int) {
        let bytes = Self.messages[index].encoded
        for count in 0..<bytes.count {
            guard let message = try? Message.decode(Array(bytes.prefix(count))) else { continue }
            // A list that ends early is a shorter list; everything else is refused.
            #expect(message.encoded == Array(bytes.prefix(count)))
        }
    }

    @Test func unknownMessagesAndVersionsAreRefused() {
        #expect(throws: Violation.unknownMessage(99)) { try Message.decode([99]) }
        #expect(throws: Violation.self) { try Message.decode([]) }
        #expect(throws: Violation.wrongVersion) { try Message.decode([1, 1]) }
        #expect(throws: Violation.wrongVersion) { try Message.decode([1, 2]) }
    }

    @Test func helloAsksForSixteenNamesAndNoMore() throws {
        func frame(_ count: Int) -> [UInt8] {
            Message.hello(
                Message.Hello(
                    registryDigest: 1, root: .zero, count: 2, isMissingOpenings: false,
                    missingNames: (0..<count).map { UInt64($0) })
            ).encoded
        }
        #expect(throws: Never.self) { try Message.decode(frame(SyncLimits.missingNameCountMax)) }
        #expect(throws: Violation.self) { try Message.decode(frame(SyncLimits.missingNameCountMax + 1)) }
    }

    @Test func helloLeavesOutSoManyDossiersAndNoMore() throws {
        func frame(_ count: Int) -> [UInt8] {
            Message.hello(
                Message.Hello(
                    registryDigest: 1, root: .zero, count: 2, isMissingOpenings: false,
                    leftOut: (0..<count).map { UInt64.max - UInt64($0) })
            ).encoded
        }
        #expect(throws: Never.self) { try Message.decode(frame(SyncLimits.leftOutCountMax)) }
        #expect(throws: Violation.self) { try Message.decode(frame(SyncLimits.leftOutCountMax + 1)) }
        #expect(frame(SyncLimits.leftOutCountMax).count <= SyncLimits.frameByteCountMax)
    }

    @Test(arguments: 1...60) func mutatedFramesNeverTrap(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for message in Self.messages {
            var bytes = message.encoded
            for _ in 0..<50 {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
                _ = try? Message.decode(bytes)
            }
        }
    }
}
