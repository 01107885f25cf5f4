import Envelope
import Registry
import Sodium
import TestSupport

/// What all histories begin with, built once.
struct Base {
    let world: World
    let replica: Replica
    let names: [String]
    let changeNames: [String]
    let network: NetworkID

    /// Up to this many new items every order of delivery is tried; with more, shuffles.
    static let exhaustiveItemCountMax = 5

    init(_ line: String, definition: [UInt8]) throws {
        var world = World(definition: definition)
        var replica = Replica()
        let items = try line.split(separator: ";").map { try Item($0) }
        for item in items {
            let network = replica.registry.network
            if item.isEntry {
                _ = try world.add(entry: item, network: network)
            } else if let network {
                _ = try world.add(change: item, network: network)
            }
            try replica.take(item.name, in: world)
        }
        guard let network = replica.registry.network else { throw HistoryFailure.unknown("no network") }
        (self.world, self.replica, self.network) = (world, replica, network)
        names = items.map(\.name)
        changeNames = items.filter { !$0.isEntry }.map(\.name)
    }

    /// The result, the same in every order; then the names of entries in the order of their ids, and how many orders.
    func run(_ line: String, shuffles: Int) throws -> String {
        let items = try line.split(separator: ";").map { try Item($0) }
        var world = world
        for item in items {
            if item.isEntry {
                _ = try world.add(entry: item, network: network)
            } else {
                _ = try world.add(change: item, network: network)
            }
        }
        let changes = changeNames + items.filter { !$0.isEntry }.map(\.name)
        var delivery = Delivery(items: items, names: changes, world: world)
        if items.count <= Self.exhaustiveItemCountMax {
            try delivery.everyOrder(replica)
        } else {
            try delivery.shuffled(replica, times: shuffles)
        }
        let ranked = world.entries.sorted { $0.value.id < $1.value.id }.map(\.key)
        return "\(delivery.first?.words ?? "")|\(ranked.joined(separator: ","))|\(delivery.orderCount)"
    }
}

/// Tries orders of delivery and holds their results against the first.
struct Delivery {
    let items: [Item]
    let names: [String]
    let world: World
    private(set) var first: (words: String, hash: Bytes32)?
    private(set) var orderCount = 0

    init(items: [Item], names: [String], world: World) {
        (self.items, self.names, self.world) = (items, names, world)
    }

    /// Depth is the number of items, at most ``Base/exhaustiveItemCountMax``.
    mutating func everyOrder(_ replica: Replica) throws {
        var isComplete = true
        for item in items where !replica.held.contains(item.name) {
            isComplete = false
            guard replica.mayTake(item) else { continue }
            var grown = replica
            try grown.take(item.name, in: world)
            try everyOrder(grown)
        }
        if isComplete { try hold(replica) }
    }

    /// The order of the history, entries last, entries first, and random ones.
    mutating func shuffled(_ replica: Replica, times: Int) throws {
        var generator = SeededGenerator(seed: UInt64(items.count))
        try deliver(items, replica)
        try deliver(items.filter { !$0.isEntry } + items.filter(\.isEntry), replica)
        try deliver(items.filter(\.isEntry) + items.filter { !$0.isEntry }, replica)
        for _ in 0..<times { try deliver(items.shuffled(using: &generator), replica) }
    }

    /// Takes each time the first that may be taken.
    private mutating func deliver(_ wanted: [Item], _ replica: Replica) throws {
        var (grown, rest) = (replica, wanted)
        while let place = rest.firstIndex(where: grown.mayTake) {
            try grown.take(rest.remove(at: place).name, in: world)
        }
        try hold(grown)
    }

    private mutating func hold(_ replica: Replica) throws {
        orderCount += 1
        let result = try replica.result(names, in: world)
        guard let first else {
            first = result
            return
        }
        if first.hash != result.hash || first.words != result.words {
            throw HistoryFailure.differs(first.words, result.words)
        }
    }
}
