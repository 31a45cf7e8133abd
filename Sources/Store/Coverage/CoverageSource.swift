import Reconciliation

/// How far one source of an account has been heard.
package struct CoverageSource: Hashable, Sendable {
    package var account: AccountID
    package var kind: CoverageGap.Kind
    /// Since when it is heard; at a poll, everything that stood then was read.
    package var coveredFrom: Timestamp
    /// The last moment at which it is known to have been heard: the start of the last whole reading, or the listener's
    /// last sign of life.
    package var tickAt: Timestamp
    /// Whether a process says that it hears the source; one that was killed says so still.
    package var isRunning: Bool

    package init(
        account: AccountID,
        kind: CoverageGap.Kind,
        coveredFrom: Timestamp,
        tickAt: Timestamp,
        isRunning: Bool
    ) {
        self.account = account
        self.kind = kind
        self.coveredFrom = coveredFrom
        self.tickAt = tickAt
        self.isRunning = isRunning
    }
}
