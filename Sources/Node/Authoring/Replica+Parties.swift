import Authority
import CBOR
import Dossier
package import Envelope
package import History
import Procedure
import Registry
import Sodium
import Store

extension Replica {
    /// Proposes the removal of a party, or seconds what another unit proposed; of the own unit: leaves at once
    /// (Protocol 3 §7 B.7).
    package func unbind(
        _ dossier: DossierID, _ unit: UnitID, reason: String?, options: ActOptions, by author: Author
    ) throws -> (change: ChangeSet, isComplete: Bool) {
        let change = try write(dossier, isAct: true, by: author) { work, view, fields in
            guard view.history.headIndices.contains(where: { view.history.parties[$0].contains(unit) }) else {
                throw NodeFailure.notAParty(view.unitName(unit))
            }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            var body: [(UInt64, CBORValue)] = [(1, .bytes(unit.bytes))]
            if let reason { body.append((2, fields.commit(.text(reason), audience: .all).item)) }
            if unit != view.own, let proposal = view.removalToSecond(of: unit) {
                body.append((3, .bytes(proposal.bytes)))
            }
            let shown = author.language == "en" ? "removal of " : "pengeluaran "
            body += try act.fields(
                mandate: try act.mandate(roles: []), shown: shown + view.unitName(unit), &fields)
            fields.add(Code.unbind, body)
        }
        return (change, try view(dossier).state.procedure.removed.contains(unit.raw))
    }

    /// Binds a unit to a slot that no step binds, or again after a removal.
    package func bind(
        _ dossier: DossierID, slot: String, _ unit: UnitID, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            guard view.definition.party(slot) != nil || slot == "authority" else {
                throw NodeFailure.unknownField(slot, known: view.definition.parties.map(\.slot))
            }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let heads = view.definition.roles.map(\.id).filter { $0.hasSuffix(".head") }
            var body: [(UInt64, CBORValue)] = [(1, .text(slot)), (2, .bytes(unit.bytes))]
            body += try act.fields(
                mandate: try act.mandate(roles: heads), shown: "\(slot): \(view.unitName(unit))", &fields)
            fields.add(Code.bind, body)
        }
    }

    /// States on which day the access of a slot's unit shall end. It ends nothing by itself: from that day on the
    /// removal is proposed to whoever may sign it.
    package func setAccessEnd(
        _ dossier: DossierID, slot: String, _ date: String, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, by: author) { _, view, fields in
            guard view.definition.party(slot) != nil else {
                throw NodeFailure.unknownField(slot, known: view.definition.parties.map(\.slot))
            }
            guard CivilDay.parse(date) != nil else {
                throw NodeFailure.badValue(field: slot, value: date, expected: "YYYY-MM-DD")
            }
            fields.add(Code.set, [(1, .text(Path.accessEnd(slot).text)), (2, .text(date))])
        }
    }
}

extension DossierView {
    /// A proposal to remove a unit, by a person of another unit than the own, that nobody has seconded.
    func removalToSecond(of unit: UnitID) -> ChangeSetID? {
        history.items.indices.last { index in
            guard let operation = history.items[index].operations.first, operation.code == Code.unbind,
                operation.body[unsigned: 1]?.bytesValue == unit.bytes, state.verdicts[index].isValidAsSigned,
                let proposer = state.verdicts[index].unit
            else { return false }
            return proposer != own && proposer != unit
        }.map { history.items[$0].id }
    }

    /// Parties whose access should have ended by a day, with the proposals that wait for a second unit.
    package func accessEnds(onDay day: Int) -> [(slot: String, unit: UnitID, date: String, isProposed: Bool)] {
        state.procedure.bindings.compactMap { binding in
            guard let unit = binding.unit.map({ UnitID($0) }) else { return nil }
            let writes = state.values(Path.accessEnd(binding.slot), history)
            guard writes.count == 1, case .text(let date)? = writes.first?.value, let end = CivilDay.parse(date),
                end <= day
            else { return nil }
            return (binding.slot, unit, date, removalToSecond(of: unit) != nil)
        }
    }

    /// Acts without effect by persons of the own unit, of the same activation and outcome: what a new one makes anew.
    func madeAnew(_ activation: ActivationID, _ outcome: String) -> [ChangeSetID] {
        state.acts.compactMap { record in
            let verdict = state.verdicts[record.item]
            guard verdict.unit == own, verdict.reason?.isEnding == true else { return nil }
            switch record.act.body {
            case .outcome(let body) where body.activation == activation && body.name == outcome: break
            case .sign(let body) where body.activation == activation && body.outcome == outcome: break
            default: return nil
            }
            return history.items[record.item].id
        }.prefix(16).sorted()
    }
}
