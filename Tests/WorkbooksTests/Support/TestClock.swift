import Bridge
import Reconciliation
import Synchronization

/// A clock that moves only when it is told to, or when somebody sleeps by it.
final class TestClock: WallClock {
    private let state: Mutex<(now: Timestamp, slept: [Int64])>

    init(seconds: Int64 = 1_756_200_000) {
        state = Mutex((Timestamp(seconds: seconds), []))
    }

    var now: Timestamp { state.withLock(\.now) }

    /// The pauses so far, in milliseconds.
    var slept: [Int64] { state.withLock(\.slept) }

    func advance(seconds: Int64) {
        state.withLock { $0.now = $0.now.advanced(bySeconds: seconds) }
    }

    func sleep(milliseconds: Int64) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.slept.append(milliseconds)
            state.now.milliseconds += milliseconds
        }
    }
}
