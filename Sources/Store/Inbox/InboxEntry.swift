import Reconciliation

/// Where a delivery stands.
package enum InboxState: String, Hashable, Sendable, CaseIterable {
    /// Stored and not decided, or decided and something that it points at is still to be read. The inbox worker moves it
    /// on; a crash leaves it here.
    case waiting
    /// Decoded and recorded. An operator's replay moves it back to `waiting`.
    case done
    /// Could not be decoded; kept with its reason. An operator's replay moves it back to `waiting`.
    case dead
}

/// A delivery in the inbox, with what has become of it.
package struct InboxEntry: Hashable, Sendable {
    /// The inbox's own id; rises in the order of arrival.
    package var id: Int64
    package var delivery: InboxDelivery
    package var state: InboxState
    /// How often deciding it was put off by an error.
    package var attempts: Int
    /// It is not looked at before this moment.
    package var notBefore: Timestamp
    /// Why it is dead, or why it was put off last.
    package var error: String?
    /// When it became done or dead.
    package var decidedAt: Timestamp?

    package init(
        id: Int64,
        delivery: InboxDelivery,
        state: InboxState,
        attempts: Int,
        notBefore: Timestamp,
        error: String? = nil,
        decidedAt: Timestamp? = nil
    ) {
        self.id = id
        self.delivery = delivery
        self.state = state
        self.attempts = attempts
        self.notBefore = notBefore
        self.error = error
        self.decidedAt = decidedAt
    }
}

/// A delivery as a list shows it: without body and headers.
package struct InboxSummary: Hashable, Sendable {
    package var id: Int64
    package var account: AccountID
    package var source: String
    package var deliveryID: String
    package var receivedAt: Timestamp
    package var state: InboxState
    package var attempts: Int
    package var error: String?
    /// Length of the body.
    package var bytes: Int

    package init(
        id: Int64,
        account: AccountID,
        source: String,
        deliveryID: String,
        receivedAt: Timestamp,
        state: InboxState,
        attempts: Int,
        error: String? = nil,
        bytes: Int
    ) {
        self.id = id
        self.account = account
        self.source = source
        self.deliveryID = deliveryID
        self.receivedAt = receivedAt
        self.state = state
        self.attempts = attempts
        self.error = error
        self.bytes = bytes
    }
}

/// How many deliveries are not done.
package struct InboxCounts: Hashable, Sendable {
    package var waiting: Int
    package var dead: Int

    package init(
        waiting: Int,
        dead: Int
    ) {
        self.waiting = waiting
        self.dead = dead
    }
}
