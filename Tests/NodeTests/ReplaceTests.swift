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

/// Keys that take the place of lost ones: a person's mandates go with the person (Protocol 3 §9).
@Suite(.serialized) struct ReplaceTests {
    func request(_ laptop: TestOffice, _ name: String) throws -> KeyRequest {
        KeyRequest(try laptop.key(name, .device), unitKind: "", name: "Kepala OPD")
    }

    /// A new laptop knows no number of its person; the administrator says whose key it is, and the mandates hold there.
    @Test func aNewLaptopActsUnderTheOldMandates() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let admin = city.opd.replica
        let laptop = try TestOffice()
        let request = try request(laptop, "baru")
        let old = try admin.certificates(meant: "kaopd", .device)
        let done = try admin.certify(
            request, replacing: old, ending: KeyEnd(reason: .ended, since: nil), by: try city.opd.author("root"))
        #expect(done.revocations.count == 1)
        _ = try laptop.replica.join(try admin.joinFile(for: done.certificate), path: "")
        let file = try laptop.replica.keys.file("baru")
        let person = try laptop.replica.person(of: file)
        #expect(person != file.person)
        #expect(try person == admin.keys.file("kaopd").person)
        try await serving(city.hub) { port in
            _ = try await city.opd.channel().synchronise(host: "127.0.0.1", port: port)
            let node = try Node(replica: laptop.replica, key: try laptop.replica.channelKey("baru", .none))
            _ = try await node.synchronise(host: "127.0.0.1", port: port)
            let author = try laptop.author("baru")
            _ = try laptop.replica.edit(
                dossier, [.set(document: "request", field: "subject", value: "x")], instance: nil, by: author)
            _ = try laptop.replica.recordOutcome(dossier, OutcomeDraft(name: "done"), by: author)
            #expect(try await node.synchronise(host: "127.0.0.1", port: port).areEqual)
        }
        let view = try city.hub.replica.view(dossier)
        #expect(view.state.procedure.activations.first?.state == .done)
        let isAllAuthorised = view.state.verdicts.allSatisfy { $0.isAuthorised }
        #expect(isAllAuthorised, "what the lost key signed stays")
    }

    /// Whoever asks under the number of somebody else gets neither his mandates nor a certificate.
    @Test func nobodyGetsAnothersMandates() throws {
        let city = try TestCity()
        try city.opd.person("staf", roles: ["applicant.staff"])
        let victim = try city.opd.replica.keys.file("kaopd").person
        let laptop = try TestOffice()
        let file = try KeyFile.make(name: "x", kind: .device, person: victim, passphrase: nil)
        try laptop.replica.keys.add(file)
        let request = KeyRequest(file, unitKind: "", name: "Staf")
        let old = try city.opd.replica.certificates(meant: "staf", .device)
        #expect(throws: NodeFailure.self) {
            _ = try city.opd.replica.certify(
                request, replacing: old, ending: KeyEnd(reason: .ended, since: nil),
                by: try city.opd.author("root"))
        }
        let certificates = try city.opd.replica.unitCertificates()
        let isInForce = certificates.allSatisfy { $0.revocations.isEmpty }
        #expect(isInForce, "nothing was ended either")
    }

    /// A key in wrong hands: what was stated before stays, the rest has no effect, whoever holds it.
    @Test func ofAKeyInWrongHandsOnlyTheTimeBeforeStays() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let replica = city.opd.replica
        _ = try replica.comment(dossier, "sebelumnya", isInternal: false, by: try city.opd.author("kaopd"))
        let since = (try replica.view(dossier).history.items.last?.at.milliseconds ?? 0) + 1
        while Clock.now <= since {}
        _ = try replica.comment(dossier, "oleh pencuri", isInternal: false, by: try city.opd.author("kaopd"))
        let old = try replica.certificates(meant: "kaopd", .device)
        let made = try replica.renewKey("kaopd", passphrase: nil)
        let pending = try replica.pendingKeys()
        #expect(pending.map(\.file.publicKey) == [made.file.publicKey] && pending.first?.replaced == old)
        let done = try replica.certifyPending(
            pending, ending: KeyEnd(reason: .compromised, since: since), by: try city.opd.author("root"))
        #expect(done.count == 1)
        let view = try replica.view(dossier)
        let texts = view.state.comments.compactMap { view.reader.text(.committed($0.text)) }
        #expect(texts == ["sebelumnya"])
        _ = try replica.comment(dossier, "kunci baru", isInternal: false, by: try city.opd.author("kaopd"))
        #expect(try replica.acceptHeld(of: done[0].revocations[0], by: try city.opd.author("root")) == 0)
    }
}
