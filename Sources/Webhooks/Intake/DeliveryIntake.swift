import Logging
import Synchronization

/// Puts proved deliveries on disk, all that wait together in one transaction.
///
/// While one transaction commits, the next deliveries gather; they form the next transaction, which is handed over
/// before anybody is told of the first, so that the store never waits for us. Nothing is answered before its commit,
/// and no more waits than `IntakeLimits` allows. A caller that is cancelled cancels nothing.
package final class DeliveryIntake: Sendable {
    /// What became of a delivery.
    package enum Outcome: Sendable, Hashable {
        /// It is on disk, now or since an earlier time.
        case committed
        /// Too much waits already; the sender should try again later.
        case full
        /// The store refused; nothing was kept, and the sender should try again later.
        case failed
    }

    /// Writes deliveries in one transaction, and tells how many of them were new once they are on disk.
    ///
    /// It does not wait, and calls its second argument once, from whatever thread.
    package typealias Commit =
        @Sendable (
            _ deliveries: [ProvedDelivery],
            _ tell: @escaping @Sendable (Result<Int, any Error>) -> Void
        ) -> Void

    private struct Waiting {
        let delivery: ProvedDelivery
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        /// Deliveries and bytes that are not on disk yet, those of the running transaction included.
        var count = 0
        var bytes = 0
        var isCommitting = false
    }

    private enum Admission {
        case refused
        case queued
        case queuedFirst
    }

    private let state = Mutex(State())
    private let limits: IntakeLimits
    private let logger: Logger
    private let commit: Commit
    private let wake: @Sendable () -> Void

    /// Makes an intake.
    ///
    /// - Parameters:
    ///   - limits: What may wait.
    ///   - logger: Told of transactions that failed.
    ///   - commit: Writes deliveries to the store.
    ///   - wake: Called after a transaction that brought something new.
    package init(
        limits: IntakeLimits = IntakeLimits(),
        logger: Logger,
        commit: @escaping Commit,
        wake: @escaping @Sendable () -> Void
    ) {
        self.limits = limits
        self.logger = logger
        self.commit = commit
        self.wake = wake
    }

    /// Deliveries that are not on disk yet, those of the running transaction included.
    package var waitingDeliveries: Int { state.withLock { $0.count } }

    /// Puts a delivery on disk; suspends until it is there or cannot be.
    package func accept(_ delivery: ProvedDelivery) async -> Outcome {
        await withCheckedContinuation { continuation in
            switch admit(Waiting(delivery: delivery, continuation: continuation)) {
            case .refused: continuation.resume(returning: .full)
            case .queued: break
            case .queuedFirst: commitWaiting()
            }
        }
    }

    private func admit(_ waiting: Waiting) -> Admission {
        state.withLock { state in
            let bytes = waiting.delivery.body.count
            guard state.count < limits.waitingDeliveries, state.bytes + bytes <= limits.waitingBytes else {
                return .refused
            }
            state.count += 1
            state.bytes += bytes
            state.waiting.append(waiting)
            if state.isCommitting { return .queued }
            state.isCommitting = true
            return .queuedFirst
        }
    }

    /// Hands over everything that waits.
    private func commitWaiting() {
        guard let batch = nextBatch() else { return }
        commit(batch.map(\.delivery)) { result in
            self.forget(batch)
            self.commitWaiting()
            self.tell(batch, of: result)
        }
    }

    private func nextBatch() -> [Waiting]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isCommitting = false
                return nil
            }
            defer { state.waiting.removeAll(keepingCapacity: false) }
            return state.waiting
        }
    }

    private func forget(_ batch: [Waiting]) {
        let bytes = batch.reduce(0) { $0 + $1.delivery.body.count }
        state.withLock { state in
            state.count -= batch.count
            state.bytes -= bytes
        }
    }

    private func tell(_ batch: [Waiting], of result: Result<Int, any Error>) {
        let outcome: Outcome
        switch result {
        case .success(let new):
            outcome = .committed
            if new > 0 { wake() }
        case .failure(let error):
            outcome = .failed
            logger.error(
                "Deliveries could not be committed; their senders were asked to try again",
                metadata: ["delivery.count": "\(batch.count)", "error": "\(error)"]
            )
        }
        for waiting in batch { waiting.continuation.resume(returning: outcome) }
    }
}
