import Reconciliation

/// Addresses whose contact at an account is to be looked for, since nobody may have read it: the one that was known by
/// the address has another one, and an import for the address may have made a contact of its own meanwhile.
///
/// An opt-out reaches contacts that were read and no others, and one that is on no list any more is found by no walk.
package enum SoughtAddresses {
    /// Has the contact of an address looked for.
    package static func add(_ address: Address, account: AccountID, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO sought_address (account, address) VALUES (\(account), \(address.text))
            ON CONFLICT (account, address) DO NOTHING
            """
        )
    }

    /// The addresses that are looked for at an account, in their order.
    ///
    /// - Parameter limit: how many at most: each costs a call.
    package static func of(
        _ account: AccountID,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [Address] {
        try connection.rows(
            "SELECT address FROM sought_address WHERE account = \(account) ORDER BY address LIMIT \(limit)"
        ) { Address(compared: $0.text(0)) }
    }

    /// Looks for an address no longer: its contact was read, or it has none.
    package static func end(_ address: Address, account: AccountID, in connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM sought_address WHERE account = \(account) AND address = \(address.text)")
    }
}
