import Reconciliation

/// How far a people report of a mailing was read.
package struct MailingReading: Sendable, Hashable {
    /// A walk over the report's pages that is under way.
    package struct Walk: Sendable, Hashable {
        package var began: Timestamp
        /// What happened before was read already; nil for everything.
        package var since: Timestamp?
        /// The latest stamp that the walk has met.
        package var latest: Timestamp?
        /// The next page; nil before the first one.
        package var next: String?

        package init(began: Timestamp, since: Timestamp?) {
            self.began = began
            self.since = since
        }
    }

    /// The latest stamp of the last walk that came to its end.
    package var readTo: Timestamp?
    /// When the last walk over everything began that came to its end.
    package var wholeAt: Timestamp?
    package var walk: Walk?

    package init() {}
}

/// The reading positions of people reports, each stored in the transaction that stores what was read.
package enum MailingReadings {
    /// The position of a report; an empty one where it was never read.
    package static func of(
        _ mailing: Int64,
        report: String,
        in connection: any SQLConnection
    ) throws -> MailingReading {
        try connection.first(
            """
            SELECT read_to, whole_at, walk_began, walk_since, walk_latest, walk_next FROM mailing_reading
            WHERE mailing = \(mailing) AND report = \(report)
            """
        ) { row in
            func moment(_ column: Int) -> Timestamp? { row.optionalInt(column).map(Timestamp.init(milliseconds:)) }
            var reading = MailingReading()
            reading.readTo = moment(0)
            reading.wholeAt = moment(1)
            if let began = moment(2) {
                var walk = MailingReading.Walk(began: began, since: moment(3))
                walk.latest = moment(4)
                walk.next = row.optionalText(5)
                reading.walk = walk
            }
            return reading
        } ?? MailingReading()
    }

    /// Stores the position of a report.
    package static func set(
        _ reading: MailingReading,
        of mailing: Int64,
        report: String,
        in connection: any SQLConnection
    ) throws {
        let walk = reading.walk
        try connection.execute(
            """
            INSERT INTO mailing_reading (mailing, report, read_to, whole_at, walk_began, walk_since, walk_latest, walk_next)
            VALUES (\(mailing), \(report), \(reading.readTo), \(reading.wholeAt), \(walk?.began), \(walk?.since),
                \(walk?.latest), \(walk?.next))
            ON CONFLICT (mailing, report) DO UPDATE SET read_to = excluded.read_to, whole_at = excluded.whole_at,
                walk_began = excluded.walk_began, walk_since = excluded.walk_since,
                walk_latest = excluded.walk_latest, walk_next = excluded.walk_next
            """
        )
    }

    /// Forgets how far the reports of an account's mailings were read that are still looked at, so that each is read
    /// from
    /// its beginning.
    package static func forget(account: AccountID, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            DELETE FROM mailing_reading
            WHERE mailing IN (SELECT id FROM mailing WHERE account = \(account) AND next_look_at IS NOT NULL)
            """
        )
    }
}
