import Bridge
import Store

/// What the other side counted of calls, beside what the store says of them.
extension World {
    /// No call went out uncounted, none beyond the limit or from what is kept for another lane, and what was counted and
    /// not called is what deaths and the ends of days explain (design §7, *Cost*).
    func checkBudget() throws {
        guard let limit = plan.dailyLimit else { return }
        note("of \(limit) calls a day there were \(received)")
        let budget = BudgetPlan(sharing: limit)
        for (day, calls) in received.byDay {
            let counted = try database.look { try Budget.used(key: Self.quotaKey, day: day, on: $0) }
            for lane in Lane.allCases {
                let (made, said) = (calls[lane, default: 0], counted[lane.rawValue, default: 0])
                if made > said {
                    history.wrong("on \(day.number) lane \(lane.rawValue) made \(made) calls, and \(said) were counted")
                }
                checkReserves(before: lane, calls, of: budget, day)
            }
        }
        try checkUncalled()
    }

    private func checkReserves(before lane: Lane, _ calls: [Lane: Int64], of budget: BudgetPlan, _ day: BudgetDay) {
        let made = calls.filter { $0.key >= lane }.values.reduce(0, +)
        let kept = budget.reserves.filter { $0.key < lane.rawValue }.values.reduce(0, +)
        guard let limit = budget.limit, made > limit - kept else { return }
        history.wrong(
            "on \(day.number) the lanes from \(lane.rawValue) on made \(made) calls of \(limit), and \(kept) were kept"
        )
    }

    /// A process, and a day, leave at most a block of each lane, and the call that was under way.
    private func checkUncalled() throws {
        let counted = try database.look { connection in
            try connection.value("SELECT sum(used) FROM budget WHERE key = \(Self.quotaKey)") ?? 0
        }
        let ends = Int64(mortality.deaths + received.byDay.count + 1)
        if counted > received.count + ends * Int64(Lane.allCases.count) * (quotaBlock + 1) {
            history.wrong("\(counted) calls were counted, and \(received.count) made, in \(ends) processes and days")
        }
    }
}
