import CBOR
package import Dossier
package import Envelope
import History
package import Procedure
import Sodium

/// What somebody recorded, signed or ruled in an activation, as it is shown below the step.
package struct DecisionRecord: Sendable {
    package let line: AuditLine
    /// Of an outcome its reason, of a ruling its note.
    package let reason: Value?
    package let missingItems: [String]
    package let targetDate: String?
    package let responseKind: String?
    /// Findings that an outcome names, as they are held here.
    package let findings: [DossierState.Row]
    /// It waits, over a revision that has been written over since.
    package let isOverEarlierRevision: Bool
    /// A ruling that a later one saw and names.
    package let isReplaced: Bool
}

extension DossierView {
    /// Records, signatures and rulings of every activation, in canonical order.
    package var decisions: [ActivationID: [DecisionRecord]] {
        let acts = acts
        var found: [ActivationID: [DecisionRecord]] = [:]
        for record in state.acts {
            switch record.act.body {
            case .outcome(let outcome):
                found[outcome.activation, default: []].append(
                    DecisionRecord(
                        line: acts.line(record.item), reason: committed(5, of: record.item),
                        missingItems: outcome.missingItems, targetDate: outcome.targetDate,
                        responseKind: outcome.responseKind, findings: findings(of: record.item),
                        isOverEarlierRevision: isWaiting(record.item) && isOld(outcome.documents), isReplaced: false))
            case .sign(let sign):
                found[sign.activation, default: []].append(
                    DecisionRecord(
                        line: acts.line(record.item), reason: nil, missingItems: [], targetDate: nil,
                        responseKind: nil, findings: [],
                        isOverEarlierRevision: isOpen(sign.activation) && isOld(sign.documents), isReplaced: false))
            case .ruling(let ruling):
                found[ruling.activation, default: []].append(
                    DecisionRecord(
                        line: acts.line(record.item), reason: committed(4, of: record.item), missingItems: [],
                        targetDate: nil, responseKind: nil, findings: [], isOverEarlierRevision: false,
                        isReplaced: isReplaced(record.act.id)))
            default: continue
            }
        }
        return found
    }

    private func committed(_ key: UInt64, of item: Int) -> Value? {
        history.items[item].operations.first?.body[unsigned: key].flatMap { try? Committed($0) }.map { .committed($0) }
    }

    private func findings(of item: Int) -> [DossierState.Row] {
        let body = history.items[item].operations.first { $0.code == Code.outcome }?.body
        let named = Set((body?[unsigned: 7]?.arrayValue ?? []).compactMap { Dot($0) })
        return named.isEmpty ? [] : state.tableRows(.findings, history).map(\.row).filter { named.contains($0.dot) }
    }

    private func isReplaced(_ id: Bytes32) -> Bool {
        zip(state.acts, state.procedure.verdicts).contains { later, verdict in
            guard case .ruling(let ruling) = later.act.body, verdict == .effective else { return false }
            return ruling.rulings.contains(id)
        }
    }

    private func isWaiting(_ item: Int) -> Bool {
        if case .waiting? = state.verdict(onAct: item) { return true }
        return false
    }

    private func isOpen(_ id: ActivationID) -> Bool { state.procedure.open.contains { $0.id == id } }

    private func isOld(_ claims: [DocumentClaim]) -> Bool {
        claims.contains { claim in
            guard let type = definition.document(claim.document) else { return false }
            let content = state.content(of: type, instance: claim.instance, history)
            return content.revision(stage: claim.stage) != claim.revision
        }
    }
}
