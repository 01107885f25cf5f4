import Envelope
import Sodium
import Sync
import SyncSupport
import TestSupport
import Testing

/// Two sessions against each other, without a socket: whatever a side sends obeys the limits that it enforces.
@Suite struct SessionTests {
    static func ids(_ count: Int, _ generator: inout SeededGenerator) -> [DossierID] {
        (0..<count).compactMap { _ in DossierID(generator.bytes(32)) }
    }

    static func fill(
        _ replicas: [MemoryReplica], _ ids: some Sequence<DossierID>, _ generator: inout SeededGenerator
    ) throws {
        for id in ids {
            let row = try #require(MemoryReplica.row(1, 0, generator.next()))
            for replica in replicas { replica.dossiers[id] = [row] }
        }
    }

    static func expectEqual(_ one: MemoryReplica, _ two: MemoryReplica) throws {
        let (here, there) = try Side.exchange(one, two)
        #expect(here.session.isClosed && there.session.isClosed)
        #expect(here.session.summary.areEqual && there.session.summary.areEqual)
        #expect(try one.scope() == two.scope())
        for frame in here.sentFrames + there.sentFrames { #expect(frame.count <= SyncLimits.frameByteCountMax) }
    }

    @Test(arguments: 1...24) func randomScopesBecomeEqual(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sizes = [0, 1, 2, 47, 48, 49, 50, 800, 2_048, 2_049, 5_000]
        let (one, two) = (MemoryReplica(), MemoryReplica())
        func size() -> Int { sizes[Int(generator.next() % UInt64(sizes.count))] }
        try Self.fill([one, two], Self.ids(size(), &generator), &generator)
        try Self.fill([one], Self.ids(size() / 2, &generator), &generator)
        try Self.fill([two], Self.ids(size() / 2, &generator), &generator)
        // Logs that one side went on with, and some with which both did.
        for (place, id) in one.dossiers.keys.sorted().enumerated() where two.dossiers[id] != nil && place % 7 == 0 {
            one.dossiers[id]?.append(try #require(MemoryReplica.row(2, 0, generator.next())))
            if place % 14 == 0 { two.dossiers[id]?.append(try #require(MemoryReplica.row(3, 0, generator.next()))) }
        }
        try Self.expectEqual(one, two)
    }

    /// More than 2,048 shared dossiers with 1, 48, 49: from both sides.
    @Test(arguments: [1, 47, 48, 49], [true, false]) func largeAndSmallComeTogether(
        smallCount: Int, isSmallFirst: Bool
    ) throws {
        var generator = SeededGenerator(seed: 3)
        let (large, small) = (MemoryReplica(), MemoryReplica())
        let ids = Self.ids(2_500, &generator)
        try Self.fill([large], ids, &generator)
        for id in ids.prefix(smallCount) { small.dossiers[id] = large.dossiers[id] }
        try Self.fill([small], Self.ids(1, &generator), &generator)
        try Self.expectEqual(isSmallFirst ? small : large, isSmallFirst ? large : small)
    }

    /// Whatever either side does not take, held here or not, the rest becomes equal and nothing of it is sent.
    @Test(arguments: 1...24) func allElseBecomesEqual(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (one, two) = (MemoryReplica(), MemoryReplica())
        let ids = Self.ids(Int(generator.next() % 300) + 12, &generator)
        try Self.fill([one, two], ids, &generator)
        let (held, refused) = (Array(ids[0..<3]), Array(ids[2..<6]))
        (one.leftOut, two.leftOut) = (held, refused)
        for id in ids[0..<6] { two.dossiers[id]?.append(try #require(MemoryReplica.row(2, 0, generator.next()))) }
        for id in ids[4..<8] { one.dossiers[id]?.append(try #require(MemoryReplica.row(3, 0, generator.next()))) }
        one.dossiers[ids[8]] = nil
        two.dossiers[ids[5]] = nil
        let (here, there) = try Side.exchange(one, two)
        #expect(here.session.summary.areEqual && there.session.summary.areEqual)
        #expect(here.session.summary.leftOutHereCount == 3 && here.session.summary.leftOutThereCount == 3)
        #expect(there.session.summary.leftOutHereCount == 4 && there.session.summary.leftOutThereCount == 2)
        #expect(here.session.summary.sentChangeCount == 2)
        #expect(there.session.summary.sentChangeCount == 1)
        for id in ids where !held.contains(id) && !refused.contains(id) {
            #expect(one.dossiers[id]?.map(\.id) == two.dossiers[id]?.map(\.id))
        }
        // Both have heard of everything: nothing to do is one message.
        let (again, _) = try Side.exchange(two, one)
        #expect(again.session.summary.areEqual && again.session.summary.sentChangeCount == 0)
        one.leftOut = held + refused.dropFirst()
        let (equal, _) = try Side.exchange(one, two)
        #expect(equal.session.summary.areEqual && equal.session.summary.turnCount == 0)
        #expect(equal.session.summary.leftOutHereCount == 6 && equal.session.summary.leftOutThereCount == 0)
    }

    /// A place that a replica names twice is wanted once: the other side ends a connection that asks again.
    @Test func whatIsWantedTwiceIsAskedForOnce() throws {
        let (one, two) = (MemoryReplica(), MemoryReplica())
        let want = Message.Want(dossier: DossierID(.zero), commitment: Commitment(.zero), offset: nil, blob: nil)
        one.wanted = [want, want]
        let (here, there) = try Side.exchange(one, two)
        #expect(here.session.summary.areEqual && there.session.summary.areEqual)
        #expect(here.session.isClosed && there.session.isClosed)
    }

    @Test(arguments: [true, false]) func aDossierOfManyPagesAndDevicesGoesWhole(isMore: Bool) throws {
        var generator = SeededGenerator(seed: 4)
        let (one, two) = (MemoryReplica(), MemoryReplica())
        let ids = Self.ids(60, &generator)
        try Self.fill([one, two], ids, &generator)
        let id = try #require(ids.first)
        // At the limit the logs are listed; one beyond, an empty list asks for everything.
        let count = SyncLimits.logCountMax + (isMore ? 0 : -1)
        for device in 10..<(10 + UInt64(count)) {
            one.dossiers[id]?.append(try #require(MemoryReplica.row(device, 0, 1)))
        }
        two.dossiers[id]?.append(try #require(MemoryReplica.row(5, 0, 1)))
        try Self.expectEqual(one, two)
        #expect(one.dossiers[id]?.count == count + 2)
    }

    @Test func aForkGoesWholeAndIsFoundFromBothSides() throws {
        var generator = SeededGenerator(seed: 5)
        let (one, two) = (MemoryReplica(), MemoryReplica())
        let ids = Self.ids(3, &generator)
        try Self.fill([one, two], ids, &generator)
        for (replica, count) in [(one, 2), (two, 3)] {
            for seq in 0..<UInt64(count) {
                replica.dossiers[ids[0]]?.append(
                    try #require(MemoryReplica.row(7, seq, UInt64(count) * 10 + seq)))
            }
        }
        _ = try Side.exchange(one, two)
        try Self.expectEqual(two, one)
    }

    @Test(arguments: [0, 1_023, 1_024, 1_025, 5_000]) func tipsAndEntriesOfAnyNumberFitTheirFrames(
        count: Int
    ) throws {
        var generator = SeededGenerator(seed: 6)
        let (one, two) = (MemoryReplica(), MemoryReplica())
        try Self.fill([one], Self.ids(1, &generator), &generator)
        one.tips = (0..<count).compactMap { _ in EntryID(generator.bytes(32)) }
        one.entries = (0..<count).map { _ in generator.bytes(300) }
        let (here, there) = try Side.exchange(one, two)
        #expect(here.session.summary.areEqual && there.entryCount == count)
    }

    @Test func wantsAreAnsweredInPiecesAndEndTheExchange() throws {
        var generator = SeededGenerator(seed: 7)
        let (one, two) = (MemoryReplica(), MemoryReplica())
        try Self.fill([one, two], Self.ids(1, &generator), &generator)
        for count in [1, 32_768, 32_769, 100_000] {
            let name = try #require(Commitment(generator.bytes(32)))
            two.files[name] = generator.bytes(count)
            one.wanted.append(Message.Want(dossier: DossierID(.zero), commitment: name, offset: 0, blob: nil))
        }
        let absent = try #require(Commitment(generator.bytes(32)))
        one.wanted.append(Message.Want(dossier: DossierID(.zero), commitment: absent, offset: 0, blob: nil))
        let (here, there) = try Side.exchange(one, two)
        #expect(here.session.isClosed && there.session.isClosed)
        for (name, bytes) in two.files {
            #expect(here.pieces.filter { $0.name == name.raw }.flatMap(\.bytes) == bytes)
        }
    }

    /// A name that the responder holds keeps equal roots from being the end, and one that it lacks does not.
    @Test(arguments: [true, false]) func aMissingNameIsAskedForAtEqualRoots(isHeld: Bool) throws {
        var generator = SeededGenerator(seed: 8)
        let (one, two) = (MemoryReplica(), MemoryReplica())
        try Self.fill([one, two], Self.ids(3, &generator), &generator)
        let name = try #require(Commitment(generator.bytes(32)))
        one.missing = [name]
        if isHeld { two.files[name] = [] }
        let (here, there) = try Side.exchange(one, two)
        #expect(here.session.summary.areEqual)
        #expect((there.sentFrames.count == 1) != isHeld)
    }
}
