import Crypto
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
        self.init(limits: limits, logger: logger) { deliveries in
            // Hashed out here, since the writer's thread serves everybody.
            let rows = deliveries.map(\.inboxRow)
            return try await store.database.write { connection in
                try rows.reduce(0) { accepted, row in
                    try Inbox.insert(row, on: connection) == .accepted ? accepted + 1 : accepted
                }
            }
        } wake: {
            wake()
        }
    }
}

extension ProvedDelivery {
    fileprivate var inboxRow: InboxDelivery {
        InboxDelivery(
            account: account,
            source: source.rawValue,
            deliveryID: id,
            digest: Array(SHA256.hash(data: body)),
            headers: sentAt.map { #"{"webhook-timestamp":"\#($0.seconds)"}"# } ?? "{}",
            body: body,
            receivedAt: receivedAt
        )
    }
}
