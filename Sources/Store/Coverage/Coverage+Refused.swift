import Reconciliation

extension Coverage {
    /// Opens or extends the gap of a webhook route whose deliveries were refused for a signature of no valid secret.
    ///
    /// The sender's secret went stale after its last delivery that was taken; when that was is a safe beginning. What was
    /// read back since need not be read again.
    package static func refused(
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        // Counts arrive a moment later: the account may be gone by then.
        guard try Accounts.find(account, on: connection) != nil else { return }
        let lastTaken =
            try connection.value(
                "SELECT received_at FROM inbox WHERE account = \(account) ORDER BY id DESC LIMIT 1"
            ) ?? Int64.min
        let closed =
            try connection.value(
                """
                SELECT max(ended_at) FROM coverage_gap
                WHERE account = \(account) AND kind = 'webhook' AND closed_at IS NOT NULL
                """
            ) ?? Int64.min
        let heard = try source(.webhook, of: account, in: connection)?.coveredFrom.milliseconds ?? moment.milliseconds
        let began = Timestamp(milliseconds: min(moment.milliseconds, max(lastTaken, closed, heard)))
        if let going = try openGaps(of: account, in: connection).first(where: {
            $0.kind == .webhook && $0.cause == .refused
        }) {
            // What was refused since it was read back is read back as well.
            try connection.execute(
                """
                UPDATE coverage_gap SET ended_at = max(ended_at, \(moment)), read_back_at = NULL WHERE id = \(going.id)
                """
            )
            return
        }
        try open(
            CoverageGap(
                account: account,
                kind: .webhook,
                cause: .refused,
                beganAt: began,
                endedAt: moment,
                firstRefusedAt: moment
            ),
            in: connection
        )
    }
}
