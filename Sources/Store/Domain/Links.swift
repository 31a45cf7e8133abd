import Reconciliation

/// A link between one campaign and one provider account, as it is stored.
package struct Link: Sendable, Hashable {
    package var id: LinkID
    package var campaign: CampaignID
    package var account: AccountID
    /// The provider's list; nil until it has been made.
    package var list: ListID?
    package var listName: String
    package var intervalMilliseconds: Int64
    /// The status that members get who opted out or left.
    package var unsubscribedStatus: String
    /// The statuses, by text, whose members are on no list.
    package var leavingStatuses: [String]
    package var dueAt: Timestamp
    package var lastRunAt: Timestamp?
    /// When the campaign's members were last scanned in whole; nil before the first load.
    package var scannedAt: Timestamp?
    /// How often the list's name was put right.
    package var renameCount: Int64
    /// Why the link does not run, in words for people; nil when it does.
    package var problem: String?
}

/// The links.
package enum Links {
    /// Makes a link that is due at once.
    ///
    /// - Returns: nil when the campaign is linked to the account already or another link has the list's name.
    package static func insert(
        campaign: CampaignID,
        account: AccountID,
        listName: String,
        intervalMilliseconds: Int64,
        unsubscribedStatus: String,
        leavingStatuses: [String],
        scannedAt: Timestamp? = nil,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> LinkID? {
        try connection.execute(
            """
            INSERT INTO link (campaign, account, list_name, interval_ms, unsubscribed_status, leaving_statuses, due_at,
                scanned_at, created_at)
            VALUES (\(campaign.rawValue), \(account.rawValue), \(listName), \(intervalMilliseconds),
                \(unsubscribedStatus), \(try StoredJSON.text(list: leavingStatuses)), \(moment.milliseconds),
                \(scannedAt?.milliseconds), \(moment.milliseconds))
            ON CONFLICT DO NOTHING
            """
        )
        return connection.changedRows == 0 ? nil : LinkID(connection.lastInsertedID)
    }

    /// Every link, in id order.
    package static func all(in connection: any SQLConnection) throws -> [Link] {
        try connection.rows("SELECT \(raw: columns) FROM link ORDER BY id", link)
    }

    /// Whether there is any.
    package static func areThere(in connection: any SQLConnection) throws -> Bool {
        try connection.value("SELECT 1 FROM link LIMIT 1") != nil
    }

    /// The campaigns that are linked.
    package static func campaigns(in connection: any SQLConnection) throws -> Set<CampaignID> {
        Set(try connection.rows("SELECT campaign FROM link ORDER BY id") { CampaignID($0.int(0)) })
    }

    /// The links of one account, in id order.
    package static func of(_ account: AccountID, in connection: any SQLConnection) throws -> [Link] {
        try connection.rows(
            "SELECT \(raw: columns) FROM link WHERE account = \(account.rawValue) ORDER BY id",
            link
        )
    }

    /// One link.
    package static func find(_ id: LinkID, in connection: any SQLConnection) throws -> Link? {
        try connection.first("SELECT \(raw: columns) FROM link WHERE id = \(id.rawValue)", link)
    }

    /// The links of an account that are due, the one that has waited longest first: no link waits behind others.
    package static func due(
        of account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [Link] {
        try connection.rows(
            """
            SELECT \(raw: columns) FROM link
            WHERE account = \(account.rawValue) AND due_at <= \(moment.milliseconds) ORDER BY due_at, id
            """,
            link
        )
    }

    /// The list that was made for a link.
    package static func listMade(_ id: LinkID, list: ListID, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE link SET list = \(list.rawValue), problem = NULL WHERE id = \(id.rawValue)")
    }

    /// Notes that a link ran, and when it is due again.
    ///
    /// A link that was made due while it ran stays due: whoever asked for a run waits for one that begins later.
    ///
    /// - Parameters:
    ///   - id: the link.
    ///   - moment: when the run began.
    ///   - end: when it ended.
    ///   - scanned: whether its members were scanned in whole.
    ///   - connection: the connection.
    package static func ran(
        _ id: LinkID,
        at moment: Timestamp,
        until end: Timestamp,
        scanned: Bool,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE link SET last_run_at = \(moment.milliseconds),
                due_at = CASE WHEN due_at > \(moment.milliseconds) AND due_at <= \(end.milliseconds) THEN due_at
                    ELSE \(moment.milliseconds) + interval_ms END,
                scanned_at = CASE WHEN \(scanned) THEN \(moment.milliseconds) ELSE scanned_at END, problem = NULL
            WHERE id = \(id.rawValue)
            """
        )
    }

    /// Notes that a link could not run, why, and when it is tried again.
    package static func failed(
        _ id: LinkID,
        problem: String,
        dueAt: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE link SET problem = \(problem), due_at = \(dueAt.milliseconds) WHERE id = \(id.rawValue)"
        )
    }

    /// Makes links due at once: those of one campaign, or all.
    package static func makeDue(
        campaign: CampaignID?,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        if let campaign {
            try connection.execute(
                "UPDATE link SET due_at = \(moment.milliseconds) WHERE campaign = \(campaign.rawValue)"
            )
        } else {
            try connection.execute("UPDATE link SET due_at = \(moment.milliseconds)")
        }
    }

    /// Counts that the list's name was put right.
    package static func renamed(_ id: LinkID, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE link SET rename_count = rename_count + 1 WHERE id = \(id.rawValue)")
    }

    /// Lets the list's name be put right once more.
    package static func nameMayBePutRight(_ id: LinkID, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE link SET rename_count = 0, problem = NULL WHERE id = \(id.rawValue)")
    }

    /// Takes a name over that the list was given at the provider.
    ///
    /// - Returns: whether no other link of the account has it.
    package static func rename(_ id: LinkID, to name: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE OR IGNORE link SET list_name = \(name), problem = NULL WHERE id = \(id.rawValue)"
        )
        return connection.changedRows == 1
    }

    /// Forgets a link's list that is not there any more: the next run makes one, as for a new link.
    package static func listIsGone(_ link: Link, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE link SET list = NULL, last_run_at = NULL, problem = NULL, rename_count = 0
            WHERE id = \(link.id.rawValue)
            """
        )
        guard let list = link.list else { return }
        try Contacts.listIsGone(list, account: link.account, at: moment, in: connection)
    }

    /// Ends a link.
    ///
    /// The list stays at the provider, no longer managed; consent is untouched.
    package static func delete(_ id: LinkID, in connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM link WHERE id = \(id.rawValue)")
        try LinkDigests.delete(id, in: connection)
    }

    /// The list of everybody on at least one link of the account.
    package static func master(of account: AccountID, in connection: any SQLConnection) throws -> ListID? {
        try connection.first("SELECT list FROM master_list WHERE account = \(account.rawValue)") { ListID($0.text(0)) }
    }

    /// Stores the list of everybody.
    package static func masterMade(
        _ list: ListID,
        named name: String,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO master_list (account, list, name) VALUES (\(account.rawValue), \(list.rawValue), \(name))
            ON CONFLICT (account) DO UPDATE SET list = excluded.list, name = excluded.name
            """
        )
    }

    /// Forgets the list of everybody, which is not there any more: the account's links run at once, as new ones, make
    /// another and put everybody on it.
    package static func masterIsGone(
        of account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        guard let list = try master(of: account, in: connection) else { return }
        try connection.execute("DELETE FROM master_list WHERE account = \(account.rawValue)")
        try Contacts.listIsGone(list, account: account, at: moment, in: connection)
        try connection.execute(
            """
            UPDATE link SET last_run_at = NULL, due_at = \(moment.milliseconds)
            WHERE account = \(account.rawValue)
            """
        )
    }

    private static let columns = """
        id, campaign, account, list, list_name, interval_ms, unsubscribed_status, leaving_statuses, due_at,
        last_run_at, scanned_at, rename_count, problem
        """

    private static func link(_ row: SQLRow) throws -> Link {
        Link(
            id: LinkID(row.int(0)),
            campaign: CampaignID(row.int(1)),
            account: AccountID(row.text(2)),
            list: row.optionalText(3).map { ListID($0) },
            listName: row.text(4),
            intervalMilliseconds: row.int(5),
            unsubscribedStatus: row.text(6),
            leavingStatuses: try StoredJSON.list(row.text(7)),
            dueAt: Timestamp(milliseconds: row.int(8)),
            lastRunAt: row.optionalInt(9).map(Timestamp.init(milliseconds:)),
            scannedAt: row.optionalInt(10).map(Timestamp.init(milliseconds:)),
            renameCount: row.int(11),
            problem: row.optionalText(12)
        )
    }
}
