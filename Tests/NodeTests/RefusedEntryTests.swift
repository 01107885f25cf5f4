import Envelope
import Node
import Registry
import Sodium
import Store
import Sync
import TestSupport
import Testing

extension BadPeerTests {
    /// Entries that rest on what nobody holds, signed by the unit's root.
    private func orphans(_ count: Int, _ office: TestOffice, _ unit: UnitID) throws -> [[UInt8]] {
        let root = try office.signer("root")
        return try (0..<count).map { number in
            try Entry.compose(
                chain: unit, height: number + 1, previous: EntryID([UInt8](repeating: 9, count: 32)), links: [],
                at: 0, body: .revoke(Revocation(target: unit, reason: .ended, effective: 0, cut: nil)),
                network: office.replica.current().identity.network, kid: root.publicKey,
                sign: { try root.sign($0) }
            ).bytes
        }
    }

    /// Each refused entry counts: after the 1,000th the exchange goes on, the 1,001st ends it.
    @Test(arguments: [999, 1_000, 1_001]) func refusedEntriesAreCounted(_ count: Int) async throws {
        let city = try TestCity()
        let network = try #require(try city.hub.replica.current().identity.network)
        let certificate = try certificate(city.opd, "node")
        let identity = try identity(
            city.opd, "node", certificate: certificate, proof: try proof(city.opd, certificate), network: network)
        let hello = Message.hello(
            Message.Hello(registryDigest: 1, root: .zero, count: 5, isMissingOpenings: false))
        // What follows tells whether the connection was still there.
        let held = try city.opd.replica.current().registry
        try city.opd.person("baru", roles: [])
        let news = try city.opd.replica.current().registry.entries.filter { !held.contains($0.id) }
        let good = try #require(news.last)
        let bad = try orphans(count, city.opd, city.units.opd)
        let batches = stride(from: 0, to: count, by: 200).map { Array(bad[$0..<min($0 + 200, count)]) }
        // Before all of it what the good one rests on.
        let entries = [held.entries.map(\.bytes)] + batches + [[good.bytes]]
        let frames = [hello, .registryTips([])] + entries.map { Message.registryEntries($0) }
        try await serving(city.hub) { port in
            // The last frame is none, and ends what is left.
            _ = try await converse(
                port, network: network, identity: identity, frames: frames.map(\.encoded) + [[200]])
        }
        let refused = try city.hub.replica.check { _, _ in }.refusals.filter { $0.reason.hasPrefix("entry missing") }
        #expect(refused.count == batches.count && refused.reduce(0) { $0 + $1.count } == count)
        #expect(try city.hub.replica.current().registry.contains(good.id) == (count <= SyncLimits.refusalCountMax))
    }
}
