package import Envelope
package import Registry

/// Why a change set has no authority (Protocol 3 §8). The raw values are the codes of the reason table.
package enum AuthorityReason: String, Sendable, CaseIterable {
    /// The operation wants a mandate and names none, or names something else.
    case noMandate = "no-mandate"
    /// The mandate lies outside its own registry heads.
    case mandateNotHeld = "mandate-not-held"
    case mandateOfAnotherPerson = "mandate-of-another-person"
    case mandateOfAnotherUnit = "mandate-of-another-unit"
    /// The stated time lies outside the mandate's term.
    case outsideTerm = "outside-term"
    /// It was signed after its author had seen the revocation.
    case revokedInOwnPast = "revoked-in-own-past"
    /// Revoked, outside the cut, stated before the effective time: *perlu pengesahan*.
    case awaitsRatification = "awaits-ratification"
    /// Revoked, outside the cut, stated after the effective time: *tanpa akibat*.
    case revoked = "revoked"
    /// Later than a fork of its own key.
    case afterOwnFork = "after-own-fork"
    /// The entry it rests on lies outside a chain's cut, or above a fork of which both branches are held.
    case outsideChainCut = "outside-chain-cut"
    case aboveChainFork = "above-chain-fork"
    /// A node's key has no effect in dossiers.
    case nodeKey = "node-key"
    /// The unit was suspended and the other parties did not accept this.
    case suspended = "suspended"
    /// accept and decline are an administrator's or the root's.
    case notAnAdministrator = "not-an-administrator"
    /// An act stands with other operations in its change set.
    case notAlone = "not-alone"
    /// The feature of an operation is not enabled within its own registry heads.
    case featureNotEnabled = "feature-not-enabled"
}

/// Who acted, in which capacity, and whether it has authority.
package struct Verdict: Sendable {
    package var unit: UnitID?
    package var standing: KeyStanding?
    package var person: PersonID?
    package var mandateID: EntryID?
    package var mandate: Mandate?
    /// Nil where authorised.
    package var reason: AuthorityReason?
    /// The revocation or suspension behind the reason.
    package var because: EntryID?
    /// The same question without the protection clause: decides who counts as a rival (Protocol 4 §3.7).
    package var isRivalEntitled: Bool

    package var isAuthorised: Bool { reason == nil }
    package var role: String? { mandate?.role }
}
