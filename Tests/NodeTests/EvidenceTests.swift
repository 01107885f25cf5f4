import CBOR
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

@Suite struct EvidenceTests {
    let city: TestCity
    let dossier: DossierID
    let network: String

    init() throws {
        city = try TestCity()
        dossier = try city.open()
        let author = try city.opd.author("kaopd")
        _ = try city.opd.replica.edit(
            dossier, [.set(document: "request", field: "subject", value: "Aplikasi")], instance: nil, by: author)
        _ = try city.opd.replica.recordOutcome(dossier, OutcomeDraft(name: "done"), by: author)
        network = try city.opd.replica.current().identity.network?.hex ?? ""
    }

    func evidence() throws -> EvidenceFile {
        let view = try city.opd.replica.view(dossier)
        guard let subject = view.decision(step: "1") else { throw TestFailure.notActive("1") }
        return try city.opd.replica.evidence(of: subject, in: dossier)
    }

    @Test func provesWhoApprovedWhat() throws {
        let verdict = try EvidenceVerifier.verify(try evidence().encoded, network: network)
        #expect(verdict.standing == .standing)
        #expect(verdict.approvals.first?.position == "Pejabat applicant.head")
        #expect(verdict.approvals.first?.instrument == "SK applicant.head")
        #expect(verdict.documents.first?.fields.first?.text == "Aplikasi")
    }

    @Test func anotherFingerprintIsRefused() throws {
        let bytes = try evidence().encoded
        for asked in [String(repeating: "0", count: 64), String(network.prefix(31)), ""] {
            #expect(throws: EvidenceFailure.self) { try EvidenceVerifier.verify(bytes, network: asked) }
        }
        #expect(try EvidenceVerifier.verify(bytes, network: String(network.prefix(32))).standing == .standing)
    }

    @Test func whatIsLeftOutSwappedOrAddedIsRefused() throws {
        let good = try evidence()
        func refused(_ change: (inout EvidenceFile) -> Void) -> Bool {
            var file = good
            change(&file)
            do {
                return try EvidenceVerifier.verify(file.encoded, network: network).standing == .notValid
            } catch { return true }
        }
        #expect(!refused { _ in })
        #expect(refused { $0.entries.removeLast() })
        #expect(refused { $0.entries.removeFirst() })
        #expect(refused { $0.changes.removeLast() })
        #expect(refused { $0.changes.swapAt(0, 1) })
        #expect(refused { $0.contents = [] })
        #expect(refused { $0.definition.append(32) })
        #expect(refused { $0.subject = ChangeSetID(.zero) })
        #expect(
            refused { file in
                guard let first = file.openings.first else { return }
                file.openings[0] = Opening(
                    forged: first.commitment, salt: first.salt, kind: first.kind, opened: .text("lain"))
            })
    }

    @Test func aFileHasALimit() throws {
        let file = try evidence()
        let bytes = file.encoded
        #expect(try file.sealed(limit: bytes.count) == bytes)
        #expect(throws: EvidenceFailure.self) { try file.sealed(limit: bytes.count - 1) }
        #expect(try EvidenceFile.decode(bytes, limit: bytes.count).changes == file.changes)
        #expect(throws: EvidenceFailure.self) { try EvidenceFile.decode(bytes, limit: bytes.count - 1) }
    }

    /// The names of the one who acted, of his unit and of the network, and nobody else's.
    @Test func namesAreThoseThatTheActRestsOn() throws {
        func texts(_ file: EvidenceFile) -> [String] {
            file.openings.compactMap { opening in
                if case .text(let text) = opening.opened { text } else { nil }
            }.sorted()
        }
        let names = ["Dinas Arsip", "Kota", "Pejabat applicant.head", "SK applicant.head", "kaopd"]
        let shown = "Aplikasi: 1. Mohon: hasil done [Permohonan]"
        #expect(texts(try evidence()) == (["Aplikasi", "Aplikasi", shown] + names).sorted())
        #expect(texts(try city.opd.replica.evidence(ofAllIn: dossier)) == (["Aplikasi"] + names).sorted())
        // One without any name is as good, and says who by ids.
        var bare = try evidence()
        bare.openings = []
        let verdict = try EvidenceVerifier.verify(bare.encoded, network: network)
        #expect(verdict.standing == .standing && verdict.approvals.first?.position == "")
    }

    /// Nobody would take the opening of a longer text, so none is written.
    @Test func aTextHasALimit() throws {
        let author = try city.hub.author("kabid")
        let own = try city.hub.replica.open(
            definition: "uji.kecil", parties: [("applicant", city.units.opd), ("it", city.units.it)], title: "Lain",
            by: author)
        func note(_ count: Int) throws {
            var outcome = OutcomeDraft(name: "done")
            outcome.reason = String(repeating: "x", count: count)
            outcome.isOpinion = true
            outcome.edits = [.set(document: "request", field: "subject", value: "x")]
            _ = try city.hub.replica.recordOutcome(own, outcome, by: author)
        }
        do {
            try note(Value.textByteCountMax + 1)
            Issue.record("too long")
        } catch NodeFailure.badValue(let field, _, _) { #expect(field == "text") }
        try note(Value.textByteCountMax)
    }

    @Test(arguments: [("abc", 3, "abc"), ("abc", 2, "ab"), ("aé", 3, "aé"), ("aé", 2, "a"), ("", 0, "")])
    func whatIsTooLongIsClipped(_ text: String, _ limit: Int, _ kept: String) {
        #expect(text.clipped(toByteCount: limit).utf8.elementsEqual(kept.utf8))
    }

    @Test func aValidSignatureWithoutAMandateIsNotEvidence() throws {
        let view = try city.opd.replica.view(dossier)
        // An edit is signed by a certified key and approves nothing.
        let file = try city.opd.replica.evidence(of: view.history.items[1].id, in: dossier)
        let verdict = try EvidenceVerifier.verify(file.encoded, network: network)
        #expect(verdict.standing == .notValid)
    }
}
