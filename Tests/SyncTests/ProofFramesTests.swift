import CBOR
import Envelope
import Registry
import Sodium
import Sync
import TestSupport
import Testing

/// The frames after an identity (Protocol 5 §2, 8 §5).
@Suite struct ProofFramesTests {
    private func read(_ frames: [[UInt8]], count: Int) throws -> ProofFrames {
        var read = ProofFrames(count: count)
        for frame in frames { try read.take(frame) }
        return read
    }

    @Test(arguments: [0, 1, 64]) func entriesComeAsTheyWereSent(count: Int) throws {
        let entries = (0..<count).map { [UInt8](repeating: UInt8($0), count: 1_000 + $0) }
        let frames = ProofFrames.encode(entries)
        #expect(frames.allSatisfy { $0.count <= SyncLimits.frameByteCountMax })
        #expect(try read(frames, count: count).entries == entries)
        #expect(try read(frames, count: count).isComplete)
    }

    @Test func oneEntryMoreThanTheIdentitySaysIsNotTaken() throws {
        let frames = ProofFrames.encode([[1], [2], [3]])
        #expect(throws: Violation.tooMany(field: "proof", count: 3, limit: 2)) { try read(frames, count: 2) }
        #expect(try !read(frames, count: 4).isComplete)
    }

    @Test func aFrameBringsAnEntry() {
        #expect(throws: Violation.badValue(field: "proof")) { try read([[]], count: 1) }
        #expect(throws: (any Error).self) { try read([[0x41]], count: 1) }
        #expect(throws: (any Error).self) { try read([[0x01]], count: 1) }
    }

    @Test func oneByteBeyondAllBytesIsNotTaken() throws {
        let limit = RegistryLimits.proofByteCountMax
        var entries = [[UInt8]](repeating: [UInt8](repeating: 0, count: limit / 64), count: 64)
        #expect(try read(ProofFrames.encode(entries), count: 64).isComplete)
        entries[63].append(0)
        #expect(throws: Violation.tooMany(field: "proof bytes", count: limit + 1, limit: limit)) {
            try read(ProofFrames.encode(entries), count: 64)
        }
    }

    @Test(arguments: [64, 65]) func anIdentityAnnouncesSixtyFourAtMost(count: Int) throws {
        var generator = SeededGenerator(seed: 1)
        let key = TestKey(&generator)
        let (network, hash) = (NetworkID(.zero), [UInt8](repeating: 7, count: 32))
        let frame = Identification.compose(
            role: .initiator, handshakeHash: hash, certificate: EntryID(.zero), peer: nil, proofCount: count,
            network: network, kid: key.publicKey, sign: { key.sign($0) })
        func check() throws -> Int {
            try Identification.check(frame, from: .initiator, handshakeHash: hash, network: network).proofCount
        }
        if count <= RegistryLimits.proofEntryCountMax {
            #expect(try check() == count)
        } else {
            #expect(throws: Violation.tooMany(field: "proof", count: count, limit: 64)) { try check() }
        }
    }
}
