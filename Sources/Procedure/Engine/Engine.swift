import CBOR
package import Sodium

/// The union model (procedures.md §3.1, §3.2, §3.5; Protocol 4 §3) as a pure function: a definition and the acts of a
/// dossier in, the state of every activation and the verdict on every act out.
///
/// **Why activations are evaluated from the start each time.** Whether an outcome counts depends on who else recorded
/// what, on rulings and on finality, all of which may arrive later; nothing can be decided once and kept. The walk is
/// finite: an activation is made by an outcome that somebody recorded, and each record belongs to one activation.
///
/// **Why causality and never position.** The order of `acts` is canonical (lamport, rank, id), which an author can
/// influence by grinding. It orders lists; every question of right is asked through `isAncestor`.
///
/// **Why numbers.** Names of steps, roles, documents, outcomes and activations are looked up once (``NumberedProcedure``,
/// ``ActTable``, ``RecordedSteps``); what is walked again and again compares integers and copies no texts.
package struct Engine {
    let rules: NumberedProcedure
    let dossier: Bytes32
    let acts: [Act]
    let context: any EngineContext
    let steps: StepCounter
    let memory = EngineMemory()
    let facts: [ActFacts]
    let claims: [ClaimFacts]
    var recorded: RecordedSteps
    /// By number of the document: the claims by which authorised acts name revisions of it that they held; in canonical
    /// order.
    let namings: Groups
    /// Acts that are no outcome, signature or ruling.
    let others: [Int]
    let closings: [Int]
    let suspensions: [Int]
    let resumptions: [Int]
    /// Requests with effect.
    var closed = Chains()
    var suspended = Chains()
    var resumed = Chains()
    /// Whether more than one unit takes part from the opening on.
    let hasTwoParties: Bool
    let removals: [(unit: Bytes32, act: Int)]
    var slotNames: NameTable
    /// By number of the slot: its units, each with the acts that bound it.
    var bindings: [[Binding]]
    var result = EngineResult()
    /// Beside ``EngineResult/activations``: their numbers, and those of their steps.
    var places: [(number: Int, step: Int)] = []
    var seats: [SeatClaim] = []
    /// Requests to close, suspend or resume that were recorded after an outcome had ended the dossier.
    var lateRequests: Set<Int> = []
    /// Lanes that have come to their join, by the fork.
    var arrivals: [ActivationID: [(lane: Int, way: Way)]] = [:]
    var sources: [Source] = []
    /// A row for each that was begun: by number of the step, how often it was begun on the way there.
    var visits: [Int32] = []
    var queue: [Visit] = []
    /// By number of the activation.
    var isSettled: [Bool] = []

    /// - Parameters:
    ///   - parties: slots bound at opening.
    ///   - acts: in canonical order.
    ///   - removals: units that were removed, each by which act.
    ///   - ratified: the result for the same acts if what awaits ratification were authorised; nil where nothing does.
    package static func run(
        definition: ProcedureDefinition, dossier: Bytes32, parties: [(slot: String, unit: Bytes32)], acts: [Act],
        removals: [(unit: Bytes32, act: Int)] = [], ratified: EngineResult? = nil, context: any EngineContext
    ) -> EngineResult {
        var engine = Engine(
            rules: definition.numbered, dossier: dossier, parties: parties, acts: acts, removals: removals,
            context: context)
        engine.evaluate()
        let late = engine.requestsAfterTheEnd
        if !late.isEmpty {
            engine = Engine(
                rules: engine.rules, dossier: dossier, parties: parties, acts: acts, removals: removals,
                context: context)
            engine.lateRequests = late
            engine.evaluate()
        }
        if let ratified { engine.freezeUnratified(ratified) }
        engine.finish()
        return engine.result
    }

    private init(
        rules: NumberedProcedure, dossier: Bytes32, parties: [(slot: String, unit: Bytes32)], acts: [Act],
        removals: [(unit: Bytes32, act: Int)], context: any EngineContext
    ) {
        (self.rules, self.dossier, self.acts, self.removals, self.context) = (rules, dossier, acts, removals, context)
        steps = context.steps
        steps.add(acts.count)
        hasTwoParties = parties.contains { $0.unit != parties[0].unit }
        var table = ActTable(acts, rules)
        recorded = RecordedSteps(
            rules, dossier: dossier, &table, joins: Joins(rules, dossier: dossier, table))
        (facts, claims) = (table.facts, table.claims)
        (others, closings) = (table.others, table.closings)
        (suspensions, resumptions) = (table.suspensions, table.resumptions)
        namings = Groups(of: table.claims.indices, count: table.documentNames.names.count) { place in
            let claim = table.claims[place]
            return claim.isPresent && table.facts[claim.act].isAuthorised ? claim.document : nil
        }
        slotNames = rules.slotNames
        bindings = [[Binding]](repeating: [], count: slotNames.names.count)
        isSettled = [Bool](repeating: false, count: recorded.ids.count)
        for party in parties {
            let slot = slot(party.slot)
            if bindings[slot].isEmpty { bindings[slot] = [Binding(unit: party.unit, isOpened: true)] }
        }
    }

    private mutating func evaluate() {
        result.verdicts = facts.map { fact in
            fact.isAuthorised ? .noEffect(.notActive, detail: "") : .noEffect(.unauthorised, detail: "")
        }
        result.activations.reserveCapacity(recorded.ids.count)
        places.reserveCapacity(recorded.ids.count)
        judgeOthers()
        bindExplicitly()
        closeOnRequest()
        walk()
    }

    /// Acts that no activation has a say in.
    private mutating func judgeOthers() {
        for index in others {
            switch acts[index].body {
            case .acknowledge(let id): acknowledge(id, index)
            case .numbering: if facts[index].isAuthorised { result.verdicts[index] = .effective }
            case .other: result.verdicts[index] = .noEffect(.malformed, detail: "")
            case .outcome, .sign, .ruling, .bind, .unbind, .withdraw, .cancel, .suspend, .resume, .reassign,
                .migration:
                break
            }
        }
    }

    private mutating func acknowledge(_ id: Bytes32, _ index: Int) {
        guard facts[index].isAuthorised else { return }
        let isKnown = act(id).map { context.isAncestor($0, of: index) } ?? false
        result.verdicts[index] = isKnown ? .effective : .noEffect(.unknownTarget, detail: "")
    }

    /// The head of a party binds a slot that is bound at no step (the arbiter as `authority`).
    private mutating func bindExplicitly() {
        for index in others where facts[index].isAuthorised {
            guard case .bind(let slot, let unit) = acts[index].body else { continue }
            guard acts[index].role.hasSuffix(".head"), holdsOwnRole(index, onlySeen: true) else {
                result.verdicts[index] = .opinion
                continue
            }
            let number = self.slot(slot)
            guard mayBindAnew(number, slot, index) else {
                result.verdicts[index] = .noEffect(.alreadyBound, detail: slot)
                continue
            }
            add(unit, to: number, by: index)
            result.verdicts[index] = .effective
        }
        // A proposal waits for a second unit.
        let removing = Set(removals.map(\.act))
        for index in others where facts[index].isAuthorised {
            guard case .unbind = acts[index].body else { continue }
            result.verdicts[index] = removing.contains(index) ? .effective : .waiting(["removal"])
        }
    }

    // MARK: Rights

    /// Whether an act fills a role of a bound party.
    func holdsRole(_ act: Int, _ role: Capacity) -> Bool {
        role.role >= 0 && facts[act].role == role.role && holder(of: role.slot, for: act) == facts[act].unit
    }

    /// Whether an act's own role is one of a party to which its unit is bound.
    func holdsOwnRole(_ act: Int, onlySeen: Bool = false) -> Bool {
        guard facts[act].role >= 0 else { return false }
        return units(of: rules.roles[facts[act].role].slot, for: act, onlySeen: onlySeen) == [facts[act].unit]
    }

    /// Whether an act fills a role, or any seat of a team.
    func fills(_ act: Int, _ capacity: Capacity) -> Bool {
        capacity.team >= 0 ? sits(act, capacity.team, seat: nil) : holdsRole(act, capacity)
    }

    /// Whether an act may sign for a role, or for a team as its ketua.
    func signs(_ act: Int, _ capacity: Capacity) -> Bool {
        capacity.team >= 0 ? sits(act, capacity.team, seat: "ketua") : holdsRole(act, capacity)
    }

    private func sits(_ act: Int, _ team: Int, seat: String?) -> Bool {
        let name = rules.teams[team].id
        return seats.contains {
            $0.team == name && (seat == nil || $0.seat == seat) && $0.actor == acts[act].actor
        }
    }
}
