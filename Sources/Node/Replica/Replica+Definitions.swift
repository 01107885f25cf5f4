package import Envelope
import Procedure
import Registry
import Sodium
import Store

/// A published definition, as far as this replica holds its file.
package struct PublishedDefinition: Sendable {
    package let entry: EntryID
    package let name: String
    package let version: UInt64
    /// Whether the publication stands: outside a chain's cut it is not offered for new dossiers.
    package let stands: Bool
    /// Nil while the file has not arrived.
    package let bytes: [UInt8]?
}

extension Replica {
    /// All publications, by name and version.
    package func definitions() throws -> [PublishedDefinition] {
        try store.read { reader in
            try caughtUp(reader, .own) { memory in
                let found = try memory.registry.publishedDefinitions.compactMap { id -> PublishedDefinition? in
                    guard case .publishDefinition(let publication)? = memory.registry.entry(id)?.body else {
                        return nil
                    }
                    return PublishedDefinition(
                        entry: id, name: publication.name, version: publication.version,
                        stands: memory.registry.stands(id), bytes: try reader.blob(publication.blob))
                }
                return found.sorted { left, right in
                    left.name.utf8.elementsEqual(right.name.utf8)
                        ? (left.version, left.entry) < (right.version, right.entry)
                        : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
                }
            }
        }
    }

    /// The latest published version of `ID`, or the one of `ID@VERSION`.
    package func definition(named text: String) throws -> PublishedDefinition {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let version = parts.count == 2 ? UInt64(parts[1]) : nil
        let found = try definitions().last { definition in
            definition.name == parts[0] && definition.stands && (parts.count == 1 || definition.version == version)
        }
        guard let found else { throw NodeFailure.unknownDefinition(text) }
        return found
    }
}
