import CBOR
import Dossier
package import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

/// Which acts an audit lists.
package struct AuditFilter: Sendable {
    /// The unit that acted.
    package var unit: UnitID?
    /// First and last civil day, both inclusive, in the dossier's zone.
    package var from: Int?
    package var until: Int?

    package init() {}

    func isMet(by line: AuditLine, zone: String) -> Bool {
        let day = CivilDay.day(milliseconds: line.statedMilliseconds, zone: zone)
        return (unit == nil || unit == line.unitID) && from.map { day >= $0 } ?? true && until.map { day <= $0 } ?? true
    }
}

/// The acts of one dossier that an audit lists.
package struct AuditedDossier: Sendable {
    package let id: DossierID
    package let title: String
    /// In canonical order.
    package let lines: [AuditLine]
    /// Proves every act of the dossier; nil where none was asked for.
    package let evidence: EvidenceFile?
}

extension Replica {
    /// Lists the acts of all dossiers, in the order of their ids: one dossier in memory at a time, all as of one
    /// moment. Dossiers without an act that is asked for are left out.
    ///
    /// - Parameters:
    ///   - withEvidence: makes the proof of each dossier too.
    ///   - body: takes each dossier that has lines.
    package func audit(
        _ filter: AuditFilter, withEvidence: Bool, progress: (Int, Int) -> Void,
        _ body: (AuditedDossier) throws -> Void
    ) throws {
        try store.read { reader in
            let dossiers = try reader.allDossiers().sorted()
            var memory = try caughtUp(reader, .network([])) { $0 }
            let names = NameCache(reader)
            for (place, dossier) in dossiers.enumerated() {
                if let audited = try Self.audit(dossier, filter, withEvidence, &memory, names, reader) {
                    try body(audited)
                }
                progress(place + 1, dossiers.count)
            }
        }
    }

    private static func audit(
        _ dossier: DossierID, _ filter: AuditFilter, _ withEvidence: Bool, _ memory: inout Memory, _ names: NameCache,
        _ reader: StoreReader
    ) throws -> AuditedDossier? {
        let history = try memory.history(of: dossier, reader)
        try memory.load(units: history.headIndices.flatMap { history.parties[$0] }, reader)
        guard let opening = history.opening, let number = try reader.number(of: dossier) else { return nil }
        let definitions = try memory.definitions(of: history, opening, reader)
        let state = DossierState.fold(
            history: history, registry: memory.registry, definition: definitions.pinned, newer: definitions.newer)
        let acts = ActReader(history: history, state: state, registry: memory.registry, open: names.opening)
        let lines = acts.lines().filter { filter.isMet(by: $0, zone: opening.zone) }
        if let failure = names.failure { throw failure }
        guard !lines.isEmpty else { return nil }
        // As an outsider reads it: what was not written for all parties, or is another's, is no title of it.
        var title = ""
        if let write = state.values(.title, history).first {
            title = ValueReader(openings: [:]).text(write.value) ?? ""
            if case .committed(let committed) = write.value, committed.audience == .all,
                let opening = try reader.opening(committed.commitment, dossier: number),
                opening.fits(author: history.items[write.item].author, audience: .all)
            {
                title = ValueReader(openings: [:]).text(opening.opened) ?? ""
            }
        }
        return AuditedDossier(
            id: dossier, title: title, lines: lines,
            evidence: withEvidence
                ? try evidence(
                    ofAllIn: history, state, memory.registry, naming: lines.compactMap { history.index(of: $0.change) },
                    reader) : nil)
    }
}

/// Names in registry entries, each read once.
private final class NameCache {
    private let reader: StoreReader
    private var known: [Commitment: Opening?] = [:]
    private(set) var failure: (any Error)?

    init(_ reader: StoreReader) {
        self.reader = reader
    }

    /// Nil where the opening is not held.
    func opening(_ commitment: Commitment) -> Opening? {
        if let known = known[commitment] { return known }
        var found: Opening?
        do { found = try reader.name(commitment) } catch { failure = error }
        known[commitment] = .some(found)
        return found
    }
}
