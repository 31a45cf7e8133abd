import Reconciliation

/// A time in which a source was not listened to or not polled.
package struct CoverageGap: Hashable, Sendable {
    /// How a source is heard.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// It is read again and again.
        case poll
        /// It sends deliveries to the listener.
        case webhook
    }

    /// Why there is a gap.
    package enum Cause: String, Hashable, Sendable, CaseIterable {
        /// The program was stopped in good order.
        case stopped
        /// The program ended without a word; the last tick bounds the gap.
        case killed
        /// The program ran, but the source was not read, or nothing could be put on disk.
        case missed
        /// Deliveries came with a signature of no valid secret: the sender's was stale.
        case refused
        /// The database was put back from a backup.
        case restored
        /// The account was connected again.
        case reconnected
    }

    package var id: Int64
    package var account: AccountID
    package var kind: Kind
    package var cause: Cause
    /// The last moment up to which the source is known to have been heard.
    package var beganAt: Timestamp
    /// When it was heard again; nil while it is not.
    package var endedAt: Timestamp?
    /// Whether the first reading after it is a baseline: no departures, no C5 (design §3).
    package var isBaseline: Bool
    /// Whether only a walk of everybody can close it: the source cannot be read back that far.
    package var needsWalk: Bool
    package var closedAt: Timestamp?
    /// What closed it, in words.
    package var closedBy: String?
    /// When its account was read back, where it stays open after that: its sender has yet to come again.
    package var readBackAt: Timestamp?
    /// When the first delivery of a gap of refused ones was refused; nil for the others.
    package var firstRefusedAt: Timestamp?

    package init(
        id: Int64 = 0,
        account: AccountID,
        kind: Kind,
        cause: Cause,
        beganAt: Timestamp,
        endedAt: Timestamp? = nil,
        isBaseline: Bool = false,
        needsWalk: Bool = false,
        closedAt: Timestamp? = nil,
        closedBy: String? = nil,
        readBackAt: Timestamp? = nil,
        firstRefusedAt: Timestamp? = nil
    ) {
        self.id = id
        self.account = account
        self.kind = kind
        self.cause = cause
        self.beganAt = beganAt
        self.endedAt = endedAt
        self.isBaseline = isBaseline
        self.needsWalk = needsWalk
        self.closedAt = closedAt
        self.closedBy = closedBy
        self.readBackAt = readBackAt
        self.firstRefusedAt = firstRefusedAt
    }
}
