import Bridge
import Reconciliation
import Synchronization

/// A clock that stands still until a test moves it.
final class ManualClock: WallClock {
    private struct Sleeper {
        let id: Int
        let due: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Timestamp
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var lastID = 0
    }

    private let state: Mutex<State>

    init(seconds: Int64 = 1_772_357_400) {
        state = Mutex(State(now: Timestamp(seconds: seconds)))
    }

    var now: Timestamp { state.withLock { $0.now } }

    /// How many tasks sleep on this clock.
    var sleepers: Int { state.withLock { $0.sleepers.count } }

    func advance(milliseconds: Int64) {
        let due = state.withLock { state in
            state.now.milliseconds += milliseconds
            let now = state.now
            defer { state.sleepers.removeAll { $0.due <= now } }
            return state.sleepers.filter { $0.due <= now }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    func sleep(milliseconds: Int64) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(id) { return true }
                    let due = Timestamp(milliseconds: state.now.milliseconds + milliseconds)
                    state.sleepers.append(Sleeper(id: id, due: due, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.cancelled.insert(id)
                defer { state.sleepers.removeAll { $0.id == id } }
                return state.sleepers.first { $0.id == id }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
