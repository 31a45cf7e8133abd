import Reconciliation
import Store
import Testing

@Suite struct BudgetTests {
    private let store: TemporaryStore
    private let day = BudgetDay(of: Timestamp(seconds: 1_700_000_000))

    init() async throws {
        store = try await TemporaryStore()
    }

    private func spend(_ calls: Int64 = 1, lane: Int, plan: BudgetPlan) async throws -> Bool {
        try await store.write { [day] connection in
            try Budget.spend(calls, key: "k", day: day, lane: lane, plan: plan, on: connection)
        }
    }

    private func used() async throws -> [Int: Int64] {
        try await store.read { [day] in try Budget.used(key: "k", day: day, on: $0) }
    }

    @Test(arguments: [
        (Int64(0), Int64(19_700_101)), (86_399, 19_700_101), (86_400, 19_700_102), (-1, 19_691_231),
        (951_782_400, 20_000_229), (1_709_164_800, 20_240_229), (1_709_251_200, 20_240_301),
        (1_798_675_199, 20_261_230), (4_107_542_400, 21_000_301),
    ])
    func namesTheDay(second: Int64, number: Int64) {
        #expect(BudgetDay(of: Timestamp(seconds: second)).number == number)
    }

    @Test func endsTheDayAtMidnight() {
        #expect(BudgetDay(of: Timestamp(seconds: 86_401)).end == Timestamp(seconds: 172_800))
    }

    @Test func stopsAtTheLimit() async throws {
        let plan = BudgetPlan(limit: 3)
        #expect(try await spend(2, lane: 3, plan: plan))
        #expect(try await !spend(2, lane: 4, plan: plan))
        #expect(try await spend(lane: 4, plan: plan))
        #expect(try await !spend(lane: 1, plan: plan))
        #expect(try await used() == [3: 2, 4: 1])
    }

    @Test func countsWithoutALimitToo() async throws {
        #expect(try await spend(5, lane: 3, plan: BudgetPlan(limit: nil)))
        #expect(try await used() == [3: 5])
    }

    @Test func keepsReservesFromLaterLanes() {
        let plan = BudgetPlan(limit: 100, reserves: [1: 20, 2: 10])
        #expect(plan.available(to: 4, used: [:]) == 70)
        #expect(plan.available(to: 2, used: [:]) == 80)
        #expect(plan.available(to: 1, used: [:]) == 100)
        #expect(plan.available(to: 4, used: [4: 70]) == 0)
        #expect(plan.available(to: 1, used: [4: 70]) == 30)
        // What the first lane has used of its reserve is not kept any more, and what it used beyond is gone.
        #expect(plan.available(to: 4, used: [1: 15]) == 70)
        #expect(plan.available(to: 4, used: [1: 40]) == 50)
    }

    @Test func countsDaysAndKeysApart() async throws {
        let plan = BudgetPlan(limit: 1)
        #expect(try await spend(lane: 1, plan: plan))
        let next = BudgetDay(of: day.end)
        let (tomorrow, other) = try await store.write { [day] connection in
            (
                try Budget.spend(key: "k", day: next, lane: 1, plan: plan, on: connection),
                try Budget.spend(key: "other", day: day, lane: 1, plan: plan, on: connection)
            )
        }
        #expect(tomorrow)
        #expect(other)
        try await store.write { try Budget.remove(before: next, on: $0) }
        #expect(try await used() == [:])
    }

    @Test func believesTheServiceThatTheQuotaIsSpent() async throws {
        let plan = BudgetPlan(limit: 100)
        #expect(try await spend(5, lane: 3, plan: plan))
        try await store.write { [day] in try Budget.markSpent(key: "k", day: day, plan: plan, on: $0) }
        #expect(try await !spend(lane: 1, plan: plan))
        #expect(try await used() == [0: 95, 3: 5])
    }
}
