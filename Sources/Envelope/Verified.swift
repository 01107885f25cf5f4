/// A value whose signature was checked. Only this file can make one; Store and Dossier accept nothing else.
package struct Verified<Value: Sendable>: Sendable {
    package let value: Value

    fileprivate init(value: Value) {
        self.value = value
    }
}

/// What can prove itself: the signature over its own bytes.
package protocol Provable: Sendable {
    /// Checks the signature, nothing else.
    var isSigned: Bool { get }
}

extension Verified where Value: Provable {
    /// Nil when the signature does not hold. Costs one Ed25519 verification.
    package init?(checking value: Value) {
        guard value.isSigned else { return nil }
        self.init(value: value)
    }

    /// For bytes that this replica itself signed or checked before it stored them (Protocol 2 §6: every signature is
    /// checked once, before storing). The caller names the reason; nothing from a peer may come this way.
    package init(storedBefore value: Value) {
        self.init(value: value)
    }
}
