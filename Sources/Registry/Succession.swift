import CBOR
package import Envelope
package import Sodium

/// m of n distinct persons who together put a new root key in force (Protocol 3 §3.2).
package struct RecoverySet: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let key: PublicKey
        package let person: PersonID

        package init(key: PublicKey, person: PersonID) {
            (self.key, self.person) = (key, person)
        }
    }

    package let threshold: Int
    /// Sorted by key.
    package let members: [Member]

    package static let memberCountMax = 16

    /// Nil where a key or a person stands twice, or the threshold is not between 1 and the number of members: the same
    /// person never counts twice.
    package init?(threshold: Int, members: [Member]) {
        let sorted = members.sorted { $0.key < $1.key }
        guard (1...Self.memberCountMax).contains(sorted.count), (1...sorted.count).contains(threshold),
            Set(sorted.map(\.key)).count == sorted.count, Set(sorted.map(\.person)).count == sorted.count
        else { return nil }
        (self.threshold, self.members) = (threshold, sorted)
    }

    /// Whether enough distinct members consented; whose signatures hold is ``Entry/isSigned``'s question.
    package func isReached(by consents: [Consent]) -> Bool {
        let persons = Set(consents.compactMap { consent in members.first { $0.key == consent.key }?.person })
        return persons.count >= threshold
    }
}

/// A member's signature over one succession or one branch at one place of one chain.
package struct Consent: Hashable, Sendable {
    package let key: PublicKey
    package let signature: Signature

    package init(key: PublicKey, signature: Signature) {
        (self.key, self.signature) = (key, signature)
    }

    /// The bytes that a member signs: it fits one place of one chain, so it cannot be used again.
    ///
    /// - Parameters:
    ///   - named: the new root key, or the branch.
    ///   - next: the new commitment; nil for a branch.
    package static func bytesToSign(
        network: NetworkID, chain: EntryID, previous: EntryID, code: UInt64, named: Bytes32, next: Bytes32?,
        kid: PublicKey
    ) -> [UInt8] {
        let payload = CBORValue.array([
            .bytes(chain.bytes), .bytes(previous.bytes), .unsigned(code), .bytes(named.bytes),
            next.map { .bytes($0.bytes) } ?? .null,
        ]).encoded
        return Envelope.bytesToSign(payload, as: .consent, aad: ExternalData.network(network), kid: kid)
    }
}

/// A change of the root key. What of the old key stands is what lies before it: its `previous` is the cut.
package struct Succession: Hashable, Sendable {
    package let next: Bytes32
    /// Empty for a rotation.
    package let consents: [Consent]
    /// Who holds the new key of a unit; nil in the network's chain.
    package let person: PersonID?

    package init(next: Bytes32, consents: [Consent] = [], person: PersonID?) {
        (self.next, self.consents, self.person) = (next, consents.sorted { $0.key < $1.key }, person)
    }

    /// The commitment to a key.
    package static func commitment(to key: PublicKey) -> Bytes32 {
        Blake2b.hash(key.bytes.bytes, personal: Personal("mufakat next"))
    }
}

package struct Branch: Hashable, Sendable {
    package let entry: EntryID
    /// Of the network's recovery set, where the network's own chain forked.
    package let consents: [Consent]
    /// In the network's chain, or in a unit's.
    package let isNetwork: Bool

    package init(entry: EntryID, consents: [Consent] = [], isNetwork: Bool) {
        (self.entry, self.consents, self.isNetwork) = (entry, consents.sorted { $0.key < $1.key }, isNetwork)
    }
}

package struct Countersignature: Hashable, Sendable {
    package let revocation: EntryID
    package let isNetwork: Bool

    package init(revocation: EntryID, isNetwork: Bool) {
        (self.revocation, self.isNetwork) = (revocation, isNetwork)
    }
}
