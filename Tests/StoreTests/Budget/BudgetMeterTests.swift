import Reconciliation
import Store
import Testing

@Suite struct BudgetMeterTests {
    private let store: TemporaryStore
    private let now = Timestamp(seconds: 1_700_000_000)

    init() async throws {
        store = try await TemporaryStore()
    }

    private func meter(limit: Int64?, block: Int64 = 10, reserves: [Int: Int64] = [:]) -> BudgetMeter {
        BudgetMeter(
            database: store.store.database,
            key: "k",
            plan: BudgetPlan(limit: limit, reserves: reserves),
            block: block
        )
    }

    private func used() async throws -> Int64 {
        let day = BudgetDay(of: now)
        return try await store.read { try Budget.used(key: "k", day: day, on: $0) }.values.reduce(0, +)
    }

    /// How many of some tries to spend succeed.
    private func spend(_ tries: Int, on meter: BudgetMeter, lane: Int = 3, at moment: Timestamp? = nil) async throws
        -> Int
    {
        let moment = moment ?? now
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<tries { group.addTask { try await meter.spend(lane: lane, now: moment) } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    @Test func countsABlockBeforeItsFirstCall() async throws {
        let meter = meter(limit: nil)
        #expect(try await spend(1, on: meter) == 1)
        // A crash here would leave ten counted for one that was made, never the other way round.
        #expect(try await used() == 10)
        for _ in 0..<9 { #expect(try await spend(1, on: meter) == 1) }
        #expect(try await used() == 10)
        #expect(try await spend(1, on: meter) == 1)
        #expect(try await used() == 20)
    }

    @Test func neverHandsOutMoreThanTheLimit() async throws {
        let (one, two) = (meter(limit: 100), meter(limit: 100))
        async let first = spend(90, on: one)
        async let second = spend(90, on: two)
        let total = try await first + second
        // Each meter may sit on the rest of its blocks, and nobody ever gets a hundred and first call.
        #expect(total <= 100)
        let rest = try await spend(90, on: one) + spend(90, on: two)
        #expect(total + rest == 100)
        #expect(try await used() == 100)
    }

    @Test func leavesTheReserveOfEarlierLanes() async throws {
        let meter = meter(limit: 50, reserves: [1: 20])
        #expect(try await spend(60, on: meter, lane: 5) == 30)
        #expect(try await spend(60, on: meter, lane: 1) == 20)
    }

    @Test func beginsAnewWithTheDay() async throws {
        let meter = meter(limit: 5)
        #expect(try await spend(9, on: meter) == 5)
        #expect(try await spend(9, on: meter, at: BudgetDay(of: now).end) == 5)
    }

    @Test func givesBackWhatItDidNotUse() async throws {
        let meter = meter(limit: nil)
        #expect(try await spend(3, on: meter) == 3)
        try await meter.giveBack()
        #expect(try await used() == 3)
        try await meter.giveBack()
        #expect(try await used() == 3)
    }

    @Test func stopsWhenTheServiceSaysThatTheQuotaIsSpent() async throws {
        let meter = meter(limit: 100)
        #expect(try await spend(1, on: meter) == 1)
        try await meter.markSpent(now: now)
        #expect(try await spend(5, on: meter, lane: 1) == 0)
    }
}
