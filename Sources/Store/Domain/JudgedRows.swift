import Reconciliation

/// What the breaker let pass, for 24 hours: noted before it goes, so that no crash, restart or dripping gets around it.
package enum JudgedRows {
    /// Notes addresses that may go, and forgets what is older than a day.
    package static func note(
        _ kind: HoldKind,
        link: LinkID,
        addresses: some Sequence<Address>,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let dayAgo = moment.advanced(bySeconds: -86_400)
        try connection.execute(
            "DELETE FROM judged_row WHERE kind = \(kind.rawValue) AND link = \(link.rawValue) AND at < \(dayAgo.milliseconds)"
        )
        for address in addresses {
            try connection.execute(
                """
                INSERT INTO judged_row (kind, link, address, at)
                VALUES (\(kind.rawValue), \(link.rawValue), \(address.text), \(moment.milliseconds))
                ON CONFLICT (kind, link, address) DO UPDATE SET at = excluded.at
                """
            )
        }
    }

    /// The addresses that went within the day before a moment.
    package static func ofTheDay(
        before moment: Timestamp,
        kind: HoldKind,
        link: LinkID,
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        let dayAgo = moment.advanced(bySeconds: -86_400)
        return Set(
            try connection.rows(
                """
                SELECT address FROM judged_row
                WHERE kind = \(kind.rawValue) AND link = \(link.rawValue) AND at >= \(dayAgo.milliseconds)
                """
            ) { Address(compared: $0.text(0)) }
        )
    }

    /// Those that Causeway has on a link's list and for which no member of the campaign stands any more, opt-outs and
    /// bounces aside.
    package static func withoutMember(
        of link: Link,
        leavingStatuses: Set<Int64>,
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        let leaving = leavingStatuses.sorted()
        let found = try connection.rows(
            """
            SELECT c.address FROM contact_list l JOIN contact c ON c.account = l.account AND c.id = l.contact
            WHERE l.account = \(link.account.rawValue) AND l.list = \(link.list?.rawValue ?? "") AND l.is_ours = 1
                AND c.is_deleted = 0 AND c.address <> ''
                AND NOT EXISTS (
                    SELECT 1 FROM record_address a
                    JOIN crm_record r ON r.kind = a.kind AND r.id = a.id
                    JOIN crm_member m ON m.kind = a.kind AND m.record = a.id
                    WHERE a.address = c.address AND a.is_main = 1 AND r.is_deleted = 0
                        AND m.campaign = \(link.campaign.rawValue) AND m.is_deleted = 0
                        AND m.status_id NOT IN \(list: leaving))
            """
        ) { Address(compared: $0.text(0)) }
        let optedOut = try Ledger.latestOptOuts(of: found, in: connection)
        let bouncing = try Ledger.undeliverable(among: found, in: connection)
        return Set(found.filter { optedOut[$0] == nil && !bouncing.contains($0) })
    }
}
