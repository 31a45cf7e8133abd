import Reconciliation
import Store

/// A person behind a mailing's total, with the Persons and Leads that have the address now.
struct ReportPerson: Sendable, Encodable {
    /// The ledger's row that the act belongs to.
    struct Event: Sendable, Encodable {
        var sequence: Int64
        var rule: String
        var by: String
        var received: String
    }

    /// A record with the address.
    struct Record: Sendable, Encodable {
        var type: String
        var id: Int64
        var name: String
    }

    var account: String
    var mailing: String
    /// The mailing's name.
    var name: String
    var act: String
    var address: String
    var at: String?
    var lastAt: String?
    var reason: String?
    var event: Event?
    var records: [Record]

    /// The people of some acts of every mailing of a report, mailing by mailing, the latest first.
    static func all(
        of report: ReportReading,
        acts: [MailingAct],
        in connection: any SQLConnection
    ) throws -> [ReportPerson] {
        try report.accounts.flatMap { account in
            try account.mailings.flatMap { mailing in
                let rows = try MailingPeople.people(of: mailing.row, acts: acts, in: connection)
                let having = try RecordMirrors.having(Array(Set(rows.map(\.address))).sorted(), in: connection)
                let records = Dictionary(grouping: having.filter { !$0.mirror.record.isDeleted }, by: \.address)
                return try rows.map { row in
                    ReportPerson(
                        account: account.account,
                        mailing: mailing.id,
                        name: mailing.name,
                        act: row.act.rawValue,
                        address: row.address.text,
                        at: row.firstAt?.text,
                        lastAt: row.lastAt?.text,
                        reason: row.reason,
                        event: try event(of: row, in: connection),
                        records: (records[row.address] ?? []).map { found in
                            let record = found.mirror.record
                            return Record(
                                type: record.id.kind.rawValue,
                                id: record.id.id,
                                name: "\(record.firstName) \(record.lastName)".trimmingBlanks
                            )
                        }
                    )
                }
            }
        }
    }

    private static func event(of row: MailingPeople.Row, in connection: any SQLConnection) throws -> Event? {
        guard let sequence = row.event else { return nil }
        let found = try Ledger.events(of: row.address, in: connection).first { $0.sequence == sequence }
        return found.map { found in
            Event(
                sequence: sequence,
                rule: found.event.rule.rawValue,
                by: found.event.by.rawValue,
                received: found.event.receivedAt.text
            )
        }
    }

    private enum CodingKeys: String, CodingKey {
        case account, mailing, name, act, address, at, lastAt, reason, event, records
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account, forKey: .account)
        try container.encode(mailing, forKey: .mailing)
        try container.encode(name, forKey: .name)
        try container.encode(act, forKey: .act)
        try container.encode(address, forKey: .address)
        try container.encode(at, forKey: .at)
        try container.encode(lastAt, forKey: .lastAt)
        try container.encode(reason, forKey: .reason)
        try container.encode(event, forKey: .event)
        try container.encode(records, forKey: .records)
    }
}
