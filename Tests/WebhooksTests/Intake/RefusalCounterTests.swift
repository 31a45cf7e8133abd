import Logging
import Reconciliation
import Testing
import Webhooks

struct RefusalCounterTests {
    private let store = MemoryStore()
    private let clock = ManualClock()
    private let kind = RefusalCounter.Kind(account: AccountID("workbooks"), cause: .noMatchingSignature)

    private func counter() -> RefusalCounter {
        let store = store
        return RefusalCounter(clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            try store.add($0)
        }
    }

    @Test func addsCountsEverySecond() async throws {
        let counter = counter()
        let run = Task { await counter.run() }
        for _ in 0..<5 { counter.count(kind.account, kind.cause) }
        try await eventually("the counter sleeps") { clock.sleepers == 1 }
        #expect(store.refusals.isEmpty)
        clock.advance(milliseconds: 1000)
        try await eventually("the counts are added") { store.refusals == [kind: 5] }
        run.cancel()
        await run.value
    }

    @Test func savesTheLastCountsWhenItEnds() async throws {
        let counter = counter()
        let run = Task { await counter.run() }
        try await eventually("the counter sleeps") { clock.sleepers == 1 }
        counter.count(kind.account, kind.cause)
        run.cancel()
        await run.value
        #expect(store.refusals == [kind: 1])
    }

    @Test func keepsCountsThatCouldNotBeAdded() async throws {
        let counter = counter()
        counter.count(kind.account, kind.cause)
        store.setRefusing(true)
        await counter.flush()
        counter.count(kind.account, kind.cause)
        store.setRefusing(false)
        await counter.flush()
        #expect(store.refusals == [kind: 2])
    }
}
