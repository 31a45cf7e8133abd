import Bridge
import Reconciliation
import Synchronization

/// A clock that stands still until somebody sleeps or moves it.
package final class VirtualClock: WallClock {
    private let time = Mutex(Timestamp(seconds: 1_800_000_000))

    package init() {}

    package var now: Timestamp { time.withLock { $0 } }

    package func sleep(milliseconds: Int64) async throws {
        try Task.checkCancellation()
        advance(milliseconds: max(1, milliseconds))
        await Task.yield()
    }

    /// Lets time pass.
    package func advance(milliseconds: Int64) {
        time.withLock { $0.milliseconds += milliseconds }
    }

    /// Lets time pass until a moment.
    package func advance(to moment: Timestamp) { time.withLock { $0 = max($0, moment) } }

    /// Lets time pass.
    package func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }
}
