import Reconciliation

/// Contacts whose address a person changed at the provider (C11).
package enum MovedContacts {
    /// A change that was noted.
    package struct Row: Sendable, Hashable {
        package var account: AccountID
        package var contact: ContactID
        package var old: Address
        package var new: Address
        /// When it was read.
        package var at: Timestamp

        /// The hold by which somebody decides on it.
        package var cause: HoldCause { .contact(.addressChanged, account, contact) }

        /// The address that is one with the given one.
        package func twin(of address: Address) -> Address { address == old ? new : old }
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
            try forget(contact, account: account, at: moment, in: connection)
            return false
        }
        try keep(contact, account: account, at: moment, in: connection)
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
            SELECT \(raw: columns) FROM moved_contact
            WHERE account = \(account.rawValue) AND contact = \(contact.rawValue)
            """,
            row
        )
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
                SELECT old, contact, new, is_decided FROM moved_contact
                WHERE old IN \(list: texts) AND account = \(account.rawValue)
                """
            ) { row in
                found[Address(compared: row.text(0))] = MovedContact(
                    contact: ContactID(row.text(1)),
                    address: Address(compared: row.text(2)),
                    isDecided: row.bool(3)
                )
            }
        }
        return found
    }

    /// The changes on which nobody has decided and that one of the addresses is in: its two addresses are one.
    ///
    /// - Parameter past: a moment at which nobody had; nil for the present.
    package static func undecided(
        of addresses: [Address],
        at past: Timestamp? = nil,
        in connection: any SQLConnection
    ) throws -> [Row] {
        if let past { return try MoveHistory.undecided(of: addresses, at: past, in: connection) }
        var found: Set<Row> = []
        for chunk in addresses.chunks(of: 400) {
            let texts = chunk.map(\.text)
            found.formUnion(
                try connection.rows(
                    """
                    SELECT \(raw: columns) FROM moved_contact WHERE old IN \(list: texts) AND is_decided = 0
                    UNION ALL
                    SELECT \(raw: columns) FROM moved_contact WHERE new IN \(list: texts) AND is_decided = 0
                    """,
                    row
                )
            )
        }
        return found.sorted { ($0.account, $0.contact) < ($1.account, $1.contact) }
    }

    /// The pairs of addresses that are one until somebody has decided: those that the given ones are in, and those that
    /// these lead to.
    ///
    /// - Parameters:
    ///   - addresses: the addresses, and at the end with them those that are one with them.
    ///   - past: a moment at which they were; nil for the present.
    ///   - connection: the connection.
    package static func twins(
        joining addresses: inout Set<Address>,
        at past: Timestamp? = nil,
        in connection: any SQLConnection
    ) throws -> [(old: Address, new: Address)] {
        var all: [(old: Address, new: Address)] = []
        var asked = addresses
        while !asked.isEmpty {
            let found = try undecided(of: Array(asked), at: past, in: connection).map { ($0.old, $0.new) }
            all += found
            asked = Set(found.flatMap { [$0.0, $0.1] }).subtracting(addresses)
            addresses.formUnion(asked)
        }
        return all
    }

    /// The addresses that are one with the given ones until somebody has decided, in order; the given ones are not among
    /// them.
    package static func twins(of addresses: [Address], in connection: any SQLConnection) throws -> [Address] {
        var all = Set(addresses)
        _ = try twins(joining: &all, in: connection)
        return all.subtracting(addresses).sorted()
    }

    /// Somebody has decided: each address speaks for itself again.
    package static func decide(
        _ contact: ContactID,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try keep(contact, account: account, at: moment, in: connection)
        try connection.execute(
            """
            UPDATE moved_contact SET is_decided = 1
            WHERE account = \(account.rawValue) AND contact = \(contact.rawValue)
            """
        )
    }

    /// The contact has its old address back, or its new one was taken over.
    package static func forget(
        _ contact: ContactID,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try keep(contact, account: account, at: moment, in: connection)
        try connection.execute(
            "DELETE FROM moved_contact WHERE account = \(account.rawValue) AND contact = \(contact.rawValue)"
        )
    }

    /// Keeps a change on which nobody has decided yet, before it ends or becomes another.
    private static func keep(
        _ contact: ContactID,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO moved_contact_history (account, contact, until, old, new, at)
            SELECT account, contact, \(moment), old, new, at FROM moved_contact
            WHERE account = \(account) AND contact = \(contact) AND is_decided = 0 AND at < \(moment)
            ON CONFLICT DO NOTHING
            """
        )
    }

    static let columns = "account, contact, old, new, at"

    static func row(_ row: SQLRow) -> Row {
        Row(
            account: AccountID(row.text(0)),
            contact: ContactID(row.text(1)),
            old: Address(compared: row.text(2)),
            new: Address(compared: row.text(3)),
            at: Timestamp(milliseconds: row.int(4))
        )
    }
}
