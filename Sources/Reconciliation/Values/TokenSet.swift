/// The OAuth tokens of one account, opened.
package struct TokenSet: Hashable, Sendable {
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
