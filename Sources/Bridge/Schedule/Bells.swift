import Reconciliation
import Synchronization

/// One bell for each worker: ringing it ends the worker's pause.
///
/// A ring while it works is not lost.
package final class Bells: Sendable {
    private let bells = Mutex<[String: Bell]>([:])

    package init() {}

    /// Ends the pause of a worker.
    package func ring(_ worker: String) {
        bell(worker).ring()
    }

    /// Ends the pauses of all workers.
    package func ringAll() {
        for bell in bells.withLock({ Array($0.values) }) { bell.ring() }
    }

    /// Whether a worker's bell has rung since its last pause, or since it was silenced.
    func hasRung(_ worker: String) -> Bool {
        bell(worker).hasRung
    }

    /// Forgets that a worker's bell has rung; for one that is about to look at everything there is.
    func silence(_ worker: String) {
        bell(worker).silence()
    }

    /// Pauses a worker until its bell rings or the span has passed, whichever comes first.
    func wait(_ worker: String, milliseconds: Int64, clock: any WallClock) async throws {
        let bell = bell(worker)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await bell.rung() }
            group.addTask { try await clock.sleep(milliseconds: milliseconds) }
            try await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private func bell(_ worker: String) -> Bell {
        bells.withLock { bells in
            if let bell = bells[worker] { return bell }
            let bell = Bell()
            bells[worker] = bell
            return bell
        }
    }
}

/// A bell with at most one listener at a time.
private final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var listener: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let listener = state.withLock { state in
            defer { state.listener = nil }
            if state.listener == nil { state.hasRung = true }
            return state.listener
        }
        listener?.resume()
    }

    var hasRung: Bool { state.withLock { $0.hasRung } }

    func silence() {
        state.withLock { $0.hasRung = false }
    }

    /// Returns at the next ring, at once when it has rung since, or when the task is cancelled.
    func rung() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumesNow = state.withLock { state in
                    if state.hasRung || Task.isCancelled {
                        state.hasRung = false
                        return true
                    }
                    state.listener = continuation
                    return false
                }
                if resumesNow { continuation.resume() }
            }
        } onCancel: {
            let listener = state.withLock { state in
                defer { state.listener = nil }
                return state.listener
            }
            listener?.resume()
        }
    }
}
