import Bridge
import Store

/// The calls that reached the accounts which share a day's quota, as their service counts them: by day and lane.
struct ReceivedCalls: Sendable {
    private(set) var byDay: [BudgetDay: [Lane: Int64]] = [:]

    /// Counts a call, whatever is answered.
    mutating func note(_ lane: Lane, on day: BudgetDay) { byDay[day, default: [:]][lane, default: 0] += 1 }

    /// All calls of all days.
    var count: Int64 { byDay.values.reduce(0) { $0 + $1.values.reduce(0, +) } }
}
