package import CBOR
import Envelope

/// What a peer did wrong. Each ends the connection; nothing of what came with it is stored.
package enum Violation: Error, Equatable, Sendable {
    case malformed(CBORFailure)
    case unknownMessage(UInt8)
    case outOfTurn(String)
    /// An answer to nothing that this side sent, or a second one.
    case unasked(String)
    case tooMany(field: String, count: Int, limit: Int)
    case badValue(field: String)
    case wrongVersion
    case badIdentity(String)
    /// Nothing moved any more although the roots differ.
    case noProgress
}

/// Limits of one exchange (Protocol 6 §3 and 8 §5). Whoever sends obeys them, whoever receives enforces them.
package enum SyncLimits {
    package static let frameByteCountMax = 65_519
    package static let cutCountMax = 256
    package static let leafListCountMax = 64
    /// Leaves of one list; who has more in a range asks by cuts.
    package static let leafCountMax = 48
    package static let needCountMax = 4_096
    package static let vectorCountMax = 64
    /// Logs of one vector; of a dossier with more everything goes.
    package static let logCountMax = 2_048
    package static let tipCountMax = 65_536
    package static let tipCountInFrame = 1_024
    /// Entries or change sets of one frame: each has a signature, so that no more fit.
    package static let changeCountInFrame = 512
    package static let openingCountInFrame = 2_048
    package static let entryCountMax = 262_144
    package static let nameCountMax = 524_288
    package static let blobByteCountMax = 1 << 20
    package static let roundCountMax = 24
    package static let wantCountMax = 512
    package static let refusalCountMax = 1_000
    package static let pieceByteCount = 32_768
    package static let fileByteCountMax: UInt64 = 256 << 20
    /// Counts and places in logs lie below.
    package static let numberBound: UInt64 = 1 << 53
    /// Names that HELLO asks for.
    package static let missingNameCountMax = 16
    /// Dossiers that HELLO says are not taken for now.
    package static let leftOutCountMax = 1_024
    package static let version: UInt64 = 3
}
