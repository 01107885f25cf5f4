/// Whose replicas receive an opening (Protocol 1 §5).
package enum Audience: Hashable, Sendable {
    /// All parties in the past of the change set that carries it.
    case all
    /// The author's own unit.
    case own
    /// Named units, sorted and unique, 1...16.
    case units([UnitID])

    package static let unitCountMax = 16
}

/// A commitment with its audience, as it stands in signed bytes; of a file the size stands beside it.
package struct Committed: Hashable, Sendable {
    package let commitment: Commitment
    package let audience: Audience
    /// Bytes of the file; nil for a value.
    package let size: UInt64?

    package init(commitment: Commitment, audience: Audience, size: UInt64? = nil) {
        self.commitment = commitment
        self.audience = audience
        self.size = size
    }
}

/// The value of a register, set element or cell. Texts compare by their UTF-8 bytes, never by Unicode equivalence.
package enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
    case committed(Committed)

    /// UTF-8 bytes (Protocol 8 §1).
    package static let textByteCountMax = 32_768
    package static let bytesCountMax = 64
}

extension Value: Hashable {
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.committed(let a), .committed(let b)): a == b
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .integer(let number): hasher.combine(number)
        case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .bytes(let bytes): hasher.combine(bytes)
        case .committed(let committed): hasher.combine(committed)
        }
    }
}
