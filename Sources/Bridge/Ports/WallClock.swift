import Reconciliation

/// Where the engine and the clients get time from, so that tests can give it.
package protocol WallClock: Sendable {
    var now: Timestamp { get }
    /// Suspends for a span in milliseconds.
    ///
    /// - Throws: `CancellationError`.
    func sleep(milliseconds: Int64) async throws
}
