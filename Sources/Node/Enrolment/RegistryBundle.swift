package import Envelope

/// Registry entries with the names that open and the blobs they publish.
package struct RegistryBundle: Sendable, Equatable {
    package let network: NetworkID
    /// Parents first.
    package let entries: [[UInt8]]
    package let names: [Opening]
    package let blobs: [[UInt8]]

    package init(network: NetworkID, entries: [[UInt8]], names: [Opening], blobs: [[UInt8]]) {
        (self.network, self.entries, self.names, self.blobs) = (network, entries, names, blobs)
    }
}
