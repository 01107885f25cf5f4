package import Registry
package import Sodium

/// Who may take the place of a root key: the holder of the next one, and a recovery set (Protocol 3 §3).
package struct SuccessionTerms: Sendable {
    package let next: Bytes32
    package let recovery: RecoverySet?

    /// Without a successor the chain commits to bytes that nobody has a key for.
    package init(successor: PublicKey? = nil, recovery: RecoverySet? = nil) {
        next =
            successor.map { Succession.commitment(to: $0) }
            ?? Blake2b.hash(RandomBytes.make(count: 32), personal: Personal("mufakat next"))
        self.recovery = recovery
    }
}
