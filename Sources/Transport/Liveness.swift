package import NIOCore

/// Whether the machine at the other end lives, from what happened and when (Protocol 5 §3). Has no clock: every event
/// and question says what time it is.
///
/// A sign of life is a whole frame that came in, or a frame of data of ours that the line took. Silence counts only
/// while this side reads: what waits in the line because its own reader is busy is no fault of the peer.
package struct Liveness: Sendable {
    package enum Verdict: Equatable, Sendable {
        case isWell
        /// Nothing was sent for so long that the peer has to hear something.
        case owesPing
        case isSilent
        case isSlow
    }

    private let limits: TransportLimits
    private let start: NIODeadline
    private var lastSign: NIODeadline
    private var lastSent: NIODeadline
    private var frameBegan: NIODeadline?
    private var pausedAt: NIODeadline?
    private var pingCount = 0
    /// PINGs of this side that were not answered yet.
    private var unansweredCount = 0

    package init(limits: TransportLimits, at now: NIODeadline) {
        self.limits = limits
        (start, lastSign, lastSent) = (now, now, now)
    }

    package mutating func heard(at now: NIODeadline) {
        lastSign = now
        frameBegan = nil
    }

    /// Part of a frame is here; the rest is owed from the first part on.
    package mutating func heardPart(at now: NIODeadline) {
        if frameBegan == nil { frameBegan = now }
    }

    package mutating func sent(at now: NIODeadline) { lastSent = now }

    /// The line took a frame of data. One that is full takes nothing more until the peer's machine has acknowledged
    /// some of it, so a dead peer gives this sign for as many bytes as fit it, and no longer.
    package mutating func taken(at now: NIODeadline) { lastSign = now }

    package mutating func resumeReading(at now: NIODeadline) {
        guard let pausedAt else { return }
        self.pausedAt = nil
        lastSign = lastSign + (now - pausedAt)
        frameBegan = frameBegan.map { $0 + (now - pausedAt) }
    }

    /// Nothing is read until ``resumeReading(at:)``; the time between is counted against nobody.
    package mutating func pauseReading(at now: NIODeadline) {
        if pausedAt == nil { pausedAt = now }
    }

    /// Whether a PING is one of those allowed.
    package mutating func takePing(at now: NIODeadline) -> Bool {
        pingCount += 1
        let intervals = (now - start).nanoseconds / max(1, limits.pingInterval.nanoseconds)
        return Int64(pingCount) <= Int64(limits.pingCount) + intervals
    }

    package mutating func sentPing() { unansweredCount += 1 }

    /// Whether a PONG answers a PING.
    package mutating func takePong() -> Bool {
        unansweredCount -= 1
        return unansweredCount >= 0
    }

    package func verdict(at now: NIODeadline) -> Verdict {
        if pausedAt == nil {
            if let frameBegan, now - frameBegan > limits.frame { return .isSlow }
            if now - lastSign > limits.silence { return .isSilent }
        }
        return now - lastSent >= limits.quiet ? .owesPing : .isWell
    }
}
