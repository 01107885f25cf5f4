package import Authority
import CBOR
import Dossier
package import Envelope
import History
import Procedure
package import Registry
package import Sodium

/// What a dossier's facts say of one act: a line of an audit, and an approval in an evidence file (Protocol 7 §4).
package struct AuditLine: Sendable {
    package let change: ChangeSetID
    package let dossier: DossierID
    /// The operation's name: `outcome`, `sign`, `ruling`…
    package let kind: String
    /// Of a ruling and an acknowledgement those of the act that it names; else what it names itself, or empty.
    package let step: String
    package let outcome: String
    /// Initials (*paraf*) and no more.
    package let isParaf: Bool
    package let unit: String
    package let unitID: UnitID?
    /// The mandate's title, else the name in the certificate or delegation; empty for a root key.
    package let position: String
    package let person: PersonID?
    package let key: PublicKey
    package let role: String
    package let capacity: Mandate.Capacity?
    package let instrument: String
    package let mandate: EntryID?
    package let statedMilliseconds: UInt64
    package let zone: String
    /// Registry entries that its author had, all chains together.
    package let registryHeight: Int
    package let assurance: UInt64
    package let isValidAsSigned: Bool
    /// Nothing that was learnt since stands against it.
    package let isStanding: Bool
    package let reason: AuthorityReason?
    /// A registry entry, or the change set of a removal.
    package let because: Bytes32?
    package let isDisputed: Bool
    package let endings: [Verdict.Ending]
    package let ratifiedBy: [ChangeSetID]
    package let protectedBy: [ChangeSetID]
    package let isProtected: Bool
    /// Change sets by its key that share their number with another one; sorted.
    package let forks: [ChangeSetID]
    /// What the procedure made of it: the fold's word.
    package let effect: String
    /// *Perlu konfirmasi ulang*: its step is frozen until earlier work, on which it rests, is ratified.
    package let needsConfirmation: Bool
    /// Values of its change set that were erased.
    package let erasedCount: Int

    /// *Sengketa*: one of different outcomes that nobody ruled between.
    package var isInConflict: Bool { effect == "contested" }
}

/// Makes lines of a folded dossier. Pure: names come from whoever holds their openings, and are those of the entries that
/// they fit.
package struct ActReader {
    let history: DossierHistory
    let state: DossierState
    let registry: Registry
    let endorsements: Endorsements
    private let open: (Commitment) -> Opening?
    private let effects: [Int: String]
    /// Acts in steps that are frozen until earlier work is ratified.
    private let unconfirmed: Set<Int>
    private let initials: Set<Int>

    init(
        history: DossierHistory, state: DossierState, registry: Registry,
        open: @escaping (Commitment) -> Opening?
    ) {
        (self.history, self.state, self.registry, self.open) = (history, state, registry, open)
        endorsements = Endorsements(
            history: history, registry: registry, definition: state.pinned, verdicts: state.verdicts,
            removals: state.removals)
        effects = Dictionary(
            zip(state.acts, state.procedure.verdicts).map { ($0.item, $1.code) },
            uniquingKeysWith: { first, _ in first })
        unconfirmed = Set(
            zip(state.acts, state.procedure.verdicts).filter { $1 == .waiting(["ratification"]) }.map(\.0.item))
        initials = Set(state.acts.filter { state.isParaf($0, state.definition) }.map(\.item))
    }

    /// All acts, in canonical order.
    package func lines() -> [AuditLine] { history.canonicalOrder.filter(isAct).map(line) }

    package func isAct(_ index: Int) -> Bool { act(index) != nil }

    private func act(_ index: Int) -> Operation? {
        history.items[index].operations.first { Code.isAct($0.code) }
    }

    package func line(_ index: Int) -> AuditLine {
        let item = history.items[index]
        let verdict = state.verdicts[index]
        let act = act(index)
        let place = place(act)
        let ids = { (list: [Int]) in list.map { history.items[$0].id } }
        return AuditLine(
            change: item.id, dossier: item.dossier, kind: act.map { Code.word($0.code) } ?? "", step: place.step,
            outcome: place.outcome, isParaf: initials.contains(index), unit: unitName(verdict.unit),
            unitID: verdict.unit, position: position(verdict),
            person: verdict.person, key: item.author, role: verdict.role ?? "", capacity: verdict.mandate?.capacity,
            instrument: name(verdict.mandate?.instrument, in: verdict.mandateID) ?? "", mandate: verdict.mandateID,
            statedMilliseconds: item.at.milliseconds, zone: item.at.zone,
            registryHeight: history.covers[index].entryCount,
            assurance: act?.body[unsigned: 24]?.unsignedValue ?? 0, isValidAsSigned: verdict.isValidAsSigned,
            isStanding: verdict.isAuthorised, reason: verdict.reason, because: verdict.because,
            isDisputed: verdict.isDisputed, endings: verdict.endings,
            ratifiedBy: ids(endorsements.ratifiers(of: index)).sorted(),
            protectedBy: ids(endorsements.protectors(of: index)), isProtected: verdict.isProtected,
            forks: forks(of: item.author), effect: effect(index, verdict),
            needsConfirmation: unconfirmed.contains(index), erasedCount: erasedCount(item, verdict.unit))
    }

    /// A name in an entry; nil where its opening is not held, or is that of an entry by another key.
    private func name(_ committed: Committed?, in id: EntryID?) -> String? {
        guard let committed, let entry = id.flatMap({ registry.entry($0) }), let opening = open(committed.commitment),
            opening.fits(author: entry.author, audience: committed.audience), case .text(let text) = opening.opened
        else { return nil }
        return text
    }

    func unitName(_ unit: UnitID?) -> String {
        unit.flatMap { name(registry.unit($0)?.admission.name, in: $0) } ?? ""
    }

    func position(_ verdict: Verdict) -> String {
        if let title = name(verdict.mandate?.title, in: verdict.mandateID), !title.isEmpty { return title }
        let ground = verdict.standing?.entry
        switch ground.flatMap({ registry.entry($0)?.body }) {
        case .certify(let certificate)?: return name(certificate.name, in: ground) ?? ""
        case .delegate(let delegation)?: return name(delegation.name, in: ground) ?? ""
        default: return ""
        }
    }

    private func place(_ act: Operation?) -> (step: String, outcome: String) {
        guard let act else { return ("", "") }
        switch act.code {
        case Code.outcome, Code.sign:
            return (act.body[unsigned: 1]?.textValue ?? "", act.body[unsigned: 3]?.textValue ?? "")
        case Code.ruling, Code.acknowledge:
            let named = act.body[unsigned: act.code == Code.ruling ? 3 : 1]?.bytesValue
            guard let index = named.flatMap({ ChangeSetID($0) }).flatMap(history.index),
                let target = history.items[index].operations.first, [Code.outcome, Code.sign].contains(target.code)
            else { return ("", "") }
            return place(target)
        default: return ("", "")
        }
    }

    /// Acts outside the procedure have the effect that authority gives them.
    private func effect(_ index: Int, _ verdict: Verdict) -> String {
        if let known = effects[index] { return known }
        return verdict.isAuthorised ? "effective" : "no-effect:unauthorised"
    }

    private func forks(of author: PublicKey) -> [ChangeSetID] {
        guard !history.forks.isEmpty else { return [] }
        let own = history.items.filter { $0.author == author }
        let counts = Dictionary(own.map { ($0.seq, 1) }, uniquingKeysWith: +)
        return own.filter { counts[$0.seq] ?? 0 > 1 }.map(\.id).sorted()
    }

    private func erasedCount(_ item: ChangeSet, _ unit: UnitID?) -> Int {
        guard !state.erased.isEmpty else { return 0 }
        return item.operations.flatMap(\.committedValues).filter { value in
            state.erased.contains { $0.commitment == value.commitment && $0.unit == unit }
        }.count
    }
}
