import Bridge
import Reconciliation

/// Somebody else's clock: it runs with ours and shows another time.
package struct SkewedClock: WallClock {
    private let clock: VirtualClock
    private let milliseconds: Int64

    /// Makes a clock that is ahead of another one, or behind it.
    package init(of clock: VirtualClock, aheadBy milliseconds: Int64) {
        self.clock = clock
        self.milliseconds = milliseconds
    }

    package var now: Timestamp { Timestamp(milliseconds: clock.now.milliseconds + milliseconds) }

    package func sleep(milliseconds: Int64) async throws { try await clock.sleep(milliseconds: milliseconds) }
}
