import CBOR
import Envelope
import Foundation
import Node
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// Two offices that share nothing but files: what is refused, by which name, and that nothing was written then.
@Suite struct EnrolmentTests {
    let hub: TestOffice
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        hub = try Self.city("Kota")
    }

    static func city(_ name: String) throws -> TestOffice {
        let office = try TestOffice()
        try office.key("network", .network)
        _ = try office.replica.createNetwork(name: name, root: try office.signer("network"))
        let root = try office.key("root", .unitRoot)
        let unit = try office.replica.admit(
            KeyRequest(root, unitKind: "it_agency", name: "Diskominfo"), root: try office.signer("network"))
        try office.replica.beginUnit(unit, root: try office.signer("root"), person: root.person)
        return office
    }

    /// A request as it lies on the stick.
    func ask(_ office: TestOffice, _ key: String, _ kind: KeyKind, name: String, unitKind: String = "") throws
        -> [UInt8]
    {
        let file = try office.key(key, kind)
        return try KeyRequest(
            file, unitKind: unitKind, name: name, network: try office.replica.current().identity.network
        ).sealed(by: try office.signer(key))
    }

    func admit(_ bytes: [UInt8], at office: TestOffice? = nil) throws -> JoinFile {
        let office = office ?? hub
        let request = try EnrolmentFile.decode(bytes, path: "stick", .unitRequest)
        let unit = try office.replica.admit(request, root: try office.signer("network"))
        return try office.replica.joinFile(for: unit)
    }

    func certify(_ bytes: [UInt8], person: PersonID? = nil) throws -> JoinFile {
        let request = try EnrolmentFile.decode(bytes, path: "stick", .deviceRequest)
        let entry = try hub.replica.certify(request, by: try hub.signer("root"), person: person)
        return try hub.replica.joinFile(for: entry)
    }

    /// The failure of an enrolment, and that the replica is as it was.
    func refusal(
        _ office: TestOffice, _ body: () throws -> Void, _ place: SourceLocation = #_sourceLocation
    ) throws -> NodeFailure? {
        let before = try office.replica.current()
        var failure: NodeFailure?
        do {
            try body()
            Issue.record("not refused", sourceLocation: place)
        } catch { failure = error as? NodeFailure }
        // Read anew, not from memory.
        let after = try Replica.open(office.replica.folder).current()
        #expect(
            after.registry.entries.map(\.id).sorted() == before.registry.entries.map(\.id).sorted(),
            sourceLocation: place)
        #expect(after.identity == before.identity, sourceLocation: place)
        return failure
    }

    func enrolment(
        _ office: TestOffice, _ body: () throws -> Void, _ place: SourceLocation = #_sourceLocation
    ) throws -> EnrolmentFailure? {
        guard case .enrolment(let failure)? = try refusal(office, body, place) else { return nil }
        return failure
    }

    // MARK: What works

    @Test func aUnitAndALaptopJoinByFiles() throws {
        let (opd, laptop) = (try TestOffice(), try TestOffice())
        let invitation = try admit(try ask(opd, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant"))
        let read = try JoinFile.decode(invitation.encoded, path: "stick")
        let joined = try opd.replica.join(read, path: "stick")
        #expect(joined.isNew)
        #expect(joined.key.name == "root")
        try opd.replica.beginUnit(joined.unit, root: try opd.signer("root"), person: joined.key.person)
        #expect(try opd.replica.current().identity.unit == joined.unit)
        // The same once more changes nothing and says so.
        let before = try opd.replica.current().registry.entries.count
        #expect(try !opd.replica.join(read, path: "stick").isNew)
        #expect(try opd.replica.current().registry.entries.count == before)

        let certificate = try certify(try ask(laptop, "kabid", .device, name: "Kepala Bidang"))
        #expect(!certificate.isInvitation)
        let device = try laptop.replica.join(certificate, path: "stick")
        #expect(device.unit == (try hub.replica.current().identity.unit))
        #expect(try laptop.replica.current().identity.unit == device.unit)
        #expect(try !laptop.replica.join(certificate, path: "stick").isNew)
    }

    @Test func examiningWritesNothing() throws {
        let opd = try TestOffice()
        let invitation = try admit(try ask(opd, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant"))
        let seen = try opd.replica.examine(invitation, path: "stick")
        #expect(seen.isNew)
        #expect(try opd.replica.admission(in: invitation).name == "Dinas Arsip")
        #expect(try opd.replica.current().registry.entries.isEmpty)
        #expect(try Replica.open(opd.replica.folder).current().registry.entries.isEmpty)
    }

    // MARK: Files of another kind, damaged files

    @Test func filesOfAnotherKindAreNamed() throws {
        let (opd, laptop) = (try TestOffice(), try TestOffice())
        let unit = try ask(opd, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant")
        let device = try ask(laptop, "kabid", .device, name: "Kepala Bidang")
        let invitation = try admit(unit).encoded
        let certificate = try certify(device).encoded
        let store = try Data(contentsOf: URL(fileURLWithPath: hub.replica.folder + "/mufakat.sqlite"))
        let key = try Data(contentsOf: URL(fileURLWithPath: hub.replica.folder + "/keys/root.key"))
        let kinds: [([UInt8], EnrolmentFileKind)] = [
            (unit, .unitRequest), (device, .deviceRequest), (invitation, .invitation), (certificate, .certificate),
            ([UInt8](store), .store), ([UInt8](key), .key), (TestDefinitions.small, .procedure), ([], .unknown),
            (Array("surat".utf8), .unknown), ([0x83, 0x72] + Array("mufakat-evidence/1".utf8) + [0, 0], .evidence),
        ]
        for (bytes, kind) in kinds {
            #expect(EnrolmentFile.kind(bytes) == kind)
            let path = folder.file("stick")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            for expected in [EnrolmentFileKind.unitRequest, .deviceRequest] where expected != kind {
                let failure = try enrolment(hub) { _ = try EnrolmentFile.request(path, expected) }
                guard case .otherKind(path, kind, expected)? = failure else {
                    Issue.record("\(kind) as \(expected): \(String(describing: failure))")
                    continue
                }
            }
            guard kind != .invitation, kind != .certificate else { continue }
            let failure = try enrolment(hub) { _ = try JoinFile.read(path) }
            guard case .otherKind(path, kind, .invitation)? = failure else {
                Issue.record("\(kind) to join: \(String(describing: failure))")
                continue
            }
        }
    }

    @Test func aDamagedFileIsRefusedWhereverItIsDamaged() throws {
        let opd = try TestOffice()
        let bytes = try admit(try ask(opd, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant")).encoded
        func isRefused(_ changed: [UInt8]) -> Bool {
            do {
                _ = try JoinFile.decode(changed, path: "stick")
                return false
            } catch NodeFailure.enrolment(.damaged("stick", _)) { return true } catch { return false }
        }
        #expect(!isRefused(bytes))
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= UInt8(1 << (place % 8))
            #expect(isRefused(changed), "byte \(place)")
            #expect(isRefused(Array(bytes.prefix(place))), "\(place) bytes")
        }
        #expect(isRefused(bytes + [0]))
    }

    /// The digest is no secret: who changes a file on purpose makes a new one. Then the signatures speak.
    @Test func aFileMadeAnewIsJudgedByItsSignatures() throws {
        let opd = try TestOffice()
        let good = try admit(try ask(opd, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant"))
        for place in good.bundle.entries.indices {
            var entries = good.bundle.entries
            entries[place][entries[place].count - 1] ^= 1
            let bad = JoinFile(
                subject: good.subject, isInvitation: true,
                bundle: RegistryBundle(
                    network: good.bundle.network, entries: entries, names: good.bundle.names, blobs: good.bundle.blobs))
            let read = try JoinFile.decode(bad.encoded, path: "stick")
            guard
                case .entryRefused(.badSignature)? = try refusal(opd, { _ = try opd.replica.join(read, path: "stick") })
            else {
                Issue.record("entry \(place)")
                continue
            }
        }
        // Named for an entry that is not in it, or that admits nobody; or said to be a certificate.
        let genesis = good.bundle.network
        for (subject, isInvitation) in [(EntryID(.zero), true), (genesis, true), (good.subject, false)] {
            let bad = JoinFile(subject: subject, isInvitation: isInvitation, bundle: good.bundle)
            guard case .damaged? = try enrolment(opd, { _ = try opd.replica.join(bad, path: "stick") }) else {
                Issue.record("subject \(subject.hex)")
                continue
            }
        }
    }

    @Test func filesHaveALimit() throws {
        let path = folder.file("stick")
        for count in [JoinFile.byteCountMax, JoinFile.byteCountMax + 1] {
            try Data().write(to: URL(fileURLWithPath: path))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.truncate(atOffset: UInt64(count))
            try file.close()
            do {
                _ = try JoinFile.read(path)
                Issue.record("read")
            } catch NodeFailure.enrolment(.otherKind(_, .unknown, _)) {
                #expect(count == JoinFile.byteCountMax)
            } catch StoreFailure.tooLarge(_, let found, let limit) {
                #expect(found == count && limit == JoinFile.byteCountMax && count > limit)
            }
        }
    }

    // MARK: Replays and strangers

    @Test func aRequestServesOnce() throws {
        let (opd, laptop) = (try TestOffice(), try TestOffice())
        let unit = try ask(opd, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant")
        let device = try ask(laptop, "kabid", .device, name: "Kepala Bidang")
        _ = try admit(unit)
        guard case .alreadyAdmitted("Dinas Arsip")? = try enrolment(hub, { _ = try admit(unit) }) else {
            Issue.record("admitted twice")
            return
        }
        let certificate = try certify(device)
        guard case .alreadyCertified("Kepala Bidang")? = try enrolment(hub, { _ = try certify(device) }) else {
            Issue.record("certified twice")
            return
        }
        // A key that was ended does not come back.
        _ = try hub.replica.revoke(
            certificate.subject, reason: .ended, effective: 0, by: try hub.author("root"))
        guard case .alreadyCertified? = try enrolment(hub, { _ = try certify(device) }) else {
            Issue.record("certified again after its end")
            return
        }
        // The same key under another name, or as an administrator, is the same key.
        let file = try laptop.replica.keys.file("kabid")
        for kind in [KeyRequest.Kind.administrator, .node, .device] {
            let again = KeyRequest(
                kind: kind, key: file.publicKey, agreement: file.agreement, person: try Replica.newPerson(),
                unitKind: "", name: "Lain", network: nil)
            let bytes = try again.sealed(by: try laptop.signer("kabid"))
            guard case .alreadyCertified? = try enrolment(hub, { _ = try certify(bytes) }) else {
                Issue.record("\(kind)")
                continue
            }
        }
    }

    /// Whoever carries the number of the head of office would hold his mandates.
    @Test func aRequestForAPersonOfTheUnitIsServedOnlyWhereTheAuthoritySaysSo() throws {
        let kadis = try hub.key("kadis", .device)
        _ = try hub.replica.certify(KeyRequest(kadis, unitKind: "", name: "Kepala Dinas"), by: try hub.signer("root"))
        let thief = try TestOffice()
        let key = try KeyFile.make(name: "x", kind: .device, person: kadis.person, passphrase: nil)
        try thief.replica.keys.add(key)
        let bytes = try KeyRequest(key, unitKind: "", name: "Staf").sealed(by: try thief.signer("x"))
        guard case .personKnown("Kepala Dinas")? = try enrolment(hub, { _ = try certify(bytes) }) else {
            Issue.record("a key for another's person")
            return
        }
        guard case .otherPerson? = try enrolment(hub, { _ = try certify(bytes, person: try Replica.newPerson()) })
        else {
            Issue.record("another person than named")
            return
        }
        let root = try hub.replica.keys.file("root")
        let asRoot = try KeyFile.make(name: "y", kind: .device, person: root.person, passphrase: nil)
        try thief.replica.keys.add(asRoot)
        let second = try KeyRequest(asRoot, unitKind: "", name: "Staf").sealed(by: try thief.signer("y"))
        guard case .personKnown? = try enrolment(hub, { _ = try certify(second) }) else {
            Issue.record("a key for the holder of the root key")
            return
        }
        // The second laptop of the same person.
        _ = try thief.replica.join(try certify(bytes, person: kadis.person), path: "stick")
    }

    @Test func swappedAndForeignFilesAreRefused() throws {
        let (first, second) = (try TestOffice(), try TestOffice())
        let one = try admit(try ask(first, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant"))
        let two = try admit(try ask(second, "root", .unitRoot, name: "Dinas Kesehatan", unitKind: "applicant"))
        guard
            case .keyNotHere("stick", "Dinas Kesehatan")? = try enrolment(
                first, { _ = try first.replica.join(two, path: "stick") }),
            case .keyNotHere("stick", "Dinas Arsip")? = try enrolment(
                second, { _ = try second.replica.join(one, path: "stick") })
        else {
            Issue.record("swapped")
            return
        }
        _ = try first.replica.join(one, path: "stick")
        guard
            case .keyNotHere? = try enrolment(first, { _ = try first.replica.join(two, path: "stick") })
        else {
            Issue.record("swapped afterwards")
            return
        }
        // A certificate for a key that lies elsewhere.
        let laptop = try TestOffice()
        let certificate = try certify(try ask(laptop, "kabid", .device, name: "Kepala Bidang"))
        guard
            case .keyNotHere("stick", "Kepala Bidang")? = try enrolment(
                second, { _ = try second.replica.join(certificate, path: "stick") })
        else {
            Issue.record("another's certificate")
            return
        }
    }

    @Test func aReplicaBelongsToOneUnitAndOneNetwork() throws {
        let opd = try TestOffice()
        let invitation = try admit(try ask(opd, "root", .unitRoot, name: "Dinas Arsip", unitKind: "applicant"))
        let joined = try opd.replica.join(invitation, path: "stick")
        try opd.replica.beginUnit(joined.unit, root: try opd.signer("root"), person: joined.key.person)
        // A device key made here, certified by another unit.
        let foreign = try certify(try ask(opd, "tamu", .device, name: "Tamu"))
        guard case .otherUnit("Dinas Arsip")? = try enrolment(opd, { _ = try opd.replica.join(foreign, path: "stick") })
        else {
            Issue.record("another unit")
            return
        }
        // Another network admits the same key, and asks it in.
        let elsewhere = try Self.city("Kabupaten")
        let asked = KeyRequest(try opd.replica.keys.file("root"), unitKind: "applicant", name: "Dinas Arsip")
        let bytes = try asked.sealed(by: try opd.signer("root"))
        let other = try admit(bytes, at: elsewhere)
        guard case .wrongNetwork? = try refusal(opd, { _ = try opd.replica.join(other, path: "stick") }) else {
            Issue.record("another network")
            return
        }
        // A request made in one network does not serve in another.
        let device = try ask(opd, "staf", .device, name: "Staf")
        guard
            case .wrongNetwork? = try refusal(
                elsewhere,
                {
                    let request = try EnrolmentFile.decode(device, path: "stick", .deviceRequest)
                    _ = try elsewhere.replica.certify(request, by: try elsewhere.signer("root"))
                })
        else {
            Issue.record("a request of another network")
            return
        }
    }

    // MARK: Fingerprints

    @Test func fingerprintsCompareWholeOrNotAtAll() throws {
        let bytes = try #require(Bytes32(hex: String(repeating: "0123456789abcdef", count: 4)))
        #expect(Fingerprint.text(bytes) == "0123 4567 89ab cdef 0123 4567 89ab cdef")
        for same in [
            Fingerprint.text(bytes), "0123456789ABCDEF 0123456789abcdef", "0123-4567-89AB-CDEF-0123-4567-89ab-cdef",
            bytes.hex,
        ] {
            #expect(Fingerprint.matches(same, bytes) == true, "\(same)")
        }
        let digits = Array("0123456789abcdef0123456789abcdef")
        for place in digits.indices {
            var changed = digits
            changed[place] = changed[place] == "0" ? "1" : "0"
            #expect(Fingerprint.matches(String(changed), bytes) == false, "digit \(place)")
        }
        // The last digit of the whole id counts as well.
        #expect(Fingerprint.matches(String(bytes.hex.dropLast()) + "0", bytes) == false)
        for none in ["", "0123 4567", String(digits.dropLast()), String(digits) + "0", "0123 4567 89ab cdeg " + digits]
        {
            #expect(Fingerprint.matches(none, bytes) == nil, "\(none)")
        }
    }
}
