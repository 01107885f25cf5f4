import CBOR
package import Envelope
package import Sodium

/// The messages of Protocol 6 §3. The first byte of a frame is the kind; a CBOR sequence follows.
package enum Message: Sendable {
    case hello(Hello)
    /// Roots and registries are equal and nothing is missing: one byte.
    case equal
    /// Chain tips of the sender's registry for this connection.
    case registryTips([EntryID])
    /// Registry entries that the other side lacks, parents first.
    case registryEntries([[UInt8]])
    /// Digests of all children of nodes that differ.
    case tree([TreeCut])
    /// All leaves below nodes.
    case leaves([LeafList])
    /// Dossiers that the sender lacks, by short id.
    case need([UInt64])
    case vectors([Vector])
    /// The sender has asked all it has to ask.
    case questionsEnd
    /// Envelopes of one dossier, parents first.
    case changes(DossierID, [[UInt8]])
    case openings(DossierID, [[UInt8]])
    case changesEnd
    case want(Want)
    case piece(Piece)
    case wantsEnd
    case close(root: Bytes32, count: UInt64)

    package struct Hello: Sendable, Equatable {
        package let registryDigest: UInt64
        package let root: Bytes32
        package let count: UInt64
        /// Openings or files that the sender still lacks: then equal roots are not the end.
        package let isMissingOpenings: Bool
        /// Short ids of names in the registry that the sender lacks: then equal roots are not the end for a receiver
        /// who holds one of them.
        package let missingNames: [UInt64]
        /// Short ids of dossiers of the scope that the sender does not take for now: root and count are without them,
        /// and this exchange is.
        package let leftOut: [UInt64]

        package init(
            registryDigest: UInt64, root: Bytes32, count: UInt64, isMissingOpenings: Bool, missingNames: [UInt64] = [],
            leftOut: [UInt64] = []
        ) {
            (self.registryDigest, self.root, self.count) = (registryDigest, root, count)
            self.isMissingOpenings = isMissingOpenings
            (self.missingNames, self.leftOut) = (missingNames, leftOut)
        }
    }

    package struct TreeCut: Sendable {
        package let prefix: Prefix
        /// Keyed short digests of the 16 children; 0 for an empty one.
        package let digests: [UInt64]

        package init(prefix: Prefix, digests: [UInt64]) {
            self.prefix = prefix
            self.digests = digests
        }
    }

    package struct LeafList: Sendable {
        package let prefix: Prefix
        package let leaves: [(id: UInt64, digest: UInt64)]

        package init(prefix: Prefix, leaves: [(id: UInt64, digest: UInt64)]) {
            self.prefix = prefix
            self.leaves = leaves
        }
    }

    package struct Vector: Sendable {
        package let dossier: UInt64
        package let logs: [(device: UInt64, count: UInt64, tip: UInt64)]
        package let isQuestion: Bool

        package init(dossier: UInt64, logs: [(device: UInt64, count: UInt64, tip: UInt64)], isQuestion: Bool) {
            self.dossier = dossier
            self.logs = logs
            self.isQuestion = isQuestion
        }
    }

    /// An opening or file, for a place in a dossier of the scope.
    package struct Want: Sendable {
        package let dossier: DossierID
        package let commitment: Commitment
        /// Nil for an opening; the offset to go on from for a file.
        package let offset: UInt64?
        /// A definition or calendar by its hash instead.
        package let blob: BlobID?

        package init(dossier: DossierID, commitment: Commitment, offset: UInt64?, blob: BlobID?) {
            (self.dossier, self.commitment, self.offset, self.blob) = (dossier, commitment, offset, blob)
        }
    }

    package struct Piece: Sendable {
        package let name: Bytes32
        package let offset: UInt64
        package let total: UInt64
        package let bytes: [UInt8]

        package init(name: Bytes32, offset: UInt64, total: UInt64, bytes: [UInt8]) {
            (self.name, self.offset, self.total, self.bytes) = (name, offset, total, bytes)
        }
    }

    var kind: UInt8 {
        switch self {
        case .hello: 1
        case .equal: 2
        case .registryTips: 3
        case .registryEntries: 4
        case .tree: 5
        case .leaves: 6
        case .need: 7
        case .vectors: 8
        case .questionsEnd: 9
        case .changes: 10
        case .openings: 11
        case .changesEnd: 12
        case .want: 13
        case .piece: 14
        case .wantsEnd: 15
        case .close: 16
        }
    }
}

extension Message {
    package var encoded: [UInt8] {
        var writer = CBORWriter()
        switch self {
        case .hello(let hello):
            writer.unsigned(SyncLimits.version)
            writer.unsigned(hello.registryDigest)
            writer.bytes(hello.root.bytes)
            writer.unsigned(hello.count)
            writer.bool(hello.isMissingOpenings)
            writer.arrayHeader(hello.missingNames.count)
            for name in hello.missingNames { writer.unsigned(name) }
            writer.arrayHeader(hello.leftOut.count)
            for dossier in hello.leftOut { writer.unsigned(dossier) }
        case .equal, .questionsEnd, .changesEnd, .wantsEnd: break
        case .registryTips(let tips): for tip in tips { writer.bytes(tip.bytes) }
        case .registryEntries(let entries): for entry in entries { writer.bytes(entry) }
        case .tree(let cuts): for cut in cuts { cut.write(to: &writer) }
        case .leaves(let lists): for list in lists { list.write(to: &writer) }
        case .need(let ids): for id in ids { writer.unsigned(id) }
        case .vectors(let vectors): for vector in vectors { vector.write(to: &writer) }
        case .changes(let dossier, let items), .openings(let dossier, let items):
            writer.bytes(dossier.bytes)
            for item in items { writer.raw(item) }
        case .want(let want): want.write(to: &writer)
        case .piece(let piece):
            writer.bytes(piece.name.bytes)
            writer.unsigned(piece.offset)
            writer.unsigned(piece.total)
            writer.bytes(piece.bytes)
        case .close(let root, let count):
            writer.bytes(root.bytes)
            writer.unsigned(count)
        }
        return [kind] + writer.bytes
    }
}

extension Message.TreeCut {
    func write(to writer: inout CBORWriter) {
        writer.arrayHeader(4)
        writer.unsigned(UInt64(prefix.bitCount))
        writer.unsigned(prefix.bits)
        writer.unsigned(UInt64(Prefix.width))
        var packed: [UInt8] = []
        for digest in digests { packed.append(contentsOf: digest.bigEndianBytes) }
        writer.bytes(packed)
    }
}

extension Message.LeafList {
    func write(to writer: inout CBORWriter) {
        writer.arrayHeader(4)
        writer.unsigned(UInt64(prefix.bitCount))
        writer.unsigned(prefix.bits)
        writer.bool(true)
        var packed: [UInt8] = []
        for leaf in leaves {
            packed.append(contentsOf: leaf.id.bigEndianBytes)
            packed.append(contentsOf: leaf.digest.bigEndianBytes)
        }
        writer.bytes(packed)
    }
}

extension Message.Vector {
    func write(to writer: inout CBORWriter) {
        writer.arrayHeader(3)
        writer.unsigned(dossier)
        writer.bool(isQuestion)
        writer.arrayHeader(3 * logs.count)
        for log in logs {
            writer.unsigned(log.device)
            writer.unsigned(log.count)
            writer.unsigned(log.tip)
        }
    }
}

extension Message.Want {
    func write(to writer: inout CBORWriter) {
        if let blob {
            writer.bytes(blob.bytes)
            return
        }
        writer.bytes(dossier.bytes)
        writer.bytes(commitment.bytes)
        if let offset { writer.unsigned(offset) }
    }
}

extension UInt64 {
    package var bigEndianBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - 8 * $0)) }
    }

    init(bigEndian bytes: ArraySlice<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
