import Foundation
import Synchronization

/// The time that the sandbox services live by: the real time plus an offset, or a moment that stands still.
///
/// Tests set and advance it, so that a day's quota or a token's lifetime passes without waiting.
package final class SandboxClock: Sendable {
    private struct State {
        var offset: Double
        var frozenAt: Double?
    }

    private let state: Mutex<State>

    /// Makes a clock that shows `now` (epoch seconds), or the real time when `now` is nil.
    package init(now: Double? = nil, frozen: Bool = false) {
        let real = Self.realNow
        let shown = now ?? real
        state = Mutex(State(offset: shown - real, frozenAt: frozen ? shown : nil))
    }

    /// The sandbox's time in seconds since 1970.
    package var now: Double {
        state.withLock { $0.frozenAt ?? Self.realNow + $0.offset }
    }

    /// Whether time stands still until it is set or advanced.
    package var isFrozen: Bool {
        state.withLock { $0.frozenAt != nil }
    }

    /// Sets the time to an epoch second; a frozen clock stays frozen there.
    package func set(_ now: Double) {
        state.withLock { state in
            if state.frozenAt != nil { state.frozenAt = now }
            state.offset = now - Self.realNow
        }
    }

    /// Moves the time forward, or backward for a negative number of seconds.
    package func advance(by seconds: Double) {
        state.withLock { state in
            if let frozen = state.frozenAt { state.frozenAt = frozen + seconds }
            state.offset += seconds
        }
    }

    /// Makes time stand still, or run again from where it stands.
    package func setFrozen(_ frozen: Bool) {
        state.withLock { state in
            let shown = state.frozenAt ?? Self.realNow + state.offset
            state.offset = shown - Self.realNow
            state.frozenAt = frozen ? shown : nil
        }
    }

    private static var realNow: Double { Date().timeIntervalSince1970 }
}
