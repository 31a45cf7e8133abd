import Reconciliation

/// The mailings that accounts sent.
package enum Mailings {
    // MARK: What was sent

    /// Whether something that was sent has been asked about since it was sent last.
    package static func isKnown(
        _ sending: String,
        sentAt: Timestamp?,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.value(
            """
            SELECT 1 FROM mailing_sending
            WHERE account = \(account) AND sending = \(sending) AND sent_at IS \(sentAt?.milliseconds)
            """
        ) != nil
    }

    /// Notes that something that was sent has been asked about.
    package static func know(
        _ sending: String,
        sentAt: Timestamp?,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO mailing_sending (account, sending, sent_at) VALUES (\(account), \(sending), \(sentAt))
            ON CONFLICT (account, sending) DO UPDATE SET sent_at = excluded.sent_at
            """
        )
    }

    /// Stores a mailing with the lists that it went to; a new one is looked at at once.
    package static func save(
        _ mailing: MailingID,
        name: String,
        sentAt: Timestamp?,
        lists: Set<ListID>,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO mailing (account, mailing, name, sent_at, first_seen_at, next_look_at)
            VALUES (\(account), \(mailing.rawValue), \(name), \(sentAt), \(moment), \(moment))
            ON CONFLICT (account, mailing) DO UPDATE
            SET name = excluded.name, sent_at = coalesce(excluded.sent_at, mailing.sent_at)
            """
        )
        for list in lists.sorted() {
            try connection.execute(
                """
                INSERT INTO mailing_list (mailing, list)
                SELECT id, \(list) FROM mailing WHERE account = \(account) AND mailing = \(mailing.rawValue)
                ON CONFLICT DO NOTHING
                """
            )
        }
    }

    /// Joins mailings to the campaigns whose lists they went to; what was joined stays so.
    package static func join(account: AccountID, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO mailing_campaign (campaign, mailing)
            SELECT DISTINCT l.campaign, m.id FROM link l
            JOIN mailing_list s ON s.list = l.list
            JOIN mailing m ON m.id = s.mailing AND m.account = l.account
            WHERE l.account = \(account)
            ON CONFLICT DO NOTHING
            """
        )
    }

    // MARK: Reading

    /// The mailings of an account that belong to a campaign and are due, the one that has waited longest first.
    package static func due(
        of account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [StoredMailing] {
        try connection.rows(
            """
            SELECT \(raw: StoredMailing.columns) FROM mailing m
            WHERE m.account = \(account) AND m.next_look_at <= \(moment)
                AND EXISTS (SELECT 1 FROM mailing_campaign c WHERE c.mailing = m.id)
            ORDER BY m.next_look_at, m.id
            """,
            StoredMailing.init
        )
    }

    /// When the next mailing of an account is due that belongs to a campaign; nil when none is.
    package static func nextLook(of account: AccountID, in connection: any SQLConnection) throws -> Timestamp? {
        try connection.value(
            """
            SELECT min(m.next_look_at) FROM mailing m
            WHERE m.account = \(account) AND EXISTS (SELECT 1 FROM mailing_campaign c WHERE c.mailing = m.id)
            """
        ).map(Timestamp.init(milliseconds:))
    }

    /// The mailings that went to a campaign's lists, by account, the newest first.
    package static func of(_ campaign: CampaignID, in connection: any SQLConnection) throws -> [StoredMailing] {
        try connection.rows(
            """
            SELECT \(raw: StoredMailing.columns) FROM mailing_campaign c JOIN mailing m ON m.id = c.mailing
            WHERE c.campaign = \(campaign) ORDER BY m.account, coalesce(m.sent_at, m.first_seen_at) DESC, m.id DESC
            """,
            StoredMailing.init
        )
    }

    /// One mailing by the provider's id.
    package static func find(
        _ mailing: MailingID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> StoredMailing? {
        try connection.first(
            """
            SELECT \(raw: StoredMailing.columns) FROM mailing m
            WHERE m.account = \(account) AND m.mailing = \(mailing.rawValue)
            """,
            StoredMailing.init
        )
    }

    // MARK: Looking

    /// Stores the totals as they were just read.
    package static func count(
        _ totals: MailingTotals,
        of id: Int64,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE mailing SET sent = \(totals.sent), opened = \(totals.opened), clicked = \(totals.clicked),
                hard_bounced = \(totals.hardBounced), soft_bounced = \(totals.softBounced),
                complained = \(totals.complained), opted_out = \(totals.optedOut), counted_at = \(totals.countedAt),
                looked_at = \(moment), deleted_at = NULL
            WHERE id = \(id)
            """
        )
    }

    /// Notes when a mailing is looked at next, its people having been read; nil for never.
    ///
    /// One that was made due while it was read stays due.
    package static func looked(
        _ id: Int64,
        from begun: Timestamp,
        next: Timestamp?,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE mailing SET next_look_at = \(next) WHERE id = \(id) AND next_look_at <= \(begun)"
        )
    }

    /// Notes that a mailing is gone at the provider: what was read of it stays, and it is not looked at any more.
    package static func gone(_ id: Int64, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE mailing SET deleted_at = coalesce(deleted_at, \(moment)), next_look_at = NULL WHERE id = \(id)"
        )
    }

    /// Makes the mailings of an account due that are still looked at.
    package static func makeDue(
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE mailing SET next_look_at = \(moment) WHERE account = \(account) AND next_look_at IS NOT NULL"
        )
    }
}
