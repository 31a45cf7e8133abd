import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@testable import Bridge

/// Deliveries in the inbox: what they say, and what they only point at.
@Suite struct DeliveryTests {
    @Test func anOptOutIsOnTheLedgerWhileTheCRMHangs() async throws {
        let rig = try await Rig()
        let people = (1...40).map { rig.add(Int64($0), "p\($0)@example.org") }
        try await rig.start()
        for person in people { try await rig.deliver([.changeHinted(.record(person))], from: Rig.crm) }
        try await rig.relay("p40@example.org")
        let crm = Stall()
        rig.faults.onCall { if $0 == "crm.records" { await crm.wait() } }
        let (engine, decoder) = (rig.engine, rig.decoder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await engine.workInbox(decoder: decoder) }
            await crm.reached()
            #expect(try await rig.isOptedOut("p40@example.org"))
            // So is one that comes meanwhile.
            try await rig.relay("p1@example.org")
            while try await engine.recordDeliveries(decoder: decoder) > 0 {}
            #expect(try await rig.isOptedOut("p1@example.org"))
            crm.end()
            try await group.waitForAll()
        }
        rig.faults.onCall(nil)
        try await rig.calm()
        #expect(try await rig.waitingDeliveries() == 0)
    }

    @Test func theSchedulerRecordsOptOutsWhileTheCRMHangs() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.deliver([.changeHinted(.record(person))], from: Rig.crm)
        let crm = Stall()
        rig.faults.onCall { if $0.hasPrefix("crm.") { await crm.wait() } }
        let scheduler = Scheduler(engine: rig.engine, decoder: rig.decoder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await scheduler.run() }
            await crm.reached()
            try await rig.relay("ada@example.org")
            // However long it takes on a busy machine: the test fails only where it never comes.
            while try await !rig.isOptedOut("ada@example.org") { await Task.yield() }
            crm.end()
            group.cancelAll()
            while let ended = await group.nextResult() { _ = ended }
        }
        rig.faults.onCall(nil)
    }

    @Test func aProvidersHintsAreFollowedWhileTheCRMHangs() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.deliver([.changeHinted(.contact(Rig.cc, Address(compared: "ada@example.org")))], from: Rig.cc)
        try await rig.deliver([.changeHinted(.record(person))], from: Rig.crm)
        let crm = Stall()
        rig.faults.onCall { if $0 == "crm.records" { await crm.wait() } }
        let (engine, decoder) = (rig.engine, rig.decoder)
        rig.cc.personUnsubscribes("ada@example.org")
        try await withThrowingTaskGroup(of: Void.self) { group in
            while try await engine.recordDeliveries(decoder: decoder) > 0 {}
            group.addTask { _ = try await engine.followHints(of: Rig.crm, decoder: decoder) }
            await crm.reached()
            #expect(try await engine.followHints(of: Rig.cc, decoder: decoder) == 1)
            #expect(try await rig.isOptedOut("ada@example.org"))
            crm.end()
            try await group.waitForAll()
        }
    }

    @Test func factsAreRecordedOnceHoweverOftenTheHintsFail() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        let report = OptOutReport(
            account: Rig.cc,
            address: Address(compared: "ada@example.org"),
            by: .person,
            occurredAt: rig.clock.now
        )
        try await rig.deliver([.optOutReported(report), .changeHinted(.record(person))])
        rig.faults.onCall { if $0 == "crm.records" { throw PortError(.unavailable, operation: $0, detail: "down") } }
        _ = try await rig.engine.workInbox(decoder: rig.decoder)
        #expect(try await rig.events("ada@example.org").count == 1)
        #expect(try await rig.waitingDeliveries() == 1)
        // It is not due yet; then it is, and later each time.
        #expect(try await rig.engine.workInbox(decoder: rig.decoder) == 0)
        rig.clock.advance(seconds: 5)
        #expect(try await rig.engine.workInbox(decoder: rig.decoder) == 1)
        rig.clock.advance(seconds: 5)
        #expect(try await rig.engine.workInbox(decoder: rig.decoder) == 0)
        rig.faults.onCall(nil)
        rig.clock.advance(seconds: 5)
        #expect(try await rig.engine.workInbox(decoder: rig.decoder) == 1)
        #expect(try await rig.waitingDeliveries() == 0)
        #expect(try await rig.events("ada@example.org").count == 1)
    }

    @Test func whatWasPutOffDoesNotComeBeforeWhatNobodyHasTried() async throws {
        let rig = try await Rig()
        let people = (1...40).map { rig.add(Int64($0), "p\($0)@example.org") }
        try await rig.start()
        for person in people { try await rig.deliver([.changeHinted(.record(person))], from: Rig.crm) }
        rig.faults.plan(.unavailable, of: "crm.records")
        _ = try await rig.engine.workInbox(decoder: rig.decoder)
        #expect(try await rig.waitingDeliveries() == 40)
        rig.clock.advance(seconds: 60)
        #expect(try await rig.engine.followHints(of: Rig.crm, decoder: rig.decoder) == 32)
        // The eight that had not been tried are among them.
        let waiting = try await rig.store.database.read {
            try Inbox.list(state: .waiting, limit: 50, on: $0).map(\.deliveryID)
        }
        #expect(waiting.count == 8)
        #expect(!waiting.contains("delivery-40"))
    }

    @Test func oneThatCannotBeReadDoesNotKeepTheOthers() async throws {
        let rig = try await Rig()
        let people = (1...5).map { rig.add(Int64($0), "p\($0)@example.org") }
        try await rig.start()
        for person in people { try await rig.deliver([.changeHinted(.record(person))], from: Rig.crm) }
        // Together, and then the third alone.
        let calls = Mutex(0)
        rig.faults.onCall { name in
            guard name == "crm.records" else { return }
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            if call == 1 || call == 4 { throw PortError(.refused, operation: name, detail: "not this one") }
        }
        _ = try await rig.engine.workInbox(decoder: rig.decoder)
        #expect(try await rig.waitingDeliveries() == 1)
        rig.clock.advance(seconds: 5)
        _ = try await rig.engine.workInbox(decoder: rig.decoder)
        #expect(try await rig.waitingDeliveries() == 0)
    }

    @Test func waitsLongerEachTime() {
        #expect((0...8).map { HintedDelivery.secondsUntilRetry(after: $0) } == [5, 10, 20, 40, 80, 160, 320, 320, 320])
    }
}

/// A service that does not answer: who asks waits until it ends.
private final class Stall: Sendable {
    private struct State {
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watching: [CheckedContinuation<Void, Never>] = []
        var isReached = false
    }

    private let state = Mutex(State())

    func wait() async {
        await withCheckedContinuation { continuation in
            let (goesOn, watching) = state.withLock { state in
                state.isReached = true
                defer { state.watching = [] }
                if !state.hasEnded { state.waiting.append(continuation) }
                return (state.hasEnded, state.watching)
            }
            for watcher in watching { watcher.resume() }
            if goesOn { continuation.resume() }
        }
    }

    /// Returns when somebody waits.
    func reached() async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if !state.isReached { state.watching.append(continuation) }
                return state.isReached
            }
            if isReached { continuation.resume() }
        }
    }

    /// Answers everybody, from now on at once.
    func end() {
        let waiting = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }
}

extension Rig {
    func waitingDeliveries() async throws -> Int {
        try await store.database.read { try Inbox.counts(on: $0).waiting }
    }
}
