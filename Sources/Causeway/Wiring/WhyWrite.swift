import Reconciliation
import Store

/// A write to either side that the address was part of.
struct WhyWrite: Sendable, Encodable {
    var account: String
    var kind: String
    var subject: String
    var decided: String
    var ended: String?
    /// `open`, `running`, `confirming`, `done` or `failed`; at a moment past `open` for one that had not ended then.
    var state: String
    /// What the service answered to it, such as the lock version, as JSON.
    var answer: String?
    var result: String?
    var lane: Int64
    var isPending: Bool

    /// The writes that were decided until a moment, as they stood then; the newest first.
    static func all(
        of address: Address,
        until moment: Timestamp?,
        in connection: any SQLConnection
    ) throws -> [WhyWrite] {
        try connection.rows(
            """
            SELECT i.account, i.kind, r.subject, i.created_at, i.ended_at, i.state, r.answer, i.result, i.lane
            FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE (r.intent, r.position) IN (\(Intents.rows(about: address)))
                AND i.created_at <= \(moment?.milliseconds ?? .max)
            ORDER BY i.id DESC LIMIT 200
            """
        ) { row in
            let ended = row.optionalInt(4).map(Timestamp.init(milliseconds:))
            let hadEnded = ended.map { end in moment.map { end <= $0 } ?? true } ?? false
            return WhyWrite(
                account: row.text(0),
                kind: row.text(1),
                subject: row.text(2),
                decided: Timestamp(milliseconds: row.int(3)).text,
                ended: hadEnded ? ended?.text : nil,
                state: hadEnded || moment == nil ? row.text(5) : "open",
                answer: hadEnded ? row.optionalText(6) : nil,
                result: hadEnded ? row.optionalText(7) : nil,
                lane: row.int(8),
                isPending: !hadEnded
            )
        }
    }

    private enum CodingKeys: String, CodingKey {
        case account, kind, subject, decided, ended, state, answer, result
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account, forKey: .account)
        try container.encode(kind, forKey: .kind)
        try container.encode(subject, forKey: .subject)
        try container.encode(decided, forKey: .decided)
        try container.encode(ended, forKey: .ended)
        try container.encode(state, forKey: .state)
        try container.encode(answer, forKey: .answer)
        try container.encode(result, forKey: .result)
    }
}
