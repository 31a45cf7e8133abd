/// The durable count of API calls by key, day and lane.
///
/// A call is counted before it is made, so a crash over-counts and never under-counts. A key is whatever shares one
/// quota, such as `constant-contact:<client id>`.
package enum Budget {
    /// Counts calls against a plan if all of them fit; false when they do not, and nothing was counted.
    package static func spend(
        _ calls: Int64 = 1,
        key: String,
        day: BudgetDay,
        lane: Int,
        plan: BudgetPlan,
        on connection: any SQLConnection
    ) throws -> Bool {
        guard try plan.available(to: lane, used: used(key: key, day: day, on: connection)) >= calls else {
            return false
        }
        try add(calls, key: key, day: day, lane: lane, on: connection)
        return true
    }

    /// Counts as many calls as still fit, up to a block.
    ///
    /// - Returns: how many were counted and may be made; 0 when the lane has none left.
    package static func reserve(
        upTo block: Int64,
        key: String,
        day: BudgetDay,
        lane: Int,
        plan: BudgetPlan,
        on connection: any SQLConnection
    ) throws -> Int64 {
        let granted = min(block, plan.available(to: lane, used: try used(key: key, day: day, on: connection)))
        if granted > 0 { try add(granted, key: key, day: day, lane: lane, on: connection) }
        return granted
    }

    /// Takes back calls that were counted and will not be made.
    package static func giveBack(
        _ calls: Int64,
        key: String,
        day: BudgetDay,
        lane: Int,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE budget SET used = max(0, used - \(calls))
            WHERE key = \(key) AND day = \(day.number) AND lane = \(lane)
            """
        )
    }

    /// Notes that the service calls the quota spent, whatever was counted here: others may use the same key.
    package static func markSpent(
        key: String,
        day: BudgetDay,
        plan: BudgetPlan,
        on connection: any SQLConnection
    ) throws {
        guard let limit = plan.limit else { return }
        let counted = try used(key: key, day: day, on: connection).values.reduce(0, +)
        if counted < limit { try add(limit - counted, key: key, day: day, lane: laneOfOthers, on: connection) }
    }

    /// Calls counted on a day, by lane.
    package static func used(
        key: String,
        day: BudgetDay,
        on connection: any SQLConnection
    ) throws -> [Int: Int64] {
        var used: [Int: Int64] = [:]
        try connection.forEach("SELECT lane, used FROM budget WHERE key = \(key) AND day = \(day.number)") { row in
            used[Int(row.int(0))] = row.int(1)
        }
        return used
    }

    /// Forgets the days before one.
    package static func remove(before day: BudgetDay, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM budget WHERE day < \(day.number)")
    }

    /// The lane under which calls of others are counted.
    private static let laneOfOthers = 0

    private static func add(
        _ calls: Int64,
        key: String,
        day: BudgetDay,
        lane: Int,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO budget (key, day, lane, used) VALUES (\(key), \(day.number), \(lane), \(calls))
            ON CONFLICT (key, day, lane) DO UPDATE SET used = budget.used + excluded.used
            """
        )
    }
}
