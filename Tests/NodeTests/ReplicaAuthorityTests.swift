import Authority
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// Rotation, recovery, terms that end, ratification and removal through a replica, with keys on the disk.
@Suite struct ReplicaAuthorityTests {
    let folder: TestFolder
    let office: TestOffice
    let unit: UnitID

    /// One office that holds the network's root, its unit's, their successors and three members of a recovery set.
    init() throws {
        let office = try TestOffice()
        (self.office, folder) = (office, office.folder)
        let (network, root) = (try office.key("network", .network), try office.key("root", .unitRoot))
        let members = try ["satu", "dua", "tiga"].map { try office.key($0, .recovery) }
        let recovery = RecoverySet(
            threshold: 2, members: members.map { RecoverySet.Member(key: $0.publicKey, person: $0.person) })
        let successor = try office.key("root.2", .successor)
        _ = try office.replica.createNetwork(
            name: "Kota", root: try office.signer("network"),
            terms: SuccessionTerms(
                successor: try office.key("network.2", .successor).publicKey, recovery: recovery))
        let unit = try office.replica.admit(
            KeyRequest(root, unitKind: "it_agency", name: "Diskominfo"), root: try office.signer(network.name))
        try office.replica.beginUnit(
            unit, root: try office.signer("root"), person: root.person,
            terms: SuccessionTerms(successor: successor.publicKey, recovery: recovery))
        self.unit = unit
        _ = try office.replica.publish(TestDefinitions.small, root: try office.signer("network"))
        try office.person("kadis", roles: ["applicant.head", "it.head"])
        try office.person("kabid", roles: ["it.field_head", "applicant.head"])
    }

    func open() throws -> DossierID {
        try office.replica.open(
            definition: "uji.kecil", parties: [("applicant", unit), ("it", unit)], title: "Aplikasi",
            by: try office.author("kadis"))
    }

    func certificate(_ name: String) throws -> EntryID {
        let key = try office.replica.keys.file(name).publicKey
        return try #require(try office.replica.current().registry.grants(of: key).first?.entry)
    }

    func done(_ dossier: DossierID, by name: String) throws -> ChangeSetID {
        let author = try office.author(name)
        _ = try office.replica.edit(
            dossier, [.set(document: "request", field: "subject", value: "x")], instance: nil, by: author)
        return try office.replica.recordOutcome(dossier, OutcomeDraft(name: "done"), by: author).id
    }

    func verdictReason(_ dossier: DossierID, _ change: ChangeSetID) throws -> String? {
        let view = try office.replica.view(dossier)
        let index = try #require(view.history.index(of: change))
        return view.state.verdicts[index].reason?.rawValue
    }

    @Test func aRotationKeepsWhatTheOldRootAccepted() throws {
        let dossier = try open()
        let change = try done(dossier, by: "kabid")
        let root = try office.author("root")
        _ = try office.replica.revoke(
            try certificate("kabid"), reason: .ended, effective: Clock.now + 1_000, by: root)
        #expect(try verdictReason(dossier, change) == nil)
        #expect(try office.replica.successorName(of: unit) == "root.2")
        _ = try office.replica.rotate(
            unit, by: try office.author("root.2"), next: try office.key("root.3", .successor).publicKey)
        #expect(try verdictReason(dossier, change) == nil)
        #expect(try office.replica.successorName(of: unit) == "root.3")
        #expect(try office.replica.authorityKeys([.unitRoot]).map(\.name) == ["root.2"])
        // The old root signs nothing any more; the new one certifies.
        #expect(throws: NodeFailure.self) { try office.grant(try office.replica.keys.file("kadis").person, "it.head") }
        let fresh = try office.key("baru", .device)
        _ = try office.replica.certify(
            KeyRequest(fresh, unitKind: "", name: "Baru"), by: try office.signer("root.2"))
    }

    @Test func aStolenRootIsRecoveredByTwoOfThree() throws {
        let dossier = try open()
        let change = try done(dossier, by: "kadis")
        let since = try #require(try office.replica.current().registry.entries.last).at + 1
        // The thief certifies somebody; from then on nothing of the old key stands.
        let puppet = try office.key("boneka", .device)
        while Clock.now < since {}
        let stolen = try office.replica.certify(
            KeyRequest(puppet, unitKind: "", name: "Boneka"), by: try office.signer("root"))
        let (root, next) = (try office.key("root.baru", .unitRoot), try office.key("root.baru.2", .successor))
        let proposal = try office.replica.proposeRecovery(
            of: unit, newRoot: root.publicKey, next: next.publicKey, since: since)
        let path = folder.file("usulan")
        try PrivateFile.write(proposal.encoded, to: path)
        let read = try SuccessionProposal.read(path)
        #expect(read == proposal)
        let consents = try ["satu", "tiga"].map { name in
            let consent = folder.file("setuju-\(name)")
            try PrivateFile.write(try read.consent(by: try office.signer(name)).encoded, to: consent)
            return try ConsentFile.read(consent, for: proposal)
        }
        let author = try office.author("root.baru")
        #expect(throws: NodeFailure.self) {
            try office.replica.recover(proposal, consents: [consents[0]], since: since, by: author)
        }
        #expect(throws: NodeFailure.self) {
            try office.replica.recover(proposal, consents: [consents[0], consents[0]], since: since, by: author)
        }
        _ = try office.replica.recover(proposal, consents: consents, since: since, by: author)
        let registry = try office.replica.current().registry
        #expect(!registry.stands(stolen))
        #expect(registry.rootInForce(of: unit)?.key == root.publicKey)
        #expect(try verdictReason(dossier, change) == nil)
        // The same files again, one place further on.
        #expect(throws: NodeFailure.self) {
            try office.replica.recover(proposal, consents: consents, since: nil, by: author)
        }
    }

    @Test func theNetworksRootIsReplacedToo() throws {
        let chain = try office.replica.rootChain(isNetwork: true)
        _ = try office.replica.rotate(
            chain, by: try office.author("network.2"), next: try office.key("network.3", .successor).publicKey)
        #expect(throws: NodeFailure.self) {
            try office.replica.appendToNetwork(.enable(feature: 1), root: try office.signer("network"))
        }
        _ = try office.replica.appendToNetwork(.enable(feature: 1), root: try office.signer("network.2"))
        #expect(
            try office.replica.current().registry.isEnabled(
                feature: 1, in: try office.replica.current().registry.everything))
    }

    @Test func aTermThatIsOverIsEndedWithItsCutByTheNextCommand() throws {
        let person = try office.replica.keys.file("kabid").person
        let until = Clock.now + 400
        let mandate = try office.replica.grant(
            Replica.MandateDraft(
                person: person, role: "it.head", from: 0, until: until, capacity: .dailyActing, instrument: "SP 1",
                title: "Plh."), by: try office.signer("root"))
        let dossier = try open()
        var options = ActOptions()
        options.role = "it.head"
        let change = try office.replica.close(
            dossier, code: Code.suspend, reason: nil, options: options, by: try office.author("kabid"))
        #expect(try office.replica.dueSettlement().isEmpty)
        while Clock.now < until {}
        #expect(try office.replica.dueSettlement().endedMandates == [mandate])
        let settled = try office.replica.settle(by: try office.author("root"))
        #expect(settled.endedMandates == [mandate])
        #expect(try office.replica.dueSettlement().isEmpty)
        #expect(try office.replica.current().registry.standingRevocations(of: mandate).count == 1)
        #expect(try verdictReason(dossier, change.id) == nil)
    }

    @Test func plainWorkIsRatifiedAndChoicesAreNot() throws {
        let dossier = try open()
        let change = try done(dossier, by: "kabid")
        let root = try office.author("root")
        _ = try office.replica.revoke(try certificate("kabid"), reason: .ended, effective: 1, by: root)
        #expect(try verdictReason(dossier, change) == "revoked")
        let view = try office.replica.view(dossier)
        #expect(view.awaitingRatification.count == 2)
        #expect(view.state.procedure.open.first?.step == "1")
        _ = try office.replica.ratify(
            dossier, view.awaitingRatification, options: ActOptions(), by: try office.author("kadis"))
        #expect(try verdictReason(dossier, change) == nil)
        #expect(try office.replica.view(dossier).state.procedure.open.first?.step == "2")
        // What has effect needs nobody.
        #expect(throws: NodeFailure.self) {
            try office.replica.ratify(dossier, [change], options: ActOptions(), by: try office.author("kadis"))
        }
    }

    @Test func anAdministratorInWrongHandsIsNotTakenAtHisWord() throws {
        let file = try office.key("admin", .administrator)
        let delegation = try office.replica.certify(
            KeyRequest(file, unitKind: "", name: "Pengelola"), by: try office.signer("root"))
        let dossier = try open()
        let change = try done(dossier, by: "kabid")
        let admin = try office.author("admin")
        _ = try office.replica.revoke(
            try certificate("kabid"), reason: .ended, effective: Clock.now + 1_000, by: admin)
        #expect(try verdictReason(dossier, change) == nil)
        let time = Clock.now + 1
        while Clock.now <= time {}
        let late = try office.key("boneka", .device)
        let puppet = try office.replica.certify(KeyRequest(late, unitKind: "", name: "Boneka"), by: admin.signer)
        _ = try office.replica.revoke(
            delegation, reason: .compromised, effective: time, by: try office.author("root"))
        let registry = try office.replica.current().registry
        #expect(!registry.stands(puppet))
        // His revocation and its cut stand: the root repeated the cut.
        #expect(registry.standingRevocations(of: try certificate("kabid")).count == 1)
        #expect(try verdictReason(dossier, change) == nil)
    }
}
