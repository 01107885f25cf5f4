import Dossier
import Node
import Procedure
import TestSupport
import Testing

/// Initials on a draft are written as such, and are a signature for the rule (Protocol 4 §3.4).
@Suite struct ParafTests {
    /// Step 1 gives a draft that the Kabid signs and the Kadis initials, and a note that the Kadis initials alone.
    private func definition(also rule: String) -> [UInt8] {
        Array(
            String(decoding: TestDefinitions.small, as: UTF8.self)
                .replacing("\"id\": \"uji.kecil\"", with: "\"id\": \"uji.paraf\"")
                .replacing(
                    "\"docs\": {",
                    with: """
                        "docs": {
                          "draft": {"title": "Konsep", "fields": ["text:text"],
                            "sign": {"need": ["it.field_head", "it.head"], "rule": "all", "as": "paraf"}},
                          "note": {"title": "Nota", "fields": ["text:text"], "sign": {"need": ["it.head"]\(rule)}},
                        """
                )
                .replacing(
                    "\"by\": [\"applicant.head\"], \"brings\": [\"request\"]",
                    with: "\"by\": [\"it.field_head\"], \"gives\": [\"draft\", \"note\"]"
                )
                .utf8)
    }

    private func signed(also rule: String) throws -> (view: DossierView, isParaf: [Bool], words: [String]) {
        let city = try TestCity()
        _ = try city.hub.replica.publish(definition(also: rule), root: try city.hub.signer("network"))
        let replica = city.hub.replica
        let dossier = try replica.open(
            definition: "uji.paraf", parties: [("applicant", city.units.opd), ("it", city.units.it)], title: "Aplikasi",
            by: try city.hub.author("kabid"))
        var outcome = OutcomeDraft(name: "done")
        outcome.edits = ["draft", "note"].map { .set(document: $0, field: "text", value: "x") }
        _ = try replica.recordOutcome(dossier, outcome, by: try city.hub.author("kabid"))
        #expect(try replica.view(dossier).state.procedure.open.first?.state == .waitingForSignatures)
        _ = try replica.sign(dossier, step: nil, options: ActOptions(), by: try city.hub.author("kadis"))
        let view = try replica.view(dossier)
        // Initials fill the seat of the rule.
        #expect(view.state.procedure.activations.first?.decided == "done")
        let acts = view.state.acts.map { view.state.isParaf($0, view.definition) }
        let lines = try #require(view.decisions[view.state.procedure.activations[0].id]).map(\.line)
        #expect(lines.map(\.isParaf) == acts)
        return (view, acts, lines.map(\.kind))
    }

    @Test func whoIsAskedForInitialsAloneInitials() throws {
        let found = try signed(also: ", \"as\": \"paraf\"")
        #expect(found.words == ["outcome", "sign"])
        #expect(found.isParaf == [true, true])
    }

    @Test func oneDocumentThatWantsASignatureMakesItOne() throws {
        #expect(try signed(also: "").isParaf == [true, false])
    }
}
