/// How long to wait before a call is repeated.
struct Backoff: Sendable {
    /// How often a call is repeated at most.
    static let repetitions = 3

    /// Gives a number between nought and its argument, both included.
    let random: @Sendable (Int64) -> Int64

    /// The pause in milliseconds before the repetition of that number, which counts from nought: anything up to
    /// one, two, four seconds.
    func pause(_ repetition: Int) -> Int64 {
        random(1000 << Int64(min(repetition, 5)))
    }

    /// The pause after "too fast": what the service asks for, or at least a second (constant-contact.md §4).
    func pauseAfterThrottling(_ repetition: Int, retryAfterSeconds: Int?) -> Int64 {
        let asked = Int64(min(retryAfterSeconds ?? 1, 60)) * 1000
        return max(asked, 1000) + pause(repetition)
    }
}
