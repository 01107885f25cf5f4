import Authority
import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

@Suite struct MergeTests {
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

    func values(_ dossier: TestDossier, _ path: String) -> [Value] {
        dossier.state.values(Path(path), dossier.history).map(\.value)
    }

    @Test func aRegisterKeepsAllMaximalWritesUntilOneSawThemAll() throws {
        var (one, two) = (dossier, dossier)
        try one.write([TestDossier.set("x", .text("satu"))], by: head)
        try two.write([TestDossier.set("x", .text("dua"))], by: field)
        try one.merge(two)
        #expect(Set(values(one, "x")) == [.text("satu"), .text("dua")])
        try one.write([TestDossier.set("x", .text("tiga"))], by: head)
        #expect(values(one, "x") == [.text("tiga")])
    }

    @Test func equalValuesInClearAreNoConflict() throws {
        var (one, two) = (dossier, dossier)
        try one.write([TestDossier.set("x", .text("sama"))], by: head)
        try two.write([TestDossier.set("x", .text("sama"))], by: field)
        try one.merge(two)
        #expect(values(one, "x").count == 1)
    }

    @Test func aRemoveDeletesWhatItsAuthorSaw() throws {
        var base = dossier
        let insert = TestDossier.operation(Code.insert, [(1, .text("tags")), (2, .text("a"))])
        let first = try base.write([insert], by: head)
        var (one, two) = (base, base)
        let dot = Dot(change: first, index: 0)
        try one.write([TestDossier.operation(Code.remove, [(1, .text("tags")), (2, .array([dot.item]))])], by: head)
        try two.write([insert], by: field)
        try one.merge(two)
        #expect(one.state.members(Path("tags"), one.history).count == 1)
    }

    @Test func aRowWithAnUnseenWriteStaysMarked() throws {
        var base = dossier
        let row = TestDossier.operation(
            Code.addRow,
            [(1, .text("findings")), (2, .map([CBORPair(key: .text("severity"), value: .text("mayor"))]))])
        let dot = Dot(change: try base.write([row], by: head), index: 0)
        var (one, two) = (base, base)
        try one.write([TestDossier.operation(Code.deleteRow, [(1, dot.item)])], by: head)
        #expect(one.state.tableRows(.findings, one.history).isEmpty)
        try two.write(
            [TestDossier.operation(Code.setCell, [(1, dot.item), (2, .text("note")), (3, .text("baru"))])], by: field)
        try one.merge(two)
        let rows = one.state.tableRows(.findings, one.history)
        #expect(rows.count == 1 && rows[0].isRevived)
    }

    @Test func onlyTheFindersUnitClosesAFinding() throws {
        var copy = dossier
        let row = TestDossier.operation(
            Code.addRow,
            [
                (1, .text("findings")),
                (
                    2,
                    .map([
                        CBORPair(key: .text("severity"), value: .text("mayor")),
                        CBORPair(key: .text("status"), value: .text("terbuka")),
                    ])
                ),
            ])
        let dot = Dot(change: try copy.write([row], by: head), index: 0)
        let close = TestDossier.operation(
            Code.setCell, [(1, dot.item), (2, .text("status")), (3, .text("diterima"))])
        try copy.write([close], by: field)
        #expect(copy.state.openFindings(severities: ["mayor"], asOf: nil, copy.history).count == 1)
        try copy.write([close], by: head)
        #expect(copy.state.openFindings(severities: ["mayor"], asOf: nil, copy.history).isEmpty)
    }

    @Test func whatDoesNotFitHasNoEffectAndNoTrap() throws {
        var copy = dossier
        let junk: [Operation] = [
            TestDossier.operation(Code.set, [(1, .unsigned(1))]), TestDossier.operation(Code.remove, [(2, .text("x"))]),
            TestDossier.operation(Code.setCell, []), TestDossier.operation(Code.attach, [(1, .text("x"))]),
            TestDossier.operation(99, [(1, .text("x"))]), TestDossier.operation(Code.comment, [(1, .array([]))]),
        ]
        try copy.write(junk, by: field)
        #expect(copy.state.writes.isEmpty)
        // Acts of a later version, and acts that are no acts.
        for code in 16...36 { try copy.write([TestDossier.operation(code, [(1, .text("x"))])], by: field) }
        #expect(copy.state.procedure.activations.first?.step == "1")
    }

    /// Same facts, same state: three replicas, random work and meetings; folded from scratch in another order.
    @Test(arguments: 1...40) func stateDoesNotDependOnDelivery(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var replicas = [dossier, dossier, dossier]
        let people = [head, field, try world.person(field.unit, "Tiga", roles: ["it.head"])]
        var dots: [Dot] = []
        for _ in 0..<30 {
            let place = Int(generator.next() % 3)
            if generator.next() % 4 == 0 {
                try replicas[place].merge(replicas[Int(generator.next() % 3)])
                continue
            }
            let operation = random(&generator, dots)
            let id = try replicas[place].write([operation], by: people[place])
            if operation.code == Code.addRow || operation.code == Code.insert { dots.append(Dot(change: id, index: 0)) }
        }
        for place in [1, 2] { try replicas[0].merge(replicas[place]) }
        var shuffled = dossier
        var rest = replicas[0].history.items.filter { !dossier.history.contains($0.id) }.shuffled(using: &generator)
        while let place = rest.firstIndex(where: { $0.parents.allSatisfy(shuffled.history.contains) }) {
            try shuffled.insert(rest.remove(at: place))
        }
        #expect(shuffled.state.hash == replicas[0].state.hash)
    }

    private func random(_ generator: inout SeededGenerator, _ dots: [Dot]) -> Operation {
        let path = ["x", "y", "doc/request/1/subject"][Int(generator.next() % 3)]
        let dot = dots.randomElement(using: &generator)
        switch generator.next() % 6 {
        case 0: return TestDossier.set(path, .integer(Int64(generator.next() % 5)))
        case 1: return TestDossier.operation(Code.insert, [(1, .text("tags")), (2, .text(path))])
        case 2:
            return TestDossier.operation(
                Code.addRow, [(1, .text("t")), (2, .map([CBORPair(key: .text("c"), value: .text(path))]))])
        case 3 where dot != nil:
            return TestDossier.operation(Code.deleteRow, [(1, dot?.item ?? .null)])
        case 4 where dot != nil:
            return TestDossier.operation(
                Code.setCell, [(1, dot?.item ?? .null), (2, .text("c")), (3, .unsigned(generator.next() % 4))])
        case 5 where dot != nil:
            return TestDossier.operation(Code.remove, [(1, .text("tags")), (2, .array([dot?.item ?? .null]))])
        default: return TestDossier.set(path, .text("z"))
        }
    }
}
