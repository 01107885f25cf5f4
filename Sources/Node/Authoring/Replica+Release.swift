import Authority
import CBOR
import Dossier
package import Envelope
package import History
import Procedure
import Sodium
import Store

/// Documents that a step lets a new party read, as far as this unit wrote them and has not released them yet.
package struct ReleaseProposal: Sendable, Equatable {
    package let unit: UnitID
    package let documents: [String]
}

extension DossierView {
    /// Values of this unit, for all parties, below documents.
    func releasable(_ documents: [String]) -> [WrittenValue] {
        writtenValues().filter { written in
            written.unit == own && written.value.audience == .all && reader.basis(written.item) == nil
                && documents.contains { written.isPart(of: $0) }
        }
    }

    /// What the binding steps that are done offer (`release` of the definition).
    package var releaseProposals: [ReleaseProposal] {
        var found: [ReleaseProposal] = []
        for activation in state.procedure.activations where activation.state == .done {
            guard let step = definition.step(activation.step), !step.release.isEmpty else { continue }
            for slot in step.bind {
                guard let unit = state.procedure.binding(slot)?.unit.map({ UnitID($0) }), unit != own else { continue }
                let documents = step.release.filter { isWithheld($0, from: unit) }
                let proposal = ReleaseProposal(unit: unit, documents: documents)
                if !documents.isEmpty && !found.contains(proposal) { found.append(proposal) }
            }
        }
        return found
    }

    private func isWithheld(_ document: String, from unit: UnitID) -> Bool {
        let released = state.releases.filter { state.verdicts[$0.item].unit == own && $0.units.contains(unit) }
            .map(\.commitment)
        return releasable([document]).contains { written in
            !released.contains(written.value.commitment)
                && places.contains {
                    $0.commitment == written.value.commitment && $0.author == own && !$0.readers.contains(unit)
                }
        }
    }
}

extension Replica {
    /// Most values of one `release` or `erase` (CDDL).
    package static let namedValueCountMax = 256

    /// Lets a unit that came later read documents that this unit wrote: one act for every 256 values.
    package func release(
        _ dossier: DossierID, documents: [String], to unit: UnitID, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        let values = try view(dossier).releasable(documents).map(\.value.commitment)
        var last: ChangeSet?
        for start in stride(from: 0, to: values.count, by: Self.namedValueCountMax) {
            let part = values[start..<min(start + Self.namedValueCountMax, values.count)]
            last = try release(dossier, Array(part), documents, to: unit, options: options, by: author)
        }
        guard let last else { throw NodeFailure.unknownDocument(documents.joined(separator: ", "), known: []) }
        return last
    }

    private func release(
        _ dossier: DossierID, _ values: [Commitment], _ documents: [String], to unit: UnitID, options: ActOptions,
        by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: true, by: author) { work, view, fields in
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            var body: [(UInt64, CBORValue)] = [
                (1, .array(values.map { .bytes($0.bytes) })), (2, .array([.bytes(unit.bytes)])),
            ]
            body += try act.fields(
                mandate: try act.mandate(roles: []), shown: documents.joined(separator: ", "), &fields)
            fields.add(Code.release, body)
        }
    }
}
