import CBOR
import Dossier
import Envelope
import History
import Registry
import Sodium
import TestSupport
import Testing

/// What a registry costs that a member fills with entries of one kind: counted steps, at most twice as many for twice as
/// much, in the registry and in the fold of a dossier that rests on it.
@Suite struct RegistryStepsTests {
    enum Kind: String, CaseIterable {
        /// Of one key.
        case grants
        /// Of one certificate, and of one mandate.
        case revocations, mandateRevocations
        /// Each lifted again.
        case suspensions
        /// One after the other.
        case rotations, recoveries
        /// Each of the one before.
        case nestedForks
        /// Of one branch.
        case namings
        /// Of one feature.
        case features
        /// One after the other, each ended before the next.
        case administrators
    }

    private func mandate(_ key: TestKey, _ world: TestWorld) -> EntryBody {
        .mandate(
            Mandate(
                person: key.person, role: "it.head", from: 0, until: nil, capacity: .definitive,
                instrument: world.commit(.text("SK"), by: key.publicKey), title: nil))
    }

    private func fill(_ world: TestWorld, _ kind: Kind, _ count: Int, _ person: TestPerson) throws {
        let (unit, network) = (person.unit, world.network)
        guard var last = world.registry.tipToExtend(unit) else { throw TestFailure.setUp("chain") }
        for number in 0..<count {
            switch kind {
            case .grants: try world.certify(person.key, unit, "Kabid")
            case .revocations: _ = try world.revoke(person.certificate, of: unit, effective: UInt64(number + 1))
            case .mandateRevocations:
                _ = try world.revoke(person.mandate("it.field_head"), of: unit, effective: UInt64(number + 1))
            case .suspensions:
                let suspension = try world.append(
                    chain: network, .suspend(Suspension(unit: unit, from: world.clock)), by: world.networkKey)
                try world.append(chain: network, .lift(suspension: suspension.id), by: world.networkKey)
            case .rotations: try world.take(try world.succession(of: unit))
            case .recoveries: try world.take(try world.succession(of: unit, recovering: true))
            case .nestedForks:
                let key = world.root(of: unit)
                for isLast in [false, true] {
                    let entry = try world.compose(chain: unit, mandate(key, world), by: key, previous: last)
                    try world.insert(entry)
                    if isLast { last = entry }
                }
            case .namings:
                try world.append(
                    chain: network, .branch(Branch(entry: last.id, isNetwork: true)), by: world.networkKey)
            case .features: try world.append(chain: network, .enable(feature: 1), by: world.networkKey)
            case .administrators:
                let delegation = try world.administrator(unit).delegation
                _ = try world.revoke(delegation, of: unit, effective: UInt64(number + 1))
            }
        }
    }

    /// What inserting so many entries, and folding a dossier of a few change sets that rest on them, looks at.
    private func steps(_ count: Int, _ kind: Kind) throws -> Int {
        let world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let definition = try world.publish(TestDefinitions.small)
        let head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        let field = try world.person(it, "Kabid", roles: ["it.field_head"])
        var dossier = try TestDossier.requested(world, definition, by: head, it: it)
        let early = dossier
        let before = world.registry.coverStepCount
        try fill(world, kind, count, field)
        for number in 0..<12 {
            let tips = world.registry.tips(of: nil) + world.registry.tips(of: it)
            try dossier.write(
                [Operation(code: number % 2 == 0 ? 300 : 1, body: .map([]))], by: head, tips: Array(tips.prefix(16)))
        }
        // Signed without knowing any of it.
        var offline = early
        for _ in 0..<4 {
            try offline.write(
                [try offline.outcome("2", "perlu", by: field, role: "it.field_head")], by: field, tips: [])
        }
        try dossier.merge(offline)
        let steps = StepCounter(count: dossier.history.stepCount)
        _ = DossierState.fold(
            history: dossier.history, registry: world.registry, definition: world.definition(definition), steps: steps)
        for entry in world.entries { _ = world.registry.stands(entry.id) }
        return steps.count + world.registry.coverStepCount - before + world.registry.judgementStepCount
    }

    @Test(arguments: Kind.allCases) func growWithTheirNumber(_ kind: Kind) throws {
        let (small, large) = (try steps(150, kind), try steps(300, kind))
        #expect(Double(large) / Double(small) < 2.5, "\(small), \(large)")
    }
}
