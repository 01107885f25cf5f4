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
                    faults.append("bad-signature \(change.id.hex)")
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
    var refusals: [String] = []
    /// Keys whose new objects show that this store lacks what they signed.
    var ownKeys: Set<PublicKey> = []
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
                if let peer { _ = try work.memory.judge(peer, work.tx.reader) }
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
                        try work.take(checked, openings: openings[checked.dossier] ?? [:], &result)
                    case .openings: continue
                    }
                }
                for dossier in decoded.keys.sorted() {
                    try work.take(decoded[dossier] ?? [], of: dossier, &result)
                }
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
    /// certificate, and is kept then. A peer whose certificate comes with them was judged by a trial before.
    package func ingest(
        entries: [[UInt8]], blobs: [[UInt8]], from peer: Identity? = nil
    ) async throws {
        let own = peer == nil ? [] : try ringKeys()
        try await transact(
            .own,
            async: { work in
                if let peer, try work.memory.knows(peer, work.tx.reader) {
                    _ = try work.memory.judge(peer, work.tx.reader)
                }
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
                        try work.tx.noteRefusal(
                            at: work.now, dossier: nil, object: entry.id.raw, reason: "entry \(failure)")
                    }
                }
                for blob in blobs { try work.insertBlob(blob) }
            })
        if let peer { try judge(peer) }
    }
}

extension Replica.Work {
    /// Parents first or refused; a refused change set condemns nothing but what stands on it.
    mutating func take(
        _ checked: CheckedChanges, openings: [Commitment: Opening], _ result: inout IngestResult
    ) throws {
        for fault in checked.faults { try refuse(checked.dossier, nil, fault, &result) }
        guard let first = checked.changes.first else { return }
        var loaded: LoadedDossier
        if let held = try load(checked.dossier) {
            loaded = held
        } else {
            guard first.value.isFirst, first.value.dossier == checked.dossier else {
                try refuse(checked.dossier, first.value.id, "missing-parents", &result)
                return
            }
            loaded = LoadedDossier(
                number: 0, history: DossierHistory(network: try network()), isNew: true, openings: [:])
        }
        for change in checked.changes {
            if loaded.history.contains(change.value.id) { continue }
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
                try refuse(checked.dossier, change.value.id, "\(refusal)", &result)
                if loaded.number == 0 { return }
            } catch NodeFailure.unknownDefinition(let name) {
                try refuse(checked.dossier, change.value.id, "definition-not-held \(name)", &result)
                return
            } catch NodeFailure.definitionInvalid(let issues) where loaded.number != 0 {
                try refuse(
                    checked.dossier, change.value.id, "definition-invalid \(issues.first?.code ?? "")", &result)
            }
        }
        memory.loaded[checked.dossier] = loaded
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
            case .fitsNothing: try refuse(dossier, nil, "opening does not fit \(opening.commitment.hex)", &result)
            case .erased: try refuse(dossier, nil, "opening erased \(opening.commitment.hex)", &result)
            }
        }
        memory.loaded[dossier] = loaded
    }

    private mutating func refuse(
        _ dossier: DossierID, _ object: ChangeSetID?, _ reason: String, _ result: inout IngestResult
    ) throws {
        result.refusals.append(reason)
        try tx.noteRefusal(at: now, dossier: dossier, object: object?.raw, reason: reason)
    }
}
