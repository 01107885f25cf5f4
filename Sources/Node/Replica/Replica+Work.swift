import Authority
import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

extension Replica.Work {
    var identity: ReplicaIdentity { memory.identity }
    var registry: Registry { memory.registry }

    func network() throws -> NetworkID {
        guard let network = memory.registry.network else { throw NodeFailure.noNetwork }
        return network
    }

    /// The history of a dossier that is held; nil for another.
    mutating func load(_ dossier: DossierID) throws -> LoadedDossier? {
        if let loaded = memory.loaded[dossier] { return loaded }
        guard let number = try tx.reader.number(of: dossier) else { return nil }
        let loaded = LoadedDossier(
            number: number, history: try memory.history(of: dossier, tx.reader))
        memory.loaded[dossier] = loaded
        return loaded
    }

    /// Adds a change set to its dossier after all checks, with the openings that come along. Gives its row; nil where
    /// it is held already.
    @discardableResult
    mutating func append(
        _ change: Verified<ChangeSet>, to loaded: inout LoadedDossier, openings: [Commitment: Opening]
    ) throws -> Int64? {
        if change.value.isMigration { try checkTarget(of: change, in: loaded.history) }
        guard case .added(let index) = try memory.insert(change, into: &loaded.history, tx.reader) else { return nil }
        loaded.byteCount += change.value.bytes.count
        return try store(change, at: index, of: &loaded, openings: openings)
    }

    /// Writes a change set of a history that holds it already.
    mutating func store(
        _ change: Verified<ChangeSet>, at index: Int, of loaded: inout LoadedDossier,
        openings: [Commitment: Opening]
    ) throws -> Int64 {
        let number = try tx.append(change, dossier: loaded.number)
        for place in loaded.history.places(at: index, registry: memory.registry) {
            let commitment = place.committed.commitment
            loaded.commitments?[commitment, default: []].append(
                CommitmentPlace(change: change.value, unit: place.author, committed: place.committed))
            var opening: Opening?
            if let found = openings[commitment],
                found.fits(author: change.value.author, audience: place.committed.audience),
                try !isErased(commitment, place.author, &loaded)
            {
                opening = found
            }
            if let opening { loaded.openings?[commitment] = opening }
            try tx.append(
                place, dossier: loaded.number, change: number, own: identity.unit ?? UnitID(.zero), opening: opening)
        }
        touch(loaded.history.dossier ?? change.value.dossier)
        return number
    }

    /// The file of a version is held before it is named, as of the opening: else the dossier could not be folded.
    mutating func checkTarget(of change: Verified<ChangeSet>, in history: DossierHistory) throws {
        guard let named = change.value.migrationTarget,
            case .publishDefinition? = memory.registry.entry(named)?.body
        else { return }
        do {
            _ = try memory.definition(named, tx.reader)
        } catch {
            // Where its own registry heads do not publish it, nobody needs it. The copy is for what is refused.
            var trial = history
            guard case .added(let index) = try memory.insert(change, into: &trial, tx.reader),
                trial.migrationEntry(at: index, memory.registry) != nil
            else { return }
            throw error
        }
    }

    /// Whatever signs asks here first: a copied or restored replica signs nothing (Protocol 2 §7).
    func checkMark() throws {
        let memory = memory
        try gate.checkAuthoring(tx.reader) { id in
            try memory.registry.contains(id) || memory.row(of: id, tx.reader) != nil
        }
    }

    mutating func touch(_ dossier: DossierID) {
        if touched.last != dossier, isTouched.insert(dossier).inserted { touched.append(dossier) }
    }

    /// Marks what endings may concern, folds the touched dossiers and writes what is derived from them.
    mutating func finish() throws {
        guard !touched.isEmpty || registryGrew || didRefold else { return }
        for ending in endings {
            switch registry.reach(of: ending) {
            case .nobody: continue
            case .everybody: try tx.markAllStale()
            case .keys(let keys): try tx.markStale(writtenBy: keys)
            }
        }
        for dossier in touched {
            guard var loaded = try load(dossier) else { continue }
            if try !refoldIfSmall(dossier, &loaded) { hasDeferred = true }
            loaded.isNew = false
            loaded.openings = nil
            // A batch may touch thousands of dossiers; only some stay in memory.
            memory.loaded[dossier] = touched.count > Replica.loadedCountMax ? nil : loaded
        }
        (touched, isTouched, endings) = ([], [], [])
        hasErased = try tx.finishErasures()
        try tx.raiseGeneration()
        memory.generation = try tx.reader.generation()
    }

    /// Whether the fold of a dossier is beyond the small budget: of steps, as far as it was folded.
    func isSlow(_ loaded: LoadedDossier) -> Bool {
        limits.small.excess(changeCount: loaded.history.count, byteCount: loaded.byteCount) != nil
            || (loaded.isFolded && loaded.stepCount > limits.small.stepCount)
    }

    /// Folds a dossier under the lock, or leaves it marked where that is beyond the small budget.
    ///
    /// - Returns: whether it is folded.
    mutating func refoldIfSmall(_ dossier: DossierID, _ loaded: inout LoadedDossier) throws -> Bool {
        if loaded.isFolded || !isSlow(loaded) {
            do {
                try refold(dossier, &loaded, stepCountMax: limits.small.stepCount)
                return true
            } catch is FoldExceeded {}
        }
        try tx.markSlow(loaded.number)
        return false
    }

    /// - Parameter stepCountMax: beyond it nothing is written, and ``FoldExceeded`` is thrown.
    mutating func refold(_ dossier: DossierID, _ loaded: inout LoadedDossier, stepCountMax: Int = .max) throws {
        guard let opening = loaded.history.opening else { return }
        if loaded.isFolded, let record = prepared.removeValue(forKey: dossier) { return try write(record, of: &loaded) }
        let definitions = try memory.definitions(of: loaded.history, opening, tx.reader)
        try loaded.fold(registry, definitions, stepCountMax: stepCountMax)
        let record = try loaded.record(registry, definitions) { try tx.reader.opening($0, dossier: $1) }
        try write(record, of: &loaded)
    }

    /// Writes what was derived from a dossier, here or outside the lock.
    ///
    /// - Parameter known: the registry that the history was read under, where it was not this one.
    mutating func write(
        _ record: DossierRecord, of loaded: inout LoadedDossier, under known: Registry? = nil
    ) throws {
        var record = record
        record.isSlow = isSlow(loaded)
        loaded.erased = Set(record.erased)
        try tx.update(loaded.number, record, isNew: loaded.isNew)
        if let unit = identity.unit {
            try tx.markMine(record.releases.filter { $0.reader == unit }, dossier: loaded.number)
        }
        try tx.setAwaits(loaded.number, loaded.history.awaited(by: identity.unit, known ?? registry))
    }
}

/// What a dossier's acts may be judged by.
struct DossierDefinitions: Sendable {
    /// Of the opening.
    var pinned: ProcedureDefinition
    /// By the entry that publishes it.
    var newer: [EntryID: ProcedureDefinition] = [:]
}

extension Replica.Memory {
    /// Reads a history from the store: every signature was checked before it was stored.
    mutating func history(of dossier: DossierID, _ reader: StoreReader) throws -> DossierHistory {
        try history(of: dossier, reader.changes(of: dossier), reader)
    }

    mutating func history(
        of dossier: DossierID, _ rows: [StoredChange], _ reader: StoreReader
    ) throws -> DossierHistory {
        guard let network = registry.network else { throw NodeFailure.noNetwork }
        var history = DossierHistory(network: network)
        for row in rows {
            let change = try row.change(of: dossier, network)
            do {
                _ = try insert(change, into: &history, reader)
            } catch let refusal as Refusal { throw row.damaged("\(refusal)") }
        }
        // What was signed names its past by hashes, so that a row put in by another program is a head or names nothing.
        for index in history.headIndices where !history.items[index].isSigned {
            throw StoreFailure.damaged(path: "change", fact: "\(history.items[index].id.hex): signature")
        }
        return history
    }

    /// Adds a change set after all checks; entries that it names are loaded where they are stored.
    mutating func insert(
        _ change: Verified<ChangeSet>, into history: inout DossierHistory, _ reader: StoreReader
    ) throws -> DossierHistory.Insertion {
        do {
            return try history.insert(change, registry: registry)
        } catch .missingEntries(let ids) {
            guard try load(entries: ids, reader) else { throw Refusal.missingEntries(ids) }
            return try history.insert(change, registry: registry)
        }
    }

    /// The definition that a dossier was opened with, and those that its change sets want it to migrate to.
    mutating func definitions(
        of history: DossierHistory, _ opening: DossierOpening, _ reader: StoreReader
    ) throws -> DossierDefinitions {
        var found = DossierDefinitions(pinned: try definition(opening.definition, reader))
        for entry in DossierState.migrationEntries(history, registry) {
            found.newer[entry] = try definition(entry, reader)
        }
        return found
    }

    /// The definition that a registry entry publishes, read once.
    mutating func definition(_ entry: EntryID, _ reader: StoreReader) throws -> ProcedureDefinition {
        guard case .publishDefinition(let publication)? = registry.entry(entry)?.body else {
            throw NodeFailure.unknownDefinition(entry.hex)
        }
        if let known = definitions[publication.blob] { return known }
        guard let (bytes, isChecked) = try reader.checkedBlob(publication.blob) else {
            throw NodeFailure.unknownDefinition(publication.name)
        }
        let loaded = DefinitionLoader.load(bytes, isChecked: isChecked)
        guard loaded.errors.isEmpty else { throw NodeFailure.definitionInvalid(loaded.errors) }
        definitions[publication.blob] = loaded.definition
        return loaded.definition
    }
}

extension StoredChange {
    /// Decodes what was checked before it was stored; the id says whether the disk kept it.
    func change(of dossier: DossierID, _ network: NetworkID) throws -> Verified<ChangeSet> {
        let change: ChangeSet
        do {
            change = try ChangeSet.decode(bytes, network: network, dossier: dossier)
        } catch { throw damaged("\(error)") }
        guard change.id == id else { throw damaged("id") }
        return Verified(storedBefore: change)
    }

    func damaged(_ fact: String) -> StoreFailure { .damaged(path: "change", fact: "\(number): \(fact)") }
}

extension DossierHistory {
    /// The unit in whose name an item was written, by signatures alone.
    func authorUnit(of index: Int, registry: Registry) -> UnitID? {
        parties[index].first { registry.standing(of: items[index].author, unit: $0, in: covers[index]) != nil }
    }

    /// The unit that opened the dossier, where a given unit is another and has written nothing in it.
    func awaited(by own: UnitID?, _ registry: Registry) -> UnitID? {
        guard let own, count > 0, let opener = authorUnit(of: 0, registry: registry), opener != own else { return nil }
        var known: [PublicKey: Bool] = [:]
        for index in items.indices {
            let author = items[index].author
            let isOwn = known[author] ?? (authorUnit(of: index, registry: registry) == own)
            if isOwn { return nil }
            known[author] = isOwn
        }
        return opener
    }

    /// Commitments in an item with the units that may open them.
    func places(at index: Int, registry: Registry) -> [Place] {
        let committed = items[index].operations.flatMap(\.committedValues)
        guard !committed.isEmpty else { return [] }
        let author = authorUnit(of: index, registry: registry)
        return committed.map { value in
            let readers: [UnitID]
            switch value.audience {
            case .all: readers = parties[index]
            case .own: readers = author.map { [$0] } ?? []
            case .units(let units):
                readers = (units + (author.map { units.contains($0) ? [] : [$0] } ?? [])).sorted()
            }
            return Place(
                committed: value, kind: value.size == nil ? .value : .file, readers: readers, author: author)
        }
    }

    /// All places of each commitment: somebody may repeat another's.
    func commitmentPlaces(registry: Registry) -> [Commitment: [CommitmentPlace]] {
        var found: [Commitment: [CommitmentPlace]] = [:]
        for (index, item) in items.enumerated() {
            let values = item.operations.flatMap(\.committedValues)
            guard !values.isEmpty else { continue }
            let unit = authorUnit(of: index, registry: registry)
            for value in values {
                found[value.commitment, default: []].append(
                    CommitmentPlace(change: item, unit: unit, committed: value))
            }
        }
        return found
    }
}
