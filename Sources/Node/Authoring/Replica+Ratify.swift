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
    /// Makes plain work of a colleague whose key or mandate has ended one's own responsibility (B.3).
    package func ratify(
        _ dossier: DossierID, _ changes: [ChangeSetID], options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            let policy = ProcedurePolicy(history: view.history, registry: view.registry, definition: view.state.pinned)
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            var roles: [String] = []
            for id in changes {
                guard let index = view.history.index(of: id) else { throw NodeFailure.unknownChange(id.hex) }
                let verdict = view.state.verdicts[index]
                guard verdict.reason == .awaitsRatification || verdict.reason == .revoked else {
                    throw NodeFailure.nothingToRatify(fact: String(id.hex.prefix(12)))
                }
                guard verdict.unit == view.own else { throw NodeFailure.nothingToRatify(fact: "unit") }
                roles += view.rolesThatRatify(index)
            }
            let mandate = try act.mandate(roles: roles)
            guard case .mandate(let body)? = view.registry.entry(mandate)?.body else {
                throw NodeFailure.noMandate(role: roles.joined(separator: ", "))
            }
            for id in changes {
                guard let index = view.history.index(of: id), policy.mayRatify(index, inRole: body.role) else {
                    throw NodeFailure.nothingToRatify(fact: String(id.hex.prefix(12)))
                }
            }
            var fieldsOfAct: [(UInt64, CBORValue)] = [(1, .array(changes.map { .bytes($0.bytes) }))]
            let names = changes.map { String($0.hex.prefix(12)) }.joined(separator: ", ")
            fieldsOfAct += try act.fields(mandate: mandate, shown: "ratify \(names)", &fields)
            fields.add(Code.ratify, fieldsOfAct)
        }
    }
}

extension DossierView {
    /// Roles in which an outcome of plain work may be ratified; none named for edits and files: any mandate does.
    func rolesThatRatify(_ index: Int) -> [String] {
        guard let act = history.items[index].operations.first, act.code == Code.outcome,
            let step = act.body[unsigned: 1]?.textValue
        else { return [] }
        return state.pinned.step(step)?.ratifiers ?? []
    }

    /// Plain work of the own unit that waits for somebody who takes it over.
    package var awaitingRatification: [ChangeSetID] {
        let policy = ProcedurePolicy(history: history, registry: registry, definition: state.pinned)
        return history.items.indices.filter { index in
            let verdict = state.verdicts[index]
            guard verdict.unit == own, verdict.reason == .awaitsRatification || verdict.reason == .revoked else {
                return false
            }
            return policy.mayRatify(index, inRole: rolesThatRatify(index).first ?? "")
        }.map { history.items[$0].id }
    }
}
