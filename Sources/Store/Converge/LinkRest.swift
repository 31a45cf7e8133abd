import Reconciliation

/// Whether anything has been marked for a link, or is under way for it, since its digests were made.
///
/// Digests speak of the instant that they were made at. They may be taken for the present only while the store has seen
/// nothing since, and nothing is left to decide or to be answered for any address of the link, at either account.
package struct LinkRest: Sendable, Hashable {
    /// Addresses of the link that wait to be decided, for its provider account or for the CRM.
    package var waiting: Int64
    /// Addresses of the link for which a write to either account has no answer yet.
    package var underWay: Int64
    /// The link's digests as they were kept last; nil before the first ones.
    package var digests: LinkDigests.Row?
    /// Whether the store has seen no write, ledger event or run of the link since those digests.
    package var isCurrent: Bool

    /// Whether both sides agreed when the digests were made, and nothing has been marked since.
    package var isInSync: Bool {
        digests?.isEqual == true && isCurrent && waiting == 0 && underWay == 0
    }

    /// Reads it.
    ///
    /// The addresses are those on the link *or on its list*: whom the campaign lost is on the list still, until
    /// the removal is answered.
    package static func read(of link: Link, in connection: any SQLConnection) throws -> LinkRest {
        var accounts = [link.account.rawValue]
        if let crm = try Accounts.crm(on: connection) { accounts.append(crm.name.rawValue) }
        let addresses = addresses(of: link)
        // Mostly nothing waits, so both begin with what does: the sign and the cross join keep SQLite from making the set
        // of the link's addresses first, which takes most of a second for 100,000 members.
        let waiting = try connection.value(
            """
            SELECT count(DISTINCT address) FROM dirty WHERE account IN \(list: accounts) AND +address IN (\(addresses))
            """
        )
        let underWay = try connection.value(
            """
            SELECT count(DISTINCT r.address) FROM intent i CROSS JOIN intent_row r ON r.intent = i.id
            WHERE i.account IN \(list: accounts) AND i.state IN ('open', 'running', 'confirming') AND r.is_open = 1
                AND +r.address IN (\(addresses))
            """
        )
        let digests = try LinkDigests.find(link.id, in: connection)
        return LinkRest(
            waiting: waiting ?? 0,
            underWay: underWay ?? 0,
            digests: digests,
            isCurrent: try digests?.basis == LinkDigests.basis(of: link, in: connection)
        )
    }

    /// The addresses that a link is about, as a query of one column: its members', and those of the contacts that it
    /// put on its list.
    package static func addresses(of link: Link) -> SQL {
        """
        SELECT a.address FROM crm_member m
        JOIN record_address a ON a.kind = m.kind AND a.id = m.record AND a.is_main = 1
        WHERE m.campaign = \(link.campaign.rawValue) AND m.is_deleted = 0
        UNION
        SELECT c.address FROM contact_list l JOIN contact c ON c.account = l.account AND c.id = l.contact
        WHERE l.account = \(link.account.rawValue) AND l.list = \(link.list?.rawValue ?? "") AND l.is_ours = 1
            AND c.address <> ''
        """
    }
}
