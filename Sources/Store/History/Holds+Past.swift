import Reconciliation

extension Holds {
    /// A hold as it was at a moment, and the row by which an address was in it.
    package struct PastRow: Sendable, Hashable {
        package var hold: Hold
        package var row: HoldRow
        /// How many rows it had then.
        package var count: Int
    }

    /// The rows that addresses had at a moment and that were undecided, at work or dismissed then.
    ///
    /// What is held about a record is named by the address that the record has; so it is found under the one that it had
    /// at the moment. Why a hold is there and what may be chosen are as they were last.
    package static func rows(
        of addresses: [Address],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [PastRow] {
        let rows = try pastRows(
            where: """
                r.address IN \(list: addresses)
                OR r.id IN (SELECT hold_row FROM hold_row_history WHERE address IN \(list: addresses))
                """,
            at: moment,
            in: connection
        )
        return rows.filter { past in addresses.contains { $0.text == past.row.address } }
    }

    /// The row of a cause that was undecided, at work or dismissed at a moment.
    package static func row(
        of cause: HoldCause,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> PastRow? {
        try pastRows(where: "r.cause = \(cause.text)", at: moment, in: connection).last
    }

    private static func pastRows(
        where condition: SQL,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [PastRow] {
        // Rows of an older version have no times of their own: they came and went with their hold.
        let rows = try connection.rows(
            """
            SELECT \(raw: prefixedRowColumns),
                (SELECT count(*) FROM hold_row o WHERE o.hold = r.hold AND ifnull(o.since, h.raised_at) <= \(moment)),
                (SELECT a.address FROM hold_row_history a WHERE a.hold_row = r.id AND a.until > \(moment)
                    ORDER BY a.until LIMIT 1)
            FROM hold_row r JOIN hold h ON h.id = r.hold
            WHERE (\(condition)) AND ifnull(r.since, h.raised_at) <= \(moment)
                AND (r.state IN ('open', 'approved', 'dismissed')
                    OR ifnull(r.over_at, ifnull(h.ended_at, h.raised_at)) > \(moment))
            ORDER BY r.id
            """
        ) { (row: try row($0), count: Int($0.int(12)), address: $0.optionalText(13)) }
        return try rows.compactMap { found in
            guard var hold = try find(found.row.hold, in: connection) else { return nil }
            var row = found.row
            if let address = found.address { row.address = address }
            if let ended = hold.endedAt, ended <= moment {
                // It keeps the address that it was decided under.
            } else {
                // An open hold is named by the address of its one row, which may have gone along to another since.
                if !hold.address.isEmpty || (hold.kind.isShared && found.count == 1) { hold.address = row.address }
                hold.state = .open
                hold.endedAt = nil
                hold.choice = nil
                hold.note = nil
            }
            row.state =
                switch hold.state {
                case .approved: .approved
                case .dismissed: .dismissed
                case .open, .closed: .open
                }
            return PastRow(hold: hold, row: row, count: found.count)
        }
    }
}
