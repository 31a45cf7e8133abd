import Bridge
import HTTPCalls
import Reconciliation

/// Reports of campaigns (mailchimp.md §11).
///
/// A mailing is a campaign, and the list that it went to is the tag that it was sent to, by the number of its segment.
extension MailchimpClient: MailingReports {
    package var mailingReports: (any MailingReports)? { self }

    package var reporting: ReportingCapabilities {
        ReportingCapabilities(
            totalsBatch: 1,
            reports: [
                .recipients: [.sent, .hardBounced, .softBounced],
                .opens: [.opened],
                .clicks: [.clicked],
                .optOuts: [.optedOut],
                .complaints: [.complained],
            ],
            // Only opens can be asked for by their time.
            readWhole: [.recipients, .clicks, .optOuts, .complaints],
            pageSize: MailchimpLimits.pageSize,
            // A hard bounce cleans the member.
            bouncesShowOnContact: true
        )
    }

    /// One page of the campaigns of the audience that were sent; each says to which tag.
    package func sentMailings(since moment: Timestamp, cursor: String?) async throws -> SentMailingPage {
        let query = [
            ("list_id", settings.audience), ("status", "sent"),
            ("since_send_time", ServiceTime.formatWithOffset(moment)), ("fields", CampaignDocument.fields),
        ]
        let offset = cursor.flatMap(Int.init) ?? 0
        let page = try await reportPage("read campaigns", "/campaigns", query, offset, under: "campaigns") {
            try CampaignDocument.read(&$0)
        }
        return SentMailingPage(
            sent: page.elements.map { campaign in
                SentMailing(
                    sending: campaign.id,
                    sentAt: campaign.sentAt,
                    mailings: [
                        Mailing(
                            id: MailingID(campaign.id),
                            name: campaign.name,
                            sentAt: campaign.sentAt,
                            lists: campaign.segment.map { [ListID($0)] } ?? []
                        )
                    ]
                )
            },
            next: page.next(after: offset).map(String.init)
        )
    }

    /// The campaigns say everything about themselves in `sentMailings`.
    package func mailings(of sending: String) async throws -> [Mailing]? { nil }

    package func figures(of mailings: [MailingID]) async throws -> [MailingID: MailingFigures] {
        var found: [MailingID: MailingFigures] = [:]
        for mailing in mailings {
            let request = caller.read(
                "read a campaign's report",
                path(ofReport: mailing),
                [("fields", ReportDocument.fields)]
            )
            do {
                let totals = try await caller.call(request) { answer in
                    try answer.decode { try ReportDocument.read(&$0) }
                }
                found[mailing] = .counted(totals)
            } catch let error as PortError where error.code == .notFound {
                found[mailing] = .gone
            }
        }
        return found
    }

    package func people(
        in report: PeopleReport,
        of mailing: MailingID,
        since moment: Timestamp?,
        cursor: String?
    ) async throws -> MailingPeoplePage {
        switch report {
        case .clicks: return try await clickers(of: mailing, cursor: cursor)
        case .complaints: return try await complaints(of: mailing)
        case .bounces: return MailingPeoplePage(people: [], next: nil)
        case .recipients:
            return try await rows("/sent-to", "sent_to", RecipientDocument.sentFields, of: mailing, cursor: cursor) {
                try RecipientDocument.read(&$0)?.recipient
            }
        case .opens:
            let since = moment.map { [("since", ServiceTime.formatWithOffset($0))] } ?? []
            return try await rows(
                "/open-details",
                "members",
                RecipientDocument.openFields,
                since,
                of: mailing,
                cursor: cursor
            ) { try RecipientDocument.read(&$0)?.opens }
        case .optOuts:
            return try await rows(
                "/unsubscribed",
                "unsubscribes",
                RecipientDocument.unsubscribeFields,
                of: mailing,
                cursor: cursor
            ) { try RecipientDocument.read(&$0)?.optOut }
        }
    }

    // MARK: Parts

    private func path(ofReport mailing: MailingID, _ suffix: String = "") -> String {
        "/reports/\(PercentEncoding.encode(mailing.rawValue))\(suffix)"
    }

    private func rows(
        _ suffix: String,
        _ name: StaticString,
        _ fields: String,
        _ query: [(String, String)] = [],
        of mailing: MailingID,
        cursor: String?,
        _ element: (inout JSONReader) throws -> [MailingSighting]?
    ) async throws -> MailingPeoplePage {
        let offset = cursor.flatMap(Int.init) ?? 0
        let page = try await reportPage(
            "read the people of a report",
            path(ofReport: mailing, suffix),
            query + [("fields", fields)],
            offset,
            under: name,
            element
        )
        return MailingPeoplePage(
            people: page.elements.flatMap { $0 },
            next: page.next(after: offset).map(String.init)
        )
    }

    /// All complaints at once: the collection has no pages.
    private func complaints(of mailing: MailingID) async throws -> MailingPeoplePage {
        let path = path(ofReport: mailing, "/abuse-reports")
        let request = caller.read("read complaints", path, [("fields", RecipientDocument.complaintFields)])
        let page = try await caller.call(request) { answer in
            try answer.decode { reader in
                try CollectionPage.read(&reader, "abuse_reports") { try RecipientDocument.read(&$0)?.complaint }
            }
        }
        return MailingPeoplePage(people: page.elements.flatMap { $0 }, next: nil)
    }

    /// Who clicked, link by link: first the links of the mail, then the people of one link after the other.
    ///
    /// The service names no time for a click of one person.
    private func clickers(of mailing: MailingID, cursor: String?) async throws -> MailingPeoplePage {
        var place = ClickPlace(cursor ?? "")
        guard let link = place.links.first else {
            let fields = "urls_clicked.id,urls_clicked.total_clicks,total_items"
            let page = try await reportPage(
                "read the links of a report",
                path(ofReport: mailing, "/click-details"),
                [("fields", fields)],
                place.offset,
                under: "urls_clicked"
            ) { try Self.clickedLink(&$0) }
            place.links = page.elements
            place.nextLinks = page.next(after: place.offset)
            place.offset = 0
            return MailingPeoplePage(people: [], next: place.following)
        }
        let page = try await reportPage(
            "read who clicked a link",
            path(ofReport: mailing, "/click-details/\(PercentEncoding.encode(link))/members"),
            [("fields", "members.email_address,total_items")],
            place.offset,
            under: "members"
        ) { try RecipientDocument.read(&$0)?.click }
        if let next = page.next(after: place.offset) {
            place.offset = next
        } else {
            place.links.removeFirst()
            place.offset = 0
        }
        return MailingPeoplePage(people: page.elements.flatMap { $0 }, next: place.following)
    }

    /// Reads one link; nil for one that nobody clicked.
    private static func clickedLink(_ reader: inout JSONReader) throws -> String? {
        var (id, clicks) = ("", 0)
        try reader.members { reader, key in
            switch key {
            case "id": id = try reader.scalar() ?? ""
            case "total_clicks": clicks = try reader.integer() ?? 0
            default: try reader.skip()
            }
        }
        return id.isEmpty || clicks == 0 ? nil : id
    }

    private func reportPage<Element>(
        _ operation: String,
        _ path: String,
        _ query: [(String, String)],
        _ offset: Int,
        under name: StaticString,
        _ element: (inout JSONReader) throws -> Element?
    ) async throws -> CollectionPage<Element> {
        let bounds = [("count", String(MailchimpLimits.pageSize)), ("offset", String(offset))]
        return try await caller.call(caller.read(operation, path, query + bounds)) { answer in
            try answer.decode { try CollectionPage.read(&$0, name, element) }
        }
    }
}

/// Where the walk over the clicks of a campaign stands: the links that are left, the place among the people of the first,
/// and where the next links are.
private struct ClickPlace {
    var links: [String] = []
    var offset = 0
    var nextLinks: Int?

    init(_ text: String) {
        let parts = text.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return }
        links = parts[0].split(separator: ",").map(String.init)
        offset = Int(parts[1]) ?? 0
        nextLinks = Int(parts[2])
    }

    /// The place as a text: the next people, or the next links; nil when nothing is left.
    var following: String? {
        if links.isEmpty { return nextLinks.map { "|\($0)|" } }
        return "\(links.joined(separator: ","))|\(offset)|\(nextLinks.map(String.init) ?? "")"
    }
}

extension CollectionPage {
    /// The offset of the next page; nil after the last one.
    fileprivate func next(after offset: Int) -> Int? {
        let end = offset + count
        let isLast = count == 0 || total.map { end >= $0 } ?? (count < MailchimpLimits.pageSize)
        return isLast ? nil : end
    }
}
