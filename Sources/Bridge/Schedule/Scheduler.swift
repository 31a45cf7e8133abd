import Logging
import Reconciliation
import ServiceLifecycle
import Store

/// The loops that call the engine's passes, for as long as the service runs.
///
/// Each account has workers of its own, so that a slow or broken one holds up no other; each pass is level-triggered,
/// so that a pass that fails is made good by the next one.
package struct Scheduler: Service {
    package let engine: Engine
    private let decoder: any DeliveryDecoder

    package init(engine: Engine, decoder: any DeliveryDecoder) {
        self.engine = engine
        self.decoder = decoder
    }

    /// Runs until the service shuts down or the task is cancelled.
    package func run() async throws {
        try await engine.pollingStarts()
        try await engine.recoverProviders()
        await cancelWhenGracefulShutdown { await work() }
        try await engine.pollingStops()
    }

    private func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await loop(WorkerName.inbox, account: nil) { try await inboxPass() } }
            // What deliveries point at is read apart from them, and apart for each account: an opt-out is on the ledger
            // however long a service takes to answer.
            for account in engine.hintedAccounts {
                group.addTask {
                    await loop(WorkerName.hints(account), account: nil) { try await hintsPass(account) }
                }
            }
            group.addTask { await loop(WorkerName.clocks, account: nil) { try await clocksPass() } }
            group.addTask {
                var poll = PollTimer()
                var hasRecovered = false
                await loop(WorkerName.crm, account: engine.crmAccount) {
                    if !hasRecovered {
                        try await engine.recoverCRM()
                        hasRecovered = true
                    }
                    return try await crmPass(&poll)
                }
            }
            for account in engine.providerAccounts {
                group.addTask {
                    var poll = PollTimer()
                    await loop(WorkerName.urgent(account), account: account) { try await urgentPass(account, &poll) }
                }
                group.addTask {
                    await loop(WorkerName.links(account), account: account) { try await linksPass(account) }
                }
                group.addTask {
                    await loop(WorkerName.reports(account), account: account) {
                        try await engine.readReports(of: account)
                    }
                }
                group.addTask {
                    var pause = ActivityPause()
                    await loop(WorkerName.activities(account), account: account) {
                        pause.milliseconds(underWay: try await engine.watchActivities(of: account))
                    }
                }
            }
        }
    }

    /// Calls a pass again and again: after the pause that it answers, or at once when its bell rings.
    private func loop(
        _ worker: String,
        account: AccountID?,
        _ pass: () async throws -> Int64
    ) async {
        var failures = 0
        while !Task.isCancelled {
            var pause: Int64
            do {
                pause = try await pass()
                failures = 0
            } catch is CancellationError {
                return
            } catch {
                failures += 1
                pause = await engine.failurePause(after: error, failures: failures, account: account, worker: worker)
            }
            do {
                if failures > 0 {
                    try await engine.clock.sleep(milliseconds: pause)
                } else {
                    try await engine.bells.wait(worker, milliseconds: pause, clock: engine.clock)
                }
            } catch { return }
        }
    }

    /// Records what waits in the inbox.
    ///
    /// A pass that found as much as it takes, and during which more came in, rests for nine times as long as it took:
    /// what comes in waits for the same writer, and nobody is answered before that. What was accepted is safe, so
    /// recording takes a tenth of the writer's time as long as a flood lasts, and all of it afterwards.
    private func inboxPass() async throws -> Int64 {
        while true {
            let started = ContinuousClock.now
            engine.bells.silence(WorkerName.inbox)
            let taken = try await engine.recordDeliveries(decoder: decoder)
            if taken == 0 { return 1_000 }
            guard taken == Engine.inboxRound, engine.bells.hasRung(WorkerName.inbox) else { continue }
            let took = (ContinuousClock.now - started) / .milliseconds(1)
            try await engine.clock.sleep(milliseconds: Int64((9 * took).rounded(.up)))
        }
    }

    private func hintsPass(_ account: AccountID) async throws -> Int64 {
        while try await engine.followHints(of: account, decoder: decoder) > 0 {}
        return 1_000
    }

    private func crmPass(_ poll: inout PollTimer) async throws -> Int64 {
        if try await engine.isPollDue(&poll, of: engine.crmAccount) { try await engine.readCRM() }
        while try await engine.pushCRM().sent > 0 {}
        return 1_000
    }

    private func urgentPass(_ account: AccountID, _ poll: inout PollTimer) async throws -> Int64 {
        if try await engine.isPollDue(&poll, of: account) {
            try await engine.readOptOuts(of: account)
            try await engine.readUnsubscribed(of: account)
        }
        while try await engine.pushProvider(account, lanes: 1...3).sent > 0 {}
        return 1_000
    }

    private func linksPass(_ account: AccountID) async throws -> Int64 {
        try await engine.runDueLinks(of: account)
        while try await engine.pushProvider(account, lanes: 4...5).sent > 0 {}
        try await engine.refreshDigests(of: account)
        return 1_000
    }

    private func clocksPass() async throws -> Int64 {
        try await engine.settleClocks()
        try await engine.warnOfLateOptOuts()
        return 30_000
    }
}

/// When an account was polled last in this process.
package struct PollTimer: Sendable {
    var last: Timestamp?
    package init() {}
}

/// How long to wait before bulk changes are looked at again: soon at first, then longer and longer.
struct ActivityPause {
    private var looks: Int64 = 0

    mutating func milliseconds(underWay count: Int) -> Int64 {
        if count == 0 {
            looks = 0
            return 5_000
        }
        looks += 1
        return min(30_000, 150 * looks * looks)
    }
}
