package import Envelope
package import Sodium

/// Why a well-formed, signed change set does not enter a dossier's history (Protocol 2 §4, §6).
package enum Refusal: Error, Equatable, Sendable {
    /// Parents that are not held: the dossier is asked for again, these by full id.
    case missingParents([ChangeSetID])
    /// Registry entries named in `reg`, or what they rest on, that are not held.
    case missingEntries([EntryID])
    case otherDossier
    case otherNetwork
    /// lamport is not exactly 1 + the greatest of the parents.
    case wrongLamport(found: UInt64, expected: UInt64)
    /// `previous` is another device's, or not one less.
    case wrongPrevious
    /// `previous` is named in `deps` as well.
    case previousAmongDeps
    /// The key is, by the registry heads of this change set, no root, administrator or certified key of a unit named as
    /// a party in its past.
    case noStanding(key: PublicKey)
    /// It carries operations, and its key has standing only as a node's: a node opens connections and writes nothing.
    case nodeKey(key: PublicKey)
    /// The `open` operation is not of the CDDL's shape.
    case badOpening
    /// No entry within its registry heads publishes the definition it names.
    case definitionNotPublished(EntryID)

    /// Whether more bytes from a peer can mend it; all else condemns the envelope for good.
    package var isMissingSomething: Bool {
        switch self {
        case .missingParents, .missingEntries: true
        default: false
        }
    }
}
