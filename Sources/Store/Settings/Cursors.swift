import Reconciliation

/// How far each source of each account has been read.
///
/// A position is a JSON text whose shape is its reader's own. It is stored in the transaction that stores what was
/// read, so that neither runs ahead of the other.
package enum Cursors {
    /// The position of a source; nil when it was never read.
    package static func position(
        of source: String,
        account: AccountID,
        on connection: any SQLConnection
    ) throws -> String? {
        try connection.first(
            "SELECT position FROM cursor WHERE account = \(account) AND source = \(source)"
        ) { $0.text(0) }
    }

    /// Stores the position of a source.
    package static func set(
        _ position: String,
        of source: String,
        account: AccountID,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO cursor (account, source, position) VALUES (\(account), \(source), \(position))
            ON CONFLICT (account, source) DO UPDATE SET position = excluded.position
            """
        )
    }

    /// Forgets the position of a source, so that it is read from the start.
    package static func remove(source: String, account: AccountID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM cursor WHERE account = \(account) AND source = \(source)")
    }

    /// Every position of an account, by source.
    package static func all(account: AccountID, on connection: any SQLConnection) throws -> [String: String] {
        var positions: [String: String] = [:]
        try connection.forEach("SELECT source, position FROM cursor WHERE account = \(account)") { row in
            positions[row.text(0)] = row.text(1)
        }
        return positions
    }
}
