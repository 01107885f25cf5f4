import CBOR
import Envelope
import Sodium
import Sync
import SyncSupport
import TestSupport
import Testing

/// What a peer sends beyond what it was asked for ends the exchange, at once and at small cost.
@Suite struct BadSessionTests {
    /// A responder with so many dossiers that has come to its questions, and what it said until then.
    static func responder(_ count: Int, asked: [Message] = []) throws -> Side {
        var generator = SeededGenerator(seed: 11)
        let replica = MemoryReplica()
        try SessionTests.fill([replica], SessionTests.ids(count, &generator), &generator)
        var side = Side(.responder, replica)
        let hello = Message.Hello(registryDigest: 1, root: .zero, count: 5, isMissingOpenings: false)
        for message in [.hello(hello), .registryTips([]), .registryEntries([])] + asked {
            try side.receive(message.encoded)
            _ = try side.send()
        }
        return side
    }

    static func violation(_ side: inout Side, _ messages: [Message]) -> Violation? {
        do {
            for message in messages { try side.receive(message.encoded) }
            return nil
        } catch { return error as? Violation }
    }

    static let list = Message.leaves([Message.LeafList(prefix: .root, leaves: [])])
    static let cut = Message.tree([
        Message.TreeCut(prefix: .root, digests: [UInt64](repeating: 1, count: Prefix.childCount))
    ])

    @Test func aNodeIsAskedAboutOnceAndOnlyWhereACutWasSent() throws {
        for second in [Self.list, Self.cut] {
            for first in [Self.list, Self.cut] {
                var side = try Self.responder(100)
                #expect(Self.violation(&side, [first]) == nil)
                #expect(Self.violation(&side, [second]) == .unasked("node"))
            }
        }
        let deep = Prefix.root.child(1).child(2).child(3)
        var side = try Self.responder(2_000)
        let unasked = Message.leaves([Message.LeafList(prefix: deep, leaves: [])])
        #expect(Self.violation(&side, [Self.cut, unasked]) == .unasked("node"))
    }

    /// The frame that took 4 GiB: many empty questions about the root.
    @Test func aFrameOfEmptyQuestionsCostsNothing() throws {
        var side = try Self.responder(5_000)
        let lists = Array(repeating: Message.LeafList(prefix: .root, leaves: []), count: SyncLimits.leafListCountMax)
        #expect(Self.violation(&side, [.leaves(lists)]) == .unasked("node"))
        let more = Message.leaves(lists + lists.prefix(1)).encoded
        let limit = SyncLimits.leafListCountMax
        #expect(throws: Violation.tooMany(field: "lists", count: limit + 1, limit: limit)) {
            try Message.decode(more)
        }
    }

    /// However many questions come, each row is read once for its logs in each direction, and once to be sent.
    @Test func needsAndVectorsAreAnsweredOnce() throws {
        var side = try Self.responder(40, asked: [])
        let other = Message.tree([
            Message.TreeCut(prefix: .root, digests: [UInt64](repeating: 3, count: Prefix.childCount))
        ])
        try side.receive(other.encoded)
        let lists = try side.send().compactMap { frame -> [Message.LeafList]? in
            if case .leaves(let lists) = try Message.decode(frame) { lists } else { nil }
        }.flatMap { $0 }
        let ids = lists.flatMap { $0.leaves.map(\.id) }
        #expect(ids.count == 40)
        let vector = Message.vectors([Message.Vector(dossier: ids[1], logs: [], isQuestion: true)])
        #expect(Self.violation(&side, [.need([ids[0]]), vector]) == nil)
        for again in [.need([ids[0]]), .need([ids[1]]), vector] {
            var copy = side
            #expect(Self.violation(&copy, [again])?.isUnasked == true)
        }
        var copy = side
        #expect(Self.violation(&copy, [.need([12_345])])?.isUnasked == true)
        let answer = Message.vectors([Message.Vector(dossier: ids[2], logs: [], isQuestion: false)])
        #expect(Self.violation(&copy, [answer])?.isUnasked == true)
        let before = side.replica.readRowCount
        _ = try side.send()
        #expect(side.replica.readRowCount - before <= 8)
    }

    @Test func registryListsEndOnceAndAreNotEmptyBefore() throws {
        let hello = Message.hello(
            Message.Hello(registryDigest: 1, root: .zero, count: 5, isMissingOpenings: false))
        let entries = Message.registryEntries([[1]])
        let sequences: [[Message]] = [
            [hello, entries], [hello, .registryEntries([])],
            [hello, .registryTips([]), .registryTips([])],
            [hello, .registryTips([]), .registryEntries([]), entries],
            [hello, .registryTips([]), .registryEntries([]), .registryEntries([])],
            [hello, .registryTips([]), .openings(DossierID(.zero), [])],
            [hello, .registryTips([]), .registryEntries([]), .openings(DossierID(.zero), [[0]])],
        ]
        for (place, messages) in sequences.enumerated() {
            var side = Side(.responder, MemoryReplica())
            var generator = SeededGenerator(seed: 1)
            try SessionTests.fill([side.replica], SessionTests.ids(1, &generator), &generator)
            #expect(Self.violation(&side, messages) != nil, "sequence \(place)")
        }
    }

    @Test func entriesAndTipsHaveABudget() throws {
        var side = Side(.responder, MemoryReplica())
        var generator = SeededGenerator(seed: 1)
        try SessionTests.fill([side.replica], SessionTests.ids(1, &generator), &generator)
        let hello = Message.Hello(registryDigest: 1, root: .zero, count: 5, isMissingOpenings: false)
        try side.receive(Message.hello(hello).encoded)
        let tips = Message.registryTips(Array(repeating: EntryID(.zero), count: SyncLimits.tipCountInFrame))
        let full = SyncLimits.tipCountMax / SyncLimits.tipCountInFrame
        #expect(Self.violation(&side, Array(repeating: tips, count: full)) == nil)
        var copy = side
        #expect(Self.violation(&copy, [.registryTips([EntryID(.zero)])]) != nil)
        try side.receive(Message.registryTips([]).encoded)
        let entries = Message.registryEntries(Array(repeating: [1], count: SyncLimits.changeCountInFrame))
        let all = SyncLimits.entryCountMax / SyncLimits.changeCountInFrame
        #expect(Self.violation(&side, Array(repeating: entries, count: all)) == nil)
        #expect(Self.violation(&side, [.registryEntries([[1]])]) != nil)
    }

    /// A responder that has come to WANT.
    static func wanting() throws -> Side {
        try responder(1, asked: [.questionsEnd, .changesEnd])
    }

    static func want(_ number: Int) throws -> Message {
        let name = try #require(Commitment(Blake2b.hash(UInt64(number).bigEndianBytes, personal: Personal("t")).bytes))
        return .want(Message.Want(dossier: DossierID(.zero), commitment: name, offset: nil, blob: nil))
    }

    @Test func wantsAreBoundedAndEachIsAnsweredOnce() throws {
        var side = try Self.wanting()
        let wants = try (0..<SyncLimits.wantCountMax).map { try Self.want($0) }
        #expect(Self.violation(&side, wants) == nil)
        var copy = side
        #expect(Self.violation(&copy, [try Self.want(7)]) == .unasked("want"))
        #expect(Self.violation(&side, [try Self.want(SyncLimits.wantCountMax)]) != nil)
    }

    @Test func piecesThatNobodyWantsAreNotTaken() throws {
        var side = try Self.wanting()
        let piece = Message.piece(Message.Piece(name: .zero, offset: 0, total: 4, bytes: [1]))
        #expect(Self.violation(&side, [piece]) == .unasked("piece"))
        #expect(Self.violation(&side, [.openings(DossierID(.zero), [])]) == .unasked("openings"))
    }

    @Test func aDossierComesInOneRow() throws {
        var side = try Self.responder(1)
        var generator = SeededGenerator(seed: 2)
        let ids = SessionTests.ids(2, &generator)
        let row = try #require(MemoryReplica.row(1, 0, 1)).bytes
        let messages = ids.map { Message.changes($0, [row]) }
        #expect(Self.violation(&side, messages + [messages[1]]) == nil)
        #expect(Self.violation(&side, [messages[0]]) == .unasked("changes"))
        #expect(Self.violation(&side, [.openings(ids[0], [[0]])]) == .unasked("openings"))
    }

    @Test func afterTheEndNothingIsTaken() throws {
        let (one, two) = (MemoryReplica(), MemoryReplica())
        var (_, there) = try Side.exchange(one, two)
        let hello = Message.Hello(registryDigest: 1, root: .zero, count: 0, isMissingOpenings: false)
        #expect(Self.violation(&there, [.hello(hello)]) == .outOfTurn("closed"))
    }

    @Test func turnsAreBounded() throws {
        var side = try Self.responder(1)
        let ask = Message.vectors([Message.Vector(dossier: 1, logs: [], isQuestion: true)])
        #expect(Self.violation(&side, [ask])?.isUnasked == true)
        // Turns that ask nothing end the questions; more of them are out of turn.
        #expect(Self.violation(&side, [.questionsEnd, .questionsEnd, .questionsEnd]) == .outOfTurn("question"))
    }
}

extension Violation {
    var isUnasked: Bool { if case .unasked = self { true } else { false } }
}
