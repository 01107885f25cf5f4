package import CBOR
package import Sodium

/// A person of a unit. Seats and thresholds count persons, never keys.
package struct Actor: Hashable, Sendable {
    package let unit: Bytes32
    package let person: [UInt8]

    package init(unit: Bytes32, person: [UInt8]) {
        self.unit = unit
        self.person = person
    }
}

/// A document that an act names, as the fold found it in the act's own past.
package struct DocumentClaim: Hashable, Sendable {
    package let document: String
    package let instance: Int
    package let revision: Bytes32
    package let stage: String?
    /// The act's own past has exactly this revision, complete and without an open conflict.
    package let isPresent: Bool

    package init(document: String, instance: Int, revision: Bytes32, stage: String?, isPresent: Bool) {
        self.document = document
        self.instance = instance
        self.revision = revision
        self.stage = stage
        self.isPresent = isPresent
    }

    func isSameRevision(as other: DocumentClaim) -> Bool {
        document == other.document && instance == other.instance && revision == other.revision && stage == other.stage
    }
}

/// One act of a dossier, as the engine sees it: who, in which role, and what. It knows no keys, bytes or registry.
package struct Act: Sendable {
    /// Of the change set.
    package var id: Bytes32
    package var actor: Actor
    /// The role of the mandate named.
    package var role: String
    /// Civil day in the dossier's zone, as stated.
    package var statedDay: Int
    /// Laws A to C of authority.
    package var isAuthorised: Bool
    /// The same without the protection clause.
    package var isRivalEntitled: Bool
    package var body: Body

    package init(
        id: Bytes32, actor: Actor, role: String, statedDay: Int, isAuthorised: Bool, isRivalEntitled: Bool, body: Body
    ) {
        self.id = id
        self.actor = actor
        self.role = role
        self.statedDay = statedDay
        self.isAuthorised = isAuthorised
        self.isRivalEntitled = isRivalEntitled
        self.body = body
    }

    package enum Body: Sendable {
        case outcome(OutcomeAct)
        case sign(SignAct)
        case ruling(RulingAct)
        /// Names an outcome, signature or ruling.
        case acknowledge(Bytes32)
        case bind(slot: String, unit: Bytes32)
        case unbind(unit: Bytes32)
        case withdraw, cancel, suspend, resume
        /// *Alih tugas*: who shall act next in an activation.
        case reassign(ActivationID, to: Actor)
        /// To a newer version of the procedure (`Migrations` judges it).
        case migration
        /// Of a letter register, which has no bearing on steps.
        case numbering
        /// Has no place in the procedure: unknown, or malformed.
        case other
    }
}

package struct OutcomeAct: Sendable {
    package var step: String
    package var activation: ActivationID
    package var name: String
    package var documents: [DocumentClaim] = []
    package var hasReason = false
    package var missingItems: [String] = []
    package var findingCount = 0
    package var responseKind: String?
    package var targetDate: String?
    package var binds: [(slot: String, unit: Bytes32)] = []
    package var seats: [SeatClaim] = []

    package init(step: String, activation: ActivationID, name: String) {
        self.step = step
        self.activation = activation
        self.name = name
    }
}

package struct SeatClaim: Hashable, Sendable {
    package let team: String
    package let seat: String
    package let actor: Actor

    package init(team: String, seat: String, actor: Actor) {
        self.team = team
        self.seat = seat
        self.actor = actor
    }
}

package struct SignAct: Sendable {
    package var step: String
    package var activation: ActivationID
    package var outcome: String?
    package var documents: [DocumentClaim]
    package var isParaf = false

    package init(step: String, activation: ActivationID, outcome: String?, documents: [DocumentClaim]) {
        self.step = step
        self.activation = activation
        self.outcome = outcome
        self.documents = documents
    }
}

package struct RulingAct: Sendable {
    package var activation: ActivationID
    package var candidates: [Bytes32]
    package var winner: Bytes32
    package var rulings: [Bytes32]

    package init(activation: ActivationID, candidates: [Bytes32], winner: Bytes32, rulings: [Bytes32]) {
        self.activation = activation
        self.candidates = candidates
        self.winner = winner
        self.rulings = rulings
    }
}

/// What the engine asks about the past of an act; acts by index.
package protocol EngineContext {
    /// What is in the past of an act comes before it in canonical order.
    func isAncestor(_ a: Int, of b: Int) -> Bool
    /// Findings that are open in the act's own past, of the given severities (none given: of any).
    func openFindings(severities: [String], asOf act: Int) -> Int
    /// Whether a unit wrote anything in the act's own past.
    func hasWritten(unit: Bytes32, asOf act: Int) -> Bool
    /// Units named as parties in the act's own past.
    func partyCount(asOf act: Int) -> Int
    /// Acts of one chain have all before them of that chain in their past (a branch of a device log is one).
    func chain(of act: Int) -> Int
    /// Chains of which something lies in the past of an act, where they are no more than a number; nil where they are, or
    /// where nobody knows.
    func chains(before act: Int, atMost count: Int) -> [Int]?
    /// Of some acts, in canonical order, those that none of the others has in its past.
    func latest(of acts: [Int]) -> [Int]
    /// Counts what is looked at.
    var steps: StepCounter { get }
}

extension EngineContext {
    /// Each act is one of its own.
    package func chain(of act: Int) -> Int { act }
    package func chains(before act: Int, atMost count: Int) -> [Int]? { nil }
    package func latest(of acts: [Int]) -> [Int] {
        acts.filter { act in !acts.contains { isAncestor(act, of: $0) } }
    }
    /// Counts for nobody.
    package var steps: StepCounter { StepCounter() }
}
