import Reconciliation

/// A delivery whose origin was proved, as it goes into the inbox.
package struct InboxDelivery: Hashable, Sendable {
    package var account: AccountID
    /// The kind of sender, such as `workbooks`.
    package var source: String
    /// The sender's id of the delivery; where it gives none, the digest in hexadecimal.
    package var deliveryID: String
    /// SHA-256 of the body.
    package var digest: [UInt8]
    /// The headers that matter, as a JSON object of texts.
    package var headers: String
    /// The body as it came.
    package var body: [UInt8]
    package var receivedAt: Timestamp

    package init(
        account: AccountID,
        source: String,
        deliveryID: String,
        digest: [UInt8],
        headers: String = "{}",
        body: [UInt8],
        receivedAt: Timestamp
    ) {
        self.account = account
        self.source = source
        self.deliveryID = deliveryID
        self.digest = digest
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }
}
