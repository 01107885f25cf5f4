import Authority
import Envelope
package import Registry
import Sodium

extension Mandate.Capacity {
    /// As offices write it.
    package var word: String {
        switch self {
        case .definitive: "definitif"
        case .acting: "plt"
        case .dailyActing: "plh"
        case .onBehalf: "an"
        case .forSuperior: "ub"
        }
    }
}

extension AuditLine {
    package var capacityWord: String { capacity?.word ?? "" }
    package var assuranceWord: String { Assurance(rawValue: assurance)?.word ?? "" }

    /// Every column as text, by its stable name (Protocol 7 §4).
    package var columns: [(name: String, value: String)] { Array(zip(Self.columnNames, values)) }

    private var values: [String] {
        [
            dossier.hex, change.hex, kind, step, outcome, unit, position, role, capacityWord, instrument,
            "\(statedMilliseconds)", zone, "\(registryHeight)", assuranceWord, "\(isValidAsSigned)", "\(isStanding)",
            "\(isDisputed)", "\(isInConflict)", effect, reason?.rawValue ?? "", because?.hex ?? "",
            endings.map(Self.text).joined(separator: "; "), list(ratifiedBy), "\(isProtected)", list(protectedBy),
            "\(erasedCount)", list(forks), unitID?.hex ?? "", person.map { Hexadecimal.encode($0.bytes) } ?? "",
            key.hex, mandate?.hex ?? "",
        ]
    }

    private func list(_ changes: [ChangeSetID]) -> String { changes.map(\.hex).joined(separator: " ") }

    private static func text(_ ending: Verdict.Ending) -> String {
        let place = ending.isAccepted ? "inside" : ending.isRatified ? "ratified" : "outside"
        return "\(ending.kind.rawValue) \(ending.id.hex) \(place)"
    }

    package static let columnNames = [
        "dossier", "change", "kind", "step", "outcome", "unit", "position", "role", "capacity", "instrument", "stated",
        "zone", "registryHeight", "assurance", "validAsSigned", "standing", "disputed", "conflict", "effect", "reason",
        "because", "endings", "ratifiedBy", "protected", "protectedBy", "erased", "forks", "unitId", "person", "key",
        "mandate",
    ]

    /// Columns that only a verifier which folds can fill (Protocol 7 §3).
    package static let foldedColumns = ["conflict", "effect", "protectedBy"]
}
