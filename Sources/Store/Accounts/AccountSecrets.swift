import Reconciliation

/// The sealed secrets of accounts: API keys, client secrets, signing secrets of others.
package enum AccountSecrets {
    /// Seals and stores a secret of an account that exists.
    package static func set(
        _ secret: String,
        named name: String,
        account: AccountID,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws {
        let sealed: [UInt8] = try sealer.seal(secret, account: account, name: name)
        try connection.execute(
            """
            INSERT INTO secret (account, name, sealed) VALUES (\(account), \(name), \(sealed))
            ON CONFLICT (account, name) DO UPDATE SET sealed = excluded.sealed
            """
        )
    }

    /// Opens a secret; nil when the account has none of that name.
    ///
    /// - Throws: `KeyError.cannotUnseal` when it is damaged.
    package static func secret(
        named name: String,
        account: AccountID,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> String? {
        try connection.first("SELECT sealed FROM secret WHERE account = \(account) AND name = \(name)") { row in
            try sealer.openText(row.bytes(0), account: account, name: name)
        }
    }

    /// The names of an account's secrets.
    package static func names(account: AccountID, on connection: any SQLConnection) throws -> [String] {
        try connection.rows("SELECT name FROM secret WHERE account = \(account) ORDER BY name") { $0.text(0) }
    }

    /// Removes a secret.
    package static func remove(named name: String, account: AccountID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM secret WHERE account = \(account) AND name = \(name)")
    }
}
