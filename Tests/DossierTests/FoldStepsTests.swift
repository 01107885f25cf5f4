import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// What a fold looks at grows with its input and not with the square of it: counted, for every operation code, in the
/// shapes in which somebody could make it dear.
@Suite struct FoldStepsTests {
    /// Change sets of the smaller dossier; the larger has twice as many.
    private static let count = 160

    enum Shape: String, CaseIterable {
        /// One after the other, by one key.
        case chain
        /// One after the other, by keys of two units in turn.
        case alternating
        /// All beside each other: branches of one key's log.
        case forked
    }

    private struct Office {
        let world: TestWorld
        let head: TestPerson
        let field: TestPerson
        let chief: TestPerson
        let root: TestPerson
        var base: TestDossier
        let first: ActivationID
        let second: ActivationID
        let letter: ChangeSetID
        let row: Dot
        let element: Dot
    }

    private func office() throws -> Office {
        let world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        let head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        let field = try world.person(it, "Kabid", roles: ["it.field_head"])
        let chief = try world.person(it, "Kadis", roles: ["it.head"])
        var base = try TestDossier.requested(world, definition, by: head, it: it)
        let row = Dot(
            change: try base.write(
                [TestDossier.operation(Code.addRow, [(1, .text("findings")), (2, .map([]))])], by: field), index: 0)
        let element = Dot(
            change: try base.write(
                [TestDossier.operation(Code.insert, [(1, .text("tags")), (2, .text("a"))])], by: field), index: 0)
        let state = base.state
        guard let first = state.procedure.activations.first?.id, let second = base.activation("2"),
            let letter = state.acts.last.map({ ChangeSetID($0.act.id) })
        else { throw TestFailure.setUp("steps") }
        return Office(
            world: world, head: head, field: field, chief: chief, root: try world.rootPerson(opd), base: base,
            first: first, second: second, letter: letter, row: row, element: element)
    }

    /// What reading and folding a dossier of so many change sets looks at.
    private func steps(
        _ count: Int, _ shape: Shape, isByHead: Bool, _ operations: (Office, TestPerson, Int) throws -> [Operation]
    ) throws -> Int {
        let office = try office()
        var dossier = office.base
        for number in 0..<count {
            let person = shape == .alternating && number % 2 == 1 ? office.head : isByHead ? office.chief : office.field
            let place = shape == .forked ? office.base : dossier
            try dossier.insert(place.compose(try operations(office, person, number), by: person))
        }
        let steps = StepCounter(count: dossier.history.stepCount)
        _ = DossierState.fold(
            history: dossier.history, registry: office.world.registry,
            definition: office.world.definition(dossier.definition), steps: steps)
        return steps.count
    }

    private func check(
        _ shape: Shape, isByHead: Bool = false, _ operations: (Office, TestPerson, Int) throws -> [Operation]
    ) throws {
        let (small, large) = (
            try steps(Self.count, shape, isByHead: isByHead, operations),
            try steps(2 * Self.count, shape, isByHead: isByHead, operations)
        )
        #expect(Double(large) / Double(small) < 2.5, "\(small), \(large)")
    }

    private static func role(_ person: TestPerson) -> String { person.mandates.keys.sorted()[0] }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 33, 300], Shape.allCases)
    func edits(_ code: Int, _ shape: Shape) throws {
        try check(shape) { office, person, number in
            let committed = office.world.commit(.text("isi"), by: person.key.publicKey)
            let file = office.world.commit(.text("isi"), by: person.key.publicKey, kind: .file, size: 3)
            let body: [(UInt64, CBORValue)] =
                switch code {
                case 0: []
                case Code.set: [(1, .text("x")), (2, .text("nilai \(number)"))]
                case Code.remove: [(1, .text("tags")), (2, .array([office.element.item]))]
                case Code.addRow: [(1, .text("findings")), (2, .map([]))]
                case Code.setCell: [(1, office.row.item), (2, .text("kolom \(number % 7)")), (3, .text("isi"))]
                case Code.deleteRow: [(1, office.row.item)]
                case Code.comment: [(1, committed.item)]
                case Code.attach:
                    [(1, .text("attachments")), (2, file.item), (3, committed.item), (4, committed.item)]
                case Code.link: [(1, .text("relasi")), (2, .text("tujuan"))]
                default: [(1, .text("tags")), (2, .text("isi"))]
                }
            return code == 0 ? [] : [TestDossier.operation(code, body)]
        }
    }

    @Test(arguments: [Code.remove, Code.setCell, Code.deleteRow]) func editsOfWhatTheSameDossierMade(_ code: Int) throws
    {
        try check(.chain) { office, person, number in
            let isSet = code == Code.remove
            let made: [(UInt64, CBORValue)] = [(1, .text("findings")), (2, isSet ? .text("a") : .map([]))]
            let body: [(UInt64, CBORValue)]
            switch code {
            case Code.remove:
                body = [(1, .text("tags")), (2, .array((0..<40).map { _ in office.element.item }))]
            case Code.setCell: body = [(1, office.row.item), (2, .text("k\(number)")), (3, .text("isi"))]
            default: body = [(1, office.row.item)]
            }
            return (0..<8).map { place in
                place < 4
                    ? TestDossier.operation(isSet ? Code.insert : Code.addRow, made)
                    : TestDossier.operation(code, body)
            }
        }
    }

    @Test(arguments: Array(16...32) + [34, 35, 36], Shape.allCases)
    func acts(_ code: Int, _ shape: Shape) throws {
        try check(shape) { office, person, number in
            let role = Self.role(person)
            let dossier = office.base
            let (unit, tip) = (person.unit, office.letter)
            let body: [(UInt64, CBORValue)]
            switch code {
            case Code.outcome:
                body = [(1, .text("2")), (2, .bytes(office.second.bytes.bytes)), (3, .text("perlu"))]
            case Code.sign: body = [(1, .text("2")), (2, .bytes(office.second.bytes.bytes)), (3, .text("perlu"))]
            case Code.ruling:
                body = [
                    (1, .bytes(office.second.bytes.bytes)), (2, .array([.bytes(tip.bytes)])), (3, .bytes(tip.bytes)),
                ]
            case Code.acknowledge: body = [(1, .bytes(tip.bytes))]
            case Code.accept, Code.decline: body = [(1, .bytes(tip.bytes)), (2, .bytes(tip.bytes))]
            case Code.ratify: body = [(1, .array([.bytes(tip.bytes)]))]
            case Code.release: body = [(1, .array([.bytes(tip.bytes)])), (2, .array([.bytes(unit.bytes)]))]
            case Code.erase:
                let basis = office.world.commit(.text("UU"), by: person.key.publicKey)
                body = [(1, .array([.bytes(tip.bytes)])), (2, basis.item)]
            case Code.bind:
                body = [(1, .text("authority")), (2, .bytes(Array(repeating: UInt8(number % 250), count: 32)))]
            case Code.unbind: body = [(1, .bytes(unit.bytes))]
            case Code.reassign:
                body = [
                    (1, .bytes(office.second.bytes.bytes)), (2, .bytes(unit.bytes)),
                    (3, .bytes(person.key.person.bytes)),
                ]
            case Code.lease:
                body = [
                    (1, .text("BA")), (2, .unsigned(UInt64(number + 1))), (3, .unsigned(UInt64(number + 5))),
                    (4, .bytes(person.key.publicKey.bytes.bytes)),
                ]
            case Code.void: body = [(1, .text("BA")), (2, .unsigned(UInt64(number + 1)))]
            case Code.migrate: body = [(1, .bytes(dossier.definition.bytes))]
            default: body = []
            }
            return [dossier.act(code, body, by: person, role: role)]
        }
    }

    /// By who may do it, so that it has effect; one after the other ends what the one before began.
    @Test(arguments: [Code.cancel, Code.suspend, Code.unbind, Code.reassign], Shape.allCases)
    func requestsOfAHead(_ code: Int, _ shape: Shape) throws {
        try check(shape, isByHead: true) { office, person, number in
            let (dossier, role) = (office.base, Self.role(person))
            switch code {
            case Code.suspend:
                return [dossier.act(number % 4 < 2 ? Code.suspend : Code.resume, [], by: person, role: role)]
            case Code.unbind: return [dossier.unbind(person.unit, by: person, role: role)]
            case Code.reassign:
                let body: [(UInt64, CBORValue)] = [
                    (1, .bytes(office.second.bytes.bytes)), (2, .bytes(person.unit.bytes)),
                    (3, .bytes(person.key.person.bytes)),
                ]
                return [dossier.act(code, body, by: person, role: role)]
            default: return [dossier.act(code, [], by: person, role: role)]
            }
        }
    }

    @Test func aForkIsOneFactForAKeyAndASeq() throws {
        let office = try office()
        var dossier = office.base
        for number in 0..<200 {
            let change = try office.base.compose([TestDossier.set("x", .text("\(number)"))], by: office.field)
            try dossier.insert(change)
        }
        #expect(dossier.history.forks.count == 1)
        let ids = dossier.history.items.suffix(200).map(\.id).sorted()
        #expect(dossier.history.forks.map(\.first) == [ids[0]] && dossier.history.forks.map(\.second) == [ids[1]])
        #expect(dossier.history.headCount == 200 && dossier.history.headIndices.count == 200)
        // Who has one branch in his past goes on; who has two does not.
        #expect(!dossier.history.isAfterOwnFork(dossier.history.count - 1))
        let join = try dossier.compose([], by: office.head)
        try dossier.insert(join)
        #expect(!dossier.history.isAfterOwnFork(dossier.history.count - 1))
        let own = try dossier.compose([], by: office.field)
        try dossier.insert(own)
        #expect(dossier.history.isAfterOwnFork(dossier.history.count - 1))
    }
}
