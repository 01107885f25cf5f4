import CBOR
import Sodium

/// A revision of a document, as claims are compared by.
struct RevisionKey: Hashable {
    let document: Int
    let instance: Int
    let stage: Int
    let revision: Bytes32

    init(_ claim: ClaimFacts) {
        (document, instance) = (claim.document, claim.instance)
        (stage, revision) = (claim.stage, claim.revision)
    }
}

/// What many acts ask of the same acts, found once: none of it depends on what takes effect, but for ``rights``.
final class EngineMemory {
    struct Naming: Hashable {
        let document: Int
        let stage: Int
    }

    struct Recorded: Hashable {
        let step: Int
        let outcome: Int
    }

    struct Subject: Hashable {
        let activation: Int
        let outcome: Int
    }

    struct Author: Hashable {
        let activation: Int
        let actor: Actor
    }

    /// Authorised acts of an activation: signatures, then records, each in canonical order.
    struct Signing {
        var claims: [RevisionKey: [Int]] = [:]
        var outcomes: [Int: [Int]] = [:]
    }

    /// What decides for whom an outcome waits, where many recorded it: equal ones are worked out once.
    struct Waiting: Hashable {
        let activation: Int
        let rule: Int
        let revisions: [RevisionKey?]
        /// Of an outcome that does not advance: its side.
        let actor: Actor?
        let role: Int
    }

    var waiting: [Waiting: (rights: Int, names: [String])] = [:]
    /// Acts by the revisions that they name, held or not.
    var claiming: [RevisionKey: [Int]]?
    /// By number of the activation.
    var signing: [Int: Signing] = [:]
    /// By id of the change set; nil until somebody asks.
    var acts: [Bytes32: Int]?
    /// Acknowledgements, by what they name.
    var acknowledgements: [Bytes32: [Int]]?
    /// Outcomes that name a document; stage -1 for any.
    var namings: [Naming: Chains] = [:]
    /// Claims of ``Engine/namings``, by revision.
    var claims: [RevisionKey: [Int]]?
    /// Authorised outcomes of a step.
    var outcomes: [Recorded: Chains] = [:]
    /// Of an activation whoever recorded or signed one of its outcomes.
    var involved: [Author: Chains] = [:]
    var activations: Set<Int> = []
    /// Acts of recorded activations by position, and where a run of one unit ends.
    var positions: (acts: [Int], next: [Int])?
    /// Records by which an outcome counts as seen, as of the bindings and seats that it was asked with.
    var seen: [Subject: (rights: Int, records: Chains)] = [:]
    /// Grows with each binding and seat.
    var rights = 0
}

extension Engine {
    /// The act that is a change set.
    func act(_ id: Bytes32) -> Int? {
        if let known = memory.acts { return known[id] }
        let known = Dictionary(acts.indices.map { (acts[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        memory.acts = known
        return known[id]
    }

    func acknowledgements(of id: Bytes32) -> [Int] {
        if let known = memory.acknowledgements { return known[id] ?? [] }
        var known: [Bytes32: [Int]] = [:]
        for index in others {
            if case .acknowledge(let id) = acts[index].body { known[id, default: []].append(index) }
        }
        memory.acknowledgements = known
        return known[id] ?? []
    }

    /// Outcomes that name a document with a revision that they held, of a stage where one is given.
    func outcomes(naming document: Int, stage: Int) -> Chains {
        let key = EngineMemory.Naming(document: document, stage: stage)
        if let known = memory.namings[key] { return known }
        var found: [Int] = []
        steps.add(namings.places(of: document).count)
        for place in namings[document] where isNaming(place, stage: stage) && found.last != claims[place].act {
            found.append(claims[place].act)
        }
        let chains = Chains(found, context)
        memory.namings[key] = chains
        return chains
    }

    /// Claims of authorised acts that held a revision; in canonical order.
    func namings(of claim: ClaimFacts) -> [Int] {
        if let known = memory.claims { return known[RevisionKey(claim)] ?? [] }
        var known: [RevisionKey: [Int]] = [:]
        steps.add(claims.count)
        for document in 0..<namings.count {
            for place in namings[document] { known[RevisionKey(claims[place]), default: []].append(place) }
        }
        memory.claims = known
        return known[RevisionKey(claim)] ?? []
    }

    /// Acts that name a revision, whether or not they held it.
    func acts(claiming claim: ClaimFacts) -> [Int] {
        if let known = memory.claiming { return known[RevisionKey(claim)] ?? [] }
        steps.add(claims.count)
        let known = Dictionary(grouping: claims.indices) { RevisionKey(claims[$0]) }.mapValues {
            $0.map { claims[$0].act }
        }
        memory.claiming = known
        return known[RevisionKey(claim)] ?? []
    }

    func outcomes(of step: Int, _ name: Int) -> Chains {
        let key = EngineMemory.Recorded(step: step, outcome: name)
        if let known = memory.outcomes[key] { return known }
        steps.add(facts.count)
        let chains = Chains(
            facts.indices.lazy.filter { index in
                facts[index].isAuthorised && facts[index].kind == .outcome && facts[index].step == step
                    && facts[index].outcome == name
            }, context)
        memory.outcomes[key] = chains
        return chains
    }

    /// What a person recorded or signed of an activation, authorised without the protection clause.
    func involvement(of actor: Actor, in activation: Int) -> Chains {
        if memory.activations.insert(activation).inserted {
            let own = recorded.records[activation] + recorded.signatures[activation]
            steps.add(own.count)
            for index in own.sorted() where facts[index].isRivalEntitled {
                let key = EngineMemory.Author(activation: activation, actor: acts[index].actor)
                memory.involved[key, default: Chains()].add(index, context)
            }
        }
        return memory.involved[EngineMemory.Author(activation: activation, actor: actor)] ?? Chains()
    }

    /// Authorised acts of the activations that derive from an outcome, but for those of one unit.
    func acts(in derived: RecordedSteps.Derived, notOf unit: Bytes32?, _ isFit: (Int) -> Bool) -> Bool {
        guard let span = recorded.span(of: derived) else {
            steps.add(facts.count)
            return facts.indices.contains { recorded.contains(derived, facts[$0].number) && isFit($0) }
        }
        let (sorted, next) = memory.positions ?? sortedByPosition()
        memory.positions = (sorted, next)
        var place = Self.lowerBound(sorted.count) {
            (recorded.position(facts[sorted[$0]].number) ?? 0) < span.lowerBound
        }
        while place < sorted.count, let position = recorded.position(facts[sorted[place]].number),
            position < span.upperBound, !steps.isExceeded
        {
            steps.add()
            if facts[sorted[place]].unit == unit {
                place = next[place]
                continue
            }
            if isFit(sorted[place]) { return true }
            place += 1
        }
        return false
    }

    private func sortedByPosition() -> (acts: [Int], next: [Int]) {
        let places = facts.indices.map { facts[$0].isAuthorised ? recorded.position(facts[$0].number) ?? -1 : -1 }
        let sorted = facts.indices.filter { places[$0] >= 0 }.sorted { (places[$0], $0) < (places[$1], $1) }
        steps.add(sorted.count)
        var next = [Int](repeating: sorted.count, count: sorted.count)
        for place in sorted.indices.dropLast().reversed() {
            let isRun = facts[sorted[place]].unit == facts[sorted[place + 1]].unit
            next[place] = isRun ? next[place + 1] : place + 1
        }
        return (sorted, next)
    }

    private static func lowerBound(_ count: Int, _ isBefore: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
