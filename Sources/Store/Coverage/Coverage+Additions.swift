import Reconciliation

extension Coverage {
    /// An account that has to be read before anybody is added to a list anywhere (design §3).
    package struct AwaitedReading: Hashable, Sendable {
        package var account: AccountID
        /// Since when it was not read.
        package var since: Timestamp
    }

    /// The accounts that keep everybody from being added anywhere, by name: those with an open gap of a stop, a restore
    /// or a reconnection, and those that have not been read for too long, whatever the reason.
    ///
    /// - Parameter patienceSeconds: how long an account may be unread; three of its poll intervals, if that is longer.
    ///   Nil where missed readings do not count before they have become a baseline.
    package static func awaitedReadings(
        at now: Timestamp,
        patienceSeconds: Int64?,
        in connection: any SQLConnection
    ) throws -> [AwaitedReading] {
        let counts = patienceSeconds != nil
        let patience = (patienceSeconds ?? 0) * 1000
        return try connection.rows(
            """
            SELECT account, min(since) FROM (
                SELECT g.account AS account, g.began_at AS since
                FROM coverage_gap g JOIN account a ON a.name = g.account
                WHERE g.closed_at IS NULL AND g.kind = 'poll'
                    AND (g.cause <> 'missed' OR g.is_baseline = 1
                        OR \(counts) AND g.began_at < \(now) - max(3 * a.poll_interval_ms, \(patience)))
                UNION ALL
                SELECT s.account, s.tick_at FROM coverage_source s JOIN account a ON a.name = s.account
                WHERE s.kind = 'poll'
                    AND \(counts) AND s.tick_at < \(now) - max(3 * a.poll_interval_ms, \(patience))
            ) GROUP BY account ORDER BY account
            """
        ) { AwaitedReading(account: AccountID($0.text(0)), since: Timestamp(milliseconds: $0.int(1))) }
    }
}
