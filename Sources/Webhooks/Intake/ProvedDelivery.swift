import Crypto
import Reconciliation

/// A delivery whose origin is proved and which is not on disk yet.
package struct ProvedDelivery: Sendable, Hashable {
    package var account: AccountID
    package var source: WebhookSource
    /// The sender's own id, the same on every retry; where it gives none, the body's digest in hexadecimal.
    package var id: String
    /// When the sender signed it, in seconds by the sender's clock; nil where nothing says.
    package var sentAt: Timestamp?
    package var receivedAt: Timestamp
    package let body: [UInt8]
    /// SHA-256 of the body: made by whoever has proved it, since the thread that writes serves everybody.
    package let digest: [UInt8]

    package init(
        account: AccountID,
        source: WebhookSource,
        id: String,
        sentAt: Timestamp?,
        receivedAt: Timestamp,
        body: [UInt8]
    ) {
        self.account = account
        self.source = source
        self.id = id
        self.sentAt = sentAt
        self.receivedAt = receivedAt
        self.body = body
        self.digest = Array(SHA256.hash(data: body))
    }
}
