package import Authority
import Dossier
package import Envelope
import History
import Procedure
import Registry
import Sodium

/// An `erase` as people see it.
package struct ErasureRecord: Sendable, Equatable {
    package enum Status: Sendable, Equatable {
        /// Everything that it names and its unit wrote is erased.
        case complete
        /// Another person has to sign; one of both with the root key.
        case awaitsSecond
        /// It has no authority.
        case withoutEffect(AuthorityReason)
        /// It names nothing that its unit wrote: others have to be asked.
        case notOurs
    }

    package let change: ChangeSetID
    package let author: String
    package let unit: String
    package let isRoot: Bool
    /// Number of the decree behind the mandate.
    package let instrument: String
    package let basis: String?
    /// Values that it names and its unit wrote.
    package let count: Int
    package let status: Status
}

extension DossierView {
    /// All erasures, in canonical order.
    package var erasures: [ErasureRecord] {
        let written = writtenValues()
        return history.canonicalOrder.compactMap { index in
            namedErasure(history.items[index].id).map { erasureRecord(index, $0, written) }
        }
    }

    private func erasureRecord(
        _ index: Int, _ named: (commitments: [Commitment], basis: Committed), _ written: [WrittenValue]
    ) -> ErasureRecord {
        let verdict = state.verdicts[index]
        let own = Set(written.filter { $0.unit == verdict.unit }.map(\.value.commitment))
            .intersection(named.commitments)
        let erased = Set(state.erased.filter { $0.unit == verdict.unit }.map(\.commitment))
        let status: ErasureRecord.Status
        if let reason = verdict.reason {
            status = .withoutEffect(reason)
        } else if own.isEmpty {
            status = .notOurs
        } else {
            status = own.isSubset(of: erased) ? .complete : .awaitsSecond
        }
        var isRoot = false
        if case .root? = verdict.standing { isRoot = true }
        return ErasureRecord(
            change: history.items[index].id, author: authorName(of: index),
            unit: verdict.unit.map { unitName($0) } ?? "", isRoot: isRoot, instrument: instrument(of: index) ?? "",
            basis: reader.text(.committed(named.basis)), count: own.count, status: status)
    }

    /// Bases on which values of a change set were erased, each once.
    package func erasedBases(in index: Int) -> [String] {
        var bases: [String] = []
        for value in history.items[index].operations.flatMap(\.committedValues) {
            if let basis = reader.basis(.committed(value)), !bases.contains(basis) { bases.append(basis) }
        }
        return bases
    }
}
