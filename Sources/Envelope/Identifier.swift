package import Sodium

/// A 32-byte name of one kind of object, so that the id of a change set is never taken for that of a registry entry.
///
/// Equality, hashing and order are those of the bytes (Protocol 1 §4).
package struct Identifier<Kind>: Hashable, Comparable, Sendable {
    package let raw: Bytes32

    package init(_ raw: Bytes32) {
        self.raw = raw
    }

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard let raw = Bytes32(bytes) else { return nil }
        self.raw = raw
    }

    package init?(_ bytes: ArraySlice<UInt8>) {
        guard let raw = Bytes32(bytes) else { return nil }
        self.raw = raw
    }

    package init?(_ bytes: some Collection<UInt8>) {
        guard let raw = Bytes32(bytes) else { return nil }
        self.raw = raw
    }

    /// Nil unless there are exactly 64 hexadecimal digits.
    package init?(hex: String) {
        guard let raw = Bytes32(hex: hex) else { return nil }
        self.raw = raw
    }

    package var bytes: [UInt8] { raw.bytes }
    package var hex: String { raw.hex }

    package static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }
}

package enum ChangeSetKind {}
package enum EntryKind {}
package enum DossierKind {}
package enum CommitmentKind {}
package enum FileKind {}
package enum BlobKind {}

/// A change set: one device's signed operations in one dossier.
package typealias ChangeSetID = Identifier<ChangeSetKind>
/// A registry entry.
package typealias EntryID = Identifier<EntryKind>
/// A network: the id of its first registry entry.
package typealias NetworkID = EntryID
/// A unit: the id of the entry that admitted it.
package typealias UnitID = EntryID
/// A dossier: the id of its first change set.
package typealias DossierID = Identifier<DossierKind>
/// What stands in signed bytes in place of a text or file.
package typealias Commitment = Identifier<CommitmentKind>
/// The hash of a file's bytes.
package typealias FileID = Identifier<FileKind>
/// The hash of a definition's or calendar's bytes.
package typealias BlobID = Identifier<BlobKind>

extension Identifier where Kind == BlobKind {
    /// The name of some bytes.
    package init(hashing bytes: [UInt8]) { self.init(Blake2b.hash(bytes, personal: Personal("mufakat blob"))) }
}

extension Identifier where Kind == ChangeSetKind {
    /// The dossier that this change set opens, when it is a dossier's first.
    package var asDossier: DossierID { DossierID(raw) }
}
