import CBOR
import Dossier
import Envelope
import History
import Store
import TestSupport
import Testing

@testable import Node

/// Whoever repeats the commitment of another's text gets it neither shown as his own nor read to him in a signed sentence
/// (Protocol 1 §5).
@Suite struct RepeatedCommitmentTests {
    @Test func anInternalNoteIsQuotedToNobodyAsTheTitle() throws {
        let city = try TestCity()
        try city.opd.person("staf", roles: [])
        let (replica, dossier) = (city.opd.replica, try city.open())
        let head = try city.opd.author("kaopd")
        _ = try replica.edit(
            dossier, [.set(document: "request", field: "subject", value: "x")], instance: nil, by: head)
        #expect(try replica.view(dossier).sentence(nil, "done", [], language: "id") == "Aplikasi: : hasil done")
        let note = try replica.comment(dossier, "Rahasia dinas", isInternal: true, by: head)
        let committed = try #require(note.operations.first?.committedValues.first)
        for audience in [committed.audience, .all] {
            let repeated = Value.committed(Committed(commitment: committed.commitment, audience: audience))
            for author in [head, try city.opd.author("staf")] {
                _ = try replica.write(dossier, by: author) { _, _, fields in
                    fields.add(Code.set, [(1, .text(Path.title.text)), (2, repeated.item)])
                }
                let view = try replica.view(dossier)
                // Its author may write it again, for his own unit; in what all parties read it is quoted all the same not.
                let isHis = author.key.name == "kaopd" && audience == .own
                #expect(view.title == (isHis ? "Rahasia dinas" : ""))
                #expect(!view.sentence(nil, "done", [], language: "id").contains("Rahasia"))
            }
        }
        let change = try replica.recordOutcome(dossier, OutcomeDraft(name: "done"), by: head)
        let shown = try #require(change.operations.first?.committedPlaces.first { $0.role == .shown }).value
        let view = try replica.view(dossier)
        #expect(view.reader.text(.committed(shown)) == ": 1. Mohon: hasil done [Permohonan]")
        let row = try #require(try replica.store.read { try $0.dossiers(limit: 1, status: nil) }.first)
        #expect(row.title == "")
    }
}
