import Reconciliation
import Store

/// A hold as JSON.
struct HoldJSON: Encodable {
    var id: Int64
    var rule: String
    var kind: String
    var reason: String
    var address: String?
    /// The campaign of the link that it is about.
    var link: Int64?
    var account: String?
    var choices: [String]
    var state: String
    var raised: String
    var ended: String?
    var choice: String?
    var note: String?
    /// How many rows it names.
    var rows: Int

    init(_ hold: Hold, in connection: any SQLConnection) throws {
        let rows = try connection.value("SELECT count(*) FROM hold_row WHERE hold = \(hold.id)") ?? 0
        try self.init(hold, rows: Int(rows), in: connection)
    }

    private init(_ hold: Hold, rows: Int, in connection: any SQLConnection) throws {
        id = hold.id
        rule = hold.kind.rule
        kind = hold.kind.rawValue
        reason = hold.reason
        address = hold.address.isEmpty ? nil : hold.address
        link = try hold.link.flatMap { try Links.find($0, in: connection)?.campaign.rawValue ?? $0.rawValue }
        account = hold.account?.rawValue
        choices = hold.choices.map(\.rawValue)
        state = hold.state.rawValue
        raised = hold.raisedAt.text
        ended = hold.endedAt?.text
        choice = hold.choice?.rawValue
        note = hold.note
        self.rows = rows
    }

    /// The holds that one of the addresses is in and that are undecided, at work or dismissed.
    static func all(of addresses: [Address], in connection: any SQLConnection) throws -> [HoldJSON] {
        let ids = Set(try Holds.rows(of: addresses, in: connection).map(\.hold)).sorted()
        return try ids.compactMap { try Holds.find($0, in: connection) }.map { try HoldJSON($0, in: connection) }
    }

    /// The holds of rows that there were at a moment past.
    static func all(_ past: [Holds.PastRow], in connection: any SQLConnection) throws -> [HoldJSON] {
        let byHold = Dictionary(past.map { ($0.hold.id, $0) }) { first, _ in first }
        return try byHold.values.sorted { $0.hold.id < $1.hold.id }.map {
            try HoldJSON($0.hold, rows: $0.count, in: connection)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id, rule, kind, reason, address, link, account, choices, state, raised, ended, choice, note, rows
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(rule, forKey: .rule)
        try container.encode(kind, forKey: .kind)
        try container.encode(reason, forKey: .reason)
        try container.encode(address, forKey: .address)
        try container.encode(link, forKey: .link)
        try container.encode(account, forKey: .account)
        try container.encode(choices, forKey: .choices)
        try container.encode(state, forKey: .state)
        try container.encode(raised, forKey: .raised)
        try container.encode(ended, forKey: .ended)
        try container.encode(choice, forKey: .choice)
        try container.encode(note, forKey: .note)
        try container.encode(rows, forKey: .rows)
    }
}
