import Bridge
import Reconciliation
import Simulation
import Store
import Testing

@Suite struct AccountGateTests {
    private let clock = VirtualClock()

    @Test func theMoreUrgentLaneGoesFirst() async throws {
        let gate = AccountGate(limits: .init(requestsPerSecond: 1000, concurrency: 1), clock: clock)
        try await gate.admit()
        let order = Seen<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in [Lane.verification, .bulkLoads, .removals, .optOuts] {
                group.addTask {
                    try await Lane.$current.withValue(lane) {
                        try await gate.admit()
                        order.note(lane.rawValue)
                        await gate.finished(.answered)
                    }
                }
            }
            let deadline = ContinuousClock.now + .seconds(10)
            while await gate.waiting < 4, ContinuousClock.now < deadline { await Task.yield() }
            await gate.finished(.answered)
            try await group.waitForAll()
        }
        #expect(order.all == [1, 2, 4, 5])
    }

    @Test func tooFastHalvesThePaceAndPauses() async throws {
        let gate = AccountGate(limits: .init(requestsPerSecond: 4, concurrency: 1), clock: clock)
        func pause() async throws -> Int64 {
            try await gate.admit()
            await gate.finished(.answered)
            let start = clock.now.milliseconds
            try await gate.admit()
            await gate.finished(.answered)
            return clock.now.milliseconds - start
        }
        #expect(try await pause() == 250)
        try await gate.admit()
        await gate.finished(.throttled(retryAfterSeconds: 3))
        let throttled = clock.now.milliseconds
        try await gate.admit()
        await gate.finished(.answered)
        #expect(clock.now.milliseconds - throttled >= 3000)
        #expect(try await pause() == 500)
    }

    @Test func aSpentQuotaParksTheBulkLanesAndKeepsTheReserveOfOptOuts() async throws {
        let directory = try TemporaryDirectory()
        let store = try await Store.open(dataDirectory: directory.path)
        let meter = BudgetMeter(
            database: store.database,
            key: "k",
            plan: BudgetPlan(limit: 10, reserves: [1: 4]),
            block: 1
        )
        let gate = AccountGate(limits: .init(requestsPerSecond: 1000, concurrency: 4), clock: clock, meter: meter)
        func call(_ lane: Lane) async throws {
            try await Lane.$current.withValue(lane) { try await gate.admit() }
            await gate.finished(.answered)
        }
        for _ in 1...6 { try await call(.bulkLoads) }
        let error = await #expect(throws: PortError.self) { try await call(.bulkLoads) }
        #expect(error?.code == .quotaSpent(until: BudgetDay(of: clock.now).end))
        for _ in 1...4 { try await call(.optOuts) }
        clock.advance(seconds: 86_400)
        try await call(.bulkLoads)
    }

    @Test func aCallThatWaitedPastMidnightIsOneOfTheNewDay() async throws {
        let directory = try TemporaryDirectory()
        let store = try await Store.open(dataDirectory: directory.path)
        let meter = BudgetMeter(database: store.database, key: "k", plan: BudgetPlan(limit: 10), block: 1)
        let gate = AccountGate(limits: .init(requestsPerSecond: 0.1, concurrency: 2), clock: clock, meter: meter)
        clock.advance(to: BudgetDay(of: clock.now).end)
        clock.advance(seconds: 86_395)
        let before = BudgetDay(of: clock.now)
        for _ in 1...2 {
            try await gate.admit()
            await gate.finished(.answered)
        }
        let after = BudgetDay(of: clock.now)
        #expect(after > before)
        for day in [before, after] {
            let used = try await store.database.read { try Budget.used(key: "k", day: day, on: $0) }
            #expect(used.values.reduce(0, +) == 1)
        }
    }

    @Test func aCancelledCallGivesItsPlaceBack() async throws {
        let gate = AccountGate(limits: .init(requestsPerSecond: 1000, concurrency: 1), clock: clock)
        try await gate.admit()
        let waiter = Task { try await gate.admit() }
        let deadline = ContinuousClock.now + .seconds(10)
        while await gate.waiting < 1, ContinuousClock.now < deadline { await Task.yield() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        await gate.finished(.answered)
        try await gate.admit()
    }
}
