package import CBOR
package import Envelope

/// Why bytes are no change set, whatever else is known. The author's or a carrier's fault (Protocol 2 §3).
package enum ChangeSetFailure: Error, Equatable, Sendable {
    case envelope(EnvelopeFailure)
    case malformed(CBORFailure)
    case unknownKey(UInt64)
    case missingKey(UInt64)
    case payloadTooLarge(byteCount: Int, limit: Int)
    case unsorted(field: Field)
    case tooMany(field: Field, count: Int, limit: Int)
    case empty(field: Field)
    case outOfRange(field: Field)
    /// seq above 0 without `previous`, or the reverse.
    case seqWithoutPrevious
    /// A first change set must open the dossier, and only a first may.
    case notAnOpening
    /// It names another dossier than the one it was offered for.
    case otherDossier

    package enum Field: String, Sendable {
        case deps, reg, ops, at, zone, seq, lamport, code, identifier
    }
}
