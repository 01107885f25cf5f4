import Authority
import CBOR
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium

/// A dossier as JSON.
enum ViewObject {
    static func object(_ view: DossierView, _ times: Times) -> [String: Any] {
        var times = times
        let timeline = view.timeline
        let decisions = view.decisions
        let steps = zip(view.state.procedure.activations, timeline.steps).map { shown, step in
            activation(shown, decisions[shown.id] ?? [], view).merging([
                "time": DueText.object(times.facts(step, in: timeline))
            ]) {
                first, _ in first
            }
        }
        let title = view.state.values(.title, view.history).first.map { text($0.value, view) } ?? [:]
        return [
            "id": view.id.hex, "title": view.title, "procedure": view.definition.id,
            "version": view.definition.version, "openedWith": view.state.pinned.version,
            "stateHash": view.state.hash.hex, "digest": view.history.digest.hex,
            "heads": view.history.heads.map(\.hex), "changes": view.history.count,
            "status": status(view), "steps": steps,
            "parties": view.state.procedure.bindings.map { binding in
                [
                    "slot": binding.slot, "unit": binding.unit?.hex ?? "",
                    "name": binding.unit.map { view.unitName(UnitID($0)) } ?? "",
                ]
            },
            "teams": view.teams.flatMap { team, seats in
                seats.map { seat in
                    [
                        "team": team, "seat": seat.seat, "person": view.personName(seat.actor),
                        "unit": view.unitName(UnitID(seat.actor.unit)),
                    ]
                }
            },
            "removed": view.state.procedure.removed.map { UnitID($0).hex },
            "documents": view.definition.documents.flatMap { type in
                view.state.instances(of: type.id).map { document(type, $0, view) }
            },
            "findings": view.state.tableRows(.findings, view.history).map { finding($0.row, view) },
            "comments": view.state.comments.map { comment($0, view) },
            "attachments": view.state.members(.attachments, view.history).compactMap { attachment($0, view) },
            "titleErased": title["erased"] ?? "", "erasures": view.erasures.map { EraseText.object($0) },
            "missingOpenings": view.missingCount, "missingFiles": view.missingFiles.count,
            "damaged": view.damaged.map(\.path), "end": view.state.procedure.end?.rawValue ?? "",
            "final": view.state.procedure.isEndFinal, "suspended": view.state.procedure.isSuspended,
            "skipped": ViewText.skipped(view).map(\.id),
            "links": view.links.map { ["relation": $0.relation, "dossier": $0.dossier?.hex ?? ""] },
            "corrections": view.state.procedure.corrections.map { correction in
                [
                    "document": correction.claim.document, "instance": correction.claim.instance,
                    "revision": correction.claim.revision.hex, "waitingFor": correction.waitingFor,
                ] as [String: Any]
            },
            "afterClosing": view.lateEdits.map { view.history.items[$0].id.hex },
        ]
    }

    /// `value`, and `erased` with the legal basis where it was erased.
    static func text(_ value: Value, _ view: DossierView) -> [String: String] {
        var object = ["value": view.reader.text(value) ?? ""]
        if let basis = view.reader.basis(value) { object["erased"] = basis }
        return object
    }

    static func status(_ view: DossierView) -> String {
        if view.state.procedure.activations.contains(where: { $0.state == .contested }) { return "contested" }
        if let end = view.state.procedure.end { return end.rawValue }
        return view.state.procedure.open.contains { $0.state == .waitingForSignatures } ? "waiting" : "active"
    }

    static func activation(
        _ activation: Activation, _ records: [DecisionRecord], _ view: DossierView
    ) -> [String: Any] {
        [
            "step": activation.step, "title": view.definition.step(activation.step)?.title ?? "",
            "round": activation.round, "state": activation.state.rawValue, "outcome": activation.decided ?? "",
            "final": activation.isFinal, "id": activation.id.bytes.hex, "ruledTwice": activation.isDoublyRuled,
            "records": records.map { ViewText.object($0, view) },
            "assignees": view.assignees(of: activation.id).map { view.personName($0) },
            "candidates": activation.candidates.map { candidate in
                [
                    "outcome": candidate.outcome, "waitingFor": candidate.waitingFor, "final": candidate.isFinal,
                    "changes": candidate.acts.map { view.history.items[view.state.acts[$0].item].id.hex },
                ] as [String: Any]
            },
        ]
    }

    static func document(_ type: DocumentType, _ instance: Int, _ view: DossierView) -> [String: Any] {
        let content = view.state.content(of: type, instance: instance, view.history)
        return [
            "document": type.id, "title": type.title, "instance": instance, "complete": content.isComplete,
            "conflicts": content.conflicts.map(\.text), "missing": content.missing,
            "revision": content.revision(stage: nil).hex,
            "stages": NamedStage.list(type, instance, view).map(\.object),
            "fields": content.entries.map { entry in
                text(entry.value, view).merging(["path": entry.path.text]) { first, _ in first }
            },
        ]
    }

    static func finding(_ row: DossierState.Row, _ view: DossierView) -> [String: Any] {
        var object: [String: Any] = [
            "id": row.dot.text,
            "open": view.state.findingStatus(row, asOf: nil, view.history) == .open,
            "by": view.state.verdicts[row.item].unit.map { view.unitName($0) } ?? "",
        ]
        var erased: [String: String] = [:]
        for cell in view.state.cells(row, view.history) {
            object[cell.column] = cell.writes.map { view.reader.text($0.value) ?? "" }.joined(separator: " | ")
            let bases = cell.writes.compactMap { view.reader.basis($0.value) }
            if !bases.isEmpty { erased[cell.column] = bases.joined(separator: " | ") }
        }
        if !erased.isEmpty { object["erased"] = erased }
        return object
    }

    static func comment(_ comment: DossierState.Comment, _ view: DossierView) -> [String: Any] {
        [
            "author": view.authorName(of: comment.item),
            "unit": view.state.verdicts[comment.item].unit.map { view.unitName($0) } ?? "",
            "internal": comment.isInternal, "text": view.reader.text(.committed(comment.text)) ?? "",
            "received": view.reader.text(.committed(comment.text)) != nil,
            "erased": view.reader.basis(.committed(comment.text)) ?? "",
        ]
    }

    static func attachment(_ element: DossierState.Element, _ view: DossierView) -> [String: Any]? {
        guard let attachment = element.attachment else { return nil }
        var file = ""
        if case .bytes(let bytes)? = view.reader.open(.committed(attachment.file)) { file = Hexadecimal.encode(bytes) }
        return [
            "id": element.dot.text, "name": view.reader.text(.committed(attachment.name)) ?? "",
            "type": view.reader.text(.committed(attachment.mediaType)) ?? "",
            "size": attachment.file.size ?? 0, "file": file,
            "erased": view.reader.basis(.committed(attachment.file)) ?? "",
            "here": !file.isEmpty && !view.missingFiles.contains(attachment.file.commitment),
        ]
    }

    /// - Parameter isLate: an edit by somebody who wrote after the dossier was closed.
    static func change(_ index: Int, _ view: DossierView, isLate: Bool) -> [String: Any] {
        let item = view.history.items[index]
        let verdict = view.state.verdicts[index]
        return [
            "id": item.id.hex, "seq": item.seq, "lamport": item.lamport, "author": item.author.hex,
            "unit": verdict.unit.map { view.unitName($0) } ?? "", "name": view.authorName(of: index),
            "role": verdict.role ?? "", "instrument": view.instrument(of: index) ?? "",
            "at": item.at.milliseconds, "zone": item.at.zone, "parents": item.parents.map(\.hex),
            "operations": item.operations.map { kind($0) }, "authorised": verdict.isAuthorised,
            "reason": verdict.reason?.rawValue ?? "", "verdict": view.state.verdict(onAct: index)?.code ?? "",
            "registryHeight": view.history.covers[index].entryCount, "erased": view.erasedBases(in: index),
            "afterTheEnd": isLate,
        ]
    }

    /// An operation in a few words.
    static func kind(_ operation: Operation) -> String {
        let name = Code.word(operation.code)
        switch operation.code {
        case Code.outcome:
            return
                "\(name) \(operation.body[unsigned: 1]?.textValue ?? ""): \(operation.body[unsigned: 3]?.textValue ?? "")"
        case Code.sign: return "\(name) \(operation.body[unsigned: 1]?.textValue ?? "")"
        case Code.set, Code.addRow: return "\(name) \(operation.body[unsigned: 1]?.textValue ?? "")"
        default: return name
        }
    }
}
