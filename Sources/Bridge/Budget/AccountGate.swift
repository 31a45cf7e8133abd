import Reconciliation
import Store
import Synchronization

/// An account's gate: concurrency, an adaptive pace and the durable daily budget, the more urgent lane first.
package actor AccountGate: CallGate {
    /// How an account may be called.
    package struct Limits: Sendable {
        /// Requests per second at most; the pace starts here or at `startingRate` and adapts.
        package var requestsPerSecond: Double
        package var startingRate: Double
        package var concurrency: Int

        package init(requestsPerSecond: Double, startingRate: Double? = nil, concurrency: Int) {
            self.requestsPerSecond = requestsPerSecond
            self.startingRate = startingRate ?? requestsPerSecond
            self.concurrency = concurrency
        }
    }

    private struct Waiter {
        let id: Int
        let lane: Lane
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let limits: Limits
    private let clock: any WallClock
    private let meter: BudgetMeter?
    private var rate: Double
    private var inFlight = 0
    private var nextStart: Int64 = 0
    private var pausedUntil: Int64 = 0
    private var waiters: [Waiter] = []
    private var lastWaiter = 0
    private var answeredSinceChange = 0

    /// Makes a gate.
    ///
    /// - Parameter meter: counts calls against the day's budget; nil where there is no daily limit.
    package init(limits: Limits, clock: any WallClock, meter: BudgetMeter? = nil) {
        self.limits = limits
        self.clock = clock
        self.meter = meter
        self.rate = limits.startingRate
    }

    /// How many calls wait for a place.
    package var waiting: Int { waiters.count }

    package func admit() async throws {
        let lane = Lane.current
        try await takePlace(lane)
        do {
            try await keepPace()
            // Last: a call that waited past midnight is one of the day on which it goes out.
            try await spend(lane)
        } catch {
            releasePlace()
            throw error
        }
    }

    private func spend(_ lane: Lane) async throws {
        guard let meter else { return }
        let now = clock.now
        guard try await meter.spend(lane: lane.rawValue, now: now) else {
            throw PortError(
                .quotaSpent(until: BudgetDay(of: now).end),
                operation: "call",
                detail: "the day's budget of lane \(lane.rawValue) is spent; it renews at 00:00 UTC"
            )
        }
    }

    package func finished(_ result: CallResult) async {
        releasePlace()
        switch result {
        case .answered:
            answeredSinceChange += 1
            if answeredSinceChange >= 20, rate < limits.requestsPerSecond {
                rate = min(limits.requestsPerSecond, rate * 1.25)
                answeredSinceChange = 0
            }
        case .throttled(let seconds):
            rate = max(0.2, rate / 2)
            answeredSinceChange = 0
            pausedUntil = max(pausedUntil, clock.now.milliseconds + Int64(seconds ?? 1) * 1000)
        case .quotaSpent:
            // A count that cannot be stored now is made good by the service's next refusal.
            if let meter { await Self.markSpent(meter, clock.now) }
        case .failed:
            break
        }
    }

    private static func markSpent(_ meter: BudgetMeter, _ now: Timestamp) async {
        do { try await meter.markSpent(now: now) } catch {
            // Storing failed: the next call asks the service again, which refuses it.
            return
        }
    }

    private func takePlace(_ lane: Lane) async throws {
        if inFlight < limits.concurrency, waiters.isEmpty {
            inFlight += 1
            return
        }
        lastWaiter += 1
        let id = lastWaiter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                let index = waiters.firstIndex { $0.lane > lane } ?? waiters.count
                waiters.insert(Waiter(id: id, lane: lane, continuation: continuation), at: index)
            }
        } onCancel: {
            Task { await self.giveUp(id) }
        }
    }

    private func giveUp(_ id: Int) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func releasePlace() {
        if waiters.isEmpty {
            inFlight -= 1
        } else {
            waiters.removeFirst().continuation.resume()
        }
    }

    private func keepPace() async throws {
        let now = clock.now.milliseconds
        let start = max(now, nextStart, pausedUntil)
        nextStart = start + Int64((1000 / rate).rounded())
        if start > now { try await clock.sleep(milliseconds: start - now) }
    }
}
