/// The rows behind the totals: what became of a mailing for each recipient (mailchimp.md §11).
extension MailchimpAPI {
    func sentTo(_ id: String) throws -> SandboxJSON {
        let campaign = try sent(id)
        return try collection("sent_to", campaign.recipients, ["campaign_id": .string(id)]) { recipient in
            let opens = recipient.opens(until: reported)
            var row = common(campaign, recipient)
            row["status"] = .string(recipient.status(until: reported))
            row["open_count"] = .int(opens.count)
            row["last_open"] = .string(MailchimpTime.text(opens.map(\.at).max()))
            row["gmt_offset"] = 0
            return .object(row)
        }
    }

    func openDetails(_ id: String) throws -> SandboxJSON {
        let campaign = try sent(id)
        let isRecent = try query.range(since: "since", before: "")
        var rows: [(recipient: SentCampaign.Recipient, opens: [SentCampaign.Activity])] = campaign.recipients
            .map { ($0, $0.opens(until: reported).filter { isRecent($0.at) }) }
            .filter { !$0.1.isEmpty }
        if try query.choice("sort_field", of: ["opens_count"]) != nil {
            let isDescending = try query.choice("sort_dir", of: ["ASC", "DESC"]) == "DESC"
            rows.sort { ($0.opens.count < $1.opens.count) != isDescending && $0.opens.count != $1.opens.count }
        }
        let others: [String: SandboxJSON] = [
            "campaign_id": .string(id), "total_opens": .int(rows.reduce(0) { $0 + $1.opens.count }),
        ]
        return try collection("members", rows, others) { row in
            var members = common(campaign, row.recipient)
            members["contact_status"] = .string(status(of: row.recipient, in: campaign))
            members["opens_count"] = .int(row.opens.count)
            members["opens"] = .array(row.opens.map { ["timestamp": .string(MailchimpTime.text($0.at))] })
            return .object(members)
        }
    }

    func unsubscribes(_ id: String) throws -> SandboxJSON {
        let campaign = try sent(id)
        let rows = campaign.unsubscribes.filter { $0.at <= reported }
        return try collection("unsubscribes", rows, ["campaign_id": .string(id)]) { row in
            var members = common(campaign, number: row.number, emailID: row.emailID, address: row.address)
            members["timestamp"] = .string(MailchimpTime.text(row.at))
            members["reason"] = .string(row.reason)
            return .object(members)
        }
    }

    func complaints(ofCampaign id: String) throws -> SandboxJSON {
        let campaign = try sent(id)
        let rows = campaign.complaints.filter { $0.at <= reported }
        // All of them at once: this collection takes no page (§11).
        return [
            "abuse_reports": .array(
                rows.map { row in
                    var members = common(campaign, number: row.number, emailID: row.emailID, address: row.address)
                    members["id"] = .int(row.id)
                    members["date"] = .string(MailchimpTime.text(row.at))
                    return .object(members)
                }
            ),
            "campaign_id": .string(id), "total_items": .int(rows.count), "_links": [],
        ]
    }

    func emailActivity(_ id: String) throws -> SandboxJSON {
        let campaign = try sent(id)
        let isRecent = try query.range(since: "since", before: "")
        return try collection("emails", campaign.recipients, ["campaign_id": .string(id)]) { recipient in
            var members = common(campaign, recipient)
            var counts: [String: Int] = [:]
            let activities = recipient.activities.filter { activity in
                guard activity.at <= reported, isRecent(activity.at) else { return false }
                counts[activity.action, default: 0] += 1
                // A thousand opens and a thousand clicks of each member, and the first bounce (§11).
                return counts[activity.action, default: 0] <= (activity.action == "bounce" ? 1 : 1_000)
            }
            members["activity"] = .array(activities.map(Self.json))
            return .object(members)
        }
    }

    func clickDetails(_ id: String) throws -> SandboxJSON {
        let campaign = try sent(id)
        let totals = CampaignTotals(campaign, until: reported)
        return try collection("urls_clicked", campaign.urls(until: reported), ["campaign_id": .string(id)]) { url in
            let clicks = campaign.recipients.map { recipient in
                recipient.clicks(until: reported).filter { $0.url == url }
            }
            let total = clicks.reduce(0) { $0 + $1.count }
            let unique = clicks.count { !$0.isEmpty }
            return [
                "id": .string(Self.linkID(url)), "url": .string(url), "total_clicks": .int(total),
                "click_percentage": .number(totals.clicks > 0 ? Double(total) / Double(totals.clicks) : 0),
                "unique_clicks": .int(unique),
                "unique_click_percentage": .number(
                    totals.uniqueClicks > 0 ? Double(unique) / Double(totals.uniqueClicks) : 0
                ),
                "last_click": .string(MailchimpTime.text(clicks.flatMap { $0.map(\.at) }.max())),
                "campaign_id": .string(id), "_links": [],
            ]
        }
    }

    func clickMembers(of link: String, in id: String) throws -> SandboxJSON {
        let campaign = try sent(id)
        guard let url = campaign.urls(until: reported).first(where: { Self.linkID($0) == link }) else {
            throw MailchimpProblem.notFound
        }
        let rows = campaign.recipients.map { recipient in
            (recipient, recipient.clicks(until: reported).count { $0.url == url })
        }.filter { $0.1 > 0 }
        return try collection("members", rows, ["campaign_id": .string(id)]) { row in
            var members = common(campaign, row.0)
            members["clicks"] = .int(row.1)
            members["url_id"] = .string(link)
            members["contact_status"] = .string(status(of: row.0, in: campaign))
            return .object(members)
        }
    }

    /// The id of a link in reports: ten hexadecimal digits.
    private static func linkID(_ url: String) -> String { MailchimpDigest.uniqueEmailID(url) }

    private static func json(_ activity: SentCampaign.Activity) -> SandboxJSON {
        var members: [String: SandboxJSON] = [
            "action": .string(activity.action), "timestamp": .string(MailchimpTime.text(activity.at)),
            "ip": .string(activity.ip),
        ]
        if let url = activity.url { members["url"] = .string(url) }
        if let bounce = activity.bounce { members["type"] = .string(bounce) }
        return .object(members)
    }

    /// The member behind a row, if it is still there.
    private func member(number: Int, of campaign: SentCampaign) -> AudienceMember? {
        account.audiences.first { $0.id == campaign.audience }?.member(number: number)
    }

    /// The status as of now, not of the time of sending (§11).
    private func status(of recipient: SentCampaign.Recipient, in campaign: SentCampaign) -> String {
        member(number: recipient.number, of: campaign)?.status.rawValue ?? "archived"
    }

    private func common(_ campaign: SentCampaign, _ recipient: SentCampaign.Recipient) -> [String: SandboxJSON] {
        common(campaign, number: recipient.number, emailID: recipient.emailID, address: recipient.address)
    }

    private func common(
        _ campaign: SentCampaign,
        number: Int,
        emailID: String,
        address: String
    ) -> [String: SandboxJSON] {
        let audience = account.audiences.first { $0.id == campaign.audience }
        let member = audience?.member(number: number)
        return [
            "email_id": .string(emailID), "email_address": .string(address),
            "merge_fields": member.flatMap { audience?.mergeFieldsJSON(of: $0) } ?? [:],
            "vip": .bool(member?.isVIP ?? false), "campaign_id": .string(campaign.id),
            "list_id": .string(campaign.audience), "list_is_active": .bool(audience != nil), "_links": [],
        ]
    }
}
