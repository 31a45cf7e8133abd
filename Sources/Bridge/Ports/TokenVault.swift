import Reconciliation

/// The OAuth tokens of one account.
package struct TokenSet: Sendable, Hashable {
    package var refreshToken: String
    /// Nil until the first refresh.
    package var accessToken: String?
    package var expiresAt: Timestamp?
    /// Set while a refresh is under way whose answer has not been stored: after a crash, its outcome is unknown.
    package var refreshStartedAt: Timestamp?
    /// Rises with every stored answer, so that a reader can tell a newer set from its own.
    package var generation: Int64

    package init(
        refreshToken: String,
        accessToken: String? = nil,
        expiresAt: Timestamp? = nil,
        refreshStartedAt: Timestamp? = nil,
        generation: Int64 = 0
    ) {
        self.refreshToken = refreshToken
        self.accessToken = accessToken
        self.expiresAt = expiresAt
        self.refreshStartedAt = refreshStartedAt
        self.generation = generation
    }
}

/// Durable keeper of one account's tokens: sealed on disk, single-flight across processes.
///
/// The order is that of constant-contact.md §3.3: note that a refresh started, spend the token, store the answer,
/// and only then use it.
package protocol TokenVault: Sendable {
    /// The tokens as they are stored now.
    func tokens() async throws -> TokenSet

    /// Runs a refresh while holding the account's refresh lease across tasks and processes.
    ///
    /// `body` gets the tokens as they are once the lease is held (another worker may have refreshed them while this
    /// one waited) and answers the new ones, which are committed before this returns; nil means that nothing is to be
    /// stored. When `body` throws, nothing is stored.
    func withRefreshLease(
        _ body: @Sendable (TokenSet) async throws -> TokenSet?
    ) async throws -> TokenSet

    /// Commits that a refresh is about to spend the refresh token. Called inside `withRefreshLease`'s body.
    func refreshStarted(at moment: Timestamp) async throws
}
