import Reconciliation

/// An account that may send deliveries, with what proves them.
package struct WebhookAccount: Sendable {
    package var id: AccountID
    package var source: WebhookSource
    /// The current key of Standard Webhooks, and earlier ones while they still count.
    package var keys: [SigningKey]
    /// The hooks at the service itself, current ones and those that were replaced a short while ago.
    package var hooks: [WebhookHook]
    /// The only audience whose events are taken; nil where deliveries name none, or any will do.
    package var audience: String?

    /// Makes an account; without keys and hooks, every delivery is refused.
    package init(
        id: AccountID,
        source: WebhookSource,
        keys: [SigningKey],
        hooks: [WebhookHook] = [],
        audience: String? = nil
    ) {
        self.id = id
        self.source = source
        self.keys = keys
        self.hooks = hooks
        self.audience = audience
    }

    /// The hook whose address ends in a secret; nil when there is none.
    ///
    /// Every hook is compared, and in constant time, so that the time says nothing about a secret.
    func hook(withPathSecret secret: String) -> WebhookHook? {
        let given = Array(secret.utf8)
        var found: WebhookHook?
        for hook in hooks {
            guard let wanted = hook.pathSecret else { continue }
            if ConstantTime.areEqual(given, Array(wanted.utf8)) { found = hook }
        }
        return found
    }
}
