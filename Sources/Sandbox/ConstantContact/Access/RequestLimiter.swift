/// Counts the requests of one API key against its limits (constant-contact.md §4).
///
/// A refused request uses up the day's quota too, but no place in the current second.
struct RequestLimiter {
    private var recent: [Double] = []
    private var day = 0

    /// The requests of the current UTC day.
    private(set) var today = 0

    /// Counts a request; the refusal when it is over a limit.
    mutating func admit(at now: Double, perSecond: Int?, perDay: Int?) -> ConstantContactRefusal? {
        let day = Int((now / 86_400).rounded(.down))
        if day != self.day {
            self.day = day
            today = 0
        }
        today += 1
        if let perDay, today > perDay { return .quotaExceeded }
        // A clock that was set back must not lock the service up for the time in between.
        recent.removeAll { now - $0 >= 1 || $0 > now }
        if let perSecond {
            guard recent.count < perSecond else { return .throttled }
            recent.append(now)
        }
        return nil
    }

    /// Makes the day look as if so many requests had been made.
    mutating func setToday(_ count: Int, at now: Double) {
        day = Int((now / 86_400).rounded(.down))
        today = count
    }
}
