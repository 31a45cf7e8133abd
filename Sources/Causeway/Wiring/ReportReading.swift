import Foundation
import Reconciliation
import Store

/// What became of the mail that went to a campaign's lists, as it was last read.
struct ReportReading: Sendable, Encodable {
    /// The campaign.
    struct CampaignName: Sendable, Encodable {
        var id: Int64
        var reference: String
        var name: String
    }

    /// One account that the campaign is linked to, or was when something was sent.
    struct AccountReport: Sendable, Encodable {
        var account: String
        var linked: Bool
        /// The list's name; `null` where the link has ended.
        var list: String?
        var searchedAt: String?
        var problem: String?
        var mailings: [MailingReport]

        private enum CodingKeys: String, CodingKey { case account, linked, list, searchedAt, problem, mailings }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(account, forKey: .account)
            try container.encode(linked, forKey: .linked)
            try container.encode(list, forKey: .list)
            try container.encode(searchedAt, forKey: .searchedAt)
            try container.encode(problem, forKey: .problem)
            try container.encode(mailings, forKey: .mailings)
        }
    }

    var campaign: CampaignName
    let openedBy = "machine-or-human"
    var accounts: [AccountReport]

    /// Reads everything in one snapshot; no account where the campaign is not linked and never was mailed to.
    static func read(
        _ campaign: Campaign,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> ReportReading {
        let links = try Links.all(in: connection).filter { $0.campaign == campaign.id }
        let mailings = try Mailings.of(campaign.id, in: connection)
        let names = Set(links.map(\.account)).union(mailings.map(\.account)).sorted()
        return ReportReading(
            campaign: CampaignName(id: campaign.id.rawValue, reference: campaign.reference, name: campaign.name),
            accounts: try names.map { account in
                let link = links.first { $0.account == account }
                let state = try ReportAccounts.find(account, in: connection)
                return AccountReport(
                    account: account.rawValue,
                    linked: link != nil,
                    list: link?.listName,
                    searchedAt: state?.searchedAt?.text,
                    problem: state?.problem,
                    mailings: try mailings.filter { $0.account == account }.map {
                        try MailingReport($0, at: now, in: connection)
                    }
                )
            }
        )
    }
}

/// One mailing with its totals and the people that are known behind them.
struct MailingReport: Sendable, Encodable {
    /// How many people, for each of the figures.
    struct People: Sendable, Encodable, Equatable {
        var sent: Int
        var delivered: Int
        var opened: Int
        var clicked: Int
        var hardBounced: Int
        var softBounced: Int
        var complained: Int
        var optedOut: Int

        init(_ totals: MailingTotals) {
            sent = totals.sent
            delivered = totals.delivered
            opened = totals.opened
            clicked = totals.clicked
            hardBounced = totals.hardBounced
            softBounced = totals.softBounced
            complained = totals.complained
            optedOut = totals.optedOut
        }
    }

    /// How many opened and clicked for the first time in spans of equal length from the sending on.
    struct FirstDays: Sendable, Encodable {
        struct Span: Sendable, Encodable {
            var from: String
            var opened: Int
            var clicked: Int
        }

        var spanSeconds: Int64
        var spans: [Span]
    }

    /// The store's own id.
    let row: Int64
    var id: String
    var name: String
    var sentAt: String?
    /// Nil before the first look.
    var totals: People?
    var people: People
    var readAt: String?
    var countedAt: String?
    var nextReadAt: String?
    var deletedAt: String?
    var firstDays: FirstDays

    init(_ mailing: StoredMailing, at now: Timestamp, in connection: any SQLConnection) throws {
        row = mailing.id
        id = mailing.mailing.rawValue
        name = mailing.name
        sentAt = mailing.sentAt?.text
        totals = mailing.totals.map(People.init)
        readAt = mailing.lookedAt?.text
        countedAt = mailing.totals?.countedAt?.text
        nextReadAt = mailing.nextLookAt?.text
        deletedAt = mailing.deletedAt?.text
        let counts = try MailingPeople.counts(of: mailing.id, in: connection)
        people = People(
            MailingTotals(
                sent: counts[.sent] ?? 0,
                opened: counts[.opened] ?? 0,
                clicked: counts[.clicked] ?? 0,
                hardBounced: counts[.hardBounced] ?? 0,
                softBounced: counts[.softBounced] ?? 0,
                complained: counts[.complained] ?? 0,
                optedOut: counts[.optedOut] ?? 0
            )
        )
        firstDays = try Self.firstDays(of: mailing, at: now, in: connection)
    }

    /// Two-hourly for the first day, then six-hourly to the third day, then daily for a week: at most twelve spans.
    private static func firstDays(
        of mailing: StoredMailing,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> FirstDays {
        let start = mailing.sentAt ?? mailing.firstSeenAt
        let age = max(0, (now.milliseconds - start.milliseconds) / 1000)
        let length: Int64 = age <= 86_400 ? 7_200 : age <= 3 * 86_400 ? 21_600 : 86_400
        let most: Int64 = length == 86_400 ? 7 : 12
        let count = min(most, age / length + 1)
        func spans(_ act: MailingAct) throws -> [Int: Int] {
            try MailingPeople.spans(
                of: mailing.id,
                act: act,
                from: start,
                seconds: length,
                count: count,
                in: connection
            )
        }
        let (opened, clicked) = (try spans(.opened), try spans(.clicked))
        return FirstDays(
            spanSeconds: length,
            spans: (0..<Int(count)).map { index in
                FirstDays.Span(
                    from: start.advanced(bySeconds: Int64(index) * length).text,
                    opened: opened[index] ?? 0,
                    clicked: clicked[index] ?? 0
                )
            }
        )
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, sentAt, sent, delivered, opened, clicked, hardBounced, softBounced, complained, optedOut, people,
            readAt, countedAt, nextReadAt, deletedAt, firstDays
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(sentAt, forKey: .sentAt)
        try container.encode(totals?.sent, forKey: .sent)
        try container.encode(totals?.delivered, forKey: .delivered)
        try container.encode(totals?.opened, forKey: .opened)
        try container.encode(totals?.clicked, forKey: .clicked)
        try container.encode(totals?.hardBounced, forKey: .hardBounced)
        try container.encode(totals?.softBounced, forKey: .softBounced)
        try container.encode(totals?.complained, forKey: .complained)
        try container.encode(totals?.optedOut, forKey: .optedOut)
        try container.encode(people, forKey: .people)
        try container.encode(readAt, forKey: .readAt)
        try container.encode(countedAt, forKey: .countedAt)
        try container.encode(nextReadAt, forKey: .nextReadAt)
        try container.encode(deletedAt, forKey: .deletedAt)
        try container.encode(firstDays, forKey: .firstDays)
    }
}
