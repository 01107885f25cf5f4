import Dossier
import Envelope
import History
import Registry
import Sodium
import Store

/// A change set that was composed and checked, and is not signed yet.
struct Proposal: Sendable {
    /// Its id covers what is signed and not the signature: what was checked is what will be signed.
    let change: ChangeSet
    let openings: [Opening]
    /// What everybody folds with it, and what that fold looked at; nil where it was held already.
    let folded: FoldedState?
}

/// A fold, with what it looked at.
struct FoldedState: Sendable {
    let state: DossierState
    let stepCount: Int
}

/// An act that is worked out outside the write lock, for its dossier is beyond the small budget.
struct Rehearsal: Sendable {
    /// The dossier as it was read, and what marked it.
    let base: LoadedDossier
    let stale: StaleState?
    var proposals: [Proposal] = []
    /// Registers of letters that were read: another dossier may write in them.
    var registers: [(unit: UnitID, name: String, entries: [LetterEntry])] = []
    /// Places of the proposals, which no table holds yet.
    var places: [StoreReader.PlaceRow] = []
    /// What listings show after it.
    var record: DossierRecord?
}

extension Replica {
    /// Goes at one act, where others write in its dossier meanwhile.
    private static let rehearsalCount = 3

    /// Writes in one dossier. Under the write lock where its fold is small; else read, composed and folded without it,
    /// and under it only compared, signed and stored (Protocol 6 §6).
    ///
    /// - Parameter body: composes what ``Work`` then signs. It runs again where something changed meanwhile.
    func author(
        in dossier: DossierID, _ extent: RegistryExtent = .own, by author: Author,
        _ body: (inout Work) throws -> ChangeSet
    ) throws -> ChangeSet {
        try checkMark()
        if try store.read({ try !isLarge(dossier, $0) }) {
            do { return try transact(extent, body) } catch is FoldExceeded {
                // So few change sets, and so dear: like a large one.
            }
        }
        for _ in 0..<Self.rehearsalCount {
            let (memory, rehearsal) = try rehearse(dossier, extent, body)
            let change = try transact(.own) { work in
                try work.isCurrent(rehearsal, memory) ? work.perform(rehearsal, under: memory, by: author) : nil
            }
            if let change { return change }
        }
        throw NodeFailure.changedMeanwhile(dossier: dossier.hex, attempts: Self.rehearsalCount)
    }

    /// Whether the next fold of a dossier is beyond the small budget, by what is stored.
    private func isLarge(_ dossier: DossierID, _ reader: StoreReader) throws -> Bool {
        guard let number = try reader.number(of: dossier) else { return false }
        return try reader.isSlow(number) || reader.changeCount(of: number) > limits.small.changeCount
    }

    /// Each statement reads for itself, so that a long fold keeps nobody from moving the log into the file: whoever
    /// takes the result up compares it with what is stored then.
    private func rehearse(
        _ dossier: DossierID, _ extent: RegistryExtent, _ body: (inout Work) throws -> ChangeSet
    ) throws -> (Memory, Rehearsal) {
        let memory = try store.read { reader in try caughtUp(reader, extent) { $0 } }
        return try store.rehearse { tx in
            var work = Work(
                tx: tx, memory: memory, limits: limits, folder: folder, gate: gate, now: Clock.now)
            guard let base = try work.load(dossier) else { throw NodeFailure.unknownDossier(dossier.hex) }
            work.rehearsal = Rehearsal(base: base, stale: try tx.reader.staleState(base.number))
            _ = try body(&work)
            guard var rehearsal = work.rehearsal, var loaded = work.memory.loaded[dossier] else {
                throw NodeFailure.unknownDossier(dossier.hex)
            }
            rehearsal.record = try work.record(of: &loaded, after: rehearsal)
            work.memory.loaded = [:]
            return (work.memory, rehearsal)
        }
    }
}

extension Replica.Work {
    /// The entries of a register of letters; in a rehearsal they are compared again before anything is signed.
    mutating func letters(
        of unit: UnitID, register: String
    ) throws -> [(dossier: DossierID, entry: LetterEntry)] {
        let found = try tx.reader.letters(of: unit, register: register)
        rehearsal?.registers.append((unit: unit, name: register, entries: found.map(\.entry)))
        return found
    }

    /// Notes what would be signed: what follows in the same act is worked out over it.
    mutating func rehearse(_ proposal: Proposal, _ loaded: inout LoadedDossier) throws -> ChangeSet {
        let change = proposal.change
        guard
            case .added(let index) = try memory.insert(
                Verified(storedBefore: change), into: &loaded.history, tx.reader)
        else { return change }
        loaded.byteCount += change.bytes.count
        loaded.keep(proposal.folded)
        loaded.commitments = nil
        let openings = Dictionary(
            proposal.openings.map { ($0.commitment, $0) }, uniquingKeysWith: { first, _ in first })
        let own = identity.unit
        let places = loaded.history.places(at: index, registry: registry).map { place in
            StoreReader.PlaceRow(
                place, of: change.id, isMine: own.map(place.readers.contains) ?? false,
                opening: openings[place.committed.commitment])
        }
        rehearsal?.places += places
        rehearsal?.proposals.append(proposal)
        memory.loaded[change.dossier] = loaded
        return change
    }

    fileprivate mutating func record(
        of loaded: inout LoadedDossier, after rehearsal: Rehearsal
    ) throws -> DossierRecord? {
        guard let opening = loaded.history.opening else { return nil }
        let definitions = try memory.definitions(of: loaded.history, opening, tx.reader)
        let own = rehearsal.proposals.flatMap(\.openings)
        return try loaded.record(registry, definitions) { commitment, number in
            try own.first { $0.commitment == commitment } ?? tx.reader.opening(commitment, dossier: number)
        }
    }

    /// Whether all that a rehearsal read is as it was.
    fileprivate func isCurrent(_ rehearsal: Rehearsal, _ memory: Replica.Memory) throws -> Bool {
        let base = rehearsal.base
        guard try tx.reader.lastEntryNumber() == memory.lastEntry,
            try tx.reader.changeCount(of: base.number) == base.history.count,
            try tx.reader.staleState(base.number) == rehearsal.stale, try tx.reader.held(base.number) == nil
        else { return false }
        let vault = FileVault(folder: folder)
        for opening in rehearsal.proposals.flatMap(\.openings) where opening.kind == .file {
            guard case .bytes(let bytes) = opening.opened, let file = FileID(bytes) else { continue }
            // Taken in without the lock: an erasure may have swept it.
            guard vault.isHere(file, size: rehearsal.size(of: opening)) else { return false }
        }
        return try rehearsal.registers.allSatisfy { register in
            try tx.reader.letters(of: register.unit, register: register.name).map(\.entry) == register.entries
        }
    }

    /// Signs and stores what was rehearsed; nothing of it is folded again.
    fileprivate mutating func perform(
        _ rehearsal: Rehearsal, under kept: Replica.Memory, by author: Author
    ) throws -> ChangeSet? {
        // Histories count the lanes of the registry that they were read under.
        memory = kept
        try memory.catchUp(tx.reader)
        var loaded = rehearsal.base
        var last: ChangeSet?
        for proposal in rehearsal.proposals {
            try checkMark()
            last = try seal(proposal, &loaded, by: author)
        }
        if let dossier = loaded.history.dossier { prepared[dossier] = rehearsal.record }
        return last
    }
}

extension Rehearsal {
    fileprivate func size(of opening: Opening) -> Int {
        places.first { $0.commitment == opening.commitment }?.size ?? 0
    }
}
