/// How long to wait before a call is repeated.
package struct Backoff: Sendable {
    /// How often a call is repeated at most.
    package static let repetitions = 3
    /// The longest pause, in seconds, that is waited for on the service's behalf.
    private static let longestWait = 30

    /// Gives a number between nought and its argument, both included.
    private let random: @Sendable (Int64) -> Int64

    /// - Parameter random: gives a number between nought and its argument, both included.
    package init(random: @escaping @Sendable (Int64) -> Int64) {
        self.random = random
    }

    /// The pause in milliseconds before the repetition of that number, which counts from nought: anything up to
    /// one, two, four seconds.
    package func pause(_ repetition: Int) -> Int64 {
        random(1000 << Int64(min(repetition, 5)))
    }

    /// The pause after "too fast": what the service asks for, or at least a second (constant-contact.md §4).
    ///
    /// - Returns: nil when the service asks for more than a caller should be kept waiting.
    package func pauseAfterThrottling(_ repetition: Int, retryAfterSeconds: Int?) -> Int64? {
        let asked = retryAfterSeconds ?? 1
        return asked > Self.longestWait ? nil : Int64(max(asked, 1)) * 1000 + pause(repetition)
    }
}
