import Authority
import Dossier
package import Envelope
import History
package import Procedure
import Registry
import Sodium

/// Who is meant, in words. A name is held where this unit may learn it (Protocol 3 §2); before, people and units are
/// called by their place in the procedure, in brackets.
extension DossierView {
    /// The name that an entry commits to, as its author made it: an entry that repeats the commitment of another has
    /// none.
    package func name(_ committed: Committed?, in entry: EntryID?) -> String? {
        guard let committed, let author = entry.flatMap({ registry.entry($0) })?.author,
            let opening = names[committed.commitment], opening.fits(author: author, audience: committed.audience),
            case .text(let text) = opening.opened
        else { return nil }
        return text
    }

    package func unitName(_ unit: UnitID) -> String {
        name(registry.unit(unit)?.admission.name, in: unit)
            ?? Self.placeholder(slotTitle(of: unit) ?? String(unit.hex.prefix(8)))
    }

    /// The position by which a person is known: the mandate's title, else the certificate's name.
    package func authorName(of index: Int) -> String {
        let verdict = state.verdicts[index]
        return position(of: verdict) ?? verdict.unit.flatMap(slotTitle).map(Self.placeholder)
            ?? String(history.items[index].author.hex.prefix(8))
    }

    /// Nil of a root key, which has no name of its own.
    func position(of verdict: Verdict) -> String? {
        if let title = name(verdict.mandate?.title, in: verdict.mandateID), !title.isEmpty { return title }
        let granted: Committed?
        let ground = verdict.standing?.entry
        switch ground.flatMap({ registry.entry($0)?.body }) {
        case .certify(let certificate)?: granted = certificate.name
        case .delegate(let delegation)?: granted = delegation.name
        default: return nil
        }
        if let name = name(granted, in: ground), !name.isEmpty { return name }
        if let role = verdict.role { return Self.placeholder(slotTitle(role)) }
        return verdict.unit.flatMap(slotTitle).map(Self.placeholder)
    }

    package func instrument(of index: Int) -> String? {
        let verdict = state.verdicts[index]
        return name(verdict.mandate?.instrument, in: verdict.mandateID)
    }

    /// A person by the latest certificate of his unit that names him, else by a mandate.
    package func personName(_ actor: Actor) -> String {
        let own = registry.entries.reversed().filter { registry.unitID(ofChain: $0.chain)?.raw == actor.unit }
        for entry in own {
            guard case .certify(let certificate) = entry.body, certificate.person.bytes == actor.person,
                let name = name(certificate.name, in: entry.id)
            else { continue }
            return name
        }
        for entry in own {
            guard case .mandate(let mandate) = entry.body, mandate.person.bytes == actor.person,
                let title = definition.role(mandate.role)?.title
            else { continue }
            return Self.placeholder(title)
        }
        return Self.placeholder(slotTitle(of: UnitID(actor.unit)) ?? Hexadecimal.encode(actor.person))
    }

    package func slotTitle(_ name: String) -> String {
        definition.role(name)?.title ?? definition.team(name)?.title ?? name
    }

    /// The slot to which a unit is bound here, else what units of its kind are called in this procedure.
    private func slotTitle(of unit: UnitID) -> String? {
        let bound = state.procedure.bindings.first { $0.units.contains(unit.raw) }?.slot
        if let bound, let label = definition.party(bound)?.label { return label }
        guard let kind = registry.unit(unit)?.admission.kind else { return nil }
        return definition.parties.first { $0.kind == kind }?.label
    }

    private static func placeholder(_ title: String) -> String { "[\(title)]" }
}
