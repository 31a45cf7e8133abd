import Reconciliation

/// What was parked.
package enum ParkedHistory {
    /// Keeps parked rows before they go or say something else.
    ///
    /// - Parameter condition: which rows.
    static func keep(
        where condition: SQL,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO parked_history (account, address, subject, code, until, text, since)
            SELECT account, address, subject, code, \(moment), text, since FROM parked
            WHERE \(condition) AND since < \(moment)
            ON CONFLICT DO NOTHING
            """
        )
    }

    /// The rows that were parked for an address at a moment, in the order of `Parked.all`.
    package static func of(
        _ address: Address,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [Parked.Row] {
        var found: [Parked.Row] = []
        // The state that ended first after the moment is the one that was; the present one has not ended.
        try connection.forEach(
            """
            SELECT account, subject, code, text, since, until FROM parked_history
            WHERE address = \(address) AND until > \(moment) AND since <= \(moment)
            UNION ALL
            SELECT account, subject, code, text, since, \(Int64.max) FROM parked
            WHERE address = \(address) AND since <= \(moment)
            ORDER BY 1, 2, 3, 6
            """
        ) { row in
            let account = AccountID(row.text(0))
            let (subject, code) = (row.text(1), row.text(2))
            if let last = found.last, last.account == account, last.subject == subject, last.code == code { return }
            found.append(
                Parked.Row(
                    account: account,
                    address: address.text,
                    subject: subject,
                    code: code,
                    text: row.text(3),
                    since: Timestamp(milliseconds: row.int(4))
                )
            )
        }
        return found
    }
}
