package import Sodium

/// Why an act has no effect in the procedure. The raw values are the codes of the reason table (Protocol 4 §3.15).
package enum EngineReason: String, Sendable, CaseIterable {
    case unauthorised = "unauthorised"
    case unknownStep = "unknown-step"
    case unknownOutcome = "unknown-outcome"
    /// The activation exists nowhere in the derived state.
    case notActive = "not-active"
    /// The author had not seen what activated the step.
    case causeNotSeen = "cause-not-seen"
    case guardNotSatisfied = "guard-not-satisfied"
    case documentMissing = "document-missing"
    case documentNotSigned = "document-not-signed"
    case reasonMissing = "reason-missing"
    case missingItemsMissing = "missing-items-missing"
    case findingsMissing = "findings-missing"
    case responseKindMissing = "response-kind-missing"
    case targetDateMissing = "target-date-missing"
    case partyNotBound = "party-not-bound"
    /// A unit named for a slot that somebody has, or that a step binds.
    case alreadyBound = "already-bound"
    case seatsMissing = "seats-missing"
    case roundsExceeded = "rounds-exceeded"
    case notASigner = "not-a-signer"
    case otherRevision = "other-revision"
    case notTheResolver = "not-the-resolver"
    case recordedACandidate = "recorded-a-candidate"
    case notACandidate = "not-a-candidate"
    case againstFinal = "against-final"
    case unknownTarget = "unknown-target"
    /// A migration to a version that is not a newer one of the same procedure.
    case notNewer = "not-newer"
    /// A migration to a version that changes what the dossier has walked.
    case walkedStepChanged = "walked-step-changed"
    case closed = "closed"
    /// The dossier was suspended in the act's own past, and not resumed there.
    case onHold = "on-hold"
    case malformed = "malformed"
}

/// What became of an act.
package enum ActVerdict: Sendable, Equatable {
    case effective
    /// Complete but for signatures; the names of signers that are waited for.
    case waiting([String])
    /// *sengketa*
    case contested
    /// *pendapat*: by someone without the right to decide.
    case opinion
    /// *keberatan*: against what is final or ruled.
    case objection
    /// Another outcome was chosen: by a ruling, or by the refusal of who should have signed.
    case superseded
    /// *atas revisi sebelumnya*: over a revision of a signed document that another record of the same outcome replaced.
    case outdated
    case noEffect(EngineReason, detail: String)
}

package enum ActivationState: String, Sendable {
    case active
    case waitingForSignatures = "waiting"
    case done
    case contested
    case frozen
    /// Its lane was ended by a rework of another lane, or the dossier is closed.
    case ended
}

/// One outcome that entitled persons recorded for an activation.
package struct Candidate: Sendable {
    package let outcome: String
    /// Acts that recorded it, in canonical order.
    package let acts: [Int]
    /// The act whose documents carry all signatures; nil while something is waited for.
    package let completing: Int?
    /// The last act of the completion, whose stated day counts.
    package let completedBy: Int?
    package let waitingFor: [String]
    package let isFinal: Bool
    /// Which of its step's outcomes.
    let rule: Int
}

package struct Activation: Sendable {
    package let id: ActivationID
    package let step: String
    package let round: Int
    package let causes: [Cause]
    package var state: ActivationState
    package var candidates: [Candidate] = []
    /// The outcome that took effect.
    package var decided: String?
    package var isFinal = false
    package var isDoublyRuled = false
    /// Civil day of the act that completed the cause; nil at the start.
    package var since: Int?
    /// A target date that the causing outcome set.
    package var targetDate: String?
    /// Lanes: the forks this activation lies in, outermost first.
    var forks: [Lane] = []

    struct Lane: Hashable {
        let fork: ActivationID
        let index: Int
        let count: Int
    }
}

package struct SlotBinding: Sendable, Equatable {
    package let slot: String
    /// More than one: contested, hence not bound.
    package let units: [Bytes32]

    package var unit: Bytes32? { units.count == 1 ? units[0] : nil }
}

/// A task of an activation, and whom it was handed to. A label: it gives and takes no right.
package struct Assignment: Sendable {
    package let activation: ActivationID
    package let actor: Actor
    package let act: Int
}

/// *Ralat*: a later revision of a document whose outcome took effect. It counts when it carries the signatures of the
/// document's rule; the first stays what was decided on.
package struct Correction: Sendable {
    package let activation: ActivationID
    package let claim: DocumentClaim
    package let acts: [Int]
    /// Signers that are waited for; empty where it is complete.
    package let waitingFor: [String]
}

package struct EngineResult: Sendable {
    /// In the order of activation.
    package var activations: [Activation] = []
    /// One for each act.
    package var verdicts: [ActVerdict] = []
    package var bindings: [SlotBinding] = []
    /// Units that were removed from the dossier; sorted.
    package var removed: [Bytes32] = []
    package var seats: [SeatClaim] = []
    package var end: End.State?
    package var endTitle: String?
    package var isEndFinal = false
    package var isSuspended = false
    /// Tasks that were handed to somebody, those that no later one replaces; in canonical order.
    package var assignments: [Assignment] = []
    /// Revisions that were signed after their document had taken effect (*ralat*), in canonical order.
    package var corrections: [Correction] = []
    /// Steps that were never activated and cannot be any more (*dilewati*).
    package var skipped: [String] = []

    package init() {}

    package func activation(_ id: ActivationID) -> Activation? { activations.first { $0.id == id } }
    package var open: [Activation] {
        activations.filter { [.active, .waitingForSignatures, .contested].contains($0.state) }
    }
    package func binding(_ slot: String) -> SlotBinding? { bindings.first { $0.slot == slot } }
}
