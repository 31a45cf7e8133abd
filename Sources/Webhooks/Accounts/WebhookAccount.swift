import Reconciliation

/// An account that may send deliveries, with the keys that prove them.
package struct WebhookAccount: Sendable {
    package var id: AccountID
    package var source: WebhookSource
    /// The current key, and the previous one while it still counts. Without keys every delivery is refused.
    package var keys: [WebhookKey]

    package init(id: AccountID, source: WebhookSource, keys: [WebhookKey]) {
        self.id = id
        self.source = source
        self.keys = keys
    }
}
