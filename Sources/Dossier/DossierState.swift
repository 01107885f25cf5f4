package import Authority
package import Envelope
package import History
package import Procedure
import Registry
package import Sodium

/// The state of a dossier: a pure, total fold over its change sets and the registry (Protocol 4). No clock, arrival
/// order, opening, receipt or reader enters; opened texts belong to the view.
package struct DossierState: Sendable {
    package internal(set) var opening: DossierOpening?
    /// All writes with effect, by path, in an order in which parents come first.
    package internal(set) var writes: [Path: [Write]] = [:]
    package internal(set) var elements: [Path: [Element]] = [:]
    package internal(set) var rows: [Path: [Row]] = [:]
    /// Of each instance of a document that somebody wrote, by what its paths begin with.
    var documents: [Path: DocumentPaths] = [:]
    package internal(set) var comments: [Comment] = []
    package internal(set) var releases: [Release] = []
    package internal(set) var erasures: [Erasure] = []
    /// Values that a quorum of their unit erased, by commitment and unit.
    package internal(set) var erased: [ErasedValue] = []
    package internal(set) var acts: [ActRecord] = []
    /// Places among the acts, by the index of the change set.
    var actPlaces: [Int: Int] = [:]
    /// Removals of parties that nothing undoes for those who have not seen a new binding.
    package internal(set) var removals: [Removal] = []
    package internal(set) var procedure = EngineResult()
    /// The definition that the opening names.
    package internal(set) var pinned = ProcedureDefinition()
    /// The one in force: the pinned one, or a newer version that the dossier migrated to.
    package internal(set) var definition = ProcedureDefinition()
    /// What migrations name, in canonical order; whether they have effect say the verdicts.
    package internal(set) var migrations: [MigrationRecord] = []
    /// One for each change set, by index in the history.
    package internal(set) var verdicts: [Verdict] = []
    /// Change sets of a closed dossier that came after its end.
    package internal(set) var hash = Bytes32.zero

    package struct Write: Sendable {
        /// Index of the change set in the history.
        package let item: Int
        package let dot: Dot
        package let value: Value
    }

    /// An element of an add-wins set.
    package struct Element: Sendable {
        package let item: Int
        package let dot: Dot
        package let value: Value
        package let attachment: Attachment?
        package var removedBy: [Int] = []
    }

    package struct Row: Sendable {
        package let item: Int
        package let dot: Dot
        package var cells: [(column: String, write: Write)]
        package var deletedBy: [Int] = []
    }

    package struct Comment: Sendable {
        package let item: Int
        package let dot: Dot
        package let text: Committed
        package let subject: Path?

        /// For the author's own unit only.
        package var isInternal: Bool { text.audience == .own }
    }

    package struct Release: Sendable {
        package let item: Int
        package let commitment: Commitment
        package let units: [UnitID]
    }

    /// An act with its place in the history.
    package struct ActRecord: Sendable {
        package let item: Int
        package let code: Int
        package let act: Act
    }

    /// A version that an act wants the dossier to go on with.
    package struct MigrationRecord: Sendable {
        package let item: Int
        /// The registry entry that publishes it.
        package let entry: Bytes32
        package let version: Int
    }

    /// What became of an act, by the index of its change set.
    package func verdict(onAct item: Int) -> ActVerdict? {
        guard let place = actPlaces[item] else { return nil }
        return procedure.verdicts[place]
    }
}
