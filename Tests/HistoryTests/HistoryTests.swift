import CBOR
import Dossier
import Envelope
import History
import Registry
import Sodium
import TestSupport
import Testing

@Suite struct HistoryTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let dossier: TestDossier

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        dossier = try TestDossier(world, definition: definition, parties: [("applicant", opd), ("it", it)], by: head)
    }

    func refusal(_ change: ChangeSet, _ into: TestDossier? = nil) -> Refusal? {
        var history = (into ?? dossier).history
        do {
            _ = try history.insert(Verified(storedBefore: change), registry: world.registry)
            return nil
        } catch { return error }
    }

    let edit = TestDossier.set("x", .text("1"))

    @Test func acceptsWhatIsComposedAndKnowsItAgain() throws {
        var copy = dossier
        let change = try copy.compose([edit], by: field)
        try copy.insert(change)
        var history = copy.history
        #expect(try history.insert(Verified(storedBefore: change), registry: world.registry) == .known(index: 1))
        #expect(copy.history.heads == [change.id])
    }

    @Test func lamportIsExact() throws {
        for wrong: UInt64 in [1, 3, (1 << 53) - 1] {
            let change = try dossier.compose([edit], by: field) { $0.lamport = wrong }
            #expect(refusal(change) == .wrongLamport(found: wrong, expected: 2))
        }
    }

    @Test func previousIsTheOwnLog() throws {
        let first = try #require(dossier.history.items.first).id
        let stolen = try dossier.compose([edit], by: field) {
            ($0.seq, $0.previous, $0.deps) = (1, first, [])
        }
        #expect(refusal(stolen) == .wrongPrevious)
        let skipped = try dossier.compose([edit], by: head) { $0.seq = 2 }
        #expect(refusal(skipped) == .wrongPrevious)
        let twice = try dossier.compose([edit], by: head) { $0.deps = [first] }
        #expect(refusal(twice) == .previousAmongDeps)
    }

    @Test func missingParentsAndEntriesAreAskedFor() throws {
        let unknown = ChangeSetID(Blake2b.hash([1], personal: Personal("x")))
        let orphan = try dossier.compose([edit], by: field) { $0.deps = [unknown] }
        #expect(refusal(orphan) == .missingParents([unknown]))
        #expect(Refusal.missingParents([unknown]).isMissingSomething)
        let entry = EntryID(Blake2b.hash([2], personal: Personal("x")))
        let ahead = try dossier.compose([edit], by: head) { $0.reg = [entry] }
        #expect(refusal(ahead) == .missingEntries([entry]))
    }

    @Test func strangersFillNobodysDisk() throws {
        let other = try world.unit("Lain", kind: "vendor")
        let stranger = try world.person(other, "Orang", roles: [])
        let change = try dossier.compose([edit], by: stranger)
        #expect(refusal(change) == .noStanding(key: stranger.key.publicKey))
    }

    @Test func aKeyWithoutItsCertificateInItsHeadsHasNoStanding() throws {
        let change = try dossier.compose([edit], by: field, tips: [])
        // The opening named the tips of the units when the certificate existed already, so take a newer person.
        #expect(refusal(change) == nil)
        let late = try world.person(field.unit, "Baru", roles: [])
        #expect(refusal(try dossier.compose([edit], by: late, tips: [])) == .noStanding(key: late.key.publicKey))
        #expect(refusal(try dossier.compose([edit], by: late)) == nil)
    }

    @Test func aNodesKeyWritesNothingButEmptyChangeSets() throws {
        let key = TestKey(&world.generator)
        let certificate = try world.certify(key, field.unit, "Simpul", isNode: true)
        let node = TestPerson(key: key, unit: field.unit, certificate: certificate, mandates: [:])
        var copy = dossier
        #expect(refusal(try copy.compose([edit], by: node)) == .nodeKey(key: key.publicKey))
        #expect(throws: Refusal.nodeKey(key: key.publicKey)) {
            _ = try TestDossier(
                world, definition: dossier.definition, parties: [("applicant", head.unit), ("it", field.unit)],
                by: node)
        }
        // That it wrote before makes no person of it; the certificate of one does.
        try copy.write([], by: node)
        #expect(throws: Refusal.nodeKey(key: key.publicKey)) { try copy.write([edit], by: node) }
        try world.certify(key, field.unit, "Orang")
        #expect(throws: Refusal.nodeKey(key: key.publicKey)) { try copy.write([edit], by: node, tips: []) }
        try copy.write([edit], by: node)
        try copy.write([edit], by: node)
    }

    @Test func aNodeOfOneUnitMayBeAPersonOfAnother() throws {
        try world.certify(field.key, head.unit, "Simpul", isNode: true)
        #expect(refusal(try dossier.compose([edit], by: field)) == nil)
    }

    @Test func revocationNeverMakesAChangeSetInvalid() throws {
        _ = try world.revoke(field.certificate, of: field.unit, effective: 0)
        #expect(refusal(try dossier.compose([edit], by: field)) == nil)
    }

    @Test func anotherDossierOrNetworkIsRefused() throws {
        let second = try TestDossier(
            world, definition: dossier.definition, parties: [("applicant", head.unit), ("it", field.unit)], by: head)
        #expect(refusal(try second.compose([edit], by: head)) == .otherDossier)
        var bytes = try dossier.compose([edit], by: head).bytes
        bytes = try ChangeSet.decode(bytes, network: world.network, dossier: second.history.dossier).bytes
        let moved = try ChangeSet.decode(bytes, network: world.network, dossier: second.history.dossier)
        #expect(Verified(checking: moved) == nil, "the dossier is signed")
    }

    @Test func aDefinitionThatNobodyPublishedOpensNothing() throws {
        let fake = DossierOpening(
            definition: head.certificate, parties: [PartyNaming(slot: "applicant", unit: head.unit)],
            nonce: [UInt8](repeating: 0, count: 16), zone: "Asia/Jakarta")
        let fields = ChangeSetFields(
            seq: 0, previous: nil, deps: [], lamport: 1,
            reg: world.registry.tips(of: nil) + world.registry.tips(of: head.unit).sorted(),
            at: StatedTime(milliseconds: 1, zone: "Asia/Jakarta"), operations: [fake.operation])
        var sorted = fields
        sorted.reg.sort()
        let change = try ChangeSet.compose(sorted, network: world.network, dossier: nil, kid: head.key.publicKey) {
            head.key.sign($0)
        }
        var history = DossierHistory(network: world.network)
        #expect(throws: Refusal.definitionNotPublished(head.certificate)) {
            try history.insert(Verified(storedBefore: change), registry: world.registry)
        }
    }

    @Test func formIsStrict() throws {
        func failure(_ change: (inout ChangeSetFields) -> Void) -> ChangeSetFailure? {
            do {
                _ = try dossier.compose([edit], by: field, adjust: change)
                return nil
            } catch { return error as? ChangeSetFailure }
        }
        let ids = (0..<65).map { ChangeSetID(Blake2b.hash([UInt8($0)], personal: Personal("x"))) }.sorted()
        #expect(failure { $0.deps = Array(ids.prefix(64)) } == nil)
        #expect(failure { $0.deps = ids } == .tooMany(field: .deps, count: 65, limit: 64))
        #expect(failure { $0.deps = [ids[1], ids[0]] } == .unsorted(field: .deps))
        #expect(failure { $0.deps = [ids[0], ids[0]] } == .unsorted(field: .deps))
        let entries = ids.map { EntryID($0.raw) }
        #expect(failure { $0.reg = Array(entries.prefix(16)) } == nil)
        #expect(failure { $0.reg = Array(entries.prefix(17)) } == .tooMany(field: .reg, count: 17, limit: 16))
        #expect(failure { $0.seq = 1 << 53 } == .outOfRange(field: .seq))
        #expect(failure { $0.lamport = 0 } == .outOfRange(field: .lamport))
        #expect(failure { $0.lamport = 1 << 53 } == .outOfRange(field: .lamport))
        #expect(failure { $0.at = StatedTime(milliseconds: 1, zone: "") } == .empty(field: .zone))
        #expect(failure { $0.seq = 1 } == .seqWithoutPrevious)
        #expect(failure { $0.operations = Array(repeating: edit, count: 512) } == nil)
        #expect(
            failure { $0.operations = Array(repeating: edit, count: 513) }
                == .tooMany(field: .ops, count: 513, limit: 512))
        #expect(failure { $0.operations = [Operation(code: 65_536, body: .map([]))] } == .outOfRange(field: .code))
        #expect(failure { $0.operations = [Operation(code: 0, body: .map([]))] } == .notAnOpening)
    }

    @Test func aChangeSetOf48KiBIsReadAndOneByteMoreIsNot() throws {
        func compose(_ count: Int) throws -> ChangeSet {
            let texts = [String(repeating: "x", count: 30_000), String(repeating: "y", count: count)]
            return try dossier.compose(texts.map { TestDossier.set("x", .text($0)) }, by: field)
        }
        let spare = HistoryLimits.changeSetByteCountMax - (try compose(18_000).envelope.payload.count)
        let largest = try compose(18_000 + spare)
        #expect(largest.envelope.payload.count == 49_152)
        #expect(throws: ChangeSetFailure.payloadTooLarge(byteCount: 49_153, limit: 49_152)) {
            try compose(18_001 + spare)
        }
    }

    @Test func everyFlippedBitIsRefused() throws {
        let change = try dossier.compose([edit], by: field)
        for bit in stride(from: 0, to: change.bytes.count * 8, by: 3) {
            var bytes = change.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let changed = try? ChangeSet.decode(bytes, network: world.network, dossier: dossier.history.dossier)
            else { continue }
            #expect(Verified(checking: changed) == nil, "bit \(bit)")
        }
    }

    @Test func forksAreKeptAndReported() throws {
        var (one, two) = (dossier, dossier)
        try one.write([TestDossier.set("x", .text("1"))], by: head)
        try two.write([TestDossier.set("x", .text("2"))], by: head)
        try one.merge(two)
        #expect(one.history.forks.count == 1)
        #expect(one.history.heads.count == 2)
        try one.write([edit], by: head)
        #expect(one.history.isAfterOwnFork(one.history.count - 1))
        #expect(!one.history.isAfterOwnFork(1))
    }

    /// Ancestry by lanes is what walking the parents says; heads, order and digest do not depend on delivery.
    @Test(arguments: 1...60) func ancestryAndOrderAreThoseOfTheGraph(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var replicas = [dossier, dossier, dossier]
        let people = [head, field, try world.person(field.unit, "Tiga", roles: [])]
        for _ in 0..<25 {
            let place = Int(generator.next() % 3)
            if generator.next() % 4 == 0 {
                try replicas[place].merge(replicas[Int(generator.next() % 3)])
            } else {
                // Now and then by another's replica: a fork of that key.
                let author = generator.next() % 12 == 0 ? people[Int(generator.next() % 3)] : people[place]
                try replicas[place].write([edit], by: author)
            }
        }
        for place in 1...2 { try replicas[0].merge(replicas[place]) }
        var shuffled = dossier
        var rest = replicas[0].history.items.filter { !dossier.history.contains($0.id) }.shuffled(using: &generator)
        while !rest.isEmpty {
            guard let place = rest.firstIndex(where: { $0.parents.allSatisfy(shuffled.history.contains) }) else {
                break
            }
            try shuffled.insert(rest.remove(at: place))
        }
        let (one, two) = (replicas[0].history, shuffled.history)
        #expect(rest.isEmpty)
        #expect(one.heads == two.heads)
        #expect(one.digest == two.digest)
        #expect(one.canonicalOrder.map { one.items[$0].id } == two.canonicalOrder.map { two.items[$0].id })
        for (index, item) in one.items.enumerated() {
            var past: Set<ChangeSetID> = []
            var queue = item.parents
            while let next = queue.popLast() {
                guard past.insert(next).inserted else { continue }
                queue += one.index(of: next).map { one.items[$0].parents } ?? []
            }
            for other in one.items.indices {
                #expect(one.isAncestor(other, of: index) == past.contains(one.items[other].id))
            }
        }
    }
}
