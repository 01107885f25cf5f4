package import CBOR
package import Envelope

/// Why an entry does not enter the registry (Protocol 3 §3).
package enum EntryFailure: Error, Equatable, Sendable {
    case envelope(EnvelopeFailure)
    case malformed(CBORFailure)
    case malformedBody
    /// A body of a later version.
    case unknownBody(UInt64)
    case tooLarge(byteCount: Int, limit: Int)
    case badSignature
    /// The previous entry, the chain's opener, a link or a named entry is not held.
    case missing([EntryID])
    case wrongHeight(found: Int, expected: Int)
    case chainFull(limit: Int)
    /// Signed by another key than the chain's.
    case notTheChainsKey
    /// A body that this chain may not carry: authority acts on strictly lower levels only.
    case wrongLevel(code: UInt64)
    /// One more delegation beside those that no predecessor revokes.
    case tooManyDelegations(limit: Int)
    /// A revocation of what lies outside the unit, or of what an administrator may not end.
    case wrongTarget
    case otherNetwork
    /// A recovery set names a key or person twice, or a threshold that nobody or everybody reaches.
    case recoverySet
    /// A rotation by another key than the one to which the chain committed.
    case notTheNextKey
    /// Fewer distinct members of the recovery set consented than its threshold asks, or there is no set.
    case consentsMissing(found: Int, threshold: Int)
}

/// Limits of Protocol 8 §3.
package enum RegistryLimits {
    package static let entryByteCountMax = 4_096
    package static let chainEntryCountMax = 65_536
    package static let linkCountMax = 16
    /// Delegations of a root chain that no entry before the next one revokes.
    package static let delegationCountMax = 64
    /// What proves a certificate to a peer (Protocol 8 §5).
    package static let proofEntryCountMax = 64
    package static let proofByteCountMax = 128 << 10
}
