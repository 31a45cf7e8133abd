import Logging
import Reconciliation
import Testing
import Webhooks

struct DeliveryIntakeTests {
    private let store = MemoryStore()
    private let wakes = Wakes()

    private func intake(_ limits: IntakeLimits = IntakeLimits()) -> DeliveryIntake {
        let (store, wakes) = (store, wakes)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return DeliveryIntake(limits: limits, logger: logger, commit: store.commit) { wakes.add() }
    }

    private func delivery(_ number: Int, bytes: Int = 2) -> ProvedDelivery {
        ProvedDelivery(
            account: AccountID("workbooks"),
            source: .workbooks,
            id: "msg_\(number)",
            sentAt: Timestamp(seconds: 0),
            receivedAt: Timestamp(seconds: 0),
            body: Array(repeating: 0, count: bytes)
        )
    }

    @Test func commitsTogetherWhateverGathersDuringACommit() async throws {
        let intake = intake()
        store.hold()
        try await withThrowingTaskGroup(of: DeliveryIntake.Outcome.self) { group in
            group.addTask { await intake.accept(delivery(0)) }
            try await eventually("the first commit began") { store.heldCommits == 1 }
            for number in 1...50 { group.addTask { await intake.accept(delivery(number)) } }
            try await eventually("the others wait") { intake.waitingDeliveries == 51 }
            store.release()
            for try await outcome in group { #expect(outcome == .committed) }
        }
        #expect(store.transactions == [1, 50])
        #expect(store.deliveries.count == 51)
        #expect(wakes.count == 2)
        #expect(intake.waitingDeliveries == 0)
    }

    @Test func isFullAtItsBoundOfDeliveries() async throws {
        var limits = IntakeLimits()
        limits.waitingDeliveries = 3
        let intake = intake(limits)
        store.hold()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 { group.addTask { #expect(await intake.accept(delivery(number)) == .committed) } }
            try await eventually("three wait") { intake.waitingDeliveries == 3 }
            #expect(await intake.accept(delivery(3)) == .full)
            store.release()
            try await group.waitForAll()
        }
        #expect(await intake.accept(delivery(4)) == .committed)
        #expect(store.deliveries.count == 4)
    }

    @Test func isFullAtItsBoundOfBytes() async throws {
        var limits = IntakeLimits()
        limits.waitingBytes = 100
        let intake = intake(limits)
        store.hold()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { #expect(await intake.accept(delivery(0, bytes: 60)) == .committed) }
            try await eventually("one waits") { intake.waitingDeliveries == 1 }
            #expect(await intake.accept(delivery(1, bytes: 41)) == .full)
            store.release()
            try await group.waitForAll()
        }
        #expect(await intake.accept(delivery(2, bytes: 100)) == .committed)
        #expect(await intake.accept(delivery(3, bytes: 101)) == .full)
    }

    @Test func tellsOfARefusalAndGoesOn() async throws {
        let intake = intake()
        store.setRefusing(true)
        #expect(await intake.accept(delivery(0)) == .failed)
        #expect(wakes.count == 0)
        store.setRefusing(false)
        #expect(await intake.accept(delivery(0)) == .committed)
        #expect(wakes.count == 1)
    }

    @Test func doesNotWakeAnybodyForARepeatedDelivery() async throws {
        let intake = intake()
        #expect(await intake.accept(delivery(0)) == .committed)
        #expect(await intake.accept(delivery(0)) == .committed)
        #expect(store.deliveries.count == 1)
        #expect(wakes.count == 1)
    }

    @Test func commitsThoughTheCallerIsCancelled() async throws {
        let intake = intake()
        store.hold()
        let caller = Task { await intake.accept(delivery(0)) }
        try await eventually("the commit began") { store.heldCommits == 1 }
        caller.cancel()
        store.release()
        #expect(await caller.value == .committed)
        #expect(store.deliveries.count == 1)
    }
}
