import Reconciliation

/// The people behind a mailing's totals.
package enum MailingPeople {
    /// What became of a mailing for one address.
    package struct Row: Sendable, Hashable {
        package var mailing: Int64
        package var act: MailingAct
        package var address: Address
        package var firstAt: Timestamp?
        package var lastAt: Timestamp?
        package var reason: String?
        /// The row of the ledger that it belongs to; nil where it belongs to none.
        package var event: Int64?

        package init(
            mailing: Int64,
            act: MailingAct,
            address: Address,
            firstAt: Timestamp?,
            lastAt: Timestamp?,
            reason: String?,
            event: Int64? = nil
        ) {
            self.mailing = mailing
            self.act = act
            self.address = address
            self.firstAt = firstAt
            self.lastAt = lastAt
            self.reason = reason
            self.event = event
        }
    }

    // MARK: Writing

    /// Stores a row, or joins it to the one that is there; one that concerns consent waits until it is settled.
    ///
    /// Mail that came back for good did not come back for the moment as well.
    package static func save(_ row: Row, in connection: any SQLConnection) throws {
        if row.act == .hardBounced {
            try connection.execute(
                """
                DELETE FROM mailing_person WHERE mailing = \(row.mailing) AND address = \(row.address)
                    AND act = \(MailingAct.softBounced.rawValue)
                """
            )
        } else if row.act == .softBounced,
            try connection.value(
                """
                SELECT 1 FROM mailing_person WHERE mailing = \(row.mailing) AND address = \(row.address)
                    AND act = \(MailingAct.hardBounced.rawValue)
                """
            ) != nil
        {
            return
        }
        try connection.execute(
            """
            INSERT INTO mailing_person (mailing, act, address, first_at, last_at, reason, is_waiting)
            VALUES (\(row.mailing), \(row.act.rawValue), \(row.address), \(row.firstAt), \(row.lastAt), \(row.reason),
                \(row.act.concernsConsent))
            ON CONFLICT (mailing, act, address) DO UPDATE SET
                first_at = coalesce(min(mailing_person.first_at, excluded.first_at), mailing_person.first_at,
                    excluded.first_at),
                last_at = coalesce(max(mailing_person.last_at, excluded.last_at), mailing_person.last_at,
                    excluded.last_at),
                reason = coalesce(excluded.reason, mailing_person.reason)
            """
        )
    }

    /// Notes that a row was weighed, and the row of the ledger that it belongs to.
    package static func settle(_ row: Row, event: Int64?, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE mailing_person SET is_waiting = 0, event = \(event)
            WHERE mailing = \(row.mailing) AND act = \(row.act.rawValue) AND address = \(row.address)
            """
        )
    }

    // MARK: Reading

    /// How many people did each act.
    package static func counts(of mailing: Int64, in connection: any SQLConnection) throws -> [MailingAct: Int] {
        var counts: [MailingAct: Int] = [:]
        try connection.forEach("SELECT act, count(*) FROM mailing_person WHERE mailing = \(mailing) GROUP BY act") {
            if let act = MailingAct(rawValue: $0.text(0)) { counts[act] = Int($0.int(1)) }
        }
        return counts
    }

    /// The rows of a mailing that nobody has weighed yet, in order, at most `limit` after one of them.
    package static func waiting(
        of mailing: Int64,
        after last: Row? = nil,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [Row] {
        try connection.rows(
            """
            SELECT \(raw: columns) FROM mailing_person
            WHERE is_waiting = 1 AND mailing = \(mailing)
                AND (act, address) > (\(last?.act.rawValue ?? ""), \(last?.address.text ?? ""))
            ORDER BY act, address LIMIT \(limit)
            """,
            row
        )
    }

    /// The mailings of an account with rows that nobody has weighed yet.
    package static func mailingsWaiting(
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [StoredMailing] {
        try connection.rows(
            """
            SELECT \(raw: StoredMailing.columns) FROM mailing m WHERE m.account = \(account)
                AND EXISTS (SELECT 1 FROM mailing_person p WHERE p.mailing = m.id AND p.is_waiting = 1)
            ORDER BY m.id
            """,
            StoredMailing.init
        )
    }

    /// The people of some acts, each act for itself, the latest first.
    package static func people(
        of mailing: Int64,
        acts: [MailingAct],
        in connection: any SQLConnection
    ) throws -> [Row] {
        try acts.flatMap { act in
            try connection.rows(
                """
                SELECT \(raw: columns) FROM mailing_person WHERE mailing = \(mailing) AND act = \(act.rawValue)
                ORDER BY first_at DESC, address
                """,
                row
            )
        }
    }

    /// When the latest report of an account says that an address did something; nil where none does.
    package static func latest(
        _ act: MailingAct,
        address: Address,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Timestamp? {
        try connection.value(
            """
            SELECT max(p.last_at) FROM mailing_person p JOIN mailing m ON m.id = p.mailing
            WHERE p.address = \(address) AND p.act = \(act.rawValue) AND m.account = \(account)
            """
        ).map(Timestamp.init(milliseconds:))
    }

    /// How many people did an act for the first time in each span after a moment, by the span's number.
    package static func spans(
        of mailing: Int64,
        act: MailingAct,
        from start: Timestamp,
        seconds: Int64,
        count: Int64,
        in connection: any SQLConnection
    ) throws -> [Int: Int] {
        var spans: [Int: Int] = [:]
        let (length, begin) = (seconds * 1000, start.milliseconds)
        try connection.forEach(
            """
            SELECT (first_at - \(begin)) / \(length) AS span, count(*) FROM mailing_person
            WHERE mailing = \(mailing) AND act = \(act.rawValue)
                AND first_at >= \(begin) AND first_at < \(begin + length * count)
            GROUP BY span
            """
        ) { spans[Int($0.int(0))] = Int($0.int(1)) }
        return spans
    }

    private static let columns = "mailing, act, address, first_at, last_at, reason, event"

    private static func row(_ row: SQLRow) throws -> Row {
        guard let act = MailingAct(rawValue: row.text(1)) else {
            throw DomainError.unreadableRow(table: "mailing_person", key: String(row.int(0)))
        }
        return Row(
            mailing: row.int(0),
            act: act,
            address: Address(compared: row.text(2)),
            firstAt: row.optionalInt(3).map(Timestamp.init(milliseconds:)),
            lastAt: row.optionalInt(4).map(Timestamp.init(milliseconds:)),
            reason: row.optionalText(5),
            event: row.optionalInt(6)
        )
    }
}
