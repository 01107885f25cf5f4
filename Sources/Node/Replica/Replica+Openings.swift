import Dossier
import Envelope
import History
import Sodium
import Store
import Synchronization

/// A commitment in a change set: what an opening has to fit.
struct CommitmentPlace: Sendable {
    let change: ChangeSetID
    let author: PublicKey
    let unit: UnitID?
    let committed: Committed

    init(change: ChangeSet, unit: UnitID?, committed: Committed) {
        self.change = change.id
        author = change.author
        self.unit = unit
        self.committed = committed
    }
}

/// What became of an opening that came.
enum OpeningArrival {
    case taken
    /// It opens no place of its dossier.
    case fitsNothing
    /// Its unit erased it.
    case erased
}

extension Replica.Work {
    /// Stores an opening at every place that it fits and that is not erased.
    mutating func fill(_ opening: Opening, _ loaded: inout LoadedDossier) throws -> OpeningArrival {
        if loaded.commitments == nil { loaded.commitments = loaded.history.commitmentPlaces(registry: registry) }
        let fitting = (loaded.commitments?[opening.commitment] ?? []).filter {
            opening.fits(author: $0.author, audience: $0.committed.audience)
        }
        guard !fitting.isEmpty else { return .fitsNothing }
        var arrival = OpeningArrival.erased
        for place in fitting where try !isErased(opening.commitment, place.unit, &loaded) {
            try tx.fill(opening, dossier: loaded.number, change: place.change)
            arrival = .taken
        }
        guard arrival == .taken else { return .erased }
        loaded.openings?[opening.commitment] = opening
        if let dossier = loaded.history.dossier { touch(dossier) }
        return .taken
    }

    /// Whether a unit erased its value, by what was folded last.
    func isErased(_ commitment: Commitment, _ unit: UnitID?, _ loaded: inout LoadedDossier) throws -> Bool {
        guard let unit else { return false }
        let erased: Set<AuthoredValue>
        if let known = loaded.erased {
            erased = known
        } else {
            erased = loaded.isNew ? [] : try tx.reader.erasures(of: loaded.number)
            loaded.erased = erased
        }
        return erased.contains(AuthoredValue(commitment: commitment, author: unit))
    }
}

extension Replica {
    /// Takes from the disk what was erased; does nothing where nothing was (Protocol 4 §6).
    package func scrub() throws {
        guard try store.needsScrub() else { return }
        let vault = FileVault(folder: folder)
        try store.scrub { vault.sweep(keeping: $0) }
    }

    /// The same for callers that may not block.
    package func scrub(async _: Void = ()) async throws {
        guard try store.needsScrub() else { return }
        let vault = FileVault(folder: folder)
        let clock = ContinuousClock()
        let start = clock.now
        try await store.scrub(async: { vault.sweep(keeping: $0) })
        pace.withLock { $0.note(from: start, to: clock.now) }
    }

    /// The same at once where little of the time went into it lately, else as soon as that is so. A process that ends
    /// before leaves it to the next command.
    func scrubInTime() async throws {
        guard try store.needsScrub() else { return }
        let clock = ContinuousClock()
        if pace.withLock({ $0.isDue(at: clock.now) }) { return try await scrub(async: ()) }
        guard let due = pace.withLock({ $0.wait() }) else { return }
        Task.detached { [self] in
            try? await clock.sleep(until: due)
            try? await scrub(async: ())
        }
    }
}
