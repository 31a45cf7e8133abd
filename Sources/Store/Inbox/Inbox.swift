import Reconciliation

/// Every delivery that was accepted: one row per account and delivery id, on disk before its 2xx.
///
/// Accepting and deciding are two transactions. The worker reads what waits, and records what a delivery says in the
/// transaction that marks it told, so a crash between the two repeats the work and loses nothing. What a delivery only
/// points at has to be read at a service, which may take minutes or fail: a told delivery waits for that apart, and no
/// other one waits for it.
package enum Inbox {
    /// What became of a delivery that was put in.
    package enum Insertion: Hashable, Sendable {
        /// It is new, and waits now.
        case accepted
        /// A delivery of this account and id is there already, whatever has become of it; nothing was changed.
        case repeated
    }

    /// Puts a delivery in.
    package static func insert(_ delivery: InboxDelivery, on connection: any SQLConnection) throws -> Insertion {
        try connection.execute(
            """
            INSERT INTO inbox
                (account, source, delivery_id, digest, headers, body, received_at, state, attempts, not_before)
            VALUES (\(delivery.account), \(delivery.source), \(delivery.deliveryID), \(delivery.digest),
                \(delivery.headers), \(delivery.body), \(delivery.receivedAt), 'waiting', 0, \(delivery.receivedAt))
            ON CONFLICT (account, delivery_id) DO NOTHING
            """
        )
        return connection.changedRows == 1 ? .accepted : .repeated
    }

    /// The deliveries that nobody has looked at and that are due, in order of arrival.
    ///
    /// Claims them for the transaction alone: who reads them in a writing one has them to itself until it ends.
    package static func claimWaiting(
        limit: Int,
        now: Timestamp,
        on connection: any SQLConnection
    ) throws -> [InboxEntry] {
        try claim("is_told = 0", limit: limit, now: now, on: connection)
    }

    /// The deliveries whose facts are recorded, whose hints are still to be followed and that are due: the one that has
    /// been due for longest first, so that those which were put off do not come before those that nobody has tried.
    package static func claimTold(
        of sender: InboxSender,
        limit: Int,
        now: Timestamp,
        on connection: any SQLConnection
    ) throws -> [InboxEntry] {
        try claim("is_told = 1 AND \(sender.filter)", limit: limit, now: now, on: connection)
    }

    private static func claim(
        _ filter: SQL,
        limit: Int,
        now: Timestamp,
        on connection: any SQLConnection
    ) throws -> [InboxEntry] {
        // The second condition lets SQLite use the index of open rows.
        try connection.rows(
            """
            SELECT \(entryColumns) FROM inbox
            WHERE state = 'waiting' AND state <> 'done' AND \(filter) AND not_before <= \(now)
            ORDER BY not_before, id LIMIT \(limit)
            """,
            entry
        )
    }

    /// Marks waiting deliveries as ones whose facts are recorded: they wait on for their hints.
    package static func markTold(_ ids: [Int64], on connection: any SQLConnection) throws {
        for chunk in ids.chunks(of: 500) {
            try connection.execute(
                "UPDATE inbox SET is_told = 1 WHERE id IN \(list: Array(chunk)) AND state = 'waiting'"
            )
        }
    }

    /// Marks a waiting delivery as decoded and recorded; false when it did not wait any more.
    @discardableResult
    package static func markDone(_ id: Int64, now: Timestamp, on connection: any SQLConnection) throws -> Bool {
        try markDone([id], now: now, on: connection) == 1
    }

    /// Marks waiting deliveries as decoded and recorded.
    ///
    /// - Returns: how many of them still waited.
    @discardableResult
    package static func markDone(_ ids: [Int64], now: Timestamp, on connection: any SQLConnection) throws -> Int {
        var marked = 0
        for chunk in ids.chunks(of: 500) {
            try connection.execute(
                """
                UPDATE inbox SET state = 'done', error = NULL, decided_at = \(now)
                WHERE id IN \(list: Array(chunk)) AND state = 'waiting'
                """
            )
            marked += connection.changedRows
        }
        return marked
    }

    /// Marks a waiting delivery as one that cannot be decoded; false when it did not wait any more.
    @discardableResult
    package static func markDead(
        _ id: Int64,
        reason: String,
        now: Timestamp,
        on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE inbox SET state = 'dead', error = \(reason), decided_at = \(now)
            WHERE id = \(id) AND state = 'waiting'
            """
        )
        return connection.changedRows == 1
    }

    /// Puts a waiting delivery off and counts the attempt; false when it did not wait any more.
    @discardableResult
    package static func retryLater(
        _ id: Int64,
        notBefore: Timestamp,
        reason: String,
        on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE inbox SET attempts = attempts + 1, not_before = \(notBefore), error = \(reason)
            WHERE id = \(id) AND state = 'waiting'
            """
        )
        return connection.changedRows == 1
    }

    /// Lets a decided delivery be decided again; false when there is none of that id that is decided.
    @discardableResult
    package static func replay(_ id: Int64, now: Timestamp, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE inbox SET state = 'waiting', is_told = 0, attempts = 0, not_before = \(now), error = NULL, decided_at = NULL
            WHERE id = \(id) AND state <> 'waiting'
            """
        )
        return connection.changedRows == 1
    }

    /// How many deliveries wait and how many are dead.
    package static func counts(on connection: any SQLConnection) throws -> InboxCounts {
        var counts = InboxCounts(waiting: 0, dead: 0)
        try connection.forEach("SELECT state, count(*) FROM inbox WHERE state <> 'done' GROUP BY state") { row in
            switch InboxState(rawValue: row.text(0)) {
            case .waiting: counts.waiting = Int(row.int(1))
            case .dead: counts.dead = Int(row.int(1))
            case .done, nil: break
            }
        }
        return counts
    }

    /// When the first delivery that may be looked at becomes due; nil when none waits.
    package static func nextDue(on connection: any SQLConnection) throws -> Timestamp? {
        try connection.value("SELECT min(not_before) FROM inbox WHERE state = 'waiting' AND state <> 'done'")
            .map { Timestamp(milliseconds: $0) }
    }

    /// A page of deliveries, newest first.
    ///
    /// - Parameters:
    ///   - state: only those; nil for all.
    ///   - id: only those that arrived before this one: the last id of the page before.
    ///   - limit: rows of a page.
    ///   - connection: the connection.
    package static func list(
        state: InboxState? = nil,
        before id: Int64? = nil,
        limit: Int,
        on connection: any SQLConnection
    ) throws -> [InboxSummary] {
        let ofState: SQL = state.map { "state = \($0.rawValue)" } ?? "TRUE"
        return try connection.rows(
            """
            SELECT id, account, source, delivery_id, received_at, state, attempts, error, length(body) FROM inbox
            WHERE \(ofState) AND id < \(id ?? .max) ORDER BY id DESC LIMIT \(limit)
            """
        ) { row in
            InboxSummary(
                id: row.int(0),
                account: AccountID(row.text(1)),
                source: row.text(2),
                deliveryID: row.text(3),
                receivedAt: Timestamp(milliseconds: row.int(4)),
                state: InboxState(rawValue: row.text(5)) ?? .dead,
                attempts: Int(row.int(6)),
                error: row.optionalText(7),
                bytes: Int(row.int(8))
            )
        }
    }

    /// One delivery with everything that is known of it; nil when there is none of that id.
    package static func show(_ id: Int64, on connection: any SQLConnection) throws -> InboxEntry? {
        try connection.first("SELECT \(entryColumns) FROM inbox WHERE id = \(id)", entry)
    }

    /// Removes a delivery, whatever has become of it.
    package static func remove(_ id: Int64, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM inbox WHERE id = \(id)")
    }

    /// Removes deliveries that were done before a moment, for they hold personal data that nothing needs any more.
    ///
    /// What is evidence is kept with the ledger, whatever becomes of its delivery.
    ///
    /// A delivery that is repeated after its row is gone is decided again, which changes nothing (design §1).
    ///
    /// - Returns: how many were removed.
    @discardableResult
    package static func removeDone(before moment: Timestamp, on connection: any SQLConnection) throws -> Int {
        try connection.execute("DELETE FROM inbox WHERE state = 'done' AND decided_at < \(moment)")
        return connection.changedRows
    }

    private static let entryColumns: SQL = """
        id, account, source, delivery_id, digest, headers, body, received_at, state, attempts, not_before, error,
        decided_at
        """

    private static func entry(_ row: SQLRow) -> InboxEntry {
        InboxEntry(
            id: row.int(0),
            delivery: InboxDelivery(
                account: AccountID(row.text(1)),
                source: row.text(2),
                deliveryID: row.text(3),
                digest: row.bytes(4),
                headers: row.text(5),
                body: row.bytes(6),
                receivedAt: Timestamp(milliseconds: row.int(7))
            ),
            state: InboxState(rawValue: row.text(8)) ?? .dead,
            attempts: Int(row.int(9)),
            notBefore: Timestamp(milliseconds: row.int(10)),
            error: row.optionalText(11),
            decidedAt: row.optionalInt(12).map { Timestamp(milliseconds: $0) }
        )
    }
}
