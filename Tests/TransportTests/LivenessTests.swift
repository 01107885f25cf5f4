import NIOCore
import Testing
import Transport

/// Every time is said, none is waited for.
@Suite struct LivenessTests {
    static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000) + .seconds(seconds) }

    static func fresh() -> Liveness { Liveness(limits: .standard, at: at(0)) }

    @Test func whoHasSentNothingOwesAPing() {
        var liveness = Self.fresh()
        #expect(liveness.verdict(at: Self.at(19)) == .isWell)
        #expect(liveness.verdict(at: Self.at(20)) == .owesPing)
        liveness.sent(at: Self.at(20))
        #expect(liveness.verdict(at: Self.at(39)) == .isWell)
    }

    @Test func aPongAnswersOnePing() {
        var liveness = Self.fresh()
        for _ in 0..<2 { liveness.sentPing() }
        let answered = (0..<3).map { _ in liveness.takePong() }
        #expect(answered == [true, true, false])
    }

    @Test func silenceEndsAfterTheLimitAndNotBefore() {
        var liveness = Self.fresh()
        liveness.sent(at: Self.at(60))
        #expect(liveness.verdict(at: Self.at(60)) == .isWell)
        #expect(liveness.verdict(at: Self.at(61)) == .isSilent)
        liveness.heard(at: Self.at(61))
        liveness.sent(at: Self.at(121))
        #expect(liveness.verdict(at: Self.at(121)) == .isWell)
    }

    /// A clone for an hour: the receiver says nothing, and takes what it is sent.
    @Test func whatTheLineTakesIsASignOfLife() {
        var liveness = Self.fresh()
        for second: Int64 in 1...3_600 {
            liveness.sent(at: Self.at(second))
            liveness.taken(at: Self.at(second))
            #expect(liveness.verdict(at: Self.at(second)) == .isWell)
        }
        liveness.sent(at: Self.at(3_661))
        #expect(liveness.verdict(at: Self.at(3_661)) == .isSilent)
    }

    @Test func aFrameThatDripsIsEnded() {
        var liveness = Self.fresh()
        liveness.heard(at: Self.at(1))
        for second: Int64 in 1...61 {
            liveness.heardPart(at: Self.at(second))
            liveness.pauseReading(at: Self.at(second))
            liveness.resumeReading(at: Self.at(second))
            liveness.sent(at: Self.at(second))
        }
        #expect(liveness.verdict(at: Self.at(62)) == .isSlow)
        liveness.heard(at: Self.at(62))
        #expect(liveness.verdict(at: Self.at(63)) == .isWell)
    }

    /// A reader that is busy storing is no fault of the peer, and the peer hears from it all the same.
    @Test func silenceIsNotCountedWhileNothingIsRead() {
        var liveness = Self.fresh()
        liveness.pauseReading(at: Self.at(1))
        #expect(liveness.verdict(at: Self.at(1_000)) == .owesPing)
        liveness.sent(at: Self.at(1_000))
        liveness.resumeReading(at: Self.at(1_001))
        #expect(liveness.verdict(at: Self.at(1_019)) == .isWell)
        liveness.sent(at: Self.at(1_060))
        #expect(liveness.verdict(at: Self.at(1_062)) == .isSilent)
    }

    @Test func pingsBeyondTheirRateAreNotTaken() {
        func allowed(_ count: Int, at second: Int64) -> Bool {
            var liveness = Self.fresh()
            var isAllowed = true
            for _ in 0..<count { isAllowed = liveness.takePing(at: Self.at(second)) }
            return isAllowed
        }
        #expect(allowed(4, at: 4) && !allowed(5, at: 4))
        #expect(allowed(5, at: 5) && !allowed(6, at: 5))
        // One each twenty seconds, however late they arrive, are never too many.
        #expect(allowed(31, at: 600))
    }
}
