import CBOR
package import Dossier
package import Envelope
package import History
package import Procedure
import Registry
import Sodium
import Store

/// What a dossier would go on with, seen before anybody signs.
package struct MigrationPlan: Sendable {
    package let from: ProcedureDefinition
    package let to: ProcedureDefinition
    package let entry: EntryID
    /// Rules of what was walked that the newer version changes: with any the migration would have no effect.
    package let obstacles: [String]
    /// What differs in steps that dossiers may be in (W11).
    package let notices: [ValidationIssue]
    /// Heads who have to sign, those first who already have.
    package let signers: [(role: String, hasSigned: Bool)]
}

extension Replica {
    /// What a migration to a published version would mean; nothing is written.
    ///
    /// - Parameter name: `ID` or `ID@VERSION`; nil takes the latest version of the dossier's own procedure.
    package func migrationPlan(_ dossier: DossierID, to name: String?) throws -> MigrationPlan {
        let view = try view(dossier)
        let published = try definition(named: name ?? view.definition.id)
        guard let bytes = published.bytes else { throw NodeFailure.unknownDefinition(published.name) }
        let newer = DefinitionLoader.load(bytes).definition
        guard newer.version > view.definition.version else {
            throw NodeFailure.noEffect(.notNewer, step: "", detail: "\(newer.id)@\(newer.version)")
        }
        let walked = view.state.procedure.activations.filter { !$0.candidates.isEmpty }.map(\.step)
        let pending = view.migrations.filter { $0.record.entry == published.entry.raw }
        let heads = view.definition.roles.filter { role in
            role.id.hasSuffix(".head") && view.state.procedure.binding(role.party)?.unit != nil
        }
        let missing = pending.last?.waitingFor
        return MigrationPlan(
            from: view.definition, to: newer, entry: published.entry,
            obstacles: view.definition.changes(to: newer, walked: Set(walked)),
            notices: DefinitionLoader.notices(from: view.definition, to: newer),
            signers: heads.map { role in
                (role: role.id, hasSigned: missing.map { missing in !missing.contains(role.id) } ?? false)
            })
    }

    /// Signs for one's party that a dossier goes on with a newer version of its procedure (Protocol 4 §3.14).
    package func migrate(
        _ dossier: DossierID, to name: String?, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        let plan = try migrationPlan(dossier, to: name)
        return try write(dossier, isAct: true, by: author) { work, view, fields in
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let open = plan.signers.filter { !$0.hasSigned }.map(\.role)
            let roles = open.isEmpty ? plan.signers.map(\.role) : open
            let mandate = try act.mandate(roles: roles)
            guard case .mandate(let held)? = view.registry.entry(mandate)?.body, roles.contains(held.role) else {
                throw NodeFailure.noMandate(role: roles.joined(separator: ", "))
            }
            let shown = "\(plan.to.title): \(plan.to.id) \(plan.from.version) → \(plan.to.version)"
            var body: [(UInt64, CBORValue)] = [(1, .bytes(plan.entry.bytes))]
            body += try act.fields(mandate: mandate, shown: shown, &fields)
            fields.add(Code.migrate, body)
        }
    }
}

/// A signed wish to go on with a newer version.
package struct MigrationStanding: Sendable {
    package let record: DossierState.MigrationRecord
    /// Heads that are waited for; empty where it took effect.
    package let waitingFor: [String]
}

extension DossierView {
    /// Migrations that have effect or wait for signatures, in canonical order.
    package var migrations: [MigrationStanding] {
        state.migrations.compactMap { record in
            switch state.verdict(onAct: record.item) {
            case .effective?: MigrationStanding(record: record, waitingFor: [])
            case .waiting(let roles)?: MigrationStanding(record: record, waitingFor: roles)
            default: nil
            }
        }
    }

    /// The latest that waits, where no version as high is in force.
    package var pendingMigration: MigrationStanding? {
        migrations.last { !$0.waitingFor.isEmpty && $0.record.version > state.definition.version }
    }
}
