import Envelope
import Registry
import TestSupport

/// A registry as a large city has it: 500 units, 5,000 devices, 20,000 mandates, some of them ended, besides what the
/// workload needs.
enum LargeRegistry {
    static let unitCount = 500
    static let devicesPerUnit = 10
    static let mandatesPerDevice = 4
    /// Every so many devices one certificate and one mandate is ended.
    private static let endedEvery = 10

    /// Adds to a world: every unit gets its share, those of the workload too.
    static func fill(_ workload: Workload) throws {
        let world = workload.world
        for unit in [workload.it, workload.opd] { try staff(unit, world) }
        for number in 2..<unitCount {
            try staff(try world.unit("Unit \(number)", kind: "applicant"), world)
        }
    }

    private static func staff(_ unit: UnitID, _ world: TestWorld) throws {
        for number in 0..<devicesPerUnit {
            let roles = (0..<mandatesPerDevice).map { "role.\($0)" }
            let person = try world.person(unit, "Pejabat \(number)", roles: roles)
            guard number % endedEvery == endedEvery - 1 else { continue }
            _ = try world.revoke(person.certificate, of: unit, effective: world.clock)
            _ = try world.revoke(person.mandate("role.0"), of: unit, effective: world.clock)
        }
    }
}
