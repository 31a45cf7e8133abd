import Reconciliation

/// Contacts that were deleted at a provider while nobody read it: the person may have opted out first (C9).
///
/// Until that is ruled out, the contact is there again or somebody says that the person may be mailed, the address is
/// kept off the lists at every account. A decision to leave the person off, or to leave things as they stand, ends no
/// doubt: nothing is loosened by it.
package enum DeletionDoubts {
    /// One doubt.
    package struct Row: Hashable, Sendable {
        package var account: AccountID
        package var contact: ContactID
        package var address: Address
        package var since: Timestamp
        /// Why an unsubscribe could not be ruled out; nil before anybody has looked.
        package var finding: String?
    }

    /// Notes that a contact was deleted in a gap; one that is noted keeps its row.
    package static func add(
        _ contact: ContactID,
        address: Address,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO deletion_doubt (account, contact, address, since)
            VALUES (\(account), \(contact), \(address), \(moment)) ON CONFLICT DO NOTHING
            """
        )
    }

    /// Notes that an unsubscribe cannot be ruled out, and why.
    package static func keep(
        _ contact: ContactID,
        account: AccountID,
        finding: String,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE deletion_doubt SET finding = \(finding) WHERE account = \(account) AND contact = \(contact)"
        )
    }

    /// Ends a doubt: an unsubscribe was ruled out or found, the contact is back, or somebody
    /// has said that the person may be mailed.
    ///
    /// - Returns: the address, where there was a doubt.
    @discardableResult
    package static func end(
        _ contact: ContactID,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Address? {
        let address = try connection.first(
            "SELECT address FROM deletion_doubt WHERE account = \(account) AND contact = \(contact)"
        ) { Address(compared: $0.text(0)) }
        guard let address else { return nil }
        try connection.execute(
            """
            INSERT INTO deletion_doubt_history (account, contact, until, address, since)
            SELECT account, contact, \(moment), address, since FROM deletion_doubt
            WHERE account = \(account) AND contact = \(contact) AND since < \(moment)
            ON CONFLICT DO NOTHING
            """
        )
        try connection.execute("DELETE FROM deletion_doubt WHERE account = \(account) AND contact = \(contact)")
        return address
    }

    /// The doubts of an account that nobody has looked into, oldest first, at most `limit`.
    package static func waiting(
        account: AccountID,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [Row] {
        try connection.rows(
            """
            SELECT account, contact, address, since, finding FROM deletion_doubt
            WHERE account = \(account) AND finding IS NULL ORDER BY since, contact LIMIT \(limit)
            """,
            row
        )
    }

    /// Every doubt, oldest first.
    package static func all(in connection: any SQLConnection) throws -> [Row] {
        try connection.rows(
            "SELECT account, contact, address, since, finding FROM deletion_doubt ORDER BY since, account, contact",
            row
        )
    }

    /// The doubts about the addresses, oldest first.
    package static func of(_ addresses: [Address], in connection: any SQLConnection) throws -> [Row] {
        var found: [Row] = []
        for chunk in addresses.chunks(of: 500) {
            found += try connection.rows(
                """
                SELECT account, contact, address, since, finding FROM deletion_doubt
                WHERE address IN \(list: chunk.map(\.text)) ORDER BY since, account, contact
                """,
                row
            )
        }
        return found
    }

    /// Whether there was a doubt about an address at a moment, or a hold about a deletion that kept it off the lists.
    ///
    /// - Parameter holds: the address's rows of holds at the moment.
    package static func isInDoubt(
        _ address: Address,
        at moment: Timestamp,
        holds: [Holds.PastRow],
        in connection: any SQLConnection
    ) throws -> Bool {
        let held = holds.contains {
            $0.row.state == .open && $0.row.keepsOff && $0.row.cause.kind == .contactDeleted
                && $0.row.address == address.text
        }
        if held { return true }
        return try connection.value(
            """
            SELECT 1 FROM deletion_doubt WHERE address = \(address) AND since <= \(moment)
            UNION ALL SELECT 1 FROM deletion_doubt_history
            WHERE address = \(address) AND since <= \(moment) AND until > \(moment) LIMIT 1
            """
        ) != nil
    }

    /// Those that Causeway has on a link's list and that are in doubt, by a deletion in a gap or by an undecided one.
    package static func onList(of link: Link, in connection: any SQLConnection) throws -> Set<Address> {
        let found = try connection.rows(
            """
            SELECT c.address FROM contact_list l JOIN contact c ON c.account = l.account AND c.id = l.contact
            WHERE l.account = \(link.account) AND l.list = \(link.list?.rawValue ?? "") AND l.is_ours = 1
                AND c.is_deleted = 0 AND c.address IN (
                    SELECT address FROM deletion_doubt
                    UNION ALL
                    SELECT address FROM hold_row WHERE state = 'open' AND keeps_off = 1
                        AND cause LIKE \(HoldKind.contactDeleted.rawValue + " %"))
            """
        ) { Address(compared: $0.text(0)) }
        let optedOut = try Ledger.latestOptOuts(of: found, in: connection)
        return Set(found.filter { optedOut[$0] == nil })
    }

    private static func row(_ row: SQLRow) -> Row {
        Row(
            account: AccountID(row.text(0)),
            contact: ContactID(row.text(1)),
            address: Address(compared: row.text(2)),
            since: Timestamp(milliseconds: row.int(3)),
            finding: row.optionalText(4)
        )
    }
}
