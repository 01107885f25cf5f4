import Envelope
import Registry
import Sodium
import Synchronization

/// Grounds and mandates that were read from one registry, shared by the dossiers that are judged under it: the same few
/// people write in most of them, under the same registry heads.
///
/// It hangs on the registry as it stands (``Registry/derived``) and goes with it, and every question is its whole key:
/// so it is never an input, and an answer is the same with it and without.
final class GroundTable: Sendable {
    /// Keys of the table; beyond it begins anew.
    private static let capacity = 4_096

    private struct Key: Hashable {
        let author: PublicKey
        let parties: [UnitID]
        let cover: RegistryCover
    }

    private struct Content {
        var grounds: [Key: Ground] = [:]
        var mandates: [EntryID: NamedMandate] = [:]
    }

    private let content = Mutex(Content())

    static func of(_ registry: Registry) -> GroundTable {
        registry.derived.value.withLock { value in
            if let table = value as? GroundTable { return table }
            let table = GroundTable()
            value = table
            return table
        }
    }

    func ground(_ author: PublicKey, _ parties: [UnitID], _ cover: RegistryCover, _ registry: Registry) -> Ground {
        let key = Key(author: author, parties: parties, cover: cover)
        if let known = content.withLock({ $0.grounds[key] }) { return known }
        let ground = Ground(author: author, parties: parties, cover: cover, registry)
        content.withLock {
            if $0.grounds.count >= Self.capacity { $0.grounds = [:] }
            $0.grounds[key] = ground
        }
        return ground
    }

    /// What an entry grants, where it is a mandate.
    func mandate(_ id: EntryID, _ registry: Registry) -> NamedMandate? {
        if let known = content.withLock({ $0.mandates[id] }) { return known }
        guard let named = NamedMandate(id, registry) else { return nil }
        content.withLock {
            if $0.mandates.count >= Self.capacity { $0.mandates = [:] }
            $0.mandates[id] = named
        }
        return named
    }
}
