/// Gives the names of a definition their numbers.
struct Numbering {
    let definition: ProcedureDefinition
    let stepNames: NameTable
    let roleNames: NameTable
    let roles: [Capacity]
    var slotNames: NameTable
    var documentNames: NameTable
    var stageNames = NameTable()
    var outcomeNames = NameTable()
    private(set) var documents: [NumberedDocument] = []

    init(_ definition: ProcedureDefinition) {
        self.definition = definition
        stepNames = NameTable(definition.steps.map(\.id))
        roleNames = NameTable(definition.roles.map(\.id))
        documentNames = NameTable(definition.documents.map(\.id))
        var slotNames = NameTable(definition.parties.map(\.slot))
        let roleSlots = roleNames.names.map { name in definition.slot(ofRole: name).map { slotNames.number($0) } ?? -1 }
        roles = roleSlots.enumerated().map { Capacity(role: $0.offset, slot: $0.element) }
        self.slotNames = slotNames
        number()
    }

    /// The documents that the definition describes; a reference may name others in a file with errors.
    private mutating func number() {
        let brought = Set(definition.steps.flatMap(\.brings).map(\.document))
        // Of equal names the first counts.
        for type in definition.documents where documentNames.find(type.id) == documents.count {
            documents.append(
                NumberedDocument(
                    isBrought: brought.contains(type.id),
                    rules: type.signByStage.map { (stage: stageNames.number($0.stage), rule: rule($0.rule)) },
                    rule: type.sign.map { rule($0) }))
        }
    }

    mutating func steps() -> [NumberedStep] {
        var numbered: [NumberedStep] = []
        for step in definition.steps where stepNames.find(step.id) == numbered.count {
            let outcomes = step.outcomes.enumerated().map {
                NumberedOutcome($0.element, number: $0.offset, of: step, &self)
            }
            numbered.append(NumberedStep(step, number: numbered.count, outcomes: outcomes, &self))
        }
        return numbered
    }

    func capacity(_ name: String) -> Capacity { Capacity(name, definition.teams, roleNames, roles) }

    func role(_ name: String) -> Capacity {
        roleNames.find(name).map { roles[$0] } ?? Capacity()
    }

    mutating func reference(_ reference: DocumentReference) -> NumberedReference {
        let number = documentNames.number(reference.document)
        let stage = reference.stage.map { stageNames.number($0) } ?? -1
        let document = number < documents.count ? documents[number] : nil
        return NumberedReference(
            name: reference.document, document: number, stage: stage, isOptional: reference.isOptional,
            rule: document?.rule(stage: stage), isBrought: document?.isBrought ?? false)
    }

    func rule(_ rule: SignRule) -> NumberedSignRule {
        NumberedSignRule(
            need: rule.need.map {
                NumberedSignRule.Signer(name: $0.name, capacity: capacity($0.name), isOptional: $0.isOptional)
            }, rule: rule.rule, isSequence: rule.isSequence, allowsSamePerson: rule.allowsSamePerson)
    }

    /// Guards nest as deep as the file allows (``JSONReader/depthMax``); so does this recursion.
    mutating func condition(_ condition: Guard) -> NumberedGuard {
        switch condition {
        case .document(let name): .document(documentNames.number(name))
        case .signed(let name): .signed(documentNames.number(name))
        case .outcome(let step, let name):
            .outcome(step: stepNames.find(step) ?? -1, name: outcomeNames.number(name))
        case .findingsOpen(let count, let severities): .findingsOpen(count, severities: severities)
        case .present(let slots): .present(slots.map { slotNames.number($0) })
        case .bound(let slot): .bound(slotNames.number(slot))
        case .round(let comparison, let number): .round(comparison, number)
        case .all(let parts): .all(parts.map { self.condition($0) })
        case .any(let parts): .any(parts.map { self.condition($0) })
        case .not(let part): .not(self.condition(part))
        }
    }
}
