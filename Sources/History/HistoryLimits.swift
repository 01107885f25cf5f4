/// Limits of change sets (Protocol 8 §2). Each has a test at and one over.
package enum HistoryLimits {
    /// Bytes of a change set's payload.
    package static let changeSetByteCountMax = 49_152
    package static let operationCountMax = 512
    package static let depCountMax = 64
    package static let regCountMax = 16
    package static let zoneByteCountMax = 32
    package static let operationCodeMax = 65_535
    /// lamport, seq and times stay below 2^53.
    package static let integerBound: UInt64 = 1 << 53
}
