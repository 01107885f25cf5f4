import Sodium
import Testing
import Transport

@Suite struct AdmissionTests {
    static func unit(_ number: UInt8) throws -> Bytes32 { try #require(Bytes32([UInt8](repeating: number, count: 32))) }

    @Test func strangersBeyondTheLimitDisplaceTheOldestOfTheAddressThatHoldsMost() {
        var admission = Admission()
        let first = (0..<Admission.strangerCountMax).compactMap { admission.arrive($0, from: [$0 == 3 ? 7 : 1]) }
        #expect(first.isEmpty)
        // One beyond: whoever comes is let in, the address with most pays for it.
        let displaced = [admission.arrive(100, from: [9]), admission.arrive(101, from: [1])]
        #expect(displaced == [0, 1])
        #expect(admission.strangerCount == Admission.strangerCountMax)
    }

    @Test func amongEqualsTheOldestGoes() {
        var admission = Admission()
        for number in 0..<Admission.strangerCountMax { _ = admission.arrive(number, from: [UInt8(number)]) }
        let displaced = admission.arrive(50, from: [200])
        #expect(displaced == 0)
        // A flood from one address never reaches those who hold one place each.
        let flooded = (51..<500).compactMap { admission.arrive($0, from: [77]) }
        #expect(flooded.first == 1 && flooded.dropFirst().allSatisfy { $0 >= 51 })
        #expect(admission.strangerCount == Admission.strangerCountMax)
        admission.leave(2)
        #expect(admission.strangerCount == Admission.strangerCountMax - 1)
    }

    @Test func aUnitHasAShareAndTheLargestMakesRoom() throws {
        var admission = Admission()
        func join(_ number: Int, _ unit: UInt8) throws -> (isHere: Bool, displaced: Int?) {
            _ = admission.arrive(number, from: [1])
            return admission.identify(number, as: try Self.unit(unit))
        }
        let first = try (0..<Admission.unitCountMax).compactMap { try join($0, 1).displaced }
        #expect(first.isEmpty)
        let seventeenth = try join(16, 1).displaced
        #expect(seventeenth == 0, "the seventeenth of a unit displaces its first")
        for unit: UInt8 in 2...4 {
            for number in 0..<Admission.unitCountMax { _ = try join(Int(unit) * 100 + number, unit) }
        }
        #expect(admission.memberCount == Admission.memberCountMax)
        let beyond = try join(900, 5).displaced
        #expect(beyond == 1, "of units with the same, the one with the oldest makes room")
        #expect(admission.memberCount == Admission.memberCountMax)
        #expect(admission.strangerCount == 0)
    }

    @Test func whoWasDisplacedIsNotAdmitted() throws {
        var admission = Admission()
        for number in 0...Admission.strangerCountMax { _ = admission.arrive(number, from: [1]) }
        let (gone, here) = (
            admission.identify(0, as: try Self.unit(1)), admission.identify(1, as: try Self.unit(1))
        )
        #expect(!gone.isHere && here.isHere)
    }

    @Test func addressesOfOneNetworkOfIPv6CountTogether() {
        let one: [UInt8] = [32, 1, 13, 184, 0, 0, 0, 1] + [UInt8](repeating: 1, count: 8)
        let two: [UInt8] = [32, 1, 13, 184, 0, 0, 0, 1] + [UInt8](repeating: 2, count: 8)
        let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [255, 255, 10, 0, 0, 7]
        #expect(Listener.group(ofIPv6: one) == Listener.group(ofIPv6: two))
        #expect(Listener.group(ofIPv6: mapped) == [10, 0, 0, 7])
    }
}
