import Synchronization

/// How often each route of a service was called: what tests of cost look at.
package final class CallCounter: Sendable {
    private let calls = Mutex<[String: Int]>([:])

    /// Makes a counter at zero.
    package init() {}

    /// Counts one call of a route such as `GET /v3/contacts/{id}`.
    package func count(_ route: String) {
        calls.withLock { $0[route, default: 0] += 1 }
    }

    /// The calls of each route since the last reset.
    package var counts: [String: Int] { calls.withLock { $0 } }

    /// Starts again from zero.
    package func reset() {
        calls.withLock { $0.removeAll() }
    }
}
