import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

/// A peer that sends dossiers: its unit, and the key that it proved to hold.
struct Sender: Sendable {
    let unit: UnitID
    let key: PublicKey
}

/// A dossier that is new to this replica, while a batch brings it.
struct IncomingDossier {
    var loaded: LoadedDossier
    /// Its row among those kept apart; nil for one that came just now.
    var apart: ApartRow?
    /// What the batch brought of it, in order.
    var added: [Verified<ChangeSet>] = []
}

/// New dossiers of a batch, in the order in which they came.
struct IncomingDossiers {
    var items: [DossierID: IncomingDossier] = [:]
    var order: [DossierID] = []
}

/// Nothing outside the scope on receipt either (Protocol 6 §6): what is new and gives not both units access is kept
/// apart, within a quota.
extension Replica.Work {
    /// Notes change sets of a dossier that is not stored here; ``settleIncoming(_:from:_:)`` says what becomes of it.
    mutating func takeNew(_ checked: CheckedChanges, from sender: Sender, _ result: inout IngestResult) throws {
        let dossier = checked.dossier
        guard let first = checked.changes.first else { return }
        if try tx.reader.turnedAway(dossier) == TurnedAway.budget {
            return result.refuse(dossier, first.value.id, TurnedAway.budget, count: checked.changes.count)
        }
        var item: IncomingDossier
        if let known = incoming.items[dossier] {
            item = known
        } else if let row = try tx.reader.apart(dossier) {
            item = try reopen(row)
        } else {
            guard first.value.isFirst, first.value.dossier == dossier else {
                return result.refuse(dossier, first.value.id, "missing-parents", count: checked.changes.count)
            }
            item = IncomingDossier(
                loaded: LoadedDossier(
                    number: 0, history: DossierHistory(network: try network()), isNew: true, openings: [:]))
        }
        for change in checked.changes where !item.loaded.history.contains(change.value.id) {
            do {
                guard try insert(change, into: &item) else { continue }
                if result.ownKeys.contains(change.value.author) {
                    try noteAhead(change.value.author, change.value.id.raw)
                }
            } catch let refusal as Refusal {
                result.refuse(dossier, change.value.id, "\(refusal)")
            } catch let excess as BudgetExcess {
                result.refuse(dossier, change.value.id, TurnedAway.budget, about: excess.reason)
                return try turnAway(dossier, item.apart, from: sender, TurnedAway.budget)
            } catch NodeFailure.unknownDefinition(let name) {
                result.refuse(dossier, change.value.id, "definition-not-held", about: name)
                break
            }
        }
        guard item.loaded.history.count > 0 else { return }
        if incoming.items.updateValue(item, forKey: dossier) == nil { incoming.order.append(dossier) }
    }

    private mutating func insert(_ change: Verified<ChangeSet>, into item: inout IncomingDossier) throws -> Bool {
        let byteCount = item.loaded.byteCount + change.value.bytes.count
        let multiple = try tx.reader.allowance(change.value.dossier)
        if let excess = limits.fold.excess(
            changeCount: item.loaded.history.count + 1, byteCount: byteCount, multiple: multiple)
        {
            throw excess
        }
        if change.value.isMigration { try checkTarget(of: change, in: item.loaded.history) }
        guard case .added = try memory.insert(change, into: &item.loaded.history, tx.reader) else { return false }
        item.loaded.byteCount = byteCount
        item.added.append(change)
        return true
    }

    /// What is kept apart of a dossier, with its history.
    mutating func reopen(_ row: ApartRow) throws -> IncomingDossier {
        IncomingDossier(loaded: try memory.apart(row, tx.reader), apart: row)
    }

    /// Folds what the batch brought: a dossier to which both units have access becomes ordinary.
    mutating func settleIncoming(
        _ openings: [DossierID: [Commitment: Opening]], from sender: Sender, _ result: inout IngestResult
    ) throws {
        let arrived = incoming
        incoming = IncomingDossiers()
        for dossier in arrived.order {
            guard var item = arrived.items[dossier] else { continue }
            do {
                guard let opening = item.loaded.history.opening else { continue }
                guard let state = try foldIfSmall(&item.loaded, opening) else {
                    // Folded outside the lock, when all of it has come.
                    try keep(dossier, item, from: sender, isJudged: false, &result)
                    result.hasUnjudged = true
                    continue
                }
                if state.givesAccess(identity.unit, sender.unit) {
                    try admit(dossier, &item, openings: openings[dossier] ?? [:], from: sender, &result)
                } else {
                    try keep(dossier, item, from: sender, isJudged: true, &result)
                }
            } catch NodeFailure.unknownDefinition(let name) {
                result.refuse(dossier, item.added.first?.value.id, "definition-not-held", about: name)
            } catch NodeFailure.definitionInvalid(let issues) {
                result.refuse(
                    dossier, item.added.first?.value.id, "definition-invalid", about: issues.first?.code ?? "")
            }
        }
    }

    /// - Returns: nil where the fold is beyond the small budget.
    private mutating func foldIfSmall(
        _ loaded: inout LoadedDossier, _ opening: DossierOpening
    ) throws -> DossierState? {
        guard !isSlow(loaded) else { return nil }
        let definitions = try memory.definitions(of: loaded.history, opening, tx.reader)
        return try? loaded.fold(registry, definitions, stepCountMax: limits.small.stepCount)
    }

    /// Makes a dossier ordinary: it is stored like every other, with its place in the scope.
    private mutating func admit(
        _ dossier: DossierID, _ item: inout IncomingDossier, openings: [Commitment: Opening], from sender: Sender,
        _ result: inout IngestResult
    ) throws {
        if item.apart == nil, try !hasRoom(for: item, dossier, from: sender) {
            result.refuse(dossier, item.added.first?.value.id, TurnedAway.quota, count: item.added.count)
            return try turnAway(dossier, nil, from: sender, TurnedAway.quota)
        }
        try store(dossier, &item.loaded, openings: openings)
        // The next one of the same batch is judged by it.
        try tx.setAwaits(item.loaded.number, item.loaded.history.awaited(by: identity.unit, registry))
        if let apart = item.apart { try tx.removeApart(apart.number) }
        memory.apart[dossier] = nil
        try tx.forgetTurnedAway(dossier)
        result.acceptedCount += item.added.count
    }

    /// Writes a whole history whose change sets were checked when they came.
    mutating func store(
        _ dossier: DossierID, _ loaded: inout LoadedDossier, openings: [Commitment: Opening]
    ) throws {
        loaded.number = try tx.dossierNumber(dossier)
        for (index, change) in loaded.history.items.enumerated() {
            _ = try store(Verified(storedBefore: change), at: index, of: &loaded, openings: openings)
        }
        memory.loaded[dossier] = loaded
        touch(dossier)
    }

    private mutating func keep(
        _ dossier: DossierID, _ item: IncomingDossier, from sender: Sender, isJudged: Bool,
        _ result: inout IngestResult
    ) throws {
        let number: Int64
        if let apart = item.apart {
            number = apart.number
        } else {
            guard try hasRoom(for: item, dossier, from: sender) else {
                result.refuse(dossier, item.added.first?.value.id, TurnedAway.quota, count: item.added.count)
                return try turnAway(dossier, nil, from: sender, TurnedAway.quota)
            }
            number = try tx.keepApart(
                dossier, from: sender.unit, key: sender.key,
                isOpened: item.loaded.history.authorUnit(of: 0, registry: registry) == sender.unit)
        }
        try tx.append(item.added, apart: number)
        memory.keep(item.loaded, apart: number, of: dossier, byteCountMax: limits.apartByteCount)
        if isJudged { try tx.noteJudged(apart: number) }
        try makeRoomApart(dossier, from: sender.unit)
    }

    /// The oldest kept apart goes, and never the one that is being received.
    private func makeRoomApart(_ dossier: DossierID, from unit: UnitID) throws {
        var totals = try tx.reader.apartTotals(from: unit)
        while totals.count > limits.apartCount || totals.byteCount > limits.apartByteCount,
            let oldest = try tx.reader.oldestApart(from: unit, isOpened: false, except: dossier)
        {
            try tx.removeApart(oldest)
            totals = try tx.reader.apartTotals(from: unit)
        }
    }

    /// Whether a new dossier is within the quota of the unit that opened it: of those in which this unit has written
    /// nothing. There is none within a unit.
    private func hasRoom(for item: IncomingDossier, _ dossier: DossierID, from sender: Sender) throws -> Bool {
        guard item.loaded.history.awaited(by: identity.unit, registry) == sender.unit else { return true }
        while try tx.reader.unansweredCount(of: sender.unit) + tx.reader.apartTotals(from: sender.unit).openedCount
            >= limits.unansweredCount
        {
            guard let oldest = try tx.reader.oldestApart(from: sender.unit, isOpened: true, except: dossier) else {
                return false
            }
            try tx.removeApart(oldest)
        }
        return true
    }

    mutating func turnAway(
        _ dossier: DossierID, _ apart: ApartRow?, from sender: Sender, _ reason: String
    ) throws {
        if let apart { try tx.removeApart(apart.number) }
        memory.apart[dossier] = nil
        try tx.turnAway(dossier, from: sender.unit, reason: reason)
        // What is said to the peer of its dossiers is another now.
        didRefold = true
    }
}

extension Replica.Memory {
    /// What is kept apart of a dossier, read where it is not in memory as far as it is stored.
    mutating func apart(_ row: ApartRow, _ reader: StoreReader) throws -> LoadedDossier {
        if let kept = apart[row.id], kept.number == row.number, kept.loaded.history.count == row.changeCount {
            return kept.loaded
        }
        let history = try history(of: row.id, reader.apartChanges(row.number), reader)
        return LoadedDossier(number: 0, history: history, isNew: true, openings: [:])
    }

    /// Keeps a dossier that is being received; the others with it only as far as there is room.
    fileprivate mutating func keep(
        _ loaded: LoadedDossier, apart number: Int64, of dossier: DossierID, byteCountMax: Int
    ) {
        apart[dossier] = ApartHistory(number: number, loaded: loaded)
        let byteCount = apart.values.reduce(0) { $0 + $1.loaded.byteCount }
        if byteCount > byteCountMax { apart = apart.filter { $0.key == dossier } }
    }
}

extension DossierState {
    /// Whether both units of a connection may know of the dossier (Protocol 6 §1): both have access, or one has and the
    /// other was removed.
    func givesAccess(_ own: UnitID?, _ peer: UnitID) -> Bool {
        guard let own = own?.raw else { return false }
        let parties = procedure.bindings.compactMap(\.unit)
        let (hasOwn, hasPeer) = (parties.contains(own), parties.contains(peer.raw))
        if hasOwn, hasPeer { return true }
        let removed = procedure.removed
        if own == peer.raw { return removed.contains(own) }
        return hasOwn && removed.contains(peer.raw) || hasPeer && removed.contains(own)
    }
}
