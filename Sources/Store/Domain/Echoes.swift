import Reconciliation

/// How many of Causeway's own writes came back in reads and were absorbed.
package enum Echoes {
    /// Counts one.
    package static func count(account: AccountID, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO echo_count (account, count) VALUES (\(account.rawValue), 1)
            ON CONFLICT (account) DO UPDATE SET count = count + 1
            """
        )
    }

    /// The count of an account.
    package static func of(_ account: AccountID, in connection: any SQLConnection) throws -> Int64 {
        try connection.value("SELECT count FROM echo_count WHERE account = \(account.rawValue)") ?? 0
    }
}
