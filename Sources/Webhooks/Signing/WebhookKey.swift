import Reconciliation

/// One of an account's signing keys, with the end of its use.
package struct WebhookKey: Sendable {
    package var key: SigningKey
    /// The first moment at which the key no longer counts; nil for the current one.
    package var expiresAt: Timestamp?

    package init(_ secret: WebhookSecret, expiresAt: Timestamp? = nil) {
        self.key = SigningKey(secret)
        self.expiresAt = expiresAt
    }

    /// Whether the key may still prove an origin.
    package func isValid(at moment: Timestamp) -> Bool {
        guard let expiresAt else { return true }
        return moment < expiresAt
    }
}
