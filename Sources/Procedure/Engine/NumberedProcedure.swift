/// A definition as the engine asks it: every name is looked up once, for all runs, and is a number from then on.
///
/// **Why.** A dossier is evaluated from the start with each act; most of that time went into looking up names and into
/// copying what was found. It says nothing that the definition does not say, and nothing outside the engine sees it.
final class NumberedProcedure: Sendable {
    let start: Int?
    let startName: ActivationHash.Name
    /// By number of the step.
    let steps: [NumberedStep]
    let stepNames: NameTable
    let outcomeNames: NameTable
    let documentNames: NameTable
    let stageNames: NameTable
    let slotNames: NameTable
    let roleNames: NameTable
    /// By number of the document.
    let documents: [NumberedDocument]
    /// By number of the role.
    let roles: [Capacity]
    /// By number of the slot: whether a step binds it.
    let isBoundAtStep: [Bool]
    let teams: [Team]
    let ends: [End]
    let applicantHead: Capacity
    let itHead: Capacity
    let hasJoins: Bool

    init(_ definition: ProcedureDefinition) {
        var numbering = Numbering(definition)
        documents = numbering.documents
        steps = numbering.steps()
        start = numbering.stepNames.find(definition.start)
        startName = ActivationHash.Name(definition.start)
        stepNames = numbering.stepNames
        outcomeNames = numbering.outcomeNames
        documentNames = numbering.documentNames
        stageNames = numbering.stageNames
        slotNames = numbering.slotNames
        roleNames = numbering.roleNames
        roles = numbering.roles
        isBoundAtStep = slotNames.names.map { definition.party($0)?.bindAt != nil }
        (teams, ends) = (definition.teams, definition.ends)
        applicantHead = numbering.role("applicant.head")
        itHead = numbering.role("it.head")
        hasJoins = steps.contains(where: \.joinsAll)
    }

    func capacity(_ name: String) -> Capacity { Capacity(name, teams, roleNames, roles) }
}

/// A role of a party, or a team.
struct Capacity: Sendable {
    /// Number of the role; -1 for a team, and for a name that the definition does not know.
    var role = -1
    /// The slot whose people fill the role.
    var slot = -1
    /// Index of the team; -1 for a role.
    var team = -1
}

extension Capacity {
    /// Of a role, or of a team; a team's name comes first.
    init(_ name: String, _ teams: [Team], _ roleNames: NameTable, _ roles: [Capacity]) {
        if let team = teams.firstIndex(where: { $0.id == name }) {
            self.init(team: team)
        } else {
            self = roleNames.find(name).map { roles[$0] } ?? Capacity()
        }
    }
}

final class NumberedStep: Sendable {
    let number: Int
    let id: String
    let by: [Capacity]
    let needs: [NumberedReference]
    let joinsAll: Bool
    let entry: NumberedGuard?
    let meetingSlots: [Int]?
    let attendance: Int?
    let sign: NumberedSignRule?
    let assign: [(name: String, team: Int)]
    let bind: [Int]
    /// Who rules on a sengketa, each level above the one before.
    let resolvers: [Capacity]
    /// In the order of the file.
    let outcomes: [NumberedOutcome]

    init(_ step: Step, number: Int, outcomes: [NumberedOutcome], _ numbering: inout Numbering) {
        (self.number, self.outcomes) = (number, outcomes)
        id = step.id
        by = step.by.map { numbering.capacity($0) }
        needs = step.needs.map { numbering.reference($0) }
        joinsAll = step.joinsAll
        entry = step.entry.map { numbering.condition($0) }
        meetingSlots = step.meeting?.parties.map { numbering.slotNames.number($0) }
        attendance = step.meeting?.attendance.map { numbering.documentNames.number($0) }
        sign = step.sign.map { numbering.rule($0) }
        assign = step.assign.map { name in
            (name: name, team: numbering.definition.teams.firstIndex { $0.id == name } ?? -1)
        }
        bind = step.bind.map { numbering.slotNames.number($0) }
        var levels: [String] = []
        for level in [step.resolver ?? "it.head", "it.head", "authority.official"] where !levels.contains(level) {
            levels.append(level)
        }
        resolvers = levels.map { numbering.role($0) }
    }

    func outcome(_ name: String) -> NumberedOutcome? {
        for outcome in outcomes where outcome.text == name && outcome.text.utf8.count == name.utf8.count {
            return outcome
        }
        return nil
    }

    /// By the number of its name.
    func outcome(_ name: Int) -> NumberedOutcome? {
        for outcome in outcomes where outcome.name == name { return outcome }
        return nil
    }
}

final class NumberedOutcome: Sendable {
    struct Target: Sendable {
        let name: String
        let hashed: ActivationHash.Name
        /// -1 where it names none.
        let step: Int
        let end: Int
    }

    /// Index in the step.
    let number: Int
    let text: String
    let hashed: ActivationHash.Name
    let name: Int
    let targets: [Target]
    let isAdvance: Bool
    let asks: [OutcomeRule.Ask]
    /// Who records it.
    let by: [Capacity]
    /// Whether it names them itself, so that it is of one side.
    let hasOwnBy: Bool
    let max: Int?
    let escalate: Capacity?
    /// What a record must name.
    let named: [NumberedReference]
    /// Numbers of the documents that it gives.
    let given: [Int]
    /// Those of them that are signed.
    let signed: [(document: Int, rule: NumberedSignRule)]
    let when: NumberedGuard?
    /// The outcome's own.
    let sign: NumberedSignRule?
    /// The outcome's own, for an advance else the step's.
    let signInStep: NumberedSignRule?

    init(_ outcome: OutcomeRule, number: Int, of step: Step, _ numbering: inout Numbering) {
        self.number = number
        text = outcome.name
        hashed = ActivationHash.Name(outcome.name)
        name = numbering.outcomeNames.number(outcome.name)
        targets = outcome.targets.map { target in
            Target(
                name: target, hashed: ActivationHash.Name(target), step: numbering.stepNames.find(target) ?? -1,
                end: numbering.definition.ends.firstIndex { $0.id == target } ?? -1)
        }
        isAdvance = outcome.effect == .advance
        asks = outcome.ask
        by = (outcome.by ?? step.by).map { numbering.capacity($0) }
        hasOwnBy = outcome.by != nil
        max = outcome.max
        escalate = outcome.escalate.map { numbering.capacity($0) }
        named = (step.brings + step.given(by: outcome)).filter { !$0.isOptional }.map { numbering.reference($0) }
        let references = step.given(by: outcome).map { numbering.reference($0) }
        given = references.map(\.document)
        signed = references.compactMap { reference in reference.rule.map { (document: reference.document, rule: $0) } }
        when = outcome.when.map { numbering.condition($0) }
        sign = outcome.sign.map { numbering.rule($0) }
        signInStep = outcome.rule(in: step).map { numbering.rule($0) }
    }
}

final class NumberedDocument: Sendable {
    let isBrought: Bool
    private let rules: [(stage: Int, rule: NumberedSignRule)]
    private let rule: NumberedSignRule?

    init(isBrought: Bool, rules: [(stage: Int, rule: NumberedSignRule)], rule: NumberedSignRule?) {
        (self.isBrought, self.rules, self.rule) = (isBrought, rules, rule)
    }

    /// - Parameter stage: number of its name; -1 for none.
    func rule(stage: Int) -> NumberedSignRule? {
        if stage >= 0 {
            for keyed in rules where keyed.stage == stage { return keyed.rule }
        }
        return rule
    }
}

final class NumberedSignRule: Sendable {
    struct Signer: Sendable {
        let name: String
        let capacity: Capacity
        let isOptional: Bool
    }

    let need: [Signer]
    /// By place in ``need``: the first place of the same name.
    let firstOfName: [Int]
    let rule: SignRule.Need
    let isSequence: Bool
    let allowsSamePerson: Bool

    init(need: [Signer], rule: SignRule.Need, isSequence: Bool, allowsSamePerson: Bool) {
        (self.need, self.rule) = (need, rule)
        var first: [String: Int] = [:]
        for (place, signer) in need.enumerated() where first[signer.name] == nil { first[signer.name] = place }
        firstOfName = need.enumerated().map { first[$0.element.name] ?? $0.offset }
        (self.isSequence, self.allowsSamePerson) = (isSequence, allowsSamePerson)
    }

    /// With some of its signers; of a number no more than there are.
    func limited(_ isIncluded: (Signer) -> Bool) -> NumberedSignRule {
        let need = need.filter(isIncluded)
        var rule = rule
        if case .number(let count) = rule { rule = .number(min(count, need.count)) }
        return NumberedSignRule(need: need, rule: rule, isSequence: isSequence, allowsSamePerson: allowsSamePerson)
    }
}

struct NumberedReference: Sendable {
    let name: String
    let document: Int
    /// -1 for none.
    let stage: Int
    let isOptional: Bool
    /// The sign rule at the stage.
    let rule: NumberedSignRule?
    /// Brought from outside: its own signatures are on paper.
    let isBrought: Bool
}

/// ``Guard``.
indirect enum NumberedGuard: Sendable {
    case document(Int)
    case signed(Int)
    case outcome(step: Int, name: Int)
    case findingsOpen(Int, severities: [String])
    case present([Int])
    case bound(Int)
    case round(Guard.Comparison, Int)
    case all([NumberedGuard])
    case any([NumberedGuard])
    case not(NumberedGuard)
}
