import Bridge
import Foundation
import Logging
import Reconciliation
import Store

extension WebhookAccounts {
    /// The accounts of a store that send deliveries, with the secrets that hold now.
    package convenience init(store: Store, clock: any WallClock, logger: Logger) {
        self.init(clock: clock, logger: logger) {
            let now = clock.now
            return try await store.database.read { connection in
                try Accounts.all(on: connection).compactMap { account in
                    guard let source = WebhookSource(rawValue: account.kind) else { return nil }
                    return try WebhookAccount(account, source: source, now: now, sealer: store.sealer, on: connection)
                }
            }
        }
    }
}

extension WebhookAccount {
    fileprivate init(
        _ account: Account,
        source: WebhookSource,
        now: Timestamp,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws {
        let secrets = try WebhookSecrets.valid(account: account.name, now: now, sealer: sealer, on: connection)
        let hooks = try Hooks.all(account: account.name, now: now, sealer: sealer, on: connection)
        self.init(
            id: account.name,
            source: source,
            keys: try secrets.map { SigningKey(try WebhookSecret(text: $0)) },
            hooks: hooks.map(WebhookHook.init),
            audience: try JSONDecoder().decode(AudienceSetting.self, from: Data(account.settings.utf8)).audience
        )
    }
}

extension WebhookHook {
    /// A hook as the store has it.
    init(_ hook: Hook) {
        let key = hook.signingSecret.map { Proof.signature(HookKey($0)) }
        self.init(pathSecret: hook.pathSecret, proof: key ?? (hook.state == .creating ? .awaited : .pathSecret))
    }
}

/// The one thing in an account's settings that bears on its deliveries.
private struct AudienceSetting: Decodable {
    var audience: String?
}
