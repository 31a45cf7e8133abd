import Reconciliation

/// What providers' contacts were.
package enum ContactHistory {
    /// A contact with the lists that Causeway had put it on.
    package struct Row: Sendable, Hashable {
        package var contact: ProviderContact
        package var ours: [ListID]

        package init(contact: ProviderContact, ours: [ListID]) {
            self.contact = contact
            self.ours = ours
        }
    }

    /// Keeps what contacts are before they change, where a condition on their rows says that they are about to.
    static func keep(
        _ ids: [ContactID],
        account: AccountID,
        ifChanged condition: SQL,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO contact_history (account, contact, until, address, permission, opt_out_by, opt_out_at, is_deleted)
            SELECT account, id, \(moment), address, permission, opt_out_by, opt_out_at, is_deleted FROM contact
            WHERE account = \(account) AND id IN \(list: ids)
                AND (known_since IS NULL OR known_since < \(moment)) AND (\(condition))
                AND NOT EXISTS (
                    SELECT 1 FROM contact_history h
                    WHERE h.account = contact.account AND h.contact = contact.id AND h.until >= \(moment))
            """
        )
    }

    /// Keeps what a contact is before it becomes another, if anything that is told changes.
    static func keep(
        before next: ProviderContact,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try keep(
            [next.id],
            account: account,
            ifChanged: """
                address <> \(next.address?.text ?? "") OR permission <> \(next.permission.text)
                OR opt_out_by <> \(next.optOutBy.text) OR opt_out_at IS NOT \(next.optOutAt?.milliseconds)
                OR is_deleted <> \(next.isDeleted)
                """,
            at: moment,
            in: connection
        )
    }

    /// Keeps memberships of lists before they go or change.
    ///
    /// - Parameter condition: which of the account's rows of `contact_list`.
    static func keepLists(
        account: AccountID,
        where condition: SQL,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO contact_list_history (account, contact, list, until, since, is_ours)
            SELECT account, contact, list, \(moment), known_since, is_ours FROM contact_list
            WHERE account = \(account) AND (\(condition)) AND (known_since IS NULL OR known_since < \(moment))
                AND NOT EXISTS (
                    SELECT 1 FROM contact_list_history h
                    WHERE h.account = contact_list.account AND h.contact = contact_list.contact
                        AND h.list = contact_list.list AND h.until >= \(moment))
            """
        )
    }

    /// The contact of an account that had an address at a moment; where several had it, one that was not deleted.
    package static func having(
        _ address: Address,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Past<Row>? {
        let start = try History.start(in: connection)
        let ids = try connection.rows(
            """
            SELECT id FROM contact WHERE account = \(account) AND address = \(address)
            UNION SELECT contact FROM contact_history WHERE address = \(address) AND account = \(account)
            ORDER BY 1
            """
        ) { ContactID($0.text(0)) }
        let shadows = try Contacts.load(ids, account: account, in: connection)
        var found: Past<Row>?
        for id in ids {
            guard let shadow = shadows[id] else { continue }
            var contact = shadow.contact
            let (since, present) =
                try connection.first(
                    "SELECT known_since, address FROM contact WHERE account = \(account) AND id = \(id)"
                ) { ($0.optionalInt(0).map(Timestamp.init(milliseconds:)), $0.text(1)) } ?? (nil, "")
            guard let isFromBefore = History.isFromBefore(knownSince: since, at: moment, start: start) else { continue }
            var itsAddress = present
            try connection.forEach(
                """
                SELECT address, permission, opt_out_by, opt_out_at, is_deleted FROM contact_history
                WHERE account = \(account) AND contact = \(id) AND until > \(moment) ORDER BY until LIMIT 1
                """
            ) { row in
                itsAddress = row.text(0)
                contact.permission = Permission(text: row.text(1))
                contact.optOutBy = ContactActor(text: row.text(2))
                contact.optOutAt = row.optionalInt(3).map(Timestamp.init(milliseconds:))
                contact.isDeleted = row.bool(4)
            }
            guard itsAddress == address.text else { continue }
            if let found, !found.value.contact.isDeleted, contact.isDeleted { continue }
            let lists = try lists(of: id, account: account, at: moment, in: connection)
            contact.lists = Set(lists.keys)
            let ours = lists.filter(\.value).keys.sorted()
            found = Past(Row(contact: contact, ours: ours), isFromBefore: isFromBefore)
        }
        return found
    }

    /// The lists that a contact was on at a moment, and whether Causeway had put it there.
    private static func lists(
        of contact: ContactID,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [ListID: Bool] {
        var found: [ListID: Bool] = [:]
        // The state that ended first after the moment is the one that was; the present one has not ended.
        try connection.forEach(
            """
            SELECT list, is_ours, until FROM contact_list_history
            WHERE account = \(account) AND contact = \(contact) AND until > \(moment)
                AND (since IS NULL OR since <= \(moment))
            UNION ALL
            SELECT list, is_ours, \(Int64.max) FROM contact_list
            WHERE account = \(account) AND contact = \(contact) AND (known_since IS NULL OR known_since <= \(moment))
            ORDER BY 3
            """
        ) { row in
            let list = ListID(row.text(0))
            if found[list] == nil { found[list] = row.bool(1) }
        }
        return found
    }
}
