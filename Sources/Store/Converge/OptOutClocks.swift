import Reconciliation

/// The clocks of opt-outs: when each was received, flagged in the CRM, and off the lists.
///
/// A clock belongs to an event of the ledger, by its sequence; the ledger itself is never changed for it.
package enum OptOutClocks {
    /// One opt-out's clock.
    package struct Row: Sendable, Hashable {
        /// The ledger's sequence.
        package var event: Int64
        package var receivedAt: Timestamp
        /// From when it counts: its arrival, or the first link for what was known before; nil before that.
        package var countedFrom: Timestamp?
        /// When the last record with the address was confirmed as flagged.
        package var flaggedAt: Timestamp?
        /// When the last contact with the address was off every managed list, and unsubscribed.
        package var offListsAt: Timestamp?
        /// When it was seen that the opt-out does not stand any more, before it was carried out.
        package var liftedAt: Timestamp?
        /// Whether any record had the address when it was flagged; nil before.
        package var hadRecord: Bool?

        /// Whether it is not carried out everywhere.
        package var isOpen: Bool { liftedAt == nil && (flaggedAt == nil || offListsAt == nil) }

        /// Seconds until it was flagged.
        package var secondsToFlag: Int64? { Self.seconds(from: countedFrom, to: flaggedAt) }
        /// Seconds until it was off the lists.
        package var secondsToLeave: Int64? { Self.seconds(from: countedFrom, to: offListsAt) }

        /// How late it is; in time once it is carried out.
        package func lateness(at now: Timestamp) -> OptOutLateness {
            guard isOpen, let countedFrom else { return .inTime }
            return OptOutLateness(since: countedFrom, at: now)
        }

        private static func seconds(from start: Timestamp?, to end: Timestamp?) -> Int64? {
            guard let start, let end else { return nil }
            return max(0, (end.milliseconds - start.milliseconds) / 1000)
        }
    }

    /// An open clock with its address.
    package struct Open: Sendable, Hashable {
        package var row: Row
        package var address: Address
        package var source: ConsentSource
        /// The lateness that was warned of last.
        package var warned: Int64
    }

    /// Starts the clocks of the opt-outs that arrived since the last time.
    ///
    /// - Parameter counts: whether opt-outs are carried out already; before the first link they are not.
    package static func start(counts: Bool, at now: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO opt_out_clock (event, received_at, counted_from)
            SELECT sequence, received_at, CASE WHEN \(counts) THEN received_at END FROM consent_event
            WHERE kind = 'opt-out' AND sequence > ifnull((SELECT max(event) FROM opt_out_clock), 0)
            ORDER BY sequence
            """
        )
        guard counts else { return }
        try connection.execute(
            """
            UPDATE opt_out_clock SET counted_from = max(received_at, \(now.milliseconds))
            WHERE counted_from IS NULL AND lifted_at IS NULL AND (flagged_at IS NULL OR off_lists_at IS NULL)
            """
        )
    }

    /// Whether there is an opt-out without a clock, or one that does not count yet though it should.
    package static func isBehind(counts: Bool, in connection: any SQLConnection) throws -> Bool {
        let behind = try connection.value(
            """
            SELECT 1 FROM consent_event
            WHERE sequence > ifnull((SELECT max(event) FROM opt_out_clock), 0) AND kind = 'opt-out' LIMIT 1
            """
        )
        if behind != nil { return true }
        guard counts else { return false }
        return try connection.value(
            """
            SELECT 1 FROM opt_out_clock
            WHERE counted_from IS NULL AND lifted_at IS NULL AND (flagged_at IS NULL OR off_lists_at IS NULL) LIMIT 1
            """
        ) != nil
    }

    /// The open clocks, the oldest first.
    ///
    /// - Parameter addresses: only of these; nil for all.
    package static func open(
        among addresses: [Address]? = nil,
        limit: Int = 2_000,
        in connection: any SQLConnection
    ) throws -> [Open] {
        let anyOpen = try connection.value(
            """
            SELECT 1 FROM opt_out_clock
            WHERE lifted_at IS NULL AND (flagged_at IS NULL OR off_lists_at IS NULL) LIMIT 1
            """
        )
        if anyOpen == nil { return [] }
        guard let addresses else {
            return try connection.rows(
                """
                SELECT \(raw: columns), e.address, e.source, c.warned FROM opt_out_clock c
                JOIN consent_event e ON e.sequence = c.event
                WHERE c.lifted_at IS NULL AND (c.flagged_at IS NULL OR c.off_lists_at IS NULL)
                ORDER BY c.counted_from IS NULL, c.counted_from, c.event LIMIT \(limit)
                """,
                open
            )
        }
        var found: [Open] = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            found += try connection.rows(
                """
                SELECT \(raw: columns), e.address, e.source, c.warned FROM consent_event e
                JOIN opt_out_clock c ON c.event = e.sequence
                WHERE e.address IN \(list: texts) AND e.kind = 'opt-out'
                    AND c.lifted_at IS NULL AND (c.flagged_at IS NULL OR c.off_lists_at IS NULL)
                ORDER BY c.event
                """,
                open
            )
        }
        return found
    }

    /// Notes that the records with the address were confirmed as flagged.
    package static func flagged(
        _ event: Int64,
        hadRecord: Bool,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE opt_out_clock SET flagged_at = \(moment.milliseconds), had_record = \(hadRecord)
            WHERE event = \(event) AND flagged_at IS NULL
            """
        )
    }

    /// Notes that the address is off the lists everywhere.
    package static func offLists(_ event: Int64, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE opt_out_clock SET off_lists_at = \(moment.milliseconds)
            WHERE event = \(event) AND off_lists_at IS NULL
            """
        )
    }

    /// Notes that the opt-out was lifted before it was carried out.
    package static func lifted(_ event: Int64, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE opt_out_clock SET lifted_at = \(moment.milliseconds)
            WHERE event = \(event) AND lifted_at IS NULL AND (flagged_at IS NULL OR off_lists_at IS NULL)
            """
        )
    }

    /// Notes that somebody was warned of how late an opt-out is.
    package static func warned(_ event: Int64, of lateness: Int64, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE opt_out_clock SET warned = \(lateness) WHERE event = \(event)")
    }

    /// The clocks of opt-outs that arrived at or after a moment, by the ledger's sequence.
    package static func all(since moment: Timestamp, in connection: any SQLConnection) throws -> [Int64: Row] {
        var found: [Int64: Row] = [:]
        try connection.forEach(
            "SELECT \(raw: columns) FROM opt_out_clock c WHERE c.received_at >= \(moment.milliseconds)"
        ) { found[$0.int(0)] = row($0) }
        return found
    }

    /// The clocks of the given events, by the ledger's sequence; one that was not started is absent.
    package static func of(_ events: [Int64], in connection: any SQLConnection) throws -> [Int64: Row] {
        var found: [Int64: Row] = [:]
        for chunk in events.chunks(of: 500) {
            try connection.forEach("SELECT \(raw: columns) FROM opt_out_clock c WHERE c.event IN \(list: chunk)") {
                found[$0.int(0)] = row($0)
            }
        }
        return found
    }

    /// How many opt-outs are open that count, how many of them are late, and since when the oldest is.
    ///
    /// Cheap: an index holds the open ones alone.
    package static func openCounts(
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> (late: Int64, oldest: Timestamp?) {
        let limit = now.advanced(bySeconds: -OptOutLateness.warningHours * 3600)
        return try connection.first(
            """
            SELECT count(CASE WHEN counted_from <= \(limit.milliseconds) THEN 1 END), min(counted_from)
            FROM opt_out_clock
            WHERE counted_from IS NOT NULL AND lifted_at IS NULL AND (flagged_at IS NULL OR off_lists_at IS NULL)
            """
        ) { ($0.int(0), $0.optionalInt(1).map(Timestamp.init(milliseconds:))) } ?? (0, nil)
    }

    /// The condition and the columns by which open clocks join a query of addresses that are not finished.
    package static let openAddresses = """
        SELECT e.address AS address, c.counted_from AS since FROM opt_out_clock c
        JOIN consent_event e ON e.sequence = c.event
        WHERE c.counted_from IS NOT NULL AND c.lifted_at IS NULL
            AND (c.flagged_at IS NULL OR c.off_lists_at IS NULL)
        """

    private static let columns =
        "c.event, c.received_at, c.counted_from, c.flagged_at, c.off_lists_at, c.lifted_at, c.had_record"

    private static func row(_ row: SQLRow) -> Row {
        Row(
            event: row.int(0),
            receivedAt: Timestamp(milliseconds: row.int(1)),
            countedFrom: row.optionalInt(2).map(Timestamp.init(milliseconds:)),
            flaggedAt: row.optionalInt(3).map(Timestamp.init(milliseconds:)),
            offListsAt: row.optionalInt(4).map(Timestamp.init(milliseconds:)),
            liftedAt: row.optionalInt(5).map(Timestamp.init(milliseconds:)),
            hadRecord: row.optionalInt(6).map { $0 != 0 }
        )
    }

    private static func open(_ row: SQLRow) throws -> Open {
        guard let source = ConsentSource(text: row.text(8)) else {
            throw DomainError.unreadableRow(table: "consent_event", key: String(row.int(0)))
        }
        return Open(
            row: self.row(row),
            address: Address(compared: row.text(7)),
            source: source,
            warned: row.int(9)
        )
    }
}
