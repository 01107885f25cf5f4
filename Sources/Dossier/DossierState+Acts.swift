import Authority
import CBOR
import Envelope
import History
import Procedure
import Registry
import Sodium

extension DossierState {
    /// Translates the change sets that carry acts, in canonical order.
    mutating func collectActs(_ history: DossierHistory, _ definition: ProcedureDefinition, _ steps: StepCounter) {
        var reader = DocumentReader(self, history, steps)
        for index in history.canonicalOrder {
            steps.add()
            if steps.isExceeded { return }
            guard let operation = history.items[index].operations.first, (16...36).contains(operation.code),
                !(20...25).contains(operation.code), operation.code != Code.link
            else { continue }
            let verdict = verdicts[index]
            guard let unit = verdict.unit else { continue }
            let body = actBody(operation, at: index, history, definition, &reader, steps)
            acts.append(
                ActRecord(
                    item: index, code: operation.code,
                    act: Act(
                        id: history.items[index].id.raw,
                        actor: Actor(unit: unit.raw, person: verdict.person?.bytes ?? []),
                        role: verdict.role ?? "",
                        statedDay: CivilDay.day(
                            milliseconds: history.items[index].at.milliseconds, zone: opening?.zone ?? ""),
                        isAuthorised: verdict.isAuthorised, isRivalEntitled: verdict.isRivalEntitled, body: body)))
        }
    }

    private func actBody(
        _ operation: Operation, at index: Int, _ history: DossierHistory, _ definition: ProcedureDefinition,
        _ reader: inout DocumentReader, _ steps: StepCounter
    ) -> Act.Body {
        let body = operation.body
        switch operation.code {
        case Code.outcome:
            return outcome(body, at: index, history, definition, &reader, steps).map { .outcome($0) } ?? .other
        case Code.sign:
            guard let step = body[unsigned: 1]?.textValue, let activation = Self.bytes32(body[unsigned: 2]) else {
                return .other
            }
            var sign = SignAct(
                step: step, activation: ActivationID(activation), outcome: body[unsigned: 3]?.textValue,
                documents: claims(body[unsigned: 4], at: index, history, definition, &reader))
            sign.isParaf = body[unsigned: 5] != nil
            return .sign(sign)
        case Code.ruling:
            guard let activation = Self.bytes32(body[unsigned: 1]), let winner = Self.bytes32(body[unsigned: 3]) else {
                return .other
            }
            return .ruling(
                RulingAct(
                    activation: ActivationID(activation), candidates: Self.ids(body[unsigned: 2]), winner: winner,
                    rulings: Self.ids(body[unsigned: 5])))
        case Code.acknowledge: return Self.bytes32(body[unsigned: 1]).map { .acknowledge($0) } ?? .other
        case Code.bind:
            guard let slot = body[unsigned: 1]?.textValue, let unit = Self.bytes32(body[unsigned: 2]) else {
                return .other
            }
            return .bind(slot: slot, unit: unit)
        case Code.unbind: return Self.bytes32(body[unsigned: 1]).map { .unbind(unit: $0) } ?? .other
        case Code.withdraw: return .withdraw
        case Code.cancel: return .cancel
        case Code.suspend: return .suspend
        case Code.resume: return .resume
        case Code.reassign:
            guard let activation = Self.bytes32(body[unsigned: 1]), let unit = Self.bytes32(body[unsigned: 2]),
                let person = body[unsigned: 3]?.bytesValue, person.count == 16
            else { return .other }
            return .reassign(ActivationID(activation), to: Actor(unit: unit, person: person))
        case Code.lease:
            return LetterEntry.block(operation) != nil && body[unsigned: 4]?.bytesValue?.count == 32
                ? .numbering : .other
        case Code.migrate: return Self.bytes32(body[unsigned: 1]) == nil ? .other : .migration
        case Code.void: return LetterEntry.block(operation) != nil ? .numbering : .other
        default: return .other
        }
    }

    private func outcome(
        _ body: CBORValue, at index: Int, _ history: DossierHistory, _ definition: ProcedureDefinition,
        _ reader: inout DocumentReader, _ steps: StepCounter
    ) -> OutcomeAct? {
        guard let step = body[unsigned: 1]?.textValue, let activation = Self.bytes32(body[unsigned: 2]),
            let name = body[unsigned: 3]?.textValue
        else { return nil }
        var outcome = OutcomeAct(step: step, activation: ActivationID(activation), name: name)
        outcome.documents = claims(body[unsigned: 4], at: index, history, definition, &reader)
        outcome.hasReason = body[unsigned: 5].map { (try? Committed($0)) != nil } ?? false
        outcome.missingItems = (body[unsigned: 6]?.arrayValue ?? []).compactMap(\.textValue)
        // A finding counts when its row lies in the act's own past.
        let findings = (body[unsigned: 7]?.arrayValue ?? []).compactMap { Dot($0) }
        outcome.findingCount = count(of: findings, asOf: index, history, steps)
        outcome.responseKind = body[unsigned: 8]?.textValue
        if let date = body[unsigned: 9]?.textValue, CivilDay.parse(date) != nil { outcome.targetDate = date }
        for naming in body[unsigned: 10].flatMap(PartyNaming.list) ?? [] {
            outcome.binds.append((slot: naming.slot, unit: naming.unit.raw))
        }
        for item in body[unsigned: 11]?.arrayValue ?? [] {
            guard let parts = item.arrayValue, parts.count == 4, let team = parts[0].textValue,
                let seat = parts[1].textValue, let unit = Self.bytes32(parts[2]), let person = parts[3].bytesValue,
                person.count == 16
            else { continue }
            outcome.seats.append(SeatClaim(team: team, seat: seat, actor: Actor(unit: unit, person: person)))
        }
        return outcome
    }

    private func count(of findings: [Dot], asOf index: Int, _ history: DossierHistory, _ steps: StepCounter) -> Int {
        Set(findings).count { dot in
            guard let (path, place) = row(dot, history, steps), path == .findings, let row = rows[path]?[place] else {
                return false
            }
            return standing(row, asOf: index, history, steps) != nil
        }
    }

    /// Documents that an act names, compared with what its own past holds.
    private func claims(
        _ item: CBORValue?, at index: Int, _ history: DossierHistory, _ definition: ProcedureDefinition,
        _ reader: inout DocumentReader
    ) -> [DocumentClaim] {
        (item?.mapValue ?? []).compactMap { pair in
            guard let name = pair.key.textValue, let parts = pair.value.arrayValue, (2...3).contains(parts.count),
                let instance = parts[0].unsignedValue.flatMap({ Int(exactly: $0) }),
                DocumentInstance.range.contains(instance), let revision = Self.bytes32(parts[1])
            else { return nil }
            let stage = parts.count == 3 ? parts[2].textValue : nil
            guard (stage == nil) == (parts.count == 2) else { return nil }
            var isPresent = false
            if let type = definition.document(name) {
                isPresent = reader.holds(revision, stage, of: type, instance, asOf: index)
            }
            return DocumentClaim(
                document: name, instance: instance, revision: revision, stage: stage, isPresent: isPresent)
        }
    }

    static func bytes32(_ item: CBORValue?) -> Bytes32? { item?.bytesValue.flatMap { Bytes32($0) } }

    static func ids(_ item: CBORValue?) -> [Bytes32] { (item?.arrayValue ?? []).compactMap { bytes32($0) } }
}
