import Authority
import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import TestSupport
import Testing

/// Who approved what stays true when officials move, keys are lost and holders of valid keys are malicious
/// (Protocol 3 §7; scenario S11).
@Suite struct AuthorityTests {
    let world: TestWorld
    let head: TestPerson
    let field: TestPerson
    let second: TestPerson
    let chief: TestPerson
    /// A dossier whose step 1 waits for its plain outcome, and one whose step 2 is open.
    let opened: TestDossier
    let dossier: TestDossier

    init() throws {
        world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        field = try world.person(it, "Kabid", roles: ["it.field_head"])
        second = try world.person(it, "Kasi", roles: ["it.field_head"])
        chief = try world.person(it, "Kadis", roles: ["it.head"])
        var dossier = try TestDossier(
            world, definition: definition, parties: [("applicant", opd), ("it", it)], by: head)
        try dossier.write([TestDossier.set("doc/request/1/subject", .text("Aplikasi"))], by: head)
        opened = dossier
        try dossier.write(
            [try dossier.outcome("1", "done", by: head, role: "applicant.head", documents: ["request"])], by: head)
        self.dossier = dossier
    }

    func verdict(_ dossier: TestDossier, _ id: ChangeSetID) throws -> Verdict {
        let index = try #require(dossier.history.index(of: id))
        return dossier.state.verdicts[index]
    }

    func step(_ dossier: TestDossier, _ name: String) -> Activation? {
        dossier.state.procedure.activations.last { $0.step == name && $0.state != .frozen }
    }

    func decide(_ dossier: inout TestDossier, by person: TestPerson, at: UInt64? = nil) throws -> ChangeSetID {
        try dossier.write([try dossier.outcome("2", "perlu", by: person, role: "it.field_head")], by: person, at: at)
    }

    func accept(_ dossier: inout TestDossier, _ ending: Bytes32, _ tip: ChangeSetID, by unit: UnitID) throws {
        let root = try world.rootPerson(unit)
        try dossier.write(
            [TestDossier.cut(Code.accept, ending, tip: tip, under: root.certificate)], by: root)
    }

    // MARK: S11

    @Test func theThreeClassesOfARevokedOfficial() throws {
        // (a) seen by the administrator before, (b) stated before and seen by nobody, (c) stated after.
        var held = dossier
        let first = try decide(&held, by: field)
        var laptop = held
        let effective = world.clock + 3_600_000
        let plain = try laptop.write([TestDossier.set("x", .text("b"))], by: field)
        let late = try laptop.write([TestDossier.set("y", .text("c"))], by: field, at: effective + 1)
        let revocation = try world.revoke(field.certificate, of: field.unit, effective: effective)
        try accept(&held, revocation.raw, first, by: field.unit)
        try held.merge(laptop)
        #expect(try verdict(held, first).isAuthorised)
        #expect(try verdict(held, plain).reason == .awaitsRatification)
        #expect(try verdict(held, late).reason == .revoked)
        #expect(step(held, "2")?.decided == "perlu")
        // The same whatever order they come in.
        var other = dossier
        for item in held.history.items.reversed() { try? other.insert(item) }
        for item in held.history.items { try? other.insert(item) }
        #expect(other.state.hash == held.state.hash)
        // A clock set back changes nothing: it is (b) still.
        var backdated = dossier
        let old = try backdated.write(
            [TestDossier.set("z", .text("b"))], by: field, at: 1_000, tips: [field.certificate])
        try held.merge(backdated)
        #expect(try verdict(held, old).reason == .awaitsRatification)
        // More may be accepted later, never less.
        try accept(&held, revocation.raw, plain, by: field.unit)
        #expect(try verdict(held, plain).isAuthorised)
        #expect(held.state.values(Path("x"), held.history).count == 1)
    }

    @Test func aSuccessorRatifiesPlainWorkAndDecidesAnew() throws {
        var copy = opened
        let other = try world.person(head.unit, "Pengganti", roles: ["applicant.head"])
        let done = try copy.write(
            [try copy.outcome("1", "done", by: head, role: "applicant.head", documents: ["request"])], by: head)
        let choice = try decide(&copy, by: field)
        _ = try world.revoke(head.certificate, of: head.unit, effective: world.clock + 1)
        _ = try world.revoke(field.certificate, of: field.unit, effective: world.clock + 1)
        #expect(try verdict(copy, done).reason == .awaitsRatification)
        // A colleague of another role or unit ratifies nothing.
        try copy.write([copy.ratify([done], by: chief, role: "it.head")], by: chief)
        #expect(try verdict(copy, done).reason == .awaitsRatification)
        let everything = copy.history.items.filter { $0.author == head.key.publicKey }.map(\.id)
        try copy.write([copy.ratify(everything, by: other, role: "applicant.head")], by: other)
        #expect(try verdict(copy, done).isAuthorised)
        #expect(step(copy, "1")?.decided == "done")
        // A choice is made anew, by somebody in office.
        try copy.write([copy.ratify([choice], by: second, role: "it.field_head")], by: second)
        #expect(try verdict(copy, choice).reason == .awaitsRatification)
        #expect(step(copy, "2")?.state == .active)
        _ = try decide(&copy, by: second)
        #expect(step(copy, "2")?.decided == "perlu")
    }

    @Test func whoIsRatifiedMustNotHaveSeenHisEnd() throws {
        var copy = opened
        _ = try world.revoke(head.certificate, of: head.unit, effective: world.clock + 10_000_000)
        let other = try world.person(head.unit, "Pengganti", roles: ["applicant.head"])
        let knowing = try copy.write([TestDossier.set("x", .text("y"))], by: head)
        try copy.write([copy.ratify([knowing], by: other, role: "applicant.head")], by: other)
        #expect(try verdict(copy, knowing).reason == .revokedInOwnPast)
    }

    @Test func anotherUnitThatBuildsOnItMakesALabelAndNoMore() throws {
        var copy = dossier
        let first = try decide(&copy, by: field)
        try copy.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: head)
        let revocation = try world.revoke(field.certificate, of: field.unit, effective: world.clock + 1)
        #expect(try verdict(copy, first).isDisputed)
        #expect(try verdict(copy, first).reason == .awaitsRatification)
        #expect(step(copy, "2")?.state == .active)
        let root = try world.rootPerson(field.unit)
        try copy.write(
            [TestDossier.cut(Code.decline, revocation.raw, tip: first, under: root.certificate)], by: root)
        #expect(try !verdict(copy, first).isDisputed)
        // An accept of the same prefix wins, whenever it is written.
        try accept(&copy, revocation.raw, first, by: field.unit)
        #expect(try verdict(copy, first).isAuthorised)
    }

    // MARK: Protection

    /// A decision that another unit acknowledged, recorded by one or by two persons of its own unit.
    func handover(countersignedBy inside: TestPerson?) throws -> (TestDossier, ChangeSetID) {
        var copy = dossier
        let needed = try decide(&copy, by: field)
        if let inside { _ = try decide(&copy, by: inside) }
        try copy.write([copy.acknowledge(needed, by: head, role: "applicant.head")], by: head)
        return (copy, needed)
    }

    @Test func aUnitDoesNotUnsayWhatTwoOfItsPersonsAndAnotherUnitStandFor() throws {
        let (copy, needed) = try handover(countersignedBy: second)
        _ = try world.revoke(field.mandate("it.field_head"), of: field.unit, effective: 1)
        #expect(try verdict(copy, needed).isProtected)
        #expect(try verdict(copy, needed).isAuthorised)
        #expect(step(copy, "2")?.decided == "perlu")
    }

    @Test func aSoleSignatoryCanBeDisowned() throws {
        let (copy, needed) = try handover(countersignedBy: nil)
        _ = try world.revoke(field.mandate("it.field_head"), of: field.unit, effective: 1)
        #expect(try !verdict(copy, needed).isProtected)
        #expect(try verdict(copy, needed).reason == .revoked)
        #expect(step(copy, "2")?.state == .active)
    }

    @Test func withoutAnotherUnitNothingIsProtected() throws {
        var copy = dossier
        let needed = try decide(&copy, by: field)
        _ = try decide(&copy, by: second)
        _ = try world.revoke(field.certificate, of: field.unit, effective: 1)
        #expect(try verdict(copy, needed).reason == .revoked)
    }

    @Test func aCountersignedCompromiseLiftsTheProtectionForWhatCameAfter() throws {
        let (copy, needed) = try handover(countersignedBy: second)
        let stated = try #require(copy.history.items.first { $0.id == needed }).at.milliseconds
        let early = try world.revoke(
            field.certificate, of: field.unit, effective: stated + 1, reason: .compromised)
        try world.append(
            chain: world.network, .countersign(Countersignature(revocation: early, isNetwork: true)),
            by: world.networkKey)
        #expect(try verdict(copy, needed).isProtected)
        let stolen = try world.revoke(field.certificate, of: field.unit, effective: stated, reason: .compromised)
        #expect(try verdict(copy, needed).isProtected)
        try world.append(
            chain: world.network, .countersign(Countersignature(revocation: stolen, isNetwork: true)),
            by: world.networkKey)
        #expect(try !verdict(copy, needed).isProtected)
        #expect(try verdict(copy, needed).reason == .revoked)
    }

    // MARK: Members with a valid key who want more

    @Test func anOfficialInOfficeOnOldHeadsObjectsAndFreezesNothing() throws {
        var (now, july) = (dossier, dossier)
        let needed = try decide(&now, by: field)
        try now.write([now.acknowledge(needed, by: head, role: "applicant.head")], by: head)
        let why = world.commit(.text("tidak"), by: chief.key.publicKey)
        let opposite = try july.write(
            [try july.outcome("2", "tidak_perlu", by: chief, role: "it.head", extra: [(5, why.item)])], by: chief)
        try now.merge(july)
        #expect(try verdict(now, opposite).isAuthorised)
        #expect(step(now, "2")?.decided == "perlu")
        let index = try #require(now.history.index(of: opposite))
        #expect(now.state.verdict(onAct: index) == .objection)
    }

    @Test(arguments: [false, true]) func aBackdatedDecisionByARevokedKeyHasNoEffect(hasHelper: Bool) throws {
        let effective = world.clock + 1
        _ = try world.revoke(chief.certificate, of: chief.unit, effective: effective)
        // Signed now, under heads from before, with an old date; a helper in another unit backs it under old heads too.
        var old = dossier
        let why = world.commit(.text("tidak"), by: chief.key.publicKey)
        let tips: [EntryID] = [try #require(world.registry.entry(chief.mandate("it.head"))).id]
        let forged = try old.write(
            [try old.outcome("2", "tidak_perlu", by: chief, role: "it.head", extra: [(5, why.item)])], by: chief,
            at: effective - 1_000, tips: tips)
        if hasHelper {
            try old.write([old.acknowledge(forged, by: head, role: "applicant.head")], by: head, tips: [])
        }
        var now = dossier
        _ = try decide(&now, by: field)
        try now.merge(old)
        #expect(try verdict(now, forged).reason == .awaitsRatification)
        #expect(try verdict(now, forged).isDisputed == hasHelper)
        #expect(step(now, "2")?.decided == "perlu")
    }

    @Test func anExpiredPlhThatBackdatesBindsUntilItsUnitDrawsTheCut() throws {
        let daily = try world.person(field.unit, "Plh", roles: ["it.field_head"], until: world.clock + 1_000)
        var copy = dossier
        let late = try decide(&copy, by: daily)
        #expect(try verdict(copy, late).reason == .outsideTerm)
        var backdated = dossier
        let forged = try decide(&backdated, by: daily, at: world.clock - 100_000_000)
        #expect(try verdict(backdated, forged).isAuthorised)
        _ = try world.revoke(daily.mandate("it.field_head"), of: field.unit, effective: world.clock)
        #expect(try verdict(backdated, forged).reason == .awaitsRatification)
    }

    @Test func aSelfMadeMandateInAnotherSlotIsAnOpinion() throws {
        let forged = try world.person(head.unit, "Kepala juga", roles: ["it.field_head"])
        var copy = dossier
        let change = try decide(&copy, by: forged)
        #expect(try verdict(copy, change).isAuthorised)
        let index = try #require(copy.history.index(of: change))
        #expect(copy.state.verdict(onAct: index) == .opinion)
    }

    @Test func aThiefInAnAdministratorsChainCertifiesNobody() throws {
        let (key, delegation) = try world.administrator(field.unit)
        let kept = try #require(world.registry.tipToExtend(field.unit))
        let puppet = TestKey(&world.generator)
        let certificate = try world.append(
            chain: delegation,
            .certify(
                Certificate(
                    key: puppet.publicKey, agreement: .zero, isNode: false, person: puppet.person,
                    name: world.commit(.text("Boneka"), by: key.publicKey))), by: key)
        let mandate = try world.append(
            chain: delegation,
            .mandate(
                Mandate(
                    person: puppet.person, role: "it.field_head", from: 0, until: nil, capacity: .definitive,
                    instrument: world.commit(.text("SK"), by: key.publicKey), title: nil)), by: key)
        let person = TestPerson(
            key: puppet, unit: field.unit, certificate: certificate.id, mandates: ["it.field_head": mandate.id])
        var copy = dossier
        let change = try decide(&copy, by: person)
        #expect(try verdict(copy, change).isAuthorised)
        #expect(kept.chain == field.unit)
        try world.append(
            chain: field.unit,
            .revoke(Revocation(target: delegation, reason: .compromised, effective: world.clock, cut: nil)),
            by: world.root(of: field.unit))
        #expect(try verdict(copy, change).reason == .outsideChainCut)
        #expect(step(copy, "2")?.state == .active)
    }

    // MARK: Roots

    @Test func aRotatedRootsAcceptsStayWhereTheNewOneAcceptsThem() throws {
        var copy = dossier
        let needed = try decide(&copy, by: field)
        let revocation = try world.revoke(field.certificate, of: field.unit, effective: world.clock + 1)
        try accept(&copy, revocation.raw, needed, by: field.unit)
        let drawn = try #require(copy.history.items.last).id
        world.clock += 1
        let change = try world.succession(of: field.unit)
        try world.take(change)
        #expect(try verdict(copy, drawn).reason == .awaitsRatification)
        #expect(try verdict(copy, needed).reason == .awaitsRatification)
        try accept(&copy, change.entry.id.raw, drawn, by: field.unit)
        #expect(try verdict(copy, drawn).isAuthorised)
        #expect(try verdict(copy, needed).isAuthorised)
    }

    // MARK: Suspension and removal

    @Test func aSuspendedUnitsWorkIsWhatTheOthersAccept() throws {
        var copy = dossier
        let known = try decide(&copy, by: field)
        let suspension = try world.append(
            chain: world.network, .suspend(Suspension(unit: field.unit, from: world.clock)), by: world.networkKey)
        #expect(try verdict(copy, known).reason == .suspended)
        // Not by itself.
        try accept(&copy, suspension.id.raw, known, by: field.unit)
        #expect(try verdict(copy, known).reason == .suspended)
        try accept(&copy, suspension.id.raw, known, by: head.unit)
        #expect(try verdict(copy, known).isAuthorised)
        // A mandate that it grants now is worth as little as what is signed under it.
        let fresh = try world.person(field.unit, "Baru", roles: ["it.field_head"])
        let late = try copy.write([TestDossier.set("x", .text("y"))], by: fresh)
        #expect(try verdict(copy, late).reason == .suspended)
        try world.append(chain: world.network, .lift(suspension: suspension.id), by: world.networkKey)
        #expect(try verdict(copy, late).reason == .suspended)
        let lifted = try copy.write([TestDossier.set("x", .text("z"))], by: fresh)
        #expect(try verdict(copy, lifted).isAuthorised)
    }

    @Test func aRemovalTakesTwoUnitsAndKeepsWhatTheyHadBefore() throws {
        let vendor = try world.unit("PT", kind: "vendor")
        let staff = try world.person(vendor, "Direktur", roles: ["vendor.head"])
        var copy = dossier
        try copy.write([copy.bind("vendor", vendor, by: chief, role: "it.head")], by: chief)
        let before = try copy.write([TestDossier.set("x", .text("1"))], by: staff)
        var offline = copy
        let unseen = try offline.write([TestDossier.set("y", .text("2"))], by: staff)
        let proposal = try copy.write([copy.unbind(vendor, by: chief, role: "it.head")], by: chief)
        #expect(copy.state.procedure.removed.isEmpty)
        // The same unit twice is no second.
        try copy.write([copy.unbind(vendor, seconding: proposal, by: field, role: "it.field_head")], by: field)
        #expect(try verdict(copy, before).isAuthorised)
        let removal = try copy.write(
            [copy.unbind(vendor, seconding: proposal, by: head, role: "applicant.head")], by: head)
        try copy.merge(offline)
        #expect(try verdict(copy, before).isAuthorised)
        #expect(try verdict(copy, unseen).reason == .removed)
        let later = try copy.write([TestDossier.set("z", .text("3"))], by: staff)
        #expect(try verdict(copy, later).reason == .removed)
        #expect(copy.state.procedure.removed == [vendor.raw])
        // The removed cannot accept for himself; the others can.
        try accept(&copy, removal.raw, unseen, by: vendor)
        #expect(try verdict(copy, unseen).reason == .removed)
        try accept(&copy, removal.raw, unseen, by: head.unit)
        #expect(try verdict(copy, unseen).isAuthorised)
        // Ending the keys of those who removed it opens nothing again.
        _ = try world.revoke(head.certificate, of: head.unit, effective: 1)
        _ = try world.revoke(chief.certificate, of: chief.unit, effective: 1)
        #expect(try verdict(copy, later).reason == .removed)
        // Nor does he by binding himself; another unit does.
        try copy.write([copy.bind("vendor", vendor, by: staff, role: "vendor.head")], by: staff)
        let own = try copy.write([TestDossier.set("z", .text("4"))], by: staff)
        #expect(try verdict(copy, own).reason == .removed)
        let other = try world.person(head.unit, "Kepala baru", roles: ["applicant.head"])
        try copy.write([copy.bind("vendor", vendor, by: other, role: "applicant.head")], by: other)
        let again = try copy.write([TestDossier.set("z", .text("5"))], by: staff)
        #expect(try verdict(copy, again).isAuthorised)
    }

    /// Whoever heads one party cannot unbind another by naming a second unit for its slot.
    @Test func nobodyIsUnboundByASecondName() throws {
        let rival = try world.unit("PT", kind: "vendor")
        var copy = dossier
        let decided = try decide(&copy, by: field)
        let before = copy.state.procedure.activations.map(\.state)
        for slot in ["applicant", "it"] {
            try copy.write([copy.bind(slot, rival, by: chief, role: "it.head")], by: chief)
            #expect(copy.state.procedure.verdicts.last?.code == "no-effect:already-bound")
        }
        // Nor by an outcome of a step that binds nothing.
        let binds = CBORValue.map([CBORPair(key: .text("applicant"), value: .bytes(rival.bytes))])
        let again = try copy.outcome("2", "perlu", by: chief, role: "it.head", extra: [(10, binds)])
        try copy.write([again], by: chief)
        #expect(copy.state.procedure.binding("applicant")?.unit == head.unit.raw)
        #expect(copy.state.procedure.activations.map(\.state) == before)
        #expect(try verdict(copy, decided).isAuthorised)
    }

    @Test func aPartyLeavesByItself() throws {
        let vendor = try world.unit("PT", kind: "vendor")
        let staff = try world.person(vendor, "Direktur", roles: ["vendor.head"])
        var copy = dossier
        try copy.write([copy.bind("vendor", vendor, by: chief, role: "it.head")], by: chief)
        try copy.write([copy.unbind(vendor, by: staff, role: "vendor.head")], by: staff)
        #expect(copy.state.procedure.removed == [vendor.raw])
        let late = try copy.write([TestDossier.set("x", .text("y"))], by: staff)
        #expect(try verdict(copy, late).reason == .removed)
    }

    // MARK: Forms

    @Test func aFeatureNobodyEnabledHasNoEffectAndFreezesNobody() throws {
        var copy = dossier
        let strange = try copy.write([Operation(code: 300, body: .map([]))], by: field)
        #expect(try verdict(copy, strange).reason == .featureNotEnabled)
        _ = try decide(&copy, by: field)
        #expect(step(copy, "2")?.decided == "perlu")
    }

    @Test func aCutNamesItsOwnGroundOrIsNone() throws {
        var copy = dossier
        let needed = try decide(&copy, by: field)
        let revocation = try world.revoke(field.certificate, of: field.unit, effective: world.clock + 1)
        let root = try world.rootPerson(field.unit)
        let wrong = try copy.write(
            [TestDossier.cut(Code.accept, revocation.raw, tip: needed, under: field.certificate)], by: root)
        #expect(try verdict(copy, wrong).reason == .notAnAdministrator)
        let outsider = try world.rootPerson(head.unit)
        try copy.write(
            [TestDossier.cut(Code.accept, revocation.raw, tip: needed, under: outsider.certificate)], by: outsider)
        #expect(try verdict(copy, needed).reason == .awaitsRatification)
        // A device is no administrator, whatever it names.
        let device = try copy.write(
            [TestDossier.cut(Code.accept, revocation.raw, tip: needed, under: second.certificate)], by: second)
        #expect(try verdict(copy, device).reason == .notAnAdministrator)
    }

    @Test func everyReasonIsReached() {
        // Each has a test above, in ProcedureFoldTests, or in RegistryTests; a new one has to get one.
        #expect(AuthorityReason.allCases.count == 17)
    }
}
