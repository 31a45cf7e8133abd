import Bridge
import Reconciliation
import Synchronization

/// A clock that stands still until somebody sleeps or moves it.
final class VirtualClock: WallClock {
    private let time = Mutex(Timestamp(seconds: 1_800_000_000))

    var now: Timestamp { time.withLock { $0 } }

    func sleep(milliseconds: Int64) async throws {
        try Task.checkCancellation()
        advance(milliseconds: max(1, milliseconds))
        await Task.yield()
    }

    func advance(milliseconds: Int64) {
        time.withLock { $0.milliseconds += milliseconds }
    }

    func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }
}
