import Reconciliation

/// An account that may send deliveries, with the keys that prove them.
package struct WebhookAccount: Sendable {
    package var id: AccountID
    package var source: WebhookSource
    /// The current key, and earlier ones while they still count; without any, every delivery is refused.
    package var keys: [SigningKey]

    package init(id: AccountID, source: WebhookSource, keys: [SigningKey]) {
        self.id = id
        self.source = source
        self.keys = keys
    }
}
