import Reconciliation

/// What is known of how a source repeats deliveries that were not answered, where they tell what nothing else can.
package struct DeliveryWindow: Hashable, Sendable {
    /// How long the sender goes on repeating one, in milliseconds.
    package var milliseconds: Int64

    package init(seconds: Int64) {
        milliseconds = seconds * 1000
    }

    /// The time of a gap whose deliveries will not come again; nil where all of them were repeated after it.
    ///
    /// In a gap that is longer than the window the sender has given up on the first ones before it ended. After a
    /// restore nothing comes again: the deliveries of that time were answered.
    package func lost(in gap: CoverageGap) -> (from: Timestamp, to: Timestamp)? {
        guard gap.kind == .webhook, let end = gap.endedAt else { return nil }
        if gap.cause == .restored { return gap.beganAt < end ? (gap.beganAt, end) : nil }
        let began = gap.firstRefusedAt ?? gap.beganAt
        let limit = Timestamp(milliseconds: end.milliseconds - milliseconds)
        return began < limit ? (began, limit) : nil
    }
}

extension Coverage {
    /// Whether anybody may send deliveries of an account: its secret was given out, or some came, refused ones included.
    package static func hasSender(_ account: AccountID, in connection: any SQLConnection) throws -> Bool {
        if try WebhookSecrets.wasGivenOut(of: account, on: connection) { return true }
        return try connection.value(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM inbox WHERE account = \(account))
                OR EXISTS (SELECT 1 FROM coverage_gap WHERE account = \(account) AND cause = 'refused')
            """
        ) != nil
    }

    /// How long a route was listened to since a gap of it ended, in milliseconds; nil while the gap goes on.
    package static func uptime(since gap: CoverageGap, in connection: any SQLConnection) throws -> Int64? {
        guard let end = gap.endedAt, let source = try Self.source(.webhook, of: gap.account, in: connection) else {
            return nil
        }
        let down = try connection.value(
            """
            SELECT sum(max(0, ifnull(ended_at, \(source.tickAt)) - max(began_at, \(end)))) FROM coverage_gap
            WHERE account = \(gap.account) AND kind = 'webhook' AND id <> \(gap.id)
                AND ifnull(ended_at, \(source.tickAt)) > \(end)
            """
        )
        return max(0, source.tickAt.milliseconds - end.milliseconds - (down ?? 0))
    }

    /// Notes that a gap's account was read back, though its sender has yet to come again.
    package static func readBack(_ id: Int64, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE coverage_gap SET read_back_at = \(moment) WHERE id = \(id) AND closed_at IS NULL"
        )
    }

    /// The times whose deliveries will not come again, oldest first.
    package static func lostDeliveries(
        of account: AccountID,
        window: DeliveryWindow,
        in connection: any SQLConnection
    ) throws -> [(from: Timestamp, to: Timestamp)] {
        try connection.rows(
            """
            SELECT \(raw: columns) FROM coverage_gap
            WHERE account = \(account) AND kind = 'webhook' AND ended_at IS NOT NULL
                AND (cause = 'restored' OR ended_at - began_at > \(window.milliseconds))
            ORDER BY began_at, id
            """,
            gap
        ).compactMap(window.lost)
    }
}
