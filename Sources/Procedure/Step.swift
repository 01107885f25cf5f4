/// One step of a procedure: who may act, what must be there, what it gives, how it ends.
package struct Step: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case action, review, decision, approval, meeting, handover, evaluation
    }

    package struct Meeting: Sendable, Equatable {
        package var parties: [String]
        package var attendance: String?
        package var minutes: String?
    }

    package var id: String
    package var title: String
    package var english: String?
    package var kind: Kind
    /// Roles and teams any one of which may record the outcome; the first is the usual actor.
    package var by: [String] = []
    package var with: [String] = []
    package var needs: [DocumentReference] = []
    package var brings: [DocumentReference] = []
    package var gives: [DocumentReference] = []
    package var due: Due?
    package var joinsAll = false
    package var entry: Guard?
    package var meeting: Meeting?
    package var sign: SignRule?
    package var assign: [String] = []
    package var bind: [String] = []
    package var release: [String] = []
    package var resolver: String?
    package var outcomes: [OutcomeRule] = []
    package var inferred = Inferred.none
    package var note: String?

    package init(id: String, title: String, kind: Kind) {
        self.id = id
        self.title = title
        self.kind = kind
    }

    package func outcome(_ name: String) -> OutcomeRule? { outcomes.first { $0.name == name } }

    /// Roles and teams in which plain work of the step may be taken over from somebody whose key or mandate has ended:
    /// those that decide it, and a resolver that the file names (Protocol 3 §7 B.3).
    package var ratifiers: [String] { by + [resolver].compactMap { $0 }.filter { !by.contains($0) } }

    /// What an outcome must name: needs and brings of the step, gives of the outcome or else of the step.
    package func documents(for outcome: OutcomeRule) -> [DocumentReference] {
        needs + brings + given(by: outcome)
    }

    package func given(by outcome: OutcomeRule) -> [DocumentReference] { outcome.gives ?? gives }
}

extension ProcedureDefinition {
    /// The rules by which signatures are asked for an outcome: of the documents that it gives, and its own.
    package func signRules(of outcome: OutcomeRule, in step: Step) -> [SignRule] {
        step.given(by: outcome).compactMap { document($0.document)?.rule(stage: $0.stage) }
            + [outcome.rule(in: step)].compactMap { $0 }
    }

    /// Whether whoever signs for an outcome initials only (*paraf*): every rule that asks for him says so.
    ///
    /// - Parameter isAsked: whether he signs for a role or team.
    package func isParaf(step id: String, outcome name: String, isAsked: (String) -> Bool) -> Bool {
        guard let step = step(id), let outcome = step.outcome(name) else { return false }
        let asked = signRules(of: outcome, in: step).filter { $0.need.contains { isAsked($0.name) } }
        return !asked.isEmpty && asked.allSatisfy(\.isParaf)
    }

    /// Whether an outcome is plain work: the only one of its step, and nobody's signature is asked for it (Protocol 3
    /// §7 B.3). What is chosen, approved or signed is made anew instead of ratified.
    package func isPlain(step id: String, outcome name: String) -> Bool {
        guard let step = step(id), step.outcomes.count == 1, let outcome = step.outcome(name) else { return false }
        return outcome.rule(in: step) == nil && step.sign == nil
            && step.given(by: outcome).allSatisfy { document($0.document)?.rule(stage: $0.stage) == nil }
    }
}

package struct DocumentReference: Sendable, Equatable {
    package var document: String
    package var stage: String?
    package var isOptional: Bool

    package init(document: String, stage: String? = nil, isOptional: Bool = false) {
        (self.document, self.stage, self.isOptional) = (document, stage, isOptional)
    }
}

package struct OutcomeRule: Sendable, Equatable {
    package enum Effect: String, Sendable {
        case advance, `return`, rework, reject, discontinue
    }

    package enum Ask: String, Sendable {
        case reason
        case missingItems = "missing_items"
        case findings
        case responseKind = "response_kind"
        case targetDate = "target_date"
    }

    package var name: String
    package var targets: [String]
    package var effect = Effect.advance
    package var ask: [Ask] = []
    package var gives: [DocumentReference]?
    package var when: Guard?
    package var sign: SignRule?
    package var say: String?
    package var max: Int?
    package var escalate: String?
    package var by: [String]?

    /// The sign rule of the outcome itself: its own, or for an advance the step's.
    package func rule(in step: Step) -> SignRule? {
        sign ?? (effect == .advance ? step.sign : nil)
    }
}

/// A condition from the closed vocabulary; no scripting.
package indirect enum Guard: Sendable, Equatable {
    case document(String)
    case signed(String)
    case outcome(step: String, name: String)
    case findingsOpen(Int, severities: [String])
    case present([String])
    case bound(String)
    case round(Comparison, Int)
    case all([Guard])
    case any([Guard])
    case not(Guard)

    package enum Comparison: String, Sendable {
        case less = "<"
        case lessOrEqual = "<="
        case equal = "=="
        case greaterOrEqual = ">="
        case greater = ">"

        package func holds(_ left: Int, _ right: Int) -> Bool {
            switch self {
            case .less: left < right
            case .lessOrEqual: left <= right
            case .equal: left == right
            case .greaterOrEqual: left >= right
            case .greater: left > right
            }
        }
    }
}

package enum Due: Sendable, Equatable {
    /// Plain `hari`: counted as the definition's `dayUnit` says.
    case days(Int)
    case workingDays(Int)
    case target(document: String, field: String)
    case tentative
}
