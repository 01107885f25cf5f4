import Envelope
import Node
import Registry
import Sodium

/// A person of a unit, as `PERSON[@UNIT]`: by the name of his certificate, his key in this replica, or his number.
enum PersonArgument {
    static func find(_ text: String, _ replica: Replica) throws -> (unit: UnitID, person: PersonID) {
        let parts = text.split(separator: "@", maxSplits: 1).map(String.init)
        let unit = parts.count == 2 ? try replica.unit(named: parts[1]) : try replica.current(.own).identity.unit
        guard let unit, let name = parts.first else { throw NodeFailure.noNetwork }
        let (registry, _) = try replica.current(.units([unit]))
        for entry in registry.entries {
            guard case .certify(let certificate) = entry.body, registry.unitID(ofChain: entry.chain) == unit else {
                continue
            }
            let isNamed =
                replica.text(certificate.name, in: entry.id, registry) == name
                || (name.count >= 8 && Hexadecimal.encode(certificate.person.bytes).hasPrefix(name))
                || (try? replica.person(of: replica.keys.file(name))) == certificate.person
            if isNamed { return (unit, certificate.person) }
        }
        throw NodeFailure.unknownKey(text)
    }
}
