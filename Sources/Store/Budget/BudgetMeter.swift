import Reconciliation
import Synchronization

/// Hands out calls of one key from blocks that were counted beforehand, so that not every call needs a commit.
///
/// A crash loses what was counted and not handed out: at most one block per lane. `giveBack` returns it in time.
package final class BudgetMeter: Sendable {
    private let database: any SQLDatabase
    private let key: String
    private let plan: BudgetPlan
    private let block: Int64
    private let counted = Mutex(Counted())
    /// How many tasks of each lane are fetching a block.
    private let fetching = Mutex<[Int: Int]>([:])

    /// Calls that are counted in the store and not handed out.
    private struct Counted {
        var day: BudgetDay?
        var byLane: [Int: Int64] = [:]
    }

    /// Makes a meter.
    ///
    /// - Parameters:
    ///   - database: where calls are counted.
    ///   - key: what shares one quota.
    ///   - plan: the limit and the reserves.
    ///   - block: calls counted at once.
    package init(database: any SQLDatabase, key: String, plan: BudgetPlan, block: Int64 = 25) {
        self.database = database
        self.key = key
        self.plan = plan
        self.block = max(1, block)
    }

    /// Takes one call out of the day's budget; false when the lane has none left until the day ends.
    ///
    /// - Throws: `StoreError`, and then the call must not be made.
    package func spend(lane: Int, now: Timestamp) async throws -> Bool {
        let day = BudgetDay(of: now)
        if take(lane: lane, day: day) { return true }
        if try await fetch(lane: lane, day: day) { return true }
        // Nothing left in the store, but another task of this lane may be about to bring a block.
        while fetching.withLock({ $0[lane, default: 0] > 0 }) {
            if take(lane: lane, day: day) { return true }
            try await Task.sleep(for: .milliseconds(1))
        }
        return take(lane: lane, day: day)
    }

    /// Fetches a block and takes the first call of it; false when there is none.
    private func fetch(lane: Int, day: BudgetDay) async throws -> Bool {
        fetching.withLock { $0[lane, default: 0] += 1 }
        defer { fetching.withLock { $0[lane, default: 0] -= 1 } }
        let (key, plan, block) = (key, plan, block)
        let granted = try await database.write { connection in
            try Budget.reserve(upTo: block, key: key, day: day, lane: lane, plan: plan, on: connection)
        }
        if granted > 0 { put(granted - 1, lane: lane, day: day) }
        return granted > 0
    }

    /// Notes that the service calls the quota spent: nothing more goes out until the day ends.
    package func markSpent(now: Timestamp) async throws {
        let day = BudgetDay(of: now)
        counted.withLock { $0 = Counted(day: day) }
        let (key, plan) = (key, plan)
        try await database.write { try Budget.markSpent(key: key, day: day, plan: plan, on: $0) }
    }

    /// Returns what was counted and not handed out; for an orderly end.
    package func giveBack() async throws {
        let rest = counted.withLock { counted in
            defer { counted = Counted() }
            return counted
        }
        guard let day = rest.day else { return }
        let key = key
        try await database.write { connection in
            for (lane, calls) in rest.byLane where calls > 0 {
                try Budget.giveBack(calls, key: key, day: day, lane: lane, on: connection)
            }
        }
    }

    private func take(lane: Int, day: BudgetDay) -> Bool {
        counted.withLock { counted in
            guard counted.day == day, let calls = counted.byLane[lane], calls > 0 else { return false }
            counted.byLane[lane] = calls - 1
            return true
        }
    }

    /// Keeps a rest for later calls of the day; a rest of a day that is over is worth nothing.
    private func put(_ calls: Int64, lane: Int, day: BudgetDay) {
        counted.withLock { counted in
            if let known = counted.day, known > day { return }
            if counted.day != day { counted = Counted(day: day) }
            counted.byLane[lane, default: 0] += calls
        }
    }
}
