import Reconciliation

/// Counts of deliveries that were refused; nothing else of them is kept (design §6).
package enum RejectedDeliveries {
    /// One count.
    package struct Count: Hashable, Sendable {
        package var account: AccountID
        /// A bounded label, such as `signature` or `timestamp`.
        package var reason: String
        package var count: Int64
        package var lastAt: Timestamp

        package init(
            account: AccountID,
            reason: String,
            count: Int64,
            lastAt: Timestamp
        ) {
            self.account = account
            self.reason = reason
            self.count = count
            self.lastAt = lastAt
        }
    }

    /// Adds to a count.
    package static func add(
        _ count: Int,
        reason: String,
        account: AccountID,
        at moment: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO rejected_delivery (account, reason, count, last_at)
            VALUES (\(account), \(reason), \(count), \(moment))
            ON CONFLICT (account, reason) DO UPDATE SET count = rejected_delivery.count + excluded.count,
                last_at = max(rejected_delivery.last_at, excluded.last_at)
            """
        )
    }

    /// Every count, by account and reason.
    package static func all(on connection: any SQLConnection) throws -> [Count] {
        try connection.rows(
            "SELECT account, reason, count, last_at FROM rejected_delivery ORDER BY account, reason"
        ) { row in
            Count(
                account: AccountID(row.text(0)),
                reason: row.text(1),
                count: row.int(2),
                lastAt: Timestamp(milliseconds: row.int(3))
            )
        }
    }
}
