import Synchronization

/// Counts what happens to the listener's connections, for metrics and for the health page.
package final class TLSListenerStatistics: Sendable {
    /// The counts at one moment.
    ///
    /// All but `open` only grow.
    package struct Counts: Equatable, Sendable {
        /// Connections that are open now, those in their handshake included.
        package var open = 0
        /// Connections that were let in.
        package var accepted = 0
        /// Connections that were closed at once because there were too many in total.
        package var refusedInTotal = 0
        /// Connections that were closed at once because there were too many from their address.
        package var refusedPerAddress = 0
        /// Handshakes that were completed.
        package var handshakes = 0
        /// Of these, those that resumed a session.
        package var resumed = 0
        /// Handshakes that failed: no common version or suite, no or a wrong client certificate, not TLS at all.
        package var failedHandshakes = 0
        package var handshakeTimeouts = 0
        package var headerTimeouts = 0
        package var bodyTimeouts = 0
        package var idleTimeouts = 0
        /// Connections that were cut when the time for draining was over.
        package var cutWhileDraining = 0
    }

    private let state = Mutex(Counts())

    package init() {}

    package var counts: Counts {
        state.withLock { $0 }
    }

    func count(_ change: (inout Counts) -> Void) {
        state.withLock { change(&$0) }
    }
}
