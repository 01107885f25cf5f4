/// Counts what a computation looks at, so that what it may cost is a number of its input and never of a clock: the same
/// on every machine, and the same in a test as in a budget (Protocol 8 §2).
///
/// One counter is handed through one computation. Whoever loops adds what the loop looked at, and stops where
/// ``isExceeded`` says so; what was computed until then is thrown away by whoever asked.
package final class StepCounter {
    package private(set) var count: Int
    package let limit: Int

    /// - Parameters:
    ///   - count: what was spent before.
    ///   - limit: none given: counts and never stops.
    package init(count: Int = 0, limit: Int = .max) {
        (self.count, self.limit) = (count, limit)
    }

    package func add(_ steps: Int = 1) { count &+= steps }

    package var isExceeded: Bool { count > limit }
}
