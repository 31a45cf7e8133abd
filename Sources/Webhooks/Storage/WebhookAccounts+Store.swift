import Bridge
import Store

extension WebhookAccounts {
    /// The accounts of a store that send deliveries, with the secrets that hold now.
    package convenience init(store: Store, clock: any WallClock) {
        self.init(clock: clock) {
            let now = clock.now
            return try await store.database.read { connection in
                try Accounts.all(on: connection).compactMap { account in
                    guard let source = WebhookSource(rawValue: account.kind) else { return nil }
                    let secrets = try WebhookSecrets.valid(
                        account: account.name,
                        now: now,
                        sealer: store.sealer,
                        on: connection
                    )
                    return WebhookAccount(
                        id: account.name,
                        source: source,
                        keys: try secrets.map { SigningKey(try WebhookSecret(text: $0)) }
                    )
                }
            }
        }
    }
}
