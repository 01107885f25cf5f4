import CBOR
import Envelope
import Registry
import Sodium
import TestSupport
import Testing

/// Requests come on a stick from somebody who may want more than he says (Protocol 3 §9).
@Suite struct KeyRequestTests {
    let key: TestKey
    let other: TestKey
    let network: NetworkID

    init() {
        var generator = SeededGenerator(seed: 31)
        key = TestKey(&generator)
        other = TestKey(&generator)
        network = NetworkID(Blake2b.hash([1], personal: Personal("x")))
    }

    func request(
        _ kind: KeyRequest.Kind = .device, unitKind: String = "", name: String = "Kepala Bidang",
        network: NetworkID? = nil, nameAudience: NameAudience? = nil
    ) -> KeyRequest {
        KeyRequest(
            kind: kind, key: key.publicKey, agreement: .zero, person: key.person, unitKind: unitKind, name: name,
            network: network, nameAudience: nameAudience)
    }

    func failure(_ bytes: [UInt8]) -> KeyRequestFailure? {
        do {
            _ = try KeyRequest.decode(bytes)
            return nil
        } catch { return error }
    }

    /// Signed as it is, whatever the rules say: what a program that is not ours would write.
    func forged(_ pairs: [(UInt64, CBORValue)], as objectClass: ObjectClass = .request) -> [UInt8] {
        let map = CBORValue.map(pairs.map { CBORPair(key: .unsigned($0.0), value: $0.1) })
        return Envelope.seal(map.encoded, as: objectClass, aad: ExternalData.genesis, key: key.key).bytes
    }

    func fields(
        kind: UInt64 = 3, name: CBORValue = .text("Kepala Bidang"), unitKind: CBORValue? = nil
    ) -> [(UInt64, CBORValue)] {
        var all: [(UInt64, CBORValue)] = [
            (1, .unsigned(kind)), (2, .bytes([UInt8](repeating: 0, count: 32))), (3, .bytes(key.person.bytes)),
            (5, name),
        ]
        if let unitKind { all.append((4, unitKind)) }
        return all
    }

    @Test(arguments: [KeyRequest.Kind.unitRoot, .administrator, .device, .node, .recovery])
    func isReadAsItWasWritten(kind: KeyRequest.Kind) throws {
        let asked = request(kind, unitKind: kind == .unitRoot ? "vendor" : "", network: network)
        let bytes = try asked.sealed { key.sign($0) }
        let read = try KeyRequest.decode(bytes)
        #expect(read.kind == kind)
        #expect(read.key == key.publicKey)
        #expect(read.person == key.person)
        #expect(read.unitKind == asked.unitKind)
        #expect(read.name == asked.name)
        #expect(read.network == network)
        #expect(try read.sealed { key.sign($0) } == bytes)
    }

    @Test func everyFlippedBitAndEveryTruncationIsRefused() throws {
        let bytes = try request(.unitRoot, unitKind: "applicant", network: network).sealed { key.sign($0) }
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(failure(changed) != nil, "bit \(bit)")
        }
        for count in 0..<bytes.count { #expect(failure(Array(bytes.prefix(count))) != nil, "\(count) bytes") }
        #expect(failure(bytes + [0]) != nil)
    }

    /// Nobody asks for another's key: the request is signed by the key that it carries.
    @Test func isSignedByTheKeyItCarries() throws {
        let asked = request()
        let stolen = try asked.sealed { other.sign($0) }
        #expect(failure(stolen) == .badSignature)
        // What the key signed as something else is no request.
        #expect(failure(forged(fields(), as: .entry)) == .envelope(.wrongClass(found: "mufakat/entry")))
        let elsewhere = Envelope.seal(
            CBORValue.map(fields().map { CBORPair(key: .unsigned($0.0), value: $0.1) }).encoded, as: .request,
            aad: ExternalData.network(network), key: key.key)
        #expect(failure(elsewhere.bytes) == .badSignature)
    }

    @Test func namesHaveALimit() throws {
        // Two bytes a letter: what counts is bytes.
        let longest = String(repeating: "é", count: NameRule.byteCountMax / 2)
        let bytes = try request(.unitRoot, unitKind: "it_agency", name: longest, network: network)
            .sealed { key.sign($0) }
        #expect(try KeyRequest.decode(bytes).name.utf8.count == 200)
        #expect(bytes.count < KeyRequest.byteCountMax / 2)
        let fault = NameRule.Fault.tooLong(byteCount: 201, limit: 200)
        #expect(throws: KeyRequestFailure.name(fault)) { try request(name: longest + "x").sealed { key.sign($0) } }
        #expect(failure(forged(fields(name: .text(longest + "x")))) == .name(fault))
    }

    @Test(arguments: [
        ("a\u{1b}[2J", UInt32(0x1b)), ("a\nb", 0x0a), ("a\u{7f}", 0x7f), ("a\u{9b}b", 0x9b), ("a\u{202e}b", 0x202e),
        ("a\u{200b}b", 0x200b), ("a\u{feff}b", 0xfeff), ("a\u{ad}b", 0xad), ("a\u{3164}b", 0x3164),
        ("a\u{2028}b", 0x2028), ("a\u{e000}b", 0xe000), ("a\u{e0041}b", 0xe0041), ("\u{0}", 0),
    ])
    func namesHoldNothingThatNobodySees(name: String, scalar: UInt32) {
        #expect(NameRule.fault(name) == .unprintable(scalar: scalar))
        #expect(failure(forged(fields(name: .text(name)))) == .name(.unprintable(scalar: scalar)))
    }

    @Test func namesAreNotBlank() {
        #expect(NameRule.fault("") == .empty)
        for name in [" ", "Dinas ", " Dinas", "\u{a0}Dinas", "Dinas\u{2003}"] {
            #expect(NameRule.fault(name) == .outerSpace, "\(name)")
        }
        for name in ["D", "Dinas Kearsipan & Perpustakaan", "Kepala Bidang (Plt.)", "Étude", "部"] {
            #expect(NameRule.fault(name) == nil, "\(name)")
        }
    }

    @Test func onlyAUnitHasAKind() {
        #expect(failure(forged(fields(unitKind: .text("vendor")))) == .unitKind("vendor"))
        #expect(failure(forged(fields(kind: 1))) == .unitKind(""))
        #expect(failure(forged(fields(kind: 1, unitKind: .text("king")))) == .unitKind("king"))
        #expect(failure(forged(fields(kind: 1, unitKind: .text("vendor")))) == nil)
        // The network's key asks nobody; a kind to come is not guessed at.
        for kind in [UInt64(0), 6, .max] { #expect(failure(forged(fields(kind: kind))) == .malformedBody) }
    }

    /// A unit says who shall learn its name; nobody else has a say in that.
    @Test func onlyAUnitSaysWhoLearnsItsName() throws {
        for audience in [nil, NameAudience.members, .parties] {
            let asked = request(.unitRoot, unitKind: "vendor", nameAudience: audience)
            let read = try KeyRequest.decode(try asked.sealed { key.sign($0) })
            #expect(read.nameAudience == audience)
        }
        let unit = fields(kind: 1, unitKind: .text("vendor"))
        #expect(failure(forged(unit + [(7, .unsigned(1))])) == nil)
        for other in [CBORValue.unsigned(2), .unsigned(.max), .negative(0), .null, .text("members")] {
            #expect(failure(forged(unit + [(7, other)])) == .malformedBody, "\(other)")
        }
        #expect(failure(forged(fields() + [(7, .unsigned(0))])) == .malformedBody)
        #expect(throws: KeyRequestFailure.malformedBody) {
            try request(.device, nameAudience: .members).sealed { key.sign($0) }
        }
    }

    @Test func agenciesAreFoundAndVendorsAreNot() {
        for kind in ["it_agency", "applicant", "authority"] {
            #expect(NameAudience.standard(ofKind: kind) == .members)
        }
        for kind in ["vendor", "", "it_agency ", "king"] { #expect(NameAudience.standard(ofKind: kind) == .parties) }
    }

    @Test func fieldsHaveOneForm() {
        #expect(failure(forged(fields() + [(8, .null)])) == .malformedBody)
        #expect(failure(forged(Array(fields().dropLast()))) == .malformedBody)
        #expect(failure(forged(fields(name: .bytes([65])))) == .malformedBody)
        #expect(failure(forged(fields() + [(6, .bytes([1]))])) == .malformedBody)
        #expect(failure(forged(fields(unitKind: .text("")))) == .malformedBody)
    }

    @Test func filesHaveALimit() {
        let filler = [UInt8](repeating: 0, count: KeyRequest.byteCountMax)
        // At the limit it is read, and found to be nothing; beyond it is not read at all.
        guard case .envelope? = failure(filler) else {
            Issue.record("read at the limit")
            return
        }
        #expect(failure(filler + [0]) == .tooLarge(byteCount: 1_025, limit: 1_024))
    }
}
