/// What was sent, and the totals of it (mailchimp.md §11).
extension MailchimpAPI {
    func campaigns() throws -> SandboxJSON {
        let type = try query.choice("type", of: ["regular", "plaintext", "absplit", "rss", "variate"])
        let statuses = ["save", "paused", "schedule", "sending", "sent"]
        let status = try query.choice("status", of: statuses)
        let isSent = try query.range(since: "since_send_time", before: "before_send_time")
        let isMade = try query.range(since: "since_create_time", before: "before_create_time")
        let list = query.text("list_id")
        let member = query.text("member_id")
        let field = try query.choice("sort_field", of: ["create_time", "send_time"])
        let direction = try query.choice("sort_dir", of: ["ASC", "DESC"])
        var found = account.campaigns.filter { campaign in
            (type ?? "regular") == "regular" && (status.map { $0 == self.status(of: campaign) } ?? true)
                && isSent(campaign.sentAt) && isMade(campaign.createdAt)
                && (list.map { campaign.audience == $0 } ?? true)
                && (member.map { id in campaign.recipients.contains { $0.emailID == id } } ?? true)
        }
        if field == "send_time" { found.sort { ($0.sentAt ?? 0) < ($1.sentAt ?? 0) } }
        if direction == "DESC" { found.reverse() }
        return try collection("campaigns", found) { json($0) }
    }

    func campaign(_ id: String) throws -> SandboxJSON { json(account.campaigns[try account.campaignIndex(id)]) }

    func deleteCampaign(_ id: String) throws -> SandboxJSON? {
        account.campaigns.remove(at: try account.campaignIndex(id))
        return nil
    }

    func reports() throws -> SandboxJSON {
        let type = query.text("type")
        let isSent = try query.range(since: "since_send_time", before: "before_send_time")
        let found = account.campaigns.filter {
            (type ?? "regular") == "regular" && $0.sentAt != nil && isSent($0.sentAt)
        }
        return try collection("reports", found) { report($0) }
    }

    func report(_ id: String) throws -> SandboxJSON { report(try sent(id)) }

    /// A campaign that was sent; only those have reports.
    ///
    /// - Throws: `MailchimpProblem` when there is none.
    func sent(_ id: String) throws -> SentCampaign {
        let campaign = account.campaigns[try account.campaignIndex(id)]
        guard campaign.sentAt != nil else { throw MailchimpProblem.notFound }
        return campaign
    }

    /// Up to when reports know what happened.
    var reported: Double { now - options.reportLagSeconds }

    private func status(of campaign: SentCampaign) -> String { campaign.sentAt == nil ? "save" : "sent" }

    private func json(_ campaign: SentCampaign) -> SandboxJSON {
        let audience = account.audiences.first { $0.id == campaign.audience }
        var recipients: [String: SandboxJSON] = [
            "list_id": .string(campaign.audience), "list_is_active": .bool(audience != nil),
            "list_name": .string(audience?.name ?? ""), "recipient_count": .int(campaign.recipients.count),
            "segment_text": "",
        ]
        if let id = campaign.segment {
            let name = audience?.segments.first { $0.id == id }?.name ?? "a deleted tag"
            recipients["segment_text"] = .string("<p>Contacts that match: tag is \(name)</p>")
            recipients["segment_opts"] = [
                "saved_segment_id": .int(id), "match": "any",
                "conditions": [
                    [
                        "condition_type": "StaticSegment", "field": "static_segment", "op": "static_is",
                        "value": .int(id),
                    ]
                ],
            ]
        }
        var members: [String: SandboxJSON] = [
            "id": .string(campaign.id), "web_id": .int(campaign.webID), "type": "regular",
            "create_time": .string(MailchimpTime.text(campaign.createdAt)),
            "archive_url": .string("https://example.org/c/\(campaign.id)"),
            "long_archive_url": .string("https://example.org/campaigns/\(campaign.id)"),
            "status": .string(status(of: campaign)), "emails_sent": .int(campaign.recipients.count),
            "send_time": .string(MailchimpTime.text(campaign.sentAt)), "content_type": "html",
            "needs_block_refresh": false, "resendable": .bool(campaign.sentAt != nil),
            "recipients": .object(recipients),
            "settings": [
                "subject_line": .string(campaign.subject), "title": .string(campaign.title), "from_name": "Sandbox",
                "reply_to": "hello@example.org",
            ],
            "tracking": ["opens": true, "html_clicks": true, "text_clicks": false],
            "delivery_status": ["enabled": false], "_links": Audience.links("campaigns/\(campaign.id)"),
        ]
        if campaign.sentAt != nil { members["report_summary"] = summary(of: campaign) }
        return .object(members)
    }

    private func summary(of campaign: SentCampaign) -> SandboxJSON {
        let totals = CampaignTotals(campaign, until: reported)
        return [
            "opens": .int(totals.opens), "unique_opens": .int(totals.openers), "open_rate": .number(totals.openRate),
            "clicks": .int(totals.clicks), "subscriber_clicks": .int(totals.clickers),
            "click_rate": .number(totals.clickRate),
        ]
    }

    private func report(_ campaign: SentCampaign) -> SandboxJSON {
        let totals = CampaignTotals(campaign, until: reported)
        let audience = account.audiences.first { $0.id == campaign.audience }
        return [
            "id": .string(campaign.id), "campaign_title": .string(campaign.title), "type": "regular",
            "list_id": .string(campaign.audience), "list_is_active": .bool(audience != nil),
            "list_name": .string(audience?.name ?? ""), "subject_line": .string(campaign.subject),
            "preview_text": "", "emails_sent": .int(campaign.recipients.count),
            "abuse_reports": .int(totals.complaints), "unsubscribed": .int(totals.unsubscribes),
            "send_time": .string(MailchimpTime.text(campaign.sentAt)),
            "bounces": [
                "hard_bounces": .int(totals.hardBounces), "soft_bounces": .int(totals.softBounces), "syntax_errors": 0,
            ],
            "forwards": ["forwards_count": 0, "forwards_opens": 0],
            "opens": [
                "opens_total": .int(totals.opens), "unique_opens": .int(totals.openers),
                "open_rate": .number(totals.openRate), "last_open": .string(MailchimpTime.text(totals.lastOpen)),
            ],
            "clicks": [
                "clicks_total": .int(totals.clicks), "unique_clicks": .int(totals.uniqueClicks),
                "unique_subscriber_clicks": .int(totals.clickers), "click_rate": .number(totals.clickRate),
                "last_click": .string(MailchimpTime.text(totals.lastClick)),
            ],
            "list_stats": ["sub_rate": 0, "unsub_rate": 0, "open_rate": 0, "click_rate": 0],
            "timeseries": .array(timeseries(of: campaign)),
            "delivery_status": ["enabled": false], "_links": Audience.links("reports/\(campaign.id)"),
        ]
    }

    /// The first day, hour by hour.
    private func timeseries(of campaign: SentCampaign) -> [SandboxJSON] {
        guard let sentAt = campaign.sentAt else { return [] }
        return (0..<24).map { hour in
            let start = sentAt + Double(hour) * 3_600
            func isIn(_ activity: SentCampaign.Activity?) -> Bool {
                activity.map { $0.at >= start && $0.at < start + 3_600 } ?? false
            }
            let openers = campaign.recipients.count { isIn($0.opens(until: reported).first) }
            let clickers = campaign.recipients.count { isIn($0.clicks(until: reported).first) }
            return [
                "timestamp": .string(MailchimpTime.text(start)),
                "emails_sent": .int(hour == 0 ? campaign.recipients.count : 0), "unique_opens": .int(openers),
                "recipients_clicks": .int(clickers),
            ]
        }
    }
}
