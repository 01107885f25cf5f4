package import Envelope

/// Dossiers that wait for slow folds.
package enum MarkedDossiers: Sendable {
    case some(Set<DossierID>)
    case all

    static let none = MarkedDossiers.some([])

    func contains(_ dossier: DossierID) -> Bool {
        switch self {
        case .some(let dossiers): dossiers.contains(dossier)
        case .all: true
        }
    }

    var isEmpty: Bool {
        switch self {
        case .some(let dossiers): dossiers.isEmpty
        case .all: false
        }
    }

    mutating func formUnion(_ other: MarkedDossiers) {
        switch (self, other) {
        case (.some(let mine), .some(let others)): self = .some(mine.union(others))
        default: self = .all
        }
    }
}
