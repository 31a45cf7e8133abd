import Reconciliation

/// Contacts whose address a person changed at the provider (C11).
package enum MovedContacts {
    /// A change that was noted.
    package struct Row: Sendable, Hashable {
        package var old: Address
        package var new: Address
    }

    /// Notes that a contact has another address now; one that has its old address back is none any more.
    ///
    /// A contact that moves on keeps its first address: it is the one that the CRM knows.
    ///
    /// - Returns: whether the contact is moved.
    package static func note(
        _ contact: ContactID,
        from old: Address,
        to new: Address,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        if let known = try find(contact, account: account, in: connection), known.old == new {
            try forget(contact, account: account, in: connection)
            return false
        }
        try connection.execute(
            """
            INSERT INTO moved_contact (account, contact, old, new, at, is_decided)
            VALUES (\(account.rawValue), \(contact.rawValue), \(old.text), \(new.text), \(moment.milliseconds), 0)
            ON CONFLICT (account, contact) DO UPDATE SET new = excluded.new, at = excluded.at, is_decided = 0
            """
        )
        return true
    }

    /// The change of one contact.
    package static func find(
        _ contact: ContactID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Row? {
        try connection.first(
            """
            SELECT old, new FROM moved_contact
            WHERE account = \(account.rawValue) AND contact = \(contact.rawValue)
            """
        ) { Row(old: Address(compared: $0.text(0)), new: Address(compared: $0.text(1))) }
    }

    /// The contacts that had one of the addresses at the account.
    package static func of(
        _ addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Address: MovedContact] {
        var found: [Address: MovedContact] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT old, contact, new FROM moved_contact
                WHERE old IN \(list: texts) AND account = \(account.rawValue)
                """
            ) { row in
                found[Address(compared: row.text(0))] = MovedContact(
                    contact: ContactID(row.text(1)),
                    address: Address(compared: row.text(2))
                )
            }
        }
        return found
    }

    /// Pairs of addresses that are one until somebody has decided, for those that one of the addresses is in.
    package static func twins(
        of addresses: [Address],
        in connection: any SQLConnection
    ) throws -> [(old: Address, new: Address)] {
        var found: [(old: Address, new: Address)] = []
        for chunk in addresses.chunks(of: 400) {
            let texts = chunk.map(\.text)
            found += try connection.rows(
                """
                SELECT old, new FROM moved_contact WHERE old IN \(list: texts) AND is_decided = 0
                UNION SELECT old, new FROM moved_contact WHERE new IN \(list: texts) AND is_decided = 0
                """
            ) { (Address(compared: $0.text(0)), Address(compared: $0.text(1))) }
        }
        return found
    }

    /// Somebody has decided, or nothing is left to decide: each address speaks for itself again.
    package static func decide(
        _ contact: ContactID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE moved_contact SET is_decided = 1
            WHERE account = \(account.rawValue) AND contact = \(contact.rawValue)
            """
        )
    }

    /// The contact has its old address back.
    package static func forget(
        _ contact: ContactID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM moved_contact WHERE account = \(account.rawValue) AND contact = \(contact.rawValue)"
        )
    }
}
