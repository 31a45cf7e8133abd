import Reconciliation

/// Reads what an accepted delivery says; the Webhooks module implements it, one file per source.
package protocol DeliveryDecoder: Sendable {
    /// The facts in a delivery; empty for a type that is accepted and ignored.
    ///
    /// - Throws: `UndecodableDelivery` when the body cannot be read: the delivery becomes a dead letter.
    func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation]
}

/// A delivery whose origin was proved and whose bytes are on disk.
package struct AcceptedDelivery: Sendable, Hashable {
    package var account: AccountID
    /// The kind of sender, such as `workbooks` or `constant-contact`.
    package var source: String
    package var deliveryID: String
    package var body: [UInt8]
    package var receivedAt: Timestamp

    package init(account: AccountID, source: String, deliveryID: String, body: [UInt8], receivedAt: Timestamp) {
        self.account = account
        self.source = source
        self.deliveryID = deliveryID
        self.body = body
        self.receivedAt = receivedAt
    }
}

/// Why a delivery could not be read, in words for `inbox list`.
package struct UndecodableDelivery: Error, Sendable, Hashable, CustomStringConvertible {
    package var reason: String
    package init(reason: String) { self.reason = reason }
    package var description: String { reason }
}
