import Envelope
import Registry
import Sodium
import TestSupport
import Testing

/// What proves a certificate to somebody who holds only the network's genesis (Protocol 5 §2).
@Suite struct CertificateProofTests {
    /// The network rotated before it admitted the unit; the unit recovered and rotated before it delegated; the
    /// administrator certified a device. Mandates lie between.
    private let world: TestWorld
    private let unit: UnitID
    private let administrator: (key: TestKey, delegation: EntryID)
    private let device: TestKey
    private let certificate: EntryID
    /// Holds the network's genesis.
    private let bare: Registry

    init() throws {
        world = try TestWorld()
        try world.take(try world.succession(of: world.network))
        unit = try world.unit("Dinas", kind: "applicant")
        _ = try world.person(unit, "Kepala", roles: (0..<70).map { "role\($0)" })
        try world.take(try world.succession(of: unit, recovering: true))
        try world.take(try world.succession(of: unit))
        administrator = try world.administrator(unit)
        device = TestKey(&world.generator)
        let name = world.commit(.text("Laptop"), by: administrator.key.publicKey)
        certificate = try world.append(
            chain: administrator.delegation,
            .certify(
                Certificate(
                    key: device.publicKey, agreement: .zero, isNode: false, person: device.person, name: name)),
            by: administrator.key
        ).id
        var bare = Registry()
        try bare.insert(try #require(Verified(checking: world.entries[0])))
        self.bare = bare
    }

    private var entries: [Entry] { world.registry.proof(of: certificate) ?? [] }

    private func failure(_ proof: [Entry], _ registry: Registry? = nil) -> ProofFailure? {
        failure(bytes: proof.map(\.bytes), registry)
    }

    private func failure(bytes proof: [[UInt8]], _ registry: Registry? = nil) -> ProofFailure? {
        do throws(ProofFailure) {
            let read = try CertificateProof(proof, of: certificate, key: device.publicKey, in: registry ?? bare)
            #expect(read.unit == unit)
            try read.check(registry ?? bare)
            return nil
        } catch { return error }
    }

    /// The same entry by another key.
    private func forged(_ entry: Entry, by key: TestKey) throws -> Entry {
        try Entry.compose(
            chain: entry.chain, height: entry.height, previous: entry.previous, links: entry.links, at: entry.at,
            body: entry.body, network: world.network, kid: key.publicKey, sign: { key.sign($0) })
    }

    @Test func whatPutsTheKeysInForceIsEnough() throws {
        #expect(entries.map(\.body.code) == [8, 1, 16, 23, 22, 17, 18])
        #expect(failure(entries) == nil)
        #expect(failure([world.entries[0]] + entries) == nil)
        #expect(failure(entries, world.registry) == nil)
        #expect(failure([]) == .otherCertificate)
    }

    @Test func everyLinkIsNeeded() throws {
        for place in entries.indices {
            var fewer = entries
            fewer.remove(at: place)
            #expect(failure(fewer) != nil, "without \(place)")
            var twice = entries
            twice.insert(entries[place], at: place)
            #expect(failure(twice) != nil, "\(place) twice")
            #expect(failure(Array(entries.prefix(place))) == .otherCertificate)
        }
        #expect(failure(entries.reversed()) == .broken(place: 0))
        // Nothing that proves nothing.
        let mandate = try #require(world.entries.first { $0.body.code == 19 })
        #expect(failure(Array(entries.prefix(3)) + [mandate] + entries.dropFirst(3)) == .broken(place: 3))
        #expect(failure(entries + [mandate]) == .broken(place: entries.count))
    }

    @Test func everyLinkIsSignedByTheKeyInForce() throws {
        let thief = TestKey(&world.generator)
        for place in entries.indices {
            var other = entries
            other[place] = try forged(entries[place], by: thief)
            // A consent names the new key, so what it fits is not the thief's.
            let code = entries[place].body.code
            #expect(failure(other) == (code == 23 ? .entry(.badSignature) : .broken(place: place)), "\(place)")
            var bytes = entries.map(\.bytes)
            bytes[place][bytes[place].count - 1] ^= 1
            #expect(failure(bytes: bytes) != nil, "\(place) flipped")
            bytes[place] = Array(entries[place].bytes.dropLast())
            #expect(failure(bytes: bytes) != nil, "\(place) truncated")
        }
    }

    @Test func ofAnotherKeyOrNetworkItProvesNothing() throws {
        #expect(throws: ProofFailure.otherCertificate) {
            _ = try CertificateProof(
                entries.map(\.bytes), of: certificate, key: administrator.key.publicKey, in: bare)
        }
        #expect(throws: ProofFailure.otherCertificate) {
            _ = try CertificateProof(
                entries.map(\.bytes), of: administrator.delegation, key: device.publicKey, in: bare)
        }
        let other = try TestWorld(seed: 2)
        #expect(failure(entries, other.registry) != nil)
        #expect(failure([other.entries[0]] + entries) == .broken(place: 0))
    }

    @Test func whatIsKnownCountsAgainstIt() throws {
        // The registry of a replica that holds all but the certificate, and what ended meanwhile.
        var known = Registry()
        for entry in world.entries where entry.id != certificate {
            try known.insert(try #require(Verified(checking: entry)))
        }
        #expect(failure(entries, known) == nil)
        func after(_ entry: Entry) throws -> Registry {
            var registry = known
            try registry.insert(try #require(Verified(checking: entry)))
            return registry
        }
        let ending = EntryBody.revoke(
            Revocation(target: administrator.delegation, reason: .ended, effective: 0, cut: nil))
        let revoked = try world.compose(chain: unit, ending, by: world.root(of: unit))
        #expect(failure(entries, try after(revoked)) == .ended(administrator.delegation))
        let genesis = try #require(entries.first { $0.body.code == 16 })
        let recovery = try world.succession(of: unit, recovering: true, after: genesis).entry
        // A rival of equal rank beside the recovery on which the proof rests takes nothing away (Protocol 3 §6).
        #expect(failure(entries, try after(recovery)) == nil)
        // Whoever holds less knows by the key alone that its time is over.
        var less = bare
        let held = [entries[0], entries[1], genesis, recovery]
        for entry in world.entries.prefix(3) + held {
            try less.insert(try #require(Verified(checking: entry)))
        }
        let third = try #require(entries.first { $0.body.code == 23 })
        #expect(failure(entries, less) == .ended(third.id))
    }

    @Test(arguments: [60, 61]) func sixtyFourEntriesAreSentAndOneMoreIsNot(rotations: Int) throws {
        let young = try world.unit("Cabang", kind: "applicant")
        for _ in 0..<rotations { try world.take(try world.succession(of: young)) }
        let late = try world.certify(device, young, "Laptop")
        // The network's rotation, admission, genesis, and the certificate lie beside the unit's own.
        let proof = world.registry.proof(of: late)
        #expect(proof?.count == (rotations <= 60 ? rotations + 4 : nil))
    }
}
