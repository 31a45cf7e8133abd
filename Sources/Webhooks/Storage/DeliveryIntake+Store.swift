import Logging
import Reconciliation
import Store

extension DeliveryIntake {
    /// An intake that puts deliveries into a store's inbox.
    ///
    /// - Parameters:
    ///   - store: Where the inbox is.
    ///   - limits: What may wait.
    ///   - logger: Told of transactions that failed.
    ///   - wake: Called after a transaction that brought something new.
    package convenience init(
        store: Store,
        limits: IntakeLimits = IntakeLimits(),
        logger: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        self.init(
            limits: limits,
            logger: logger,
            commit: { deliveries, tell in
                store.database.write(
                    { connection in
                        try deliveries.reduce(0) { accepted, delivery in
                            try Inbox.insert(delivery.inboxRow, on: connection) == .accepted ? accepted + 1 : accepted
                        }
                    },
                    completion: tell
                )
            },
            wake: wake
        )
    }
}

extension ProvedDelivery {
    fileprivate var inboxRow: InboxDelivery {
        InboxDelivery(
            account: account,
            source: source.rawValue,
            deliveryID: id,
            digest: digest,
            headers: sentAt.map { #"{"webhook-timestamp":"\#($0.seconds)"}"# } ?? "{}",
            body: body,
            receivedAt: receivedAt
        )
    }
}
