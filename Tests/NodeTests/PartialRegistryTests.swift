import Authority
import CBOR
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

/// A registry that holds part of what is stored answers as the whole one.
@Suite(.serialized) struct PartialRegistryTests {
    /// What people and replicas see of a dossier, with nothing that could show how it was loaded.
    private func image(_ view: DossierView) -> [String] {
        view.state.verdicts.enumerated().map { index, verdict in
            let place = view.history.covers[index].entryCount
            let unit = verdict.unit.map { view.unitName($0) } ?? ""
            return "\(verdict.reason?.rawValue ?? "ok") \(String(describing: verdict.because)) \(unit) \(place) "
                + "\(view.authorName(of: index)) \(view.instrument(of: index) ?? "")"
        } + [view.state.hash.hex, view.history.digest.hex]
    }

    @Test(arguments: 1...12) func answersAsTheWhole(seed: UInt64) async throws {
        let network = try RandomNetwork(seed: seed)
        let folder = try TestFolder()
        let partial = try await network.replica(in: folder, "r")
        let whole = try Replica.open(partial.folder)
        let all = try whole.current().registry
        #expect(all.entries.count == network.world.entries.count)
        var generator = SeededGenerator(seed: seed)
        var ids = try whole.store.read { try $0.allDossiers() }
        #expect(ids.count == network.dossiers.count)
        for place in ids.indices { ids.swapAt(place, Int(generator.next() % UInt64(ids.count))) }
        for id in ids {
            let (one, two) = (try partial.view(id), try whole.view(id))
            #expect(image(one) == image(two))
            let row = try #require(try partial.store.read { try $0.row(of: id) })
            #expect(row.stateHash == one.state.hash)
            let last = try #require(one.history.items.last?.id)
            #expect(try partial.evidence(of: last, in: id).encoded == whole.evidence(of: last, in: id).encoded)
        }
        for (unit, people) in zip(network.units, network.people) {
            let part = try partial.current(.units([unit])).registry
            #expect(Set(part.tips(of: unit)) == Set(all.tips(of: unit)))
            #expect(Set(part.tips(of: nil)) == Set(all.tips(of: nil)))
            #expect(part.mandates(of: unit) == all.mandates(of: unit))
            for person in people {
                #expect(Set(part.keys(of: unit)) == Set(all.keys(of: unit)))
                #expect(part.revocations(of: person.certificate) == all.revocations(of: person.certificate))
                let (near, far) = (part.cover([person.certificate]), all.cover([person.certificate]))
                #expect(near?.entryCount == far?.entryCount && near != nil)
            }
            let (short, long) = (try partial.bundle(of: [unit]), try whole.bundle(of: [unit]))
            #expect(short == long)
        }
        #expect(try partial.check { _, _ in }.problems.isEmpty)
        #expect(try partial.rebuild { _, _ in }.isIdentical)
    }

    /// A view loads its parties and nobody else.
    @Test func aViewHoldsItsPartiesOnly() async throws {
        let network = try RandomNetwork(seed: 5)
        let folder = try TestFolder()
        let stored = try await network.replica(in: folder, "r")
        for dossier in network.dossiers.prefix(4) {
            let replica = try Replica.open(stored.folder)
            let id = try #require(dossier.history.dossier)
            let view = try replica.view(id)
            let whole = network.world.registry
            let parties = Set(dossier.history.parties.flatMap { $0 } + [network.units[0]])
            // What a chain of a party links has to be held too.
            let linked = Set(
                whole.entries.filter { !$0.links.isEmpty }.flatMap(\.links).compactMap { link in
                    whole.entry(link).flatMap { whole.unitID(ofChain: $0.chain) }
                })
            for entry in view.registry.entries where entry.chain != network.world.network {
                let unit = try #require(whole.unitID(ofChain: entry.chain))
                #expect(parties.contains(unit) || linked.contains(unit))
            }
            #expect(view.registry.entries.count < whole.entries.count)
        }
    }

    /// An entry that is stored and not held is no news, whoever sends it: no second row, no fork.
    @Test(arguments: 1...6) func whatIsStoredIsNotTakenTwice(seed: UInt64) async throws {
        let network = try RandomNetwork(seed: seed)
        let folder = try TestFolder()
        let stored = try await network.replica(in: folder, "r")
        let count = try stored.store.read { try $0.lastEntryNumber() }
        for (number, entry) in network.world.entries.enumerated() where number % 3 == 0 {
            let replica = try Replica.open(stored.folder)
            try await replica.ingest(entries: [entry.bytes], blobs: [])
            #expect(try replica.store.read { try $0.lastEntryNumber() } == count)
        }
        let all = try Replica.open(stored.folder).current().registry
        #expect(all.entries.count == network.world.entries.count)
    }

    /// New entries of chains that are not held, one at a time, each by a process of its own, beside one that stays.
    @Test(arguments: 1...6) func growthIsTheSameForWhoStaysAndWhoComes(seed: UInt64) async throws {
        let network = try RandomNetwork(seed: seed)
        let folder = try TestFolder()
        let first = try Replica.create(folder.file("r"))
        let entries = network.world.entries
        let half = entries.count / 2
        try first.take(
            RegistryBundle(network: network.world.network, entries: entries[..<half].map(\.bytes), names: [], blobs: [])
        )
        let stays = try Replica.open(first.folder)
        _ = try stays.current(.own)
        for entry in entries[half...] {
            let comes = try Replica.open(first.folder)
            try await comes.ingest(entries: [entry.bytes], blobs: [])
            if entry.height % 4 == 0 { _ = try stays.current(.units(Array(network.units.prefix(2)))) }
        }
        let (one, two) = (try stays.current().registry, try Replica.open(first.folder).current().registry)
        #expect(one.entries.count == entries.count && two.entries.count == entries.count)
        for entry in entries {
            #expect(one.cover([entry.id])?.entryCount == network.world.registry.cover([entry.id])?.entryCount)
            #expect(two.cover([entry.id])?.entryCount == network.world.registry.cover([entry.id])?.entryCount)
        }
        #expect(one.inCanonicalOrder(one.entries).map(\.id) == two.inCanonicalOrder(two.entries).map(\.id))
    }
}
