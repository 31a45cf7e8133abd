import Reconciliation

/// Contacts that were deleted at a provider while nobody read it: the person may have opted out first (C9).
///
/// Until that is ruled out, the address is kept off the lists at every account.
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

    /// Ends a doubt: an unsubscribe was ruled out or found, the contact is back, or somebody has decided.
    ///
    /// - Returns: the address, where there was a doubt.
    @discardableResult
    package static func end(
        _ contact: ContactID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Address? {
        let address = try connection.first(
            "SELECT address FROM deletion_doubt WHERE account = \(account) AND contact = \(contact)"
        ) { Address(compared: $0.text(0)) }
        guard let address else { return nil }
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

    /// Those of the addresses that are in doubt.
    package static func addresses(
        among addresses: [Address],
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            try connection.forEach(
                "SELECT DISTINCT address FROM deletion_doubt WHERE address IN \(list: chunk.map(\.text))"
            ) { found.insert(Address(compared: $0.text(0))) }
        }
        return found
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
