package import Envelope
import Registry

/// Units named as parties in a past.
struct PartySet: Sendable {
    /// By number of the unit, each with the number 1.
    let units: LaneCounts
    /// The same, sorted; nil of more than are worth a list for each change set that names another.
    let list: [UnitID]?
}

/// Units named as parties in the past of each change set, itself included; sorted. A dossier may name a unit in each
/// of its change sets: so the lists of large ones are made when they are asked for.
package struct PartyLists: RandomAccessCollection, Sendable {
    let history: DossierHistory

    package var startIndex: Int { 0 }
    package var endIndex: Int { history.count }
    package subscript(_ index: Int) -> [UnitID] { history.parties(at: index) }
}

extension DossierHistory {
    package var parties: PartyLists { PartyLists(history: self) }
}
