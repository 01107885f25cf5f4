import CBOR
package import Sodium

/// The n-th time a step becomes active. Derived from what caused it, never from a record, so it is equal on every
/// replica whoever recorded what (Protocol 4 §3.2).
package struct ActivationID: Hashable, Comparable, Sendable {
    package let bytes: Bytes32

    package init(_ bytes: Bytes32) {
        self.bytes = bytes
    }

    /// H(dossier, step, sorted pairs (causing activation, its outcome)); no pairs at the start step.
    package init(dossier: Bytes32, step: String, causes: [Cause]) {
        var hash = ActivationHash(dossier: dossier)
        self = hash.id(
            step: .init(step), causes: causes.sorted().map { (activation: $0.activation, outcome: .init($0.outcome)) })
    }

    package static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}

/// Makes the ids of the activations of one dossier.
struct ActivationHash {
    /// A name as it is hashed: encoded once for many ids.
    struct Name: Sendable {
        fileprivate let encoded: [UInt8]
        /// As the step that one cause alone activates: followed by the bytes of the causing activation.
        fileprivate let beforeCause: [UInt8]

        init(_ name: String) {
            var writer = CBORWriter()
            writer.text(name)
            encoded = writer.bytes
            writer.arrayHeader(1)
            writer.arrayHeader(2)
            writer.bytes(words: 0, 0, 0, 0)
            writer.remove(from: writer.bytes.count - 32)
            beforeCause = writer.bytes
        }
    }

    private static let personal = Personal("mufakat activ")
    /// Begins with what all have in common.
    private var writer = CBORWriter()
    private let prefix: Int

    init(dossier: Bytes32) {
        writer.reserve(256)
        writer.arrayHeader(3)
        writer.bytes(dossier.bytes)
        prefix = writer.bytes.count
    }

    /// - Parameter causes: sorted as ``Cause`` is.
    mutating func id(step: Name, causes: [(activation: ActivationID, outcome: Name)]) -> ActivationID {
        writer.raw(step.encoded)
        writer.arrayHeader(causes.count)
        for cause in causes {
            writer.arrayHeader(2)
            writer.bytes(cause.activation.bytes.bytes)
            writer.raw(cause.outcome.encoded)
        }
        return end()
    }

    mutating func id(step: Name, activation: ActivationID, outcome: Name) -> ActivationID {
        let id = activation.bytes
        writer.raw(step.beforeCause)
        writer.raw(words: id.w0, id.w1, id.w2, id.w3)
        writer.raw(outcome.encoded)
        return end()
    }

    private mutating func end() -> ActivationID {
        defer { writer.remove(from: prefix) }
        return ActivationID(Blake2b.hash(writer.bytes, personal: Self.personal))
    }
}

package struct Cause: Hashable, Comparable, Sendable {
    package let activation: ActivationID
    package let outcome: String

    package init(activation: ActivationID, outcome: String) {
        self.activation = activation
        self.outcome = outcome
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.activation != right.activation
            ? left.activation < right.activation : left.outcome.utf8.lexicographicallyPrecedes(right.outcome.utf8)
    }
}
