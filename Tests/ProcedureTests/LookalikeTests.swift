import Procedure
import Sodium
import Testing

/// Names are told apart by their bytes, where `String` takes different characters for one.
@Suite struct LookalikeTests {
    private static let text = """
        {"format": "procedure/1", "id": "uji.serupa", "version": 1, "title": "Uji",
         "source": {"institution": "Uji", "file": "uji.txt", "date": "2026-01-01"},
         "zone": "Asia/Jakarta", "calendar": "id.nasional", "dayUnit": "working",
         "parties": {"applicant": {"kind": "applicant", "label": "OPD"}, "it": {"kind": "it_agency", "label": "Dinas"}},
         "roles": {"applicant.head": {"party": "applicant", "title": "Kepala"}, "it.head": {"party": "it", "title": "Kepala"}},
         "docs": {"K": {"title": "Berkas", "fields": ["isi:text"]}},
         "start": "K",
         "steps": [{"id": "K", "title": "Mulai", "kind": "action", "by": ["it.head"], "brings": ["K"], "due": "1 hari",
                    "next": {"K": "selesai"}}],
         "ends": {"selesai": {"title": "Selesai", "state": "completed"}}}
        """

    /// The sign of the unit kelvin is canonically equal to the letter.
    private static let kelvin = "\u{212A}"

    private func verdict(step: String, outcome: String, document: String) throws -> ActVerdict {
        let loaded = DefinitionLoader.load(Array(Self.text.utf8))
        #expect(loaded.issues.filter(\.isError).isEmpty)
        let unit = try #require(Bytes32([UInt8](repeating: 2, count: 32)))
        var record = OutcomeAct(
            step: step, activation: ActivationID(dossier: .zero, step: "K", causes: []), name: outcome)
        record.documents = [
            DocumentClaim(document: document, instance: 1, revision: .zero, stage: nil, isPresent: true)
        ]
        let act = Act(
            id: unit, actor: Actor(unit: unit, person: [1]), role: "it.head", statedDay: 0, isAuthorised: true,
            isRivalEntitled: true, body: .outcome(record))
        let result = Engine.run(
            definition: loaded.definition, dossier: .zero, parties: [(slot: "it", unit: unit)], acts: [act],
            context: WalkTests.Line())
        return try #require(result.verdicts.first)
    }

    @Test func anotherCharacterIsAnotherName() throws {
        #expect(Self.kelvin == "K")
        #expect(try verdict(step: "K", outcome: "K", document: "K") == .effective)
        #expect(
            try verdict(step: Self.kelvin, outcome: "K", document: "K") == .noEffect(.unknownOutcome, detail: "K"))
        #expect(
            try verdict(step: "K", outcome: Self.kelvin, document: "K")
                == .noEffect(.unknownOutcome, detail: Self.kelvin))
        #expect(try verdict(step: "K", outcome: "K", document: Self.kelvin) == .noEffect(.documentMissing, detail: "K"))
    }
}
