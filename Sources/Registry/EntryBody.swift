package import Envelope
package import Sodium

/// What a registry entry says (CDDL `body`).
package enum EntryBody: Hashable, Sendable {
    case networkGenesis(NetworkGenesis)
    case admit(Admission)
    case suspend(Suspension)
    /// Enables a feature: operations of it have effect for whoever knows this entry.
    case enable(feature: UInt64)
    case publishDefinition(Publication)
    case publishCalendar(Publication)
    /// The unit that rules where nobody else may.
    case arbiter(unit: UnitID)
    /// Names the branch of a forked chain that goes on.
    case branch(Branch)
    /// Puts the key in force to which the chain committed.
    case rotate(Succession)
    /// Puts a new key in force, by consent of the recovery set.
    case recover(Succession)
    /// Confirms, one level up, a revocation for compromise.
    case countersign(Countersignature)
    /// Ends a suspension.
    case lift(suspension: EntryID)
    case unitGenesis(UnitGenesis)
    case delegate(Delegation)
    case certify(Certificate)
    case mandate(Mandate)
    case revoke(Revocation)
}

package struct NetworkGenesis: Hashable, Sendable {
    package let name: Committed
    package let root: PublicKey
    /// The commitment to the key that may take over (Protocol 3 §3.1).
    package let next: Bytes32
    package let recovery: RecoverySet?

    package init(name: Committed, root: PublicKey, next: Bytes32, recovery: RecoverySet? = nil) {
        (self.name, self.root, self.next, self.recovery) = (name, root, next, recovery)
    }
}

/// A unit's first entry, by its root key.
package struct UnitGenesis: Hashable, Sendable {
    package let next: Bytes32
    package let recovery: RecoverySet?
    /// Who holds the root key: a quorum counts persons.
    package let person: PersonID

    package init(next: Bytes32, recovery: RecoverySet? = nil, person: PersonID) {
        (self.next, self.recovery, self.person) = (next, recovery, person)
    }
}

package struct Admission: Hashable, Sendable {
    package let root: PublicKey
    /// `applicant`, `it_agency`, `vendor`, `authority`.
    package let kind: String
    package let name: Committed
    /// Who learns the name, as the unit asked for it; nil: what is usual for its kind.
    package let nameAudience: NameAudience?

    package init(root: PublicKey, kind: String, name: Committed, nameAudience: NameAudience? = nil) {
        (self.root, self.kind, self.name, self.nameAudience) = (root, kind, name, nameAudience)
    }
}

package struct Suspension: Hashable, Sendable {
    package let unit: UnitID
    package let from: UInt64

    package init(unit: UnitID, from: UInt64) {
        (self.unit, self.from) = (unit, from)
    }
}

/// A definition or calendar, named by the hash of its bytes.
package struct Publication: Hashable, Sendable {
    package let blob: BlobID
    package let size: UInt64
    package let name: String
    package let version: UInt64

    package init(blob: BlobID, size: UInt64, name: String, version: UInt64) {
        (self.blob, self.size, self.name, self.version) = (blob, size, name, version)
    }
}

/// A person within a unit: 16 random bytes. Persons are counted, never keys.
package struct PersonID: Hashable, Comparable, Sendable {
    package let bytes: [UInt8]

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    package static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// An administrator: opens a chain of its own.
package struct Delegation: Hashable, Sendable {
    package let key: PublicKey
    package let person: PersonID
    package let name: Committed

    package init(key: PublicKey, person: PersonID, name: Committed) {
        (self.key, self.person, self.name) = (key, person, name)
    }
}

/// A device key of a person, or of a node, which opens connections and has no effect in dossiers.
package struct Certificate: Hashable, Sendable {
    package let key: PublicKey
    /// X25519 key for sealing package files to the device.
    package let agreement: Bytes32
    package let isNode: Bool
    package let person: PersonID
    package let name: Committed

    package init(key: PublicKey, agreement: Bytes32, isNode: Bool, person: PersonID, name: Committed) {
        (self.key, self.agreement, self.isNode, self.person, self.name) = (key, agreement, isNode, person, name)
    }
}

/// A role for a person for a term, by an instrument (SK, Surat Perintah).
package struct Mandate: Hashable, Sendable {
    package enum Capacity: UInt64, Sendable, CaseIterable {
        case definitive = 0
        /// Plt., Pelaksana tugas.
        case acting
        /// Plh., Pelaksana harian.
        case dailyActing
        /// a.n., atas nama.
        case onBehalf
        /// u.b., untuk beliau.
        case forSuperior
    }

    package let person: PersonID
    package let role: String
    /// Milliseconds, inclusive.
    package let from: UInt64
    /// Milliseconds, exclusive; nil without an end.
    package let until: UInt64?
    package let capacity: Capacity
    package let instrument: Committed
    /// The position's title as the office writes it.
    package let title: Committed?

    package init(
        person: PersonID, role: String, from: UInt64, until: UInt64?, capacity: Capacity, instrument: Committed,
        title: Committed?
    ) {
        (self.person, self.role, self.from, self.until) = (person, role, from, until)
        (self.capacity, self.instrument, self.title) = (capacity, instrument, title)
    }

    package func holds(at milliseconds: UInt64) -> Bool {
        milliseconds >= from && until.map { milliseconds < $0 } ?? true
    }
}

/// Ends a certificate, mandate or delegation.
package struct Revocation: Hashable, Sendable {
    package enum Reason: UInt64, Sendable {
        case ended = 0
        case compromised
    }

    package let target: EntryID
    package let reason: Reason
    package let effective: UInt64
    /// The last entry of an administrator's chain that stands.
    package let cut: EntryID?

    package init(target: EntryID, reason: Reason, effective: UInt64, cut: EntryID?) {
        (self.target, self.reason, self.effective, self.cut) = (target, reason, effective, cut)
    }
}
