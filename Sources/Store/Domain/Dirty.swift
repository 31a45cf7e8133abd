import Reconciliation

/// The set of (account, address) whose two sides may differ.
///
/// Removing a row and sending are one decision.
package enum Dirty {
    /// A row as it was claimed.
    package struct Row: Sendable, Hashable {
        /// Given once: a row that was removed and marked anew is another row.
        package var id: Int64
        package var address: Address
        package var lane: Int
        /// Changes with every marking, so that a decision on an older state does not remove a newer mark.
        package var version: Int64
        package var attempts: Int64
        package var since: Timestamp
    }

    /// Marks an address for an account.
    ///
    /// A mark that is there already keeps the earlier time and the more urgent lane.
    ///
    /// - Parameters:
    ///   - reason: why, from a bounded set of words.
    ///   - attempts: how often it was tried in vain since anything changed.
    package static func mark(
        _ address: Address,
        account: AccountID,
        lane: Int,
        reason: String,
        at moment: Timestamp,
        notBefore: Timestamp? = nil,
        attempts: Int64 = 0,
        in connection: any SQLConnection
    ) throws {
        let start = notBefore ?? moment
        try connection.execute(
            """
            INSERT INTO dirty (account, address, lane, reason, not_before, since, version, attempts)
            VALUES (\(account.rawValue), \(address.text), \(lane), \(reason), \(start.milliseconds),
                \(moment.milliseconds), 1, \(attempts))
            ON CONFLICT (account, address) DO UPDATE SET
                reason = CASE WHEN excluded.lane < lane THEN excluded.reason ELSE reason END,
                lane = min(lane, excluded.lane), not_before = min(not_before, excluded.not_before),
                version = version + 1, attempts = excluded.attempts
            """
        )
    }

    /// Rows that may be worked now, the most urgent lane first, then those that may be worked the longest.
    ///
    /// That is the order of the index, so that a round reads what it takes and no more, however much waits.
    ///
    /// - Parameter lanes: the lanes to take from.
    package static func next(
        account: AccountID,
        lanes: ClosedRange<Int>,
        at moment: Timestamp,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [Row] {
        try connection.rows(
            """
            SELECT address, lane, version, attempts, since, id FROM dirty
            WHERE account = \(account.rawValue) AND lane BETWEEN \(lanes.lowerBound) AND \(lanes.upperBound)
                AND not_before <= \(moment.milliseconds)
            ORDER BY lane, not_before, since, id LIMIT \(limit)
            """
        ) {
            row($0)
        }
    }

    /// The rows of the addresses as they are now.
    package static func current(
        _ addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Row] {
        var found: [Row] = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            found += try connection.rows(
                """
                SELECT address, lane, version, attempts, since, id FROM dirty
                WHERE account = \(account.rawValue) AND address IN \(list: texts) ORDER BY lane, since, address
                """
            ) { row($0) }
        }
        return found
    }

    /// The rows of the addresses that may be worked now, the most urgent lane first, then the oldest.
    package static func due(
        _ addresses: Set<Address>,
        account: AccountID,
        lanes: ClosedRange<Int>,
        at moment: Timestamp,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [Row] {
        var found: [Row] = []
        for chunk in addresses.sorted().chunks(of: 500) {
            let texts = chunk.map(\.text)
            found += try connection.rows(
                """
                SELECT address, lane, version, attempts, since, id FROM dirty
                WHERE account = \(account.rawValue) AND address IN \(list: texts)
                    AND lane BETWEEN \(lanes.lowerBound) AND \(lanes.upperBound)
                    AND not_before <= \(moment.milliseconds)
                """
            ) { row($0) }
        }
        found.sort { ($0.lane, $0.since, $0.address) < ($1.lane, $1.since, $1.address) }
        return Array(found.prefix(limit))
    }

    /// Removes a row if nothing marked it again since it was claimed.
    ///
    /// - Returns: whether it was removed; when not, the decision is out of date and must not be sent.
    @discardableResult
    package static func removeIfUnchanged(
        _ row: Row,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            DELETE FROM dirty
            WHERE id = \(row.id) AND account = \(account.rawValue) AND version = \(row.version)
            """
        )
        return connection.changedRows == 1
    }

    /// Puts a row off, whatever marked it.
    package static func postpone(
        _ address: Address,
        account: AccountID,
        until moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE dirty SET not_before = \(moment.milliseconds), attempts = attempts + 1
            WHERE account = \(account.rawValue) AND address = \(address.text)
            """
        )
    }

    /// Puts a row off if nothing marked it again since it was claimed.
    package static func postponeIfUnchanged(
        _ row: Row,
        account: AccountID,
        until moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE dirty SET not_before = \(moment.milliseconds), attempts = attempts + 1
            WHERE id = \(row.id) AND account = \(account.rawValue) AND version = \(row.version)
            """
        )
    }

    /// How many rows wait for an account, or for all; rows of opt-outs, too, with the oldest.
    package static func counts(
        account: AccountID?,
        in connection: any SQLConnection
    ) throws -> (all: Int64, optOuts: Int64, oldestOptOut: Timestamp?) {
        let filter: SQL = account.map { "WHERE account = \($0.rawValue)" } ?? ""
        return try connection.first(
            """
            SELECT count(*), count(CASE WHEN lane = 1 THEN 1 END), min(CASE WHEN lane = 1 THEN since END)
            FROM dirty \(filter)
            """
        ) { ($0.int(0), $0.int(1), $0.optionalInt(2).map(Timestamp.init(milliseconds:))) } ?? (0, 0, nil)
    }

    /// The moment at which the next postponed row of an account can be worked; nil when none waits.
    package static func nextMoment(
        account: AccountID,
        lanes: ClosedRange<Int>,
        in connection: any SQLConnection
    ) throws -> Timestamp? {
        try connection.value(
            """
            SELECT min(not_before) FROM dirty
            WHERE account = \(account.rawValue) AND lane BETWEEN \(lanes.lowerBound) AND \(lanes.upperBound)
            """
        ).map(Timestamp.init(milliseconds:))
    }

    private static func row(_ row: SQLRow) -> Row {
        Row(
            id: row.int(5),
            address: Address(compared: row.text(0)),
            lane: Int(row.int(1)),
            version: row.int(2),
            attempts: row.int(3),
            since: Timestamp(milliseconds: row.int(4))
        )
    }
}
