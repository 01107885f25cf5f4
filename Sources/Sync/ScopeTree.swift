package import Envelope
package import Sodium

/// A dossier of a scope, as reconciliation sees it.
package struct ScopeEntry: Hashable, Sendable {
    package let dossier: DossierID
    /// H(id ‖ sorted heads).
    package let digest: Bytes32

    package init(dossier: DossierID, digest: Bytes32) {
        self.dossier = dossier
        self.digest = digest
    }
}

/// A node of the tree: the first `bitCount` bits of an id.
package struct Prefix: Hashable, Sendable {
    package let bitCount: Int
    /// The bits, left-aligned; zero beyond.
    package let bits: UInt64

    package static let root = Prefix(bitCount: 0, bits: 0)
    /// Cuts stop here; two ids that agree in so many bits stand in one leaf list.
    package static let bitCountMax = 60
    /// Bits from a node to its children in a cut.
    package static let width = 4
    package static let childCount = 1 << width

    package init(bitCount: Int, bits: UInt64) {
        self.bitCount = bitCount
        self.bits = bits
    }

    package func child(_ index: Int) -> Prefix {
        precondition((0..<Self.childCount).contains(index) && !isDeepest, "a node has 16 children down to 60 bits")
        return Prefix(
            bitCount: bitCount + Self.width, bits: bits | UInt64(index) << UInt64(64 - bitCount - Self.width))
    }

    /// The node whose cut names this one; nil for the root.
    package var parent: Prefix? {
        guard bitCount > Self.width else { return bitCount == 0 ? nil : .root }
        let kept = UInt64(64 - bitCount + Self.width)
        return Prefix(bitCount: bitCount - Self.width, bits: (bits >> kept) << kept)
    }

    package var isDeepest: Bool { bitCount + Self.width > Self.bitCountMax }

    func contains(_ word: UInt64) -> Bool {
        bitCount == 0 || (word ^ bits) >> UInt64(64 - bitCount) == 0
    }
}

/// The binary radix Merkle tree over the dossiers of a scope (Protocol 6 §2): the same set gives the same root.
package struct ScopeTree: Sendable {
    /// Sorted by id.
    package let entries: [ScopeEntry]
    /// Hashes of all inner nodes by the leaves below them, made once: a reconciliation asks for many.
    private let nodes: [Range<Int>: Bytes32]

    package init(sorted entries: [ScopeEntry]) {
        self.entries = entries
        var nodes: [Range<Int>: Bytes32] = [:]
        nodes.reserveCapacity(entries.count)
        _ = Self.hash(entries, entries.indices, bit: 0, &nodes)
        self.nodes = nodes
    }

    package init(_ entries: [ScopeEntry]) {
        self.init(sorted: entries.sorted { $0.dossier < $1.dossier })
    }

    private static let personal = Personal("mufakat merkle")

    package var root: Bytes32 { digest(.root) }

    /// Root of a range of leaves that agree in all bits before `bit`. Depth is bounded by the 256 bits of an id.
    private static func hash(
        _ entries: [ScopeEntry], _ range: Range<Int>, bit: Int, _ nodes: inout [Range<Int>: Bytes32]
    ) -> Bytes32 {
        guard let first = range.first else { return .zero }
        if range.count == 1 { return leaf(entries[first]) }
        // Single-child paths are collapsed: go to the first bit in which the leaves differ.
        var split = bit
        let last = range.upperBound - 1
        while entries[first].dossier.raw.bit(split) == entries[last].dossier.raw.bit(split) { split += 1 }
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].dossier.raw.bit(split) { high = middle } else { low = middle + 1 }
        }
        let left = hash(entries, range.lowerBound..<low, bit: split + 1, &nodes)
        let right = hash(entries, low..<range.upperBound, bit: split + 1, &nodes)
        let node = Blake2b.hash([1] + left.bytes + right.bytes, personal: personal)
        nodes[range] = node
        return node
    }

    private static func leaf(_ entry: ScopeEntry) -> Bytes32 {
        Blake2b.hash([0] + entry.dossier.bytes + entry.digest.bytes, personal: personal)
    }

    /// Indices of the leaves below a node.
    package func range(_ prefix: Prefix) -> Range<Int> {
        func lowerBound(_ word: UInt64) -> Int {
            var (low, high) = (0, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].dossier.raw.prefix64 < word { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let start = lowerBound(prefix.bits)
        if prefix.bitCount == 0 { return entries.indices }
        let (end, overflow) = prefix.bits.addingReportingOverflow(1 << UInt64(64 - prefix.bitCount))
        return start..<(overflow ? entries.count : lowerBound(end))
    }

    package func digest(_ prefix: Prefix) -> Bytes32 {
        let range = range(prefix)
        guard let first = range.first else { return .zero }
        if range.count == 1 { return Self.leaf(entries[first]) }
        guard let node = nodes[range] else { preconditionFailure("every node's leaves are a range of the tree") }
        return node
    }
}
