import Authority
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// Audits and explanations of a real replica.
@Suite struct AuditTests {
    let city: TestCity
    let dossier: DossierID
    let done: ChangeSetID

    init() throws {
        city = try TestCity()
        dossier = try city.open(title: "=Aplikasi")
        let author = try city.opd.author("kaopd")
        _ = try city.opd.replica.edit(
            dossier, [.set(document: "request", field: "subject", value: "Aplikasi")], instance: nil, by: author)
        done = try city.opd.replica.recordOutcome(dossier, OutcomeDraft(name: "done"), by: author).id
    }

    func audit(_ filter: AuditFilter = AuditFilter(), withEvidence: Bool = false) throws -> [AuditedDossier] {
        var found: [AuditedDossier] = []
        func ignore(_ done: Int, _ total: Int) {}
        try city.opd.replica.audit(filter, withEvidence: withEvidence, progress: ignore) { found.append($0) }
        return found
    }

    func line() throws -> AuditLine { try #require(try audit().first?.lines.first { $0.change == done }) }

    func explanation() throws -> Explanation {
        let view = try city.opd.replica.view(dossier)
        return view.explanation(of: try #require(view.history.index(of: done)))
    }

    /// Ends the mandate of the head: nothing of it was accepted when `effective` is long ago.
    func end(effective: UInt64) throws -> EntryID {
        let (registry, _) = try city.opd.replica.current()
        let mandate = try #require(registry.mandates(of: city.units.opd).first)
        return try city.opd.replica.revoke(
            mandate, reason: .ended, effective: effective, by: try city.opd.author("root"))
    }

    @Test func aLineSaysWhoUnderWhatAndWhetherItStands() throws {
        let line = try line()
        #expect(line.kind == "outcome" && line.step == "1" && line.outcome == "done")
        #expect(line.position == "Pejabat applicant.head" && line.instrument == "SK applicant.head")
        #expect(line.unit == "Dinas Arsip" && line.capacity == .definitive && line.assurance == 0)
        #expect(line.isValidAsSigned && line.isStanding && line.effect == "effective" && line.reason == nil)
        #expect(line.endings.isEmpty && line.forks.isEmpty && line.erasedCount == 0)
    }

    @Test func anEndWithoutACutIsSeenInTheLineAndExplained() throws {
        let revocation = try end(effective: 1)
        let line = try line()
        #expect(line.isValidAsSigned && !line.isStanding && line.reason == .revoked)
        #expect(line.because == revocation.raw && line.effect == "no-effect:unauthorised")
        let facts = try explanation()
        let ending = try #require(facts.endings.first)
        #expect(ending.id == revocation.raw && ending.target == "mandate" && !ending.isInside)
        #expect(ending.drawer == "Dinas Arsip" && ending.drawnBy.isEmpty && !ending.isInOwnPast)
        #expect(facts.mandate?.grantor == .root && facts.mandate?.grantorName == "Dinas Arsip")
        #expect(facts.ground?.kind == "certificate" && facts.isPlainWork)
    }

    @Test func whoDrewTheCutIsNamed() throws {
        _ = try end(effective: UInt64.max >> 12)
        let facts = try explanation()
        let ending = try #require(facts.endings.first)
        #expect(ending.isInside && facts.line.isStanding)
        #expect(ending.drawnBy.map(\.unit) == ["Dinas Arsip"])
        // The accept is an act, and is listed.
        #expect(try audit().first?.lines.contains { $0.kind == "accept" && $0.isStanding } == true)
    }

    @Test func filtersAreByTheUnitThatActedAndByCivilDay() throws {
        var filter = AuditFilter()
        filter.unit = city.units.it
        #expect(try audit(filter).isEmpty)
        filter.unit = city.units.opd
        let day = CivilDay.day(milliseconds: try line().statedMilliseconds, zone: "Asia/Jakarta")
        (filter.from, filter.until) = (day, day)
        #expect(try audit(filter).first?.lines.count == 1)
        (filter.from, filter.until) = (day + 1, nil)
        #expect(try audit(filter).isEmpty)
        (filter.from, filter.until) = (nil, day - 1)
        #expect(try audit(filter).isEmpty)
    }

    @Test func dossiersComeInTheOrderOfTheirIds() throws {
        for place in 0..<5 {
            let other = try city.open(title: "Berkas \(place)")
            let author = try city.opd.author("kaopd")
            _ = try city.opd.replica.edit(
                other, [.set(document: "request", field: "subject", value: "x")], instance: nil, by: author)
            _ = try city.opd.replica.recordOutcome(other, OutcomeDraft(name: "done"), by: author)
        }
        let ids = try audit().map(\.id)
        #expect(ids.count == 6 && ids == ids.sorted())
        #expect(
            try audit().map { $0.lines.map(\.columns.description) }
                == audit().map { $0.lines.map(\.columns.description) })
    }

    @Test func theProofOfADossierSaysWhatTheListingSaysAndShowsNoDocument() throws {
        _ = try end(effective: 1)
        let audited = try #require(try audit(withEvidence: true).first)
        let file = try #require(audited.evidence)
        let verdict = try EvidenceVerifier.verify(file.encoded, network: file.network.hex)
        #expect(verdict.standing == .listing && verdict.title == "=Aplikasi" && verdict.documents.isEmpty)
        #expect(
            verdict.approvals.map { $0.columns.map(\.value) } == audited.lines.map { $0.columns.map(\.value) })
        let texts = file.openings.compactMap { opening -> String? in
            guard case .text(let text) = opening.opened else { return nil }
            return text
        }
        #expect(!texts.contains("Aplikasi") && texts.contains("=Aplikasi"))
    }

    @Test func anOpinionAndWhatWasTakenAwayAreNoStandingEvidence() throws {
        let revocation = try end(effective: 1)
        let file = try city.opd.replica.evidence(of: done, in: dossier)
        let verdict = try EvidenceVerifier.verify(file.encoded, network: file.network.hex)
        #expect(verdict.standing == .superseded && verdict.reason == "revoked")
        #expect(verdict.approvals.first?.because == revocation.raw)
    }
}
