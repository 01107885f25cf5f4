/// When the disk is cleaned of what was erased: at most a tenth of the time, so that a member who sends erasures one by
/// one does not keep a service busy rewriting its file (Protocol 4 §6). Pure: the caller brings the clock.
struct ScrubPace: Sendable {
    /// After a scrub that took a second the next begins nine seconds later.
    static let restFactor = 9

    private(set) var due: ContinuousClock.Instant?
    /// Somebody waits for it already.
    private(set) var isAwaited = false

    func isDue(at now: ContinuousClock.Instant) -> Bool { due.map { $0 <= now } ?? true }

    mutating func note(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        due = end + (end - start) * Self.restFactor
        isAwaited = false
    }

    /// - Returns: when to scrub; nil where another caller waits for it.
    mutating func wait() -> ContinuousClock.Instant? {
        guard let due, !isAwaited else { return nil }
        isAwaited = true
        return due
    }
}
