import Reconciliation

/// The sealed OAuth tokens of accounts.
///
/// A refresh is noted before its token is spent and ended by `replaceIfUnchanged`; in between, a crash leaves
/// `refreshStartedAt` set, which says that the outcome is unknown (constant-contact.md §3.3).
package enum Tokens {
    /// The tokens of an account; nil when it has none.
    ///
    /// - Throws: `KeyError.cannotUnseal` when they are damaged.
    package static func tokens(
        account: AccountID,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> TokenSet? {
        try connection.first(
            """
            SELECT refresh, access, expires_at, refresh_started_at, generation FROM token
            WHERE account = \(account)
            """
        ) { row in
            TokenSet(
                refreshToken: try sealer.openText(row.bytes(0), account: account, name: refreshName),
                accessToken: try row.optionalBytes(1).map { sealed in
                    try sealer.openText(sealed, account: account, name: accessName)
                },
                expiresAt: row.optionalInt(2).map { Timestamp(milliseconds: $0) },
                refreshStartedAt: row.optionalInt(3).map { Timestamp(milliseconds: $0) },
                generation: row.int(4)
            )
        }
    }

    /// Stores the tokens that a person's authorisation gave, in place of whatever was there.
    ///
    /// The generation rises above the one that was there, so that a refresh still under way cannot overwrite them.
    package static func authorise(
        _ tokens: TokenSet,
        account: AccountID,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws {
        let sealed = try SealedPair(tokens, account: account, sealer: sealer)
        try connection.execute(
            """
            INSERT INTO token (account, generation, refresh, access, expires_at, refresh_started_at)
            VALUES (\(account), 1, \(sealed.refresh), \(sealed.access), \(tokens.expiresAt), NULL)
            ON CONFLICT (account) DO UPDATE SET generation = token.generation + 1, refresh = excluded.refresh,
                access = excluded.access, expires_at = excluded.expires_at, refresh_started_at = NULL
            """
        )
    }

    /// Notes that a refresh is about to spend the refresh token; false when the account has no tokens.
    @discardableResult
    package static func refreshStarted(
        account: AccountID,
        at moment: Timestamp,
        on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute("UPDATE token SET refresh_started_at = \(moment) WHERE account = \(account)")
        return connection.changedRows == 1
    }

    /// Stores the answer of a refresh if the tokens are still those that it started from.
    ///
    /// - Parameters:
    ///   - tokens: the answer; its `generation` is ignored.
    ///   - generation: the generation that the refresh started from.
    ///   - account: the account.
    ///   - sealer: seals the tokens.
    ///   - connection: the connection.
    /// - Returns: the new generation; nil when somebody stored others meanwhile, and nothing was changed.
    package static func replaceIfUnchanged(
        _ tokens: TokenSet,
        since generation: Int64,
        account: AccountID,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> Int64? {
        let sealed = try SealedPair(tokens, account: account, sealer: sealer)
        try connection.execute(
            """
            UPDATE token SET generation = generation + 1, refresh = \(sealed.refresh), access = \(sealed.access),
                expires_at = \(tokens.expiresAt), refresh_started_at = \(tokens.refreshStartedAt)
            WHERE account = \(account) AND generation = \(generation)
            """
        )
        return connection.changedRows == 1 ? generation + 1 : nil
    }

    /// Removes an account's tokens.
    package static func remove(account: AccountID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM token WHERE account = \(account)")
    }

    private static let refreshName = "token.refresh"
    private static let accessName = "token.access"

    /// Both tokens, sealed.
    private struct SealedPair {
        let refresh: [UInt8]
        let access: [UInt8]?

        init(_ tokens: TokenSet, account: AccountID, sealer: Sealer) throws {
            refresh = try sealer.seal(tokens.refreshToken, account: account, name: refreshName)
            access = try tokens.accessToken.map { try sealer.seal($0, account: account, name: accessName) }
        }
    }
}
