package import CBOR
import Envelope

/// What a peer did wrong. Each ends the connection; nothing of what came with it is stored.
package enum Violation: Error, Equatable, Sendable {
    case malformed(CBORFailure)
    case unknownMessage(UInt8)
    case outOfTurn(String)
    case tooMany(field: String, count: Int, limit: Int)
    case badValue(field: String)
    case wrongVersion
    case badIdentity(String)
    /// Nothing moved any more although the roots differ.
    case noProgress
}

/// Limits of one connection (Protocol 6 §6).
package enum SyncLimits {
    package static let frameByteCountMax = 65_519
    package static let treeNodeCountMax = 2_048
    package static let leafCountMax = 2_048
    package static let roundCountMax = 24
    package static let wantCountMax = 512
    package static let pieceByteCount = 32_768
    /// Names that HELLO asks for.
    package static let missingNameCountMax = 16
    package static let version: UInt64 = 2
}
