import Reconciliation

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
