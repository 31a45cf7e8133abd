import Bridge
import HTTPCalls
import Reconciliation

/// Reports of campaign activities (constant-contact.md §6, §7.4, and the operations of the specification beside them).
///
/// Everything here needs the scope `campaign_data`. A mailing is a campaign activity of the role `primary_email` or
/// `resend`; what was sent is a campaign.
extension ConstantContactClient: MailingReports {
    package var mailingReports: (any MailingReports)? { self }

    package var reporting: ReportingCapabilities {
        ReportingCapabilities(
            totalsBatch: 10,
            reports: [
                .recipients: [.sent],
                .opens: [.opened],
                .clicks: [.clicked],
                .bounces: [.hardBounced, .softBounced],
                .optOuts: [.optedOut],
                // Complaints are counted, and nobody is named with them.
            ],
            pageSize: ConstantContactLimits.pageSize,
            // No permission and no field of a contact says that mail to it bounces (§5.1).
            bouncesShowOnContact: false
        )
    }

    /// One page of the summaries, which come with what was sent last first: the walk ends with the first one that is
    /// too
    /// old.
    package func sentMailings(since moment: Timestamp, cursor: String?) async throws -> SentMailingPage {
        let operation = "read campaign summaries"
        let path = "/reports/summary_reports/email_campaign_summaries"
        let page = try await reportPage(operation, path, cursor, under: "bulk_email_campaign_summaries") {
            try SummaryDocument.read(&$0)
        }
        let recent = page.elements.filter { $0.lastSent.map { $0 >= moment } ?? true }
        return SentMailingPage(
            sent: recent.map { SentMailing(sending: $0.campaignID, sentAt: $0.lastSent) },
            next: recent.count == page.elements.count ? page.next : nil
        )
    }

    /// One call for the campaign, and one for each of its activities that can have been sent.
    package func mailings(of sending: String) async throws -> [Mailing]? {
        guard let campaign = try await campaign(sending) else { return nil }
        var mailings: [Mailing] = []
        for activity in campaign.activities where activity.isSendable {
            let path = "/emails/activities/\(PercentEncoding.encode(activity.id))/send_history"
            let sends = try await caller.call(caller.read("read an activity's send history", path)) { answer in
                try answer.decode { try SendDocument.readAll(&$0) }
            }.filter(\.isCompleted)
            if sends.isEmpty { continue }
            mailings.append(
                Mailing(
                    id: MailingID(activity.id),
                    name: activity.isRepetition ? "\(campaign.name) (resent)" : campaign.name,
                    sentAt: sends.compactMap(\.runDate).min(),
                    lists: sends.reduce(into: []) { $0.formUnion($1.lists) }
                )
            )
        }
        return mailings
    }

    private func campaign(_ id: String) async throws -> CampaignDocument? {
        do {
            let request = caller.read("read a campaign", "/emails/\(PercentEncoding.encode(id))")
            return try await caller.call(request) { answer in try answer.decode { try CampaignDocument.read(&$0) } }
        } catch let error as PortError where error.code == .notFound {
            return nil
        }
    }

    /// One call for ten activities; each that has no figures is asked for by itself, since it is gone, or was not sent
    /// to anybody.
    package func figures(of mailings: [MailingID]) async throws -> [MailingID: MailingFigures] {
        var found: [MailingID: MailingFigures] = [:]
        for batch in mailings.chunked(by: reporting.totalsBatch) {
            let ids = batch.map { PercentEncoding.encode($0.rawValue) }.joined(separator: ",")
            let request = caller.read("read campaign figures", "/reports/stats/email_campaign_activities/\(ids)")
            do {
                let page = try await caller.call(request) { answer in
                    try answer.decode { try Page.read(&$0, "results") { try StatsDocument.read(&$0) } }
                }
                for document in page.elements { found[MailingID(document.activityID)] = .counted(document.totals) }
            } catch let error as PortError where error.code == .notFound {
                // One id that the service does not take for one spoils the call for all (§9 item 47).
                if batch.count > 1 {
                    for mailing in batch { found.merge(try await figures(of: [mailing])) { first, _ in first } }
                    continue
                }
            }
            for mailing in batch where found[mailing] == nil {
                found[mailing] = try await exists(mailing) ? .uncounted : .gone
            }
        }
        return found
    }

    /// Whether an activity is there; those of a deleted campaign cannot be read.
    private func exists(_ mailing: MailingID) async throws -> Bool {
        let path = "/emails/activities/\(PercentEncoding.encode(mailing.rawValue))"
        do {
            try await caller.call(caller.read("look a campaign activity up", path)) { _ in }
            return true
        } catch let error as PortError where error.code == .notFound {
            return false
        }
    }

    /// One page of a tracking report, which come with the newest first: the walk ends with the first page that reaches
    /// what was read before.
    package func people(
        in report: PeopleReport,
        of mailing: MailingID,
        since moment: Timestamp?,
        cursor: String?
    ) async throws -> MailingPeoplePage {
        let name =
            switch report {
            case .recipients: "sends"
            // The last open of each person: as many rows as people, where `opens` has as many as opens.
            case .opens: "unique_opens"
            case .clicks: "clicks"
            case .bounces: "bounces"
            case .optOuts: "optouts"
            case .complaints: ""
            }
        guard !name.isEmpty else { return MailingPeoplePage(people: [], next: nil) }
        let path = "/reports/email_reports/\(PercentEncoding.encode(mailing.rawValue))/tracking/\(name)"
        let page = try await reportPage("read a tracking report", path, cursor, under: "tracking_activities") {
            try TrackedDocument.read(&$0)
        }
        let oldest = page.elements.compactMap(\.createdAt).min()
        let isReached = moment.map { moment in oldest.map { $0 < moment } ?? false } ?? false
        return MailingPeoplePage(
            people: page.elements.compactMap { $0.sighting(in: report) },
            next: isReached ? nil : page.next
        )
    }

    private func reportPage<Element>(
        _ operation: String,
        _ path: String,
        _ cursor: String?,
        under name: StaticString,
        _ element: (inout JSONReader) throws -> Element?
    ) async throws -> Page<Element> {
        var request = caller.read(operation, path, [("limit", String(ConstantContactLimits.pageSize))])
        if let cursor { request.url = try url(of: cursor, below: path, operation) }
        let page = try await caller.call(request) { answer in try answer.decode { try Page.read(&$0, name, element) } }
        if let cursor, page.next == cursor {
            let detail = "the pages of the collection lead in a circle"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail)
        }
        return page
    }
}

extension Array {
    /// The elements in runs of at most so many.
    fileprivate func chunked(by size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
