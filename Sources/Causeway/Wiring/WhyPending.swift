import Reconciliation
import Store

/// Something that is still to be done for the address.
struct WhyPending: Sendable, Encodable {
    var account: String
    /// `decide` for an address that waits to be decided; else the kind of write.
    var kind: String
    /// `waiting` for one that waits to be decided; else `open`, `running` or `confirming`.
    var state: String
    var subject: String?
    var since: String
    var lane: Int64

    static func all(of address: Address, in connection: any SQLConnection) throws -> [WhyPending] {
        let waiting = try connection.rows(
            "SELECT account, reason, since, lane FROM dirty WHERE address = \(address.text) ORDER BY account"
        ) {
            WhyPending(
                account: $0.text(0),
                kind: "decide",
                state: "waiting",
                subject: $0.text(1),
                since: Timestamp(milliseconds: $0.int(2)).text,
                lane: $0.int(3)
            )
        }
        let writes = try connection.rows(
            """
            SELECT i.account, i.kind, i.state, r.subject, i.created_at, i.lane
            FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE r.is_open = 1 AND (r.intent, r.position) IN (\(Intents.rows(about: address))) ORDER BY i.id
            """
        ) {
            WhyPending(
                account: $0.text(0),
                kind: $0.text(1),
                state: $0.text(2),
                subject: $0.text(3),
                since: Timestamp(milliseconds: $0.int(4)).text,
                lane: $0.int(5)
            )
        }
        return waiting + writes
    }
}

extension WhyPending {
    /// A write that had not ended at a moment past; nil of one that had.
    init?(pastWrite write: WhyWrite) {
        guard write.isPending else { return nil }
        self.init(
            account: write.account,
            kind: write.kind,
            state: write.state,
            subject: write.subject,
            since: write.decided,
            lane: write.lane
        )
    }
}
