import Sodium

/// What of an act the engine looks at again and again, with numbers for names.
struct ActFacts {
    enum Kind { case outcome, sign, ruling, acknowledge, other }

    var kind = Kind.other
    let isAuthorised: Bool
    let isRivalEntitled: Bool
    let unit: Bytes32
    /// -1 for one that the definition does not know.
    let role: Int
    /// Of an outcome: the step it says it is of; -1 for one that the definition does not know.
    var step = -1
    /// Of an outcome or signature: the name of the outcome; -1 where a signature names none.
    var outcome = -1
    /// Of an outcome: which of its step's; nil where the step has none of that name.
    var rule: Int?
    /// Of an outcome, signature, ruling.
    var activation: ActivationID?
    /// Number of the activation (``RecordedSteps``).
    var number = -1
    /// Of an outcome: it names parties or seats.
    var namesMore = false
    /// Of an outcome.
    var targetDate: String?
    /// Of an outcome: which things to ask for it brings (``OutcomeRule/Ask``).
    var answers: Answers = []
    /// Among the claims of all acts.
    var claims = 0..<0
}

/// What of the things that an outcome may ask for a record brings.
struct Answers: OptionSet {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ ask: OutcomeRule.Ask) {
        switch ask {
        case .reason: self.init(rawValue: 1)
        case .missingItems: self.init(rawValue: 2)
        case .findings: self.init(rawValue: 4)
        case .responseKind: self.init(rawValue: 8)
        case .targetDate: self.init(rawValue: 16)
        }
    }

    init(_ record: OutcomeAct) {
        self = []
        if record.hasReason { insert(Self(.reason)) }
        if !record.missingItems.isEmpty { insert(Self(.missingItems)) }
        if record.findingCount > 0 { insert(Self(.findings)) }
        if record.responseKind != nil { insert(Self(.responseKind)) }
        if record.targetDate != nil { insert(Self(.targetDate)) }
    }
}

/// A document that an act names, with numbers for names.
struct ClaimFacts {
    let act: Int
    let document: Int
    /// -1 for none.
    let stage: Int
    let instance: Int
    let revision: Bytes32
    let isPresent: Bool

    func isSameRevision(as other: ClaimFacts) -> Bool {
        revision == other.revision && document == other.document && instance == other.instance && stage == other.stage
    }
}

/// The acts of a run, translated once.
struct ActTable {
    private(set) var facts: [ActFacts] = []
    private(set) var claims: [ClaimFacts] = []
    private(set) var documentNames: NameTable
    private(set) var outcomeNames: NameTable
    private(set) var stageNames: NameTable
    /// Acts that are no outcome, signature or ruling, so that nobody searches all acts for the few of a kind.
    private(set) var others: [Int] = []
    private(set) var closings: [Int] = []
    private(set) var suspensions: [Int] = []
    private(set) var resumptions: [Int] = []

    init(_ acts: [Act], _ rules: NumberedProcedure) {
        (documentNames, outcomeNames, stageNames) = (rules.documentNames, rules.outcomeNames, rules.stageNames)
        facts.reserveCapacity(acts.count)
        claims.reserveCapacity(2 * acts.count)
        for index in acts.indices { add(acts, index, rules) }
    }

    private mutating func add(_ acts: [Act], _ index: Int, _ rules: NumberedProcedure) {
        var fact = ActFacts(
            isAuthorised: acts[index].isAuthorised, isRivalEntitled: acts[index].isRivalEntitled,
            unit: acts[index].actor.unit, role: rules.roleNames.find(acts[index].role) ?? -1)
        switch acts[index].body {
        case .outcome(let outcome):
            fact.kind = .outcome
            fact.step = rules.stepNames.find(outcome.step) ?? -1
            let rule = fact.step < 0 ? nil : rules.steps[fact.step].outcome(outcome.name)
            fact.rule = rule?.number
            fact.outcome = rule?.name ?? outcomeNames.number(outcome.name)
            fact.activation = outcome.activation
            fact.claims = add(outcome.documents, index)
            fact.namesMore = !outcome.binds.isEmpty || !outcome.seats.isEmpty
            fact.targetDate = outcome.targetDate
            fact.answers = Answers(outcome)
        case .sign(let sign):
            fact.kind = .sign
            fact.outcome = sign.outcome.map { outcomeNames.number($0) } ?? -1
            fact.activation = sign.activation
            fact.claims = add(sign.documents, index)
        case .ruling(let ruling):
            fact.kind = .ruling
            fact.activation = ruling.activation
        case .acknowledge:
            fact.kind = .acknowledge
        case .withdraw, .cancel: closings.append(index)
        case .suspend: suspensions.append(index)
        case .resume: resumptions.append(index)
        case .bind, .unbind, .reassign, .migration, .numbering, .other: break
        }
        if fact.activation == nil { others.append(index) }
        facts.append(fact)
    }

    private mutating func add(_ documents: [DocumentClaim], _ act: Int) -> Range<Int> {
        let start = claims.count
        for claim in documents {
            claims.append(
                ClaimFacts(
                    act: act, document: documentNames.number(claim.document),
                    stage: claim.stage.map { stageNames.number($0) } ?? -1, instance: claim.instance,
                    revision: claim.revision, isPresent: claim.isPresent))
        }
        return start..<claims.count
    }

    mutating func number(_ index: Int, _ activation: Int) { facts[index].number = activation }
}
