import Reconciliation
import Store

/// Keeps an account's tokens in the store, sealed; refreshes are single-flight across tasks and processes by a file
/// lock in the data directory.
package struct StoreTokenVault: TokenVault {
    private let store: Store
    private let account: AccountID

    package init(store: Store, account: AccountID) {
        self.store = store
        self.account = account
    }

    package func tokens() async throws -> TokenSet {
        let (account, sealer) = (account, store.sealer)
        let stored = try await store.database.read {
            try Tokens.tokens(account: account, sealer: sealer, on: $0)
        }
        guard let stored else {
            throw PortError(
                .needsAuthorisation,
                operation: "read tokens",
                detail: "no refresh token is stored for \(account); run causeway connect again"
            )
        }
        return stored
    }

    package func withRefreshLease(
        _ body: @Sendable (TokenSet) async throws -> TokenSet?
    ) async throws -> TokenSet {
        let lock = try await store.lock("refresh-\(account)")
        // The lock is held as long as its object lives.
        defer { withExtendedLifetime(lock) {} }
        let current = try await tokens()
        guard let new = try await body(current) else { return current }
        let (account, sealer) = (account, store.sealer)
        var ended = new
        ended.refreshStartedAt = nil
        let stored = ended
        _ = try await store.database.write { connection in
            try Tokens.replaceIfUnchanged(
                stored,
                since: current.generation,
                account: account,
                sealer: sealer,
                on: connection
            )
        }
        return try await tokens()
    }

    package func refreshStarted(at moment: Timestamp) async throws {
        let account = account
        _ = try await store.database.write { try Tokens.refreshStarted(account: account, at: moment, on: $0) }
    }
}
