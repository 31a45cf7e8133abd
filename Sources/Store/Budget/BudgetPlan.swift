/// How a day's calls are shared among lanes: a limit for all, and a reserve for each lane.
///
/// What a lane has not used of its reserve is out of reach of the lanes after it (design §4, *Lanes*).
package struct BudgetPlan: Hashable, Sendable {
    /// Calls of a day in all; nil where there is no limit.
    package var limit: Int64?
    /// Calls kept for a lane, by the lane's number.
    package var reserves: [Int: Int64]

    package init(limit: Int64?, reserves: [Int: Int64] = [:]) {
        self.limit = limit
        self.reserves = reserves
    }

    /// How many calls a lane may still make.
    ///
    /// - Parameters:
    ///   - lane: the lane's number; lower numbers come first.
    ///   - used: calls counted so far, by lane. Lane 0 is what others used with the same key.
    package func available(to lane: Int, used: [Int: Int64]) -> Int64 {
        guard let limit else { return .max }
        let spent = used.values.reduce(0, +)
        let kept = reserves.reduce(Int64(0)) { kept, reserve in
            reserve.key < lane ? kept + max(0, reserve.value - used[reserve.key, default: 0]) : kept
        }
        return max(0, limit - spent - kept)
    }
}
