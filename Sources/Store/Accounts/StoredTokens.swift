import Reconciliation

/// The OAuth tokens of one account as the store keeps them, opened.
package struct StoredTokens: Hashable, Sendable {
    package var refreshToken: String
    /// Nil until the first refresh.
    package var accessToken: String?
    package var expiresAt: Timestamp?
    /// Set while a refresh is under way whose answer has not been stored.
    package var refreshStartedAt: Timestamp?
    /// Rises with every stored answer.
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
