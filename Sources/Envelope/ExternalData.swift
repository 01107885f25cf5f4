import Sodium

/// The external_aad of signed objects (Protocol 1 §3): it binds an object to its network and dossier without
/// repeating them in the bytes.
package enum ExternalData {
    /// A change set of an existing dossier.
    package static func change(network: NetworkID, dossier: DossierID) -> [UInt8] {
        network.bytes + dossier.bytes
    }

    /// A dossier's first change set, a registry entry, a channel identity or a receipt.
    package static func network(_ network: NetworkID) -> [UInt8] {
        network.bytes + Bytes32.zero.bytes
    }

    /// The network's first registry entry, and a request, which no network holds yet.
    package static let genesis = [UInt8](repeating: 0, count: 64)
}
