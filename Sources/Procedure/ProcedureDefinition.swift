package import Sodium

/// A procedure definition (`procedure/1`): an SOP as data, immutable, named by the hash of its bytes, pinned by a
/// dossier for life (Protocol 4 §3).
package struct ProcedureDefinition: Sendable, Equatable {
    package var id = ""
    package var version = 0
    package var title = ""
    package var institution = ""
    package var sourceFile = ""
    package var zone = ""
    package var calendar = ""
    /// How a plain `hari` is counted.
    package var dayUnit: DayUnit?
    /// All lists are in the order of the file.
    package var parties: [PartySlot] = [] { didSet { made.procedure = nil } }
    package var roles: [Role] = [] { didSet { made.procedure = nil } }
    package var teams: [Team] = [] { didSet { made.procedure = nil } }
    package var documents: [DocumentType] = [] { didSet { made.procedure = nil } }
    package var start = "" { didSet { made.procedure = nil } }
    package var steps: [Step] = [] { didSet { made.procedure = nil } }
    package var ends: [End] = [] { didSet { made.procedure = nil } }
    package var inferred = Inferred.none
    private var made = Made()

    package init() {}

    /// As the engine asks it: made once where a file was read, and anew for each run of what was changed since.
    var numbered: NumberedProcedure { made.procedure ?? NumberedProcedure(self) }

    mutating func makeNumbered() { made.procedure = NumberedProcedure(self) }

    /// Says nothing of its own, so it tells no two definitions apart.
    private struct Made: Sendable, Equatable {
        var procedure: NumberedProcedure?

        static func == (left: Self, right: Self) -> Bool { true }
    }

    package enum DayUnit: String, Sendable { case working, calendar }

    package func step(_ id: String) -> Step? { steps.first { $0.id == id } }
    package func document(_ id: String) -> DocumentType? { documents.first { $0.id == id } }
    package func role(_ id: String) -> Role? { roles.first { $0.id == id } }
    package func team(_ id: String) -> Team? { teams.first { $0.id == id } }
    package func end(_ id: String) -> End? { ends.first { $0.id == id } }
    package func party(_ slot: String) -> PartySlot? { parties.first { $0.slot == slot } }

    /// The slot whose people fill a role; nil for a team, which several fill.
    package func slot(ofRole role: String) -> String? { self.role(role)?.party }

    /// The name by which a dossier pins a definition: the hash of its bytes.
    package static func hash(_ bytes: [UInt8]) -> Bytes32 {
        Blake2b.hash(bytes, personal: Personal("mufakat blob"))
    }
}

/// Which keys of an object are our inference and not the source's words.
package enum Inferred: Sendable, Equatable {
    case none
    case whole
    case keys([String])
}

package struct PartySlot: Sendable, Equatable {
    package var slot: String
    package var kind: String
    package var label: String
    /// The step that binds it; nil when it is bound at opening.
    package var bindAt: String?
    package var isOptional = false
}

package struct Role: Sendable, Equatable {
    package var id: String
    package var party: String
    package var title: String
    package var sub: String?
}

package struct Team: Sendable, Equatable {
    package struct Seat: Sendable, Equatable {
        package var name: String
        package var least: Int
        package var most: Int
    }

    package var id: String
    package var title: String
    package var formedAt: String
    package var from: [String]
    package var seats: [Seat]
}

package struct DocumentType: Sendable, Equatable {
    package var id: String
    package var title: String
    package var hasNumber = false
    package var stages: [String] = []
    package var fields: [Field] = []
    package var personal: [String] = []
    package var audience: [(field: String, audience: FieldAudience)] = []
    package var sign: SignRule?
    package var signByStage: [(stage: String, rule: SignRule)] = []
    package var inferred = Inferred.none

    package init(id: String, title: String) {
        self.id = id
        self.title = title
    }

    package func field(_ name: String) -> Field? { (fields + numberFields).first { $0.name == name } }

    /// The sign rule at a stage; `sign` where it does not depend on one.
    package func rule(stage: String?) -> SignRule? {
        if let stage, let keyed = signByStage.first(where: { $0.stage == stage }) { return keyed.rule }
        return sign
    }

    package func audience(of field: String) -> FieldAudience {
        (audience.first { $0.field == field } ?? audience.first { $0.field == "*" })?.audience ?? .all
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.title == right.title && left.hasNumber == right.hasNumber
            && left.stages == right.stages && left.fields == right.fields && left.personal == right.personal
            && left.sign == right.sign && left.inferred == right.inferred
            && left.audience.elementsEqual(right.audience) { $0.field == $1.field && $0.audience == $1.audience }
            && left.signByStage.elementsEqual(right.signByStage) { $0.stage == $1.stage && $0.rule == $1.rule }
    }
}

package enum FieldAudience: Sendable, Equatable {
    case all
    case own
    case slots([String])
}

package struct Field: Sendable, Equatable {
    package indirect enum Kind: Sendable, Equatable {
        case text, prose, date, datetime, int, money, bool, file, list, person, unit
        case table([Field])
        case choice([String])
    }

    package var name: String
    package var kind: Kind
    package var isOptional: Bool

    package init(name: String, kind: Kind, isOptional: Bool) {
        (self.name, self.kind, self.isOptional) = (name, kind, isOptional)
    }
}

package struct SignRule: Sendable, Equatable {
    package enum Need: Sendable, Equatable {
        case all
        case any
        case number(Int)
    }

    package struct Signer: Sendable, Equatable {
        /// A role or a team, whose `ketua` signs.
        package var name: String
        /// Asked and printed, not waited for.
        package var isOptional: Bool
    }

    package var need: [Signer]
    package var rule = Need.all
    package var isSequence = false
    package var isParaf = false
    package var allowsSamePerson = false
}

package struct End: Sendable, Equatable {
    package enum State: String, Sendable {
        case completed, rejected, discontinued, withdrawn, cancelled
    }

    package var id: String
    package var title: String
    package var state: State
}
