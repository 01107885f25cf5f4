import CBOR
import Dossier
import Envelope
import History
import Procedure
import Sodium
import TestSupport
import Testing

/// What no act can name is no instance (Protocol 4 §2.5).
@Suite struct InstanceFoldTests {
    let head: TestPerson
    var dossier: TestDossier

    init() throws {
        let world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        dossier = try TestDossier(
            world, definition: try world.publish(TestDefinitions.small), parties: [("applicant", opd), ("it", it)],
            by: head)
    }

    @Test(
        arguments: [
            ("1", 1), ("9", 9), ("10", 10), ("65535", 65_535), ("0", nil), ("65536", nil), ("00001", nil), ("01", nil),
            ("+1", nil), ("-1", nil), (" 1", nil), ("1 ", nil), ("", nil), ("1e3", nil), ("\u{661}", nil),
            ("99999999999999999999", nil),
        ] as [(String, Int?)])
    mutating func writtenAs(_ digits: String, _ instance: Int?) throws {
        #expect(DocumentInstance.parse(digits.utf8) == instance)
        try dossier.write([TestDossier.set("doc/request/\(digits)/subject", .text("x"))], by: head)
        #expect(dossier.state.instances(of: "request") == (instance.map { [$0] } ?? []))
    }

    /// Letter numbers are leased in blocks of a size: nobody takes a whole register with one act.
    @Test(arguments: [(LetterEntry.blockCountMax, 1), (LetterEntry.blockCountMax + 1, 0)])
    func aLeaseHasASize(_ count: Int, _ leased: Int) throws {
        var dossier = dossier
        let shown = dossier.world.commit(.text("x"), by: head.key.publicKey)
        try dossier.write(
            [
                TestDossier.operation(
                    Code.lease,
                    [
                        (1, .text("BA")), (2, .unsigned(5)), (3, .unsigned(UInt64(4 + count))),
                        (4, .bytes(head.key.publicKey.bytes.bytes)), (20, .bytes(head.mandate("applicant.head").bytes)),
                        (21, .unsigned(1)), (22, .text("id")), (23, shown.item), (24, .unsigned(0)),
                    ])
            ], by: head)
        #expect(dossier.state.letters(dossier.history).count == leased)
    }

    @Test func aPathWithoutAFieldIsNone() throws {
        var dossier = dossier
        try dossier.write([TestDossier.set("doc/request/5", .text("x"))], by: head)
        #expect(dossier.state.instances(of: "request") == [])
    }

    /// A claim outside the range, or whose stage is no text, names nothing: it does not fit the grammar.
    @Test(
        arguments: [
            (CBORValue.unsigned(0), nil), (.unsigned(65_536), nil), (.unsigned(.max), nil), (.negative(0), nil),
            (.text("1"), nil), (.unsigned(1), CBORValue.null), (.unsigned(1), .unsigned(1)), (.unsigned(65_535), nil),
        ] as [(CBORValue, CBORValue?)])
    func claimedAs(_ instance: CBORValue, _ stage: CBORValue?) throws {
        var dossier = dossier
        let claim = CBORValue.array([instance, .bytes(Bytes32.zero.bytes)] + (stage.map { [$0] } ?? []))
        let documents = CBORValue.map([CBORPair(key: .text("request"), value: claim)])
        try dossier.write(
            [try dossier.outcome("1", "done", by: head, role: "applicant.head", extra: [(4, documents)])], by: head)
        guard case .outcome(let outcome)? = dossier.state.acts.last?.act.body else {
            Issue.record("an outcome")
            return
        }
        #expect(outcome.documents.map(\.instance) == (instance == .unsigned(65_535) ? [65_535] : []))
    }
}
