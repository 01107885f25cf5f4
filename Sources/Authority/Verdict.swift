package import Envelope
package import Registry
package import Sodium

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
    /// The unit was removed from this dossier, and the others did not accept this.
    case removed = "removed"
    /// accept and decline are an administrator's or the root's.
    case notAnAdministrator = "not-an-administrator"
    /// An act stands with other operations in its change set.
    case notAlone = "not-alone"
    /// The feature of an operation is not enabled within its own registry heads.
    case featureNotEnabled = "feature-not-enabled"

    /// Law B: valid as signed, taken away by something that was learnt later.
    package var isEnding: Bool {
        switch self {
        case .awaitsRatification, .revoked, .suspended, .removed: true
        default: false
        }
    }
}

/// Who acted, in which capacity, and whether it has authority.
package struct Verdict: Sendable {
    /// Who wrote, and the mandate that is named: both shared by the change sets of a key.
    let subject: Subject?
    var named: NamedMandate?
    /// Nil where authorised.
    package var reason: AuthorityReason?
    /// What stands behind the reason: a revocation, succession, suspension, removal, or an entry outside a cut.
    package var because: Bytes32?
    /// Laws A and C: what its own past and the chains above it say.
    package var isValidAsSigned = false
    /// The same question as ``isAuthorised`` without the protection clause: decides who counts as a rival (Protocol 4
    /// §3.7).
    package var isRivalEntitled: Bool
    /// Saved by acts of two units that rest on it.
    package var isProtected = false
    /// *diperselisihkan*: outside a cut, and another unit builds on it without knowing that. A label.
    package var isDisputed = false
    /// Every ending that touches it, with its cut.
    package var endings: [Ending] = []

    package struct Ending: Sendable, Equatable {
        package enum Kind: String, Sendable { case revocation, succession, suspension, removal }

        /// A registry entry; of a removal the change set.
        package let id: Bytes32
        package let kind: Kind
        /// Inside the cut in this dossier.
        package let isAccepted: Bool
        package let isRatified: Bool
        /// Acts of two units that rest on it hold this one off.
        package var isProtected = false
        /// What it says where nothing holds it off.
        package let reason: AuthorityReason

        package var isHeldOff: Bool { isAccepted || isRatified || isProtected }
    }

    package var unit: UnitID? { subject?.unit }
    package var standing: KeyStanding? { subject?.standing }
    package var person: PersonID? { subject?.person }
    package var mandateID: EntryID? { named?.id }
    package var mandate: Mandate? { named?.mandate }
    package var isAuthorised: Bool { reason == nil }

    /// What its own past and the chains above it say, without the endings.
    var asSigned: Verdict {
        guard isValidAsSigned else { return self }
        var verdict = self
        (verdict.reason, verdict.because, verdict.endings) = (nil, nil, [])
        (verdict.isProtected, verdict.isDisputed) = (false, false)
        return verdict
    }

    package var role: String? { named?.mandate.role }
}

/// A key in a unit: the first in which it has standing, and its person.
final class Subject: Sendable {
    let unit: UnitID
    let standing: KeyStanding
    let person: PersonID?

    init(unit: UnitID, standing: KeyStanding, person: PersonID?) {
        (self.unit, self.standing, self.person) = (unit, standing, person)
    }
}

/// A mandate of the registry, with the unit that grants it and what is known to end it.
final class NamedMandate: Sendable {
    let id: EntryID
    let mandate: Mandate
    let unit: UnitID?
    let place: Registry.Place
    /// Standing revocations.
    let ends: [EntryID]
    let revocations: [Ground.Ending]

    /// Nil where the entry is no mandate.
    init?(_ id: EntryID, _ registry: Registry) {
        guard let entry = registry.entry(id), let place = registry.place(id), case .mandate(let mandate) = entry.body
        else { return nil }
        (self.id, self.mandate, self.place) = (id, mandate, place)
        unit = registry.unitID(ofChain: entry.chain)
        ends = registry.standingRevocations(of: id)
        revocations = Ground.endings(ends, registry)
    }
}
