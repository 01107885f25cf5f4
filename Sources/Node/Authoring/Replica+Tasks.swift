import CBOR
import Dossier
package import Envelope
package import History
import Procedure
package import Registry
import Sodium

/// Relations between dossiers (procedures.md §3.1, concept 19).
package enum DossierRelation: String, CaseIterable, Sendable {
    case continues
    case followUpOf = "follow_up_of"
    case similarTo = "similar_to"
}

extension Replica {
    /// *Alih tugas*: hands the task of an open step to a person.
    package func reassign(
        _ dossier: DossierID, step: String?, to unit: UnitID, _ person: PersonID, options: ActOptions,
        by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            guard let activation = view.state.procedure.open.first(where: { step == nil || $0.step == step }),
                let definition = view.definition.step(activation.step)
            else { throw view.notOpen(step) }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let actor = Actor(unit: unit.raw, person: person.bytes)
            let heads = view.definition.roles.map(\.id).filter { $0.hasSuffix(".head") }
            let mandate = try act.mandate(roles: act.roles(definition.by) + heads)
            let shown = view.sentence(definition, "→ " + view.personName(actor), [], language: author.language)
            var body: [(UInt64, CBORValue)] = [
                (1, .bytes(activation.id.bytes.bytes)), (2, .bytes(unit.bytes)), (3, .bytes(person.bytes)),
            ]
            body += try act.fields(mandate: mandate, shown: shown, &fields)
            fields.add(Code.reassign, body)
        }
    }

    /// Notes that a dossier belongs to another one. For those who share both: the other's id goes to them as a text.
    package func link(
        _ dossier: DossierID, _ relation: DossierRelation, to target: DossierID, by author: Author
    ) throws -> ChangeSet {
        guard dossier != target else {
            throw NodeFailure.badValue(field: relation.rawValue, value: target.hex, expected: "\u{2260} \(dossier.hex)")
        }
        let other = try view(target)
        return try write(dossier, isAct: false, by: author) { _, view, fields in
            // To units that are parties of both; nobody else learns the other's id.
            let here = view.history.headIndices.flatMap { view.history.parties[$0] }
            let both = Set(here).intersection(other.history.headIndices.flatMap { other.history.parties[$0] })
            let audience = both.isEmpty ? Audience.own : Audience.units(both.sorted())
            let value = fields.commit(.text(target.hex), audience: audience)
            fields.add(Code.link, [(1, .text(relation.rawValue)), (2, value.item)])
        }
    }

    /// *Ralat*: signs a document as it stands after its step was done.
    package func signCorrection(
        _ dossier: DossierID, document: String, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            guard let type = view.definition.document(document) else {
                throw NodeFailure.unknownDocument(document, known: view.definition.documents.map(\.id))
            }
            let done = view.state.procedure.activations.last { activation in
                guard let name = activation.decided, let step = view.definition.step(activation.step),
                    let rule = step.outcome(name)
                else { return false }
                return step.given(by: rule).contains { $0.document == document }
            }
            guard let activation = done, let step = view.definition.step(activation.step),
                let outcome = activation.decided, let rule = step.outcome(outcome),
                let reference = step.given(by: rule).first(where: { $0.document == document }),
                let signers = type.rule(stage: reference.stage)
            else { throw NodeFailure.nothingToSign }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let (documents, names) = try act.documents([reference], isDone: true)
            let mandate = try act.mandate(roles: act.roles(signers.need.map(\.name)))
            let shown = view.sentence(step, outcome, names, language: author.language)
            var body: [(UInt64, CBORValue)] = [
                (1, .text(activation.step)), (2, .bytes(activation.id.bytes.bytes)), (3, .text(outcome)),
                (4, documents),
            ]
            if signers.isParaf { body.append((5, .bool(true))) }
            body += try act.fields(mandate: mandate, shown: shown, &fields)
            fields.add(Code.sign, body)
        }
    }

    /// Signs the attendance list of an open meeting, for oneself.
    package func signAttendance(
        _ dossier: DossierID, document: String, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            let open = view.state.procedure.open.first { activation in
                view.definition.step(activation.step)?.meeting?.attendance == document
            }
            guard let activation = open, let step = view.definition.step(activation.step) else {
                throw NodeFailure.nothingToSign
            }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let reference = DocumentReference(document: document)
            let (documents, names) = try act.documents([reference])
            let shown = view.sentence(step, "", names, language: author.language)
            var body: [(UInt64, CBORValue)] = [
                (1, .text(activation.step)), (2, .bytes(activation.id.bytes.bytes)), (4, documents),
            ]
            body += try act.fields(mandate: try act.mandate(roles: []), shown: shown, &fields)
            fields.add(Code.sign, body)
        }
    }
}
