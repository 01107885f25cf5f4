import Authority
import CBOR
import Dossier
import Envelope
import Foundation
import History
import Node
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// A key that signs in two places: both branches stay, everybody gets the proof, nothing loses effect (Protocol 2 §5).
@Suite(.serialized) struct ForkTests {
    /// A copy that its machine cannot recognise, as of a whole-machine snapshot.
    func clone(_ office: TestOffice, _ name: String) throws -> Replica {
        try office.replica.syncMark()
        try office.replica.store.checkpoint()
        let path = office.folder.file(name)
        try FileManager.default.copyItem(atPath: office.replica.folder, toPath: path)
        let replica = try Replica.open(path)
        #expect(try replica.markFault() != nil)
        try replica.beginMark()
        return replica
    }

    func author(_ replica: Replica, _ name: String) throws -> Author {
        Author(key: try replica.keys.file(name), signer: try replica.keys.signer(name, .none), language: "id")
    }

    func comment(_ replica: Replica, _ dossier: DossierID, _ text: String) throws {
        _ = try replica.comment(dossier, text, isInternal: false, by: try author(replica, "kaopd"))
    }

    func synchronise(_ replica: Replica, _ port: Int) async throws -> SyncReport {
        try await Node(replica: replica, key: try replica.channelKey("node", .none)).synchronise(
            host: "127.0.0.1", port: port)
    }

    func renewed(_ old: KeyFile) throws -> KeyFile {
        try KeyFile.make(name: old.name, kind: old.kind, person: old.person, passphrase: nil)
    }

    func texts(_ replica: Replica, _ dossier: DossierID) throws -> Set<String> {
        let view = try replica.view(dossier)
        return Set(view.state.comments.compactMap { view.reader.text(.committed($0.text)) })
    }

    @Test(arguments: [(1, 1), (1, 3), (3, 1), (2, 5)])
    func bothHalvesMeetAtAThird(ours: Int, theirs: Int) async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let hub = city.hub.replica
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd.replica, port)
            let copy = try clone(city.opd, "salinan")
            for number in 0..<ours { try comment(city.opd.replica, dossier, "asli \(number)") }
            for number in 0..<theirs { try comment(copy, dossier, "salinan \(number)") }
            let first = try await synchronise(city.opd.replica, port)
            #expect(first.areEqual && first.markFault == nil)
            let second = try await synchronise(copy, port)
            #expect(second.areEqual && second.refusals.isEmpty)
            guard case .peersHoldMore(let key, _)? = second.markFault else {
                Issue.record("the copy did not see that its key signs elsewhere")
                return
            }
            #expect(try key == copy.keys.file("kaopd").publicKey)
            #expect(throws: NodeFailure.self) { try comment(copy, dossier, "lagi") }
            // The original learns it in the same way.
            let third = try await synchronise(city.opd.replica, port)
            #expect(third.areEqual && third.markFault != nil)
            #expect(throws: NodeFailure.self) { try comment(city.opd.replica, dossier, "lagi") }
        }
        for replica in [hub, city.opd.replica, try Replica.open(city.opd.folder.file("salinan"))] {
            #expect(try texts(replica, dossier).count == ours + theirs)
            let view = try replica.view(dossier)
            #expect(view.state.verdicts.allSatisfy { $0.isAuthorised }, "nothing loses effect by a fork of its author")
            #expect(view.state.hash == (try hub.view(dossier).state.hash))
            let proofs = try replica.forks()
            #expect(proofs.count == 1 && proofs.first?.place == 1 && proofs.first?.dossier == dossier)
            #expect(Set([proofs.first?.first.laterCount, proofs.first?.second.laterCount]) == Set([ours, theirs]))
            #expect(try replica.check { _, _ in }.forkCount == 1)
            try proves(try #require(proofs.first))
        }
    }

    /// Two signatures by one key over one seq: what anybody can check with a COSE library.
    func proves(_ proof: ForkProof) throws {
        var places: [UInt64?] = []
        for side in [proof.first, proof.second] {
            let envelope = try Envelope.decode(side.bytes, as: .change)
            #expect(envelope.kid == proof.key && envelope.isSigned(aad: proof.externalData))
            #expect(envelope.id(aad: proof.externalData) == side.id)
            places.append(try CBORValue.decode(envelope.payload)[unsigned: 1]?.unsignedValue)
        }
        #expect(places == [proof.place, proof.place] && proof.first.id != proof.second.id)
    }

    /// The copy is repaired where the root can sign; what both wrote stays, and what the original writes on arrives.
    @Test func aRepairedCopyCarriesItsWorkOver() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        let hub = city.hub.replica
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd.replica, port)
            let copy = try clone(city.opd, "salinan")
            try comment(city.opd.replica, dossier, "asli")
            _ = try await synchronise(city.opd.replica, port)
            try comment(copy, dossier, "salinan, belum terkirim")
            _ = try await synchronise(copy, port)
            let old = try copy.keys.file("kaopd").publicKey
            let report = try copy.repair(by: try author(copy, "root"), acceptsLoss: false, makeKey: renewed)
            #expect(report.renewed == ["kaopd", "node"] && report.certified.count == 2 && report.kept == ["root"])
            #expect(report.certified.allSatisfy { $0.revocations.count == 1 })
            try comment(copy, dossier, "kunci baru")
            #expect(try await synchronise(copy, port).areEqual)
            let view = try hub.view(dossier)
            #expect(view.state.verdicts.allSatisfy { $0.isAuthorised }, "both branches lie inside the cut")
            #expect(try texts(hub, dossier) == ["asli", "salinan, belum terkirim", "kunci baru"])
            #expect(try hub.forks().first?.isEnded == true)
            // The original's certificate has ended: it is not answered, and nothing of it is lost.
            try comment(city.opd.replica, dossier, "asli, sesudahnya")
            _ = await #expect(throws: (any Error).self) { try await synchronise(city.opd.replica, port) }
            let late = try city.opd.replica.view(dossier).history.items.map { Verified(storedBefore: $0) }
            let stored = try await hub.store([(dossier: dossier, changes: late, openings: [])])
            #expect(stored.acceptedCount == 1)
            let after = try hub.view(dossier)
            #expect(after.state.verdicts.count { !$0.isAuthorised } == 1, "it waits until the administrator accepts it")
            _ = try await synchronise(copy, port)
            let revocation = try #require(
                report.certified.flatMap(\.revocations).first { entry in
                    guard case .revoke(let body)? = try? copy.current().registry.entry(entry)?.body,
                        case .certify(let certificate)? = try? copy.current().registry.entry(body.target)?.body
                    else { return false }
                    return certificate.key == old
                })
            #expect(try copy.acceptHeld(of: revocation, by: try author(copy, "root")) == 1)
            #expect(try copy.acceptHeld(of: revocation, by: try author(copy, "root")) == 0)
            _ = try await synchronise(copy, port)
            #expect(try hub.view(dossier).state.verdicts.allSatisfy { $0.isAuthorised })
            #expect(try hub.view(dossier).state.hash == copy.view(dossier).state.hash)
        }
    }

    /// Only what the key signs after it has both branches in its past has no effect.
    @Test func onlyWorkAboveBothBranchesHasNoEffect() async throws {
        let city = try TestCity()
        let dossier = try city.open()
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd.replica, port)
            let copy = try clone(city.opd, "salinan")
            try comment(city.opd.replica, dossier, "asli")
            try comment(copy, dossier, "salinan")
            _ = try await synchronise(city.opd.replica, port)
            _ = try await synchronise(copy, port)
            // Whoever ignores the warning is refused by the fold before anything is signed.
            try copy.beginMark()
            #expect {
                try comment(copy, dossier, "di atas keduanya")
            } throws: { error in
                guard case NodeFailure.notAuthorised(.afterOwnFork) = error else { return false }
                return true
            }
        }
        #expect(try city.hub.replica.view(dossier).state.verdicts.allSatisfy { $0.isAuthorised })
    }

    /// Two copies of a root certify beside each other: both entries travel, and the fork is shown.
    @Test func aForkOfAChainIsShown() async throws {
        let city = try TestCity()
        _ = try city.open()
        try await serving(city.hub) { port in
            _ = try await synchronise(city.opd.replica, port)
            let copy = try clone(city.opd, "salinan")
            let person = try copy.keys.file("kaopd").person
            for (replica, role) in [(city.opd.replica, "applicant.staff"), (copy, "applicant.clerk")] {
                let draft = Replica.MandateDraft(
                    person: person, role: role, from: 0, until: nil, capacity: .definitive, instrument: "SK",
                    title: nil)
                _ = try replica.grant(draft, by: try replica.keys.signer("root", .none))
            }
            _ = try await synchronise(city.opd.replica, port)
            let report = try await synchronise(copy, port)
            guard case .peersHoldMore? = report.markFault else {
                Issue.record("the copy did not see that its root signs elsewhere")
                return
            }
            _ = try await synchronise(city.opd.replica, port)
            for replica in [city.hub.replica, city.opd.replica, copy] {
                let proof = try #require(try replica.forks().first)
                #expect(proof.chain == city.units.opd && proof.dossier == nil && proof.unit == city.units.opd)
                #expect(try replica.check { _, _ in }.forkCount == 1)
                for side in [proof.first, proof.second] {
                    let envelope = try Envelope.decode(side.bytes, as: .entry)
                    #expect(envelope.kid == proof.key && envelope.isSigned(aad: proof.externalData))
                }
            }
        }
    }
}
