import Reconciliation

/// Changes of a contact's address that its provider refused, since another contact has the address or for reasons of its
/// own: they are not asked for again, and each of the two addresses is decided by itself.
package enum RefusedChanges {
    /// Notes that a contact was not given an address.
    package static func note(
        _ contact: ContactID,
        _ address: Address,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO refused_change (account, contact, address, at)
            VALUES (\(account), \(contact), \(address.text), \(moment.milliseconds))
            ON CONFLICT (account, contact, address) DO UPDATE SET at = excluded.at
            """
        )
    }

    /// The accounts that refused to give the contact of one address another one.
    package static func accounts(
        from old: Address,
        to new: Address,
        in connection: any SQLConnection
    ) throws -> Set<AccountID> {
        Set(
            try connection.rows(
                """
                SELECT r.account FROM refused_change r JOIN contact c ON c.account = r.account AND c.id = r.contact
                WHERE r.address = \(new.text) AND c.address = \(old.text)
                """
            ) { AccountID($0.text(0)) }
        )
    }
}
