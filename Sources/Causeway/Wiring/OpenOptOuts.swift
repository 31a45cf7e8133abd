import Reconciliation
import Store

/// Opt-outs that are not carried out everywhere yet: their clocks run, their addresses wait to be decided or are being
/// written, or are in dispute.
enum OpenOptOuts {
    /// How many addresses, and since when the oldest waits.
    static func read(in connection: any SQLConnection) throws -> (open: Int64, oldest: Timestamp?) {
        let disputes = HoldKind.allCases.filter(\.isDispute).map(\.rawValue)
        return try connection.first(
            """
            SELECT count(DISTINCT address), min(since) FROM (
                SELECT address, since FROM dirty WHERE lane = 1
                UNION ALL
                SELECT r.address, i.created_at FROM intent i JOIN intent_row r ON r.intent = i.id
                WHERE i.state IN ('open', 'running', 'confirming') AND i.lane = 1 AND r.is_open = 1
                UNION ALL
                SELECT r.address, h.raised_at FROM hold_row r JOIN hold h ON h.id = r.hold
                WHERE r.state = 'open' AND h.kind IN \(list: disputes)
                UNION ALL
                \(raw: OptOutClocks.openAddresses)
            )
            """
        ) { ($0.int(0), $0.optionalInt(1).map(Timestamp.init(milliseconds:))) } ?? (0, nil)
    }
}
