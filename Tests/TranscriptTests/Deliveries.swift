import Dossier
import Envelope
import Foundation
import History
import Node
import Procedure
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// The replicas that a page made, and what each of their dossiers becomes when its change sets, and the registry, come in
/// other orders: shuffled, twice, and with everything of one device at the very end. Every time the same state.
struct Deliveries {
    let folder: TestFolder
    let page: String
    private(set) var orderCount = 0
    /// Replicas that agree have the same facts: one of them is enough.
    private var seen: Set<[Bytes32]> = []

    init(_ folder: TestFolder, page: String) {
        (self.folder, self.page) = (folder, page)
    }

    mutating func check() throws {
        let places = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { folder.file($0) }
        for place in places where Replica.exists(place) {
            let replica = try Replica.open(place)
            try replica.refold()
            for dossier in try replica.store.read({ try $0.allDossiers() }) { try check(dossier, of: replica) }
        }
    }

    private mutating func check(_ dossier: DossierID, of replica: Replica) throws {
        let view = try replica.view(dossier, .everything)
        let stored = try #require(try replica.store.read { try $0.row(of: dossier) }).stateHash
        #expect(stored == view.state.hash, "\(page): \(view.title) in \(replica.folder)")
        let tips = view.registry.entries.map(\.id.raw).sorted()
        guard seen.insert([view.history.digest, stored] + tips).inserted else { return }
        // They were checked when they came; `check` of the program does it again.
        let changes = view.history.items.map { Verified(storedBefore: $0) }
        let newer = try Self.definitions(
            DossierState.migrationEntries(view.history, view.registry), view.registry, replica.store)
        var generator = SeededGenerator(seed: UInt64(changes.count))
        var orders: [(name: String, changes: [Verified<ChangeSet>])] = (1...3).map { number in
            let twice = changes.filter { _ in generator.next() % 3 == 0 }
            return ("shuffled \(number)", (changes + twice).shuffled(using: &generator))
        }
        for author in Set(changes.map(\.value.author)).sorted(by: { $0.bytes < $1.bytes }) {
            let late = changes.filter { $0.value.author == author }.shuffled(using: &generator)
            let others = changes.filter { $0.value.author != author }.shuffled(using: &generator)
            orders.append(("\(author.hex.prefix(8)) last", others + late))
        }
        for order in orders {
            let registry = try Self.registry(view.registry.entries.shuffled(using: &generator))
            let history = try Self.history(order.changes, registry)
            let state = DossierState.fold(
                history: history, registry: registry, definition: view.state.pinned, newer: newer)
            #expect(history.count == changes.count, "\(page): \(view.title), \(order.name)")
            #expect(state.hash == stored, "\(page): \(view.title) of \(replica.folder), \(order.name)")
            orderCount += 1
        }
    }

    /// What the dossier may have migrated to.
    private static func definitions(
        _ entries: [EntryID], _ registry: Registry, _ store: Store
    ) throws -> [EntryID: ProcedureDefinition] {
        var found: [EntryID: ProcedureDefinition] = [:]
        for entry in entries {
            guard case .publishDefinition(let publication)? = registry.entry(entry)?.body,
                let bytes = try store.read({ try $0.blob(publication.blob) })
            else { continue }
            found[entry] = DefinitionLoader.load(bytes).definition
        }
        return found
    }

    /// As a replica takes them: what names something that has not come yet waits.
    private static func history(_ changes: [Verified<ChangeSet>], _ registry: Registry) throws -> DossierHistory {
        var history = DossierHistory(network: try #require(registry.network))
        var waiting: [Verified<ChangeSet>] = []
        for change in changes {
            waiting.append(change)
            var hasGrown = true
            while hasGrown {
                hasGrown = false
                var left: [Verified<ChangeSet>] = []
                for one in waiting {
                    let parents = one.value.deps + [one.value.previous].compactMap { $0 }
                    guard parents.allSatisfy(history.contains) else {
                        left.append(one)
                        continue
                    }
                    let before = history.count
                    _ = try history.insert(one, registry: registry)
                    hasGrown = hasGrown || history.count > before
                }
                waiting = left
            }
        }
        return history
    }

    private static func registry(_ entries: [Entry]) throws -> Registry {
        var registry = Registry()
        var waiting = entries.filter { $0.network != nil }
        for genesis in entries where genesis.network == nil { try registry.insert(Verified(storedBefore: genesis)) }
        while !waiting.isEmpty {
            var left: [Entry] = []
            for entry in waiting {
                do {
                    try registry.insert(Verified(storedBefore: entry))
                } catch {
                    guard case .missing = error else { throw error }
                    left.append(entry)
                }
            }
            try #require(left.count < waiting.count)
            waiting = left
        }
        return registry
    }
}
