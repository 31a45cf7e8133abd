import Reconciliation
import Store

/// An opt-out on the ledger, with how far it is carried out as the store knows it, and how long that took.
struct OptOutReading: Sendable, Encodable {
    var address: String
    var received: String
    var at: String?
    var by: String
    var source: String
    var rule: String
    var stands: Bool
    var flagged: Bool?
    var flaggedAt: String?
    var flaggedSeconds: Int64?
    var offLists: Bool
    var offListsAt: String?
    var offListsSeconds: Int64?
    /// How late it is, while it is open; `in-time` once it is carried out.
    var lateness: String
    /// Seconds for which it has been open; nil once it is carried out.
    var openSeconds: Int64?

    /// Every opt-out that arrived at or after a moment, in the order of arrival.
    static func all(
        since moment: Timestamp,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> [OptOutReading] {
        let events = try Ledger.events(since: moment, limit: Int(Int32.max), in: connection)
        let clocks = try OptOutClocks.all(since: moment, in: connection)
        return try events.filter { $0.event.kind == .optOut }.map {
            try reading(of: $0.event, clock: clocks[$0.sequence], at: now, in: connection)
        }
    }

    private static func reading(
        of event: ConsentEvent,
        clock: OptOutClocks.Row?,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> OptOutReading {
        let address = event.address
        let records = try RecordMirrors.having([address], in: connection).map(\.mirror.record).filter { !$0.isDeleted }
        let listed = try connection.value(
            """
            SELECT 1 FROM contact c JOIN contact_list l ON l.account = c.account AND l.contact = c.id
            WHERE c.address = \(address.text) AND c.is_deleted = 0
                AND (EXISTS (SELECT 1 FROM link k WHERE k.account = l.account AND k.list = l.list)
                    OR EXISTS (SELECT 1 FROM master_list m WHERE m.account = l.account AND m.list = l.list))
            LIMIT 1
            """
        )
        return OptOutReading(
            address: address.text,
            received: event.receivedAt.text,
            at: event.occurredAt?.text,
            by: event.by.rawValue,
            source: event.source.text,
            rule: event.rule.rawValue,
            stands: try Ledger.standing(of: address, in: connection).stands(event.source),
            flagged: records.isEmpty ? nil : records.allSatisfy(\.isOptedOut),
            flaggedAt: clock?.flaggedAt?.text,
            flaggedSeconds: clock?.secondsToFlag,
            offLists: listed == nil,
            offListsAt: clock?.offListsAt?.text,
            offListsSeconds: clock?.secondsToLeave,
            lateness: (clock?.lateness(at: now) ?? .inTime).code,
            openSeconds: clock.flatMap { clock in
                clock.isOpen ? clock.countedFrom.map { max(0, (now.milliseconds - $0.milliseconds) / 1000) } : nil
            }
        )
    }

    private enum CodingKeys: String, CodingKey {
        case address, received, at, by, source, rule, stands, flagged, flaggedAt, flaggedSeconds, offLists, offListsAt,
            offListsSeconds, lateness, openSeconds
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(address, forKey: .address)
        try container.encode(received, forKey: .received)
        try container.encode(at, forKey: .at)
        try container.encode(by, forKey: .by)
        try container.encode(source, forKey: .source)
        try container.encode(rule, forKey: .rule)
        try container.encode(stands, forKey: .stands)
        try container.encode(flagged, forKey: .flagged)
        try container.encode(flaggedAt, forKey: .flaggedAt)
        try container.encode(flaggedSeconds, forKey: .flaggedSeconds)
        try container.encode(offLists, forKey: .offLists)
        try container.encode(offListsAt, forKey: .offListsAt)
        try container.encode(offListsSeconds, forKey: .offListsSeconds)
        try container.encode(lateness, forKey: .lateness)
        try container.encode(openSeconds, forKey: .openSeconds)
    }
}
