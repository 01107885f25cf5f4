import Registry
package import Sodium

/// Signs in the name of one key, wherever its secret lies.
package protocol Signer: Sendable {
    var publicKey: PublicKey { get }
    /// Signs in this process; what another one signs is verified.
    var isLocal: Bool { get }
    func sign(_ message: [UInt8]) throws -> Signature
}

/// A key opened in this process.
package final class OpenKey: Signer {
    private let key: SigningKey

    package init(_ secret: borrowing SecretBytes) throws {
        key = try SecretKeys(secret).takeSigning()
    }

    package var publicKey: PublicKey { key.publicKey }
    package var isLocal: Bool { true }
    package func sign(_ message: [UInt8]) -> Signature { key.sign(message) }
}

extension SecretKeys {
    consuming func takeSigning() -> SigningKey { signing }
}
