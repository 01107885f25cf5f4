import CBOR
import Dossier
package import Envelope
package import History
import Procedure
import Registry
import Sodium
import Store
package import Sync

/// What was decoded and whose signature was checked, before anything is stored.
struct CheckedChanges: Sendable {
    let dossier: DossierID
    let changes: [Verified<ChangeSet>]
    let faults: [String]
    let byteCount: Int

    /// Decodes and verifies envelopes of one dossier. Pure, so it runs on any core.
    static func check(_ envelopes: [[UInt8]], dossier: DossierID, network: NetworkID) -> CheckedChanges {
        var changes: [Verified<ChangeSet>] = []
        changes.reserveCapacity(envelopes.count)
        var faults: [String] = []
        var byteCount = 0
        for bytes in envelopes {
            byteCount += bytes.count
            do {
                let change = try ChangeSet.decode(bytes, network: network, dossier: dossier)
                if let verified = Verified(checking: change) {
                    changes.append(verified)
                } else {
                    faults.append("bad-signature")
                }
            } catch { faults.append("\(error)") }
        }
        return CheckedChanges(dossier: dossier, changes: changes, faults: faults, byteCount: byteCount)
    }
}

/// One thing to store, in the order in which it arrived.
enum Arrival: Sendable {
    case changes(CheckedChanges)
    case openings(DossierID, [[UInt8]])
}

/// What a batch did.
struct IngestResult: Sendable {
    var acceptedCount = 0
    var verifiedCount = 0
    var openingCount = 0
    /// What was refused, by dossier and reason, in the order of the first: a thousand bad change sets in a frame are one
    /// line.
    private(set) var refused: [RefusedArrival] = []
    /// Refusals beyond those that are told one by one.
    private(set) var furtherCount = 0
    /// Objects that were refused; what was turned away for a limit of this side counts once for each dossier.
    private(set) var refusalCount = 0
    /// Something came that is to be folded outside the lock before it is known whether it is of the scope.
    var hasUnjudged = false
    /// Dossiers whose folds are left for outside the lock.
    var slow: Set<DossierID> = []
    /// Keys whose new objects show that this store lacks what they signed.
    var ownKeys: Set<PublicKey> = []

    /// Refusals of one batch that are told one by one.
    static let refusedCountMax = 100

    var refusedCount: Int { refused.reduce(furtherCount) { $0 + $1.count } }

    var refusals: [String] {
        refused.map { $0.count == 1 ? $0.text : "\($0.text) (×\($0.count))" }
            + (furtherCount == 0 ? [] : ["further \(furtherCount)"])
    }

    /// - Parameters:
    ///   - reason: a code, perhaps with facts in brackets; what differs in facts alone is counted together.
    ///   - about: the first thing that it was about.
    mutating func refuse(
        _ dossier: DossierID, _ object: ChangeSetID?, _ reason: String, about: String = "", count: Int = 1
    ) {
        refuse(dossier, object?.raw, reason, text: about.isEmpty ? reason : "\(reason) \(about)", count)
    }

    mutating func refuse(entry: EntryID, _ failure: EntryFailure) {
        refuse(nil, entry.raw, "entry \(failure)", text: "entry \(failure)", 1)
    }

    private mutating func refuse(
        _ dossier: DossierID?, _ object: Bytes32?, _ reason: String, text: String, _ count: Int
    ) {
        refusalCount += 1
        let code = reason.split(separator: "(", maxSplits: 1).first.map(String.init) ?? reason
        if let place = refused.firstIndex(where: { $0.dossier == dossier && $0.code == code }) {
            refused[place].count += count
        } else if refused.count < Self.refusedCountMax {
            refused.append(
                RefusedArrival(dossier: dossier, object: object, code: code, text: text, count: count))
        } else {
            furtherCount += count
        }
    }
}

/// Arrivals of one dossier, or registry entries, that were refused for the same reason.
struct RefusedArrival: Sendable {
    /// Nil for registry entries.
    let dossier: DossierID?
    /// The first of them.
    let object: Bytes32?
    let code: String
    let text: String
    var count: Int
}

extension Replica {
    /// Stores a batch in one transaction and folds each touched dossier once.
    ///
    /// - Parameter peer: who sent it: judged again by the registry of this very transaction, so that nothing is taken of
    ///   a peer whose revocation is known. Nil for imports.
    func ingest(_ arrivals: [Arrival], from peer: Identity?) async throws -> IngestResult {
        let own = peer == nil ? [] : try ringKeys()
        return try await transact(
            .own,
            async: { work in
                let sender = try peer.map {
                    Sender(unit: try work.memory.judge($0, work.tx.reader), key: $0.kid)
                }
                var result = IngestResult()
                result.ownKeys = own
                let decoded = Self.openings(in: arrivals)
                let openings = decoded.mapValues { list in
                    Dictionary(list.map { ($0.commitment, $0) }, uniquingKeysWith: { first, _ in first })
                }
                for arrival in arrivals {
                    switch arrival {
                    case .changes(let checked):
                        result.verifiedCount += checked.changes.count
                        try work.take(checked, openings: openings[checked.dossier] ?? [:], from: sender, &result)
                    case .openings: continue
                    }
                }
                if let sender { try work.settleIncoming(openings, from: sender, &result) }
                for dossier in decoded.keys.sorted() {
                    try work.take(decoded[dossier] ?? [], of: dossier, &result)
                }
                try work.note(result)
                result.slow = Set(work.touched.filter { work.memory.loaded[$0].map(work.isSlow) ?? false })
                return result
            })
    }

    /// Openings that came in the same batch, so that a place and its text are one insert.
    private static func openings(in arrivals: [Arrival]) -> [DossierID: [Opening]] {
        var found: [DossierID: [Opening]] = [:]
        for case .openings(let dossier, let items) in arrivals {
            for bytes in items {
                guard let item = try? CBORValue.decode(bytes), let opening = try? Opening(decoding: item) else {
                    continue
                }
                found[dossier, default: []].append(opening)
            }
        }
        return found
    }

    /// Stores change sets whose signatures the caller has checked, with their openings; for imports.
    package func store(
        _ changes: [(dossier: DossierID, changes: [Verified<ChangeSet>], openings: [[UInt8]])]
    ) async throws -> (acceptedCount: Int, refusals: [String]) {
        let result = try await ingest(
            changes.flatMap { item in
                [
                    .changes(CheckedChanges(dossier: item.dossier, changes: item.changes, faults: [], byteCount: 0)),
                    .openings(item.dossier, item.openings),
                ]
            }, from: nil)
        return (result.acceptedCount, result.refusals)
    }

    /// Entries and blobs of a peer, who is judged by the registry before and after: an entry may end his own
    /// certificate, and is kept then.
    ///
    /// - Returns: what they left marked for slow folds; how many entries were refused, and why.
    @discardableResult
    package func ingest(
        entries: [[UInt8]], blobs: [[UInt8]], from peer: Identity? = nil
    ) async throws -> (marked: MarkedDossiers, refusedCount: Int, reasons: [String]) {
        let own = peer == nil ? [] : try ringKeys()
        let (marked, result) = try await transact(
            .own,
            async: { work -> (MarkedDossiers, IngestResult) in
                if let peer { _ = try work.memory.judge(peer, work.tx.reader) }
                var result = IngestResult()
                for bytes in entries {
                    let entry: Entry
                    do {
                        entry = try Work.decode(bytes, work.memory.registry.network)
                    } catch let failure as EntryFailure { throw NodeFailure.entryRefused(failure) }
                    do {
                        if try work.insert(entry), own.contains(entry.author) {
                            try work.noteAhead(entry.author, entry.id.raw)
                        }
                    } catch NodeFailure.entryRefused(let failure) {
                        result.refuse(entry: entry.id, failure)
                    }
                }
                try work.note(result)
                for blob in blobs { try work.insertBlob(blob) }
                return (try work.slowOfEndings(), result)
            })
        if let peer { try judge(peer) }
        return (marked, result.refusalCount, result.refusals)
    }
}

extension Replica.Work {
    /// Parents first or refused; a refused change set condemns nothing but what stands on it.
    mutating func take(
        _ checked: CheckedChanges, openings: [Commitment: Opening], from sender: Sender?,
        _ result: inout IngestResult
    ) throws {
        for fault in checked.faults { result.refuse(checked.dossier, nil, fault) }
        guard let first = checked.changes.first else { return }
        var loaded: LoadedDossier
        if let held = try load(checked.dossier) {
            loaded = held
            if try tx.reader.held(held.number) != nil {
                return result.refuse(checked.dossier, first.value.id, Self.heldBack, count: checked.changes.count)
            }
        } else if let sender {
            return try takeNew(checked, from: sender, &result)
        } else {
            guard first.value.isFirst, first.value.dossier == checked.dossier else {
                return result.refuse(checked.dossier, first.value.id, "missing-parents")
            }
            loaded = LoadedDossier(
                number: 0, history: DossierHistory(network: try network()), isNew: true, openings: [:])
        }
        let multiple = try tx.reader.allowance(checked.dossier)
        for (place, change) in checked.changes.enumerated() {
            if loaded.history.contains(change.value.id) { continue }
            if try isHeldBack(change, beyond: loaded, multiple) {
                result.refuse(
                    checked.dossier, change.value.id, Self.heldBack, count: checked.changes.count - place)
                break
            }
            do {
                if loaded.number == 0 {
                    try admitFirst(change, &loaded)
                }
                try append(change, to: &loaded, openings: openings)
                result.acceptedCount += 1
                if result.ownKeys.contains(change.value.author) {
                    try noteAhead(change.value.author, change.value.id.raw)
                }
            } catch let refusal as Refusal {
                result.refuse(checked.dossier, change.value.id, "\(refusal)")
                if loaded.number == 0 { return }
            } catch NodeFailure.unknownDefinition(let name) {
                result.refuse(checked.dossier, change.value.id, "definition-not-held", about: name)
                return
            } catch NodeFailure.definitionInvalid(let issues) where loaded.number != 0 {
                result.refuse(
                    checked.dossier, change.value.id, "definition-invalid", about: issues.first?.code ?? "")
            }
        }
        guard loaded.number != 0 else { return }
        memory.loaded[checked.dossier] = loaded
    }

    static let heldBack = "held-back"

    /// Whether one more change set would be beyond the dossier's budget: then the dossier is held back from now on, and
    /// what was stored of it stays within the budget.
    private mutating func isHeldBack(
        _ change: Verified<ChangeSet>, beyond loaded: LoadedDossier, _ multiple: Int
    ) throws -> Bool {
        let excess = limits.fold.excess(
            changeCount: loaded.history.count + 1, byteCount: loaded.byteCount + change.value.bytes.count,
            multiple: multiple)
        guard let excess else { return false }
        if loaded.number != 0 {
            try tx.hold(loaded.number, reason: excess.reason, found: excess.found, allowed: excess.allowed)
            didRefold = true
        }
        return true
    }

    /// Writes down what was refused, for `check`.
    func note(_ result: IngestResult) throws {
        for item in result.refused {
            try tx.noteRefusal(
                at: now, dossier: item.dossier, object: item.object, reason: item.text, count: item.count)
        }
        guard result.furtherCount > 0 else { return }
        try tx.noteRefusal(at: now, dossier: nil, object: nil, reason: "further", count: result.furtherCount)
    }

    /// A dossier gets its row only when its first change set is valid and the definition is held.
    private mutating func admitFirst(_ change: Verified<ChangeSet>, _ loaded: inout LoadedDossier) throws {
        var trial = loaded.history
        _ = try memory.insert(change, into: &trial, tx.reader)
        if let opening = trial.opening { _ = try memory.definition(opening.definition, tx.reader) }
        loaded.number = try tx.dossierNumber(change.value.dossier)
    }

    mutating func take(_ items: [Opening], of dossier: DossierID, _ result: inout IngestResult) throws {
        guard var loaded = try load(dossier) else { return }
        for opening in items {
            if loaded.isNew, loaded.openings?[opening.commitment] != nil {
                result.openingCount += 1
                continue
            }
            switch try fill(opening, &loaded) {
            case .taken: result.openingCount += 1
            case .fitsNothing: result.refuse(dossier, nil, "opening does not fit", about: opening.commitment.hex)
            case .erased: result.refuse(dossier, nil, "opening erased", about: opening.commitment.hex)
            }
        }
        memory.loaded[dossier] = loaded
    }
}
