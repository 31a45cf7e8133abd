/// A hook that the service itself has, as far as its deliveries are to be proved.
package struct WebhookHook: Sendable {
    /// What proves a delivery, beside the path secret where there is one.
    package enum Proof: Sendable {
        /// The signature under this key; nothing less is enough.
        case signature(HookKey)
        /// The path secret alone: the service signs nothing for this hook.
        case pathSecret
        /// Not known yet: the hook is being made, and the service's answer has its key.
        case awaited
    }

    /// The secret in which the hook's address ends; nil where the hooks of an account share one address.
    package var pathSecret: String?
    package var proof: Proof

    package init(pathSecret: String?, proof: Proof) {
        self.pathSecret = pathSecret
        self.proof = proof
    }
}
