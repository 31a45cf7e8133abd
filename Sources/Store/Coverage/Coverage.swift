import Reconciliation

/// When each source was heard and when it was not, so that it can be said up to when every opt-out is accounted for.
///
/// A source *ticks*: a poll with every whole reading, a webhook route with every sign of life of the listener. What lies
/// between two ticks that are too far apart is a gap; it is opened before the source is read back, and closed in the
/// transaction that says how far it was read.
package enum Coverage {
    /// One source of an account; nil before it was heard for the first time.
    package static func source(
        _ kind: CoverageGap.Kind,
        of account: AccountID,
        in connection: any SQLConnection
    ) throws -> CoverageSource? {
        try connection.first(
            """
            SELECT covered_from, tick_at, is_running FROM coverage_source
            WHERE account = \(account) AND kind = \(kind.rawValue)
            """
        ) { row in
            CoverageSource(
                account: account,
                kind: kind,
                coveredFrom: Timestamp(milliseconds: row.int(0)),
                tickAt: Timestamp(milliseconds: row.int(1)),
                isRunning: row.bool(2)
            )
        }
    }

    /// Notes that a source was heard up to a moment.
    ///
    /// - Parameters:
    ///   - from: since when it is covered, where this is its first tick.
    ///   - isRunning: whether a process says that it goes on hearing it; known sources stay as they are.
    package static func tick(
        _ kind: CoverageGap.Kind,
        of account: AccountID,
        at moment: Timestamp,
        from: Timestamp? = nil,
        isRunning: Bool,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO coverage_source (account, kind, covered_from, tick_at, is_running)
            VALUES (\(account), \(kind.rawValue), \(from ?? moment), \(moment), \(isRunning))
            ON CONFLICT (account, kind) DO UPDATE SET tick_at = max(coverage_source.tick_at, excluded.tick_at)
            """
        )
    }

    /// Notes that a process begins to hear a source, or stops in good order; a source that was never heard stays so.
    package static func setRunning(
        _ isRunning: Bool,
        _ kind: CoverageGap.Kind,
        of account: AccountID,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE coverage_source SET is_running = \(isRunning)
            WHERE account = \(account) AND kind = \(kind.rawValue)
            """
        )
    }

    /// Opens a gap unless one of its source and cause is open that began no later and was not read back; that one goes on.
    ///
    /// - Returns: whether there is a new one.
    @discardableResult
    package static func open(_ gap: CoverageGap, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE coverage_gap SET ended_at = \(gap.endedAt), is_baseline = max(is_baseline, \(gap.isBaseline)),
                needs_walk = max(needs_walk, \(gap.needsWalk))
            WHERE account = \(gap.account) AND kind = \(gap.kind.rawValue) AND cause = \(gap.cause.rawValue)
                AND closed_at IS NULL AND read_back_at IS NULL AND began_at <= \(gap.beganAt)
            """
        )
        if connection.changedRows > 0 { return false }
        try connection.execute(
            """
            INSERT INTO coverage_gap (account, kind, cause, began_at, ended_at, is_baseline, needs_walk,
                first_refused_at)
            VALUES (\(gap.account), \(gap.kind.rawValue), \(gap.cause.rawValue), \(gap.beganAt), \(gap.endedAt),
                \(gap.isBaseline), \(gap.needsWalk), \(gap.firstRefusedAt))
            """
        )
        return true
    }

    /// Notes that open gaps of a source have ended: it is heard again.
    package static func end(
        _ kind: CoverageGap.Kind,
        of account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE coverage_gap SET ended_at = \(moment)
            WHERE account = \(account) AND kind = \(kind.rawValue) AND closed_at IS NULL AND ended_at IS NULL
            """
        )
    }

    /// Makes open gaps of a source that began before a moment baselines.
    package static func makeBaseline(
        _ kind: CoverageGap.Kind,
        of account: AccountID,
        beganBefore moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE coverage_gap SET is_baseline = 1
            WHERE account = \(account) AND kind = \(kind.rawValue) AND closed_at IS NULL AND began_at < \(moment)
            """
        )
    }

    /// Notes that an account's open gaps which began before a moment cannot be read back: only a walk closes them.
    package static func demandWalk(
        of account: AccountID,
        beganBefore moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE coverage_gap SET needs_walk = 1
            WHERE account = \(account) AND closed_at IS NULL AND read_back_at IS NULL AND began_at < \(moment)
            """
        )
    }

    /// Closes one gap.
    ///
    /// - Returns: false when it was closed already.
    @discardableResult
    package static func close(
        _ id: Int64,
        by reading: String,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE coverage_gap SET closed_at = \(moment), closed_by = \(reading), ended_at = ifnull(ended_at, \(moment))
            WHERE id = \(id) AND closed_at IS NULL
            """
        )
        return connection.changedRows > 0
    }

    /// The open gaps of an account, oldest first.
    package static func openGaps(of account: AccountID, in connection: any SQLConnection) throws -> [CoverageGap] {
        try connection.rows(
            """
            SELECT \(raw: columns) FROM coverage_gap
            WHERE account = \(account) AND closed_at IS NULL ORDER BY began_at, id
            """,
            gap
        )
    }

    /// The gaps of an account that were closed last, latest first.
    package static func closedGaps(
        of account: AccountID,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [CoverageGap] {
        try connection.rows(
            """
            SELECT \(raw: columns) FROM coverage_gap
            WHERE account = \(account) AND closed_at IS NOT NULL ORDER BY id DESC LIMIT \(limit)
            """,
            gap
        )
    }

    /// Whether the next whole reading of an account is a baseline, and whether a restored database is why.
    package static func baseline(
        of account: AccountID,
        in connection: any SQLConnection
    ) throws -> (isBaseline: Bool, isRestored: Bool) {
        try connection.first(
            """
            SELECT ifnull(max(is_baseline), 0), ifnull(max(cause = 'restored'), 0) FROM coverage_gap
            WHERE account = \(account) AND kind = 'poll' AND closed_at IS NULL
            """
        ) { ($0.bool(0), $0.bool(1)) } ?? (false, false)
    }

    /// When the account's last baseline ended; nil when there was none, the present while one goes on.
    package static func lastBaseline(
        of account: AccountID,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> Timestamp? {
        try connection.value(
            """
            SELECT max(ifnull(closed_at, \(now))) FROM coverage_gap
            WHERE account = \(account) AND kind = 'poll' AND is_baseline = 1
            """
        ).map(Timestamp.init(milliseconds:))
    }

    static let columns = """
        id, account, kind, cause, began_at, ended_at, is_baseline, needs_walk, closed_at, closed_by, read_back_at,
        first_refused_at
        """

    static func gap(_ row: SQLRow) throws -> CoverageGap {
        guard let kind = CoverageGap.Kind(rawValue: row.text(2)), let cause = CoverageGap.Cause(rawValue: row.text(3))
        else { throw DomainError.unreadableRow(table: "coverage_gap", key: String(row.int(0))) }
        return CoverageGap(
            id: row.int(0),
            account: AccountID(row.text(1)),
            kind: kind,
            cause: cause,
            beganAt: Timestamp(milliseconds: row.int(4)),
            endedAt: row.optionalInt(5).map(Timestamp.init(milliseconds:)),
            isBaseline: row.bool(6),
            needsWalk: row.bool(7),
            closedAt: row.optionalInt(8).map(Timestamp.init(milliseconds:)),
            closedBy: row.optionalText(9),
            readBackAt: row.optionalInt(10).map(Timestamp.init(milliseconds:)),
            firstRefusedAt: row.optionalInt(11).map(Timestamp.init(milliseconds:))
        )
    }
}
