/// Reading members (mailchimp.md §5, §8).
extension MailchimpAPI {
    func members(of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let rows = try sorted(audience.members.filter(try memberFilter()))
        return try collection("members", rows, ["list_id": .string(list)]) { json($0, of: audience) }
    }

    func member(_ name: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        return json(try member(name, in: audience), of: audience)
    }

    /// Whether the call would hang in the real service: a bound in the distant past (§8).
    var hangs: Bool {
        guard options.hangsOnAncientSince, request.method == "GET", request.path.hasSuffix("/members"),
            let text = query.text("since_last_changed"), let year = Int(text.prefix(4))
        else { return false }
        return year < 2000
    }

    private func memberFilter() throws -> (AudienceMember) -> Bool {
        let statuses = MemberStatus.writable + ["archived"]
        let status = try query.choice("status", of: statuses).flatMap(MemberStatus.init)
        let isChanged = try query.range(since: "since_last_changed", before: "before_last_changed")
        let isOptedIn = try query.range(since: "since_timestamp_opt", before: "before_timestamp_opt")
        let isUnsubscribed = try query.range(since: "unsubscribed_since", before: "")
        if query.text("unsubscribed_since") != nil, status != .unsubscribed {
            throw MailchimpProblem.invalid("unsubscribed_since", "This filter needs status=unsubscribed.")
        }
        let sinceLastCampaign = query.flag("since_last_campaign")
        if sinceLastCampaign, status == nil {
            throw MailchimpProblem.invalid("since_last_campaign", "This filter needs a status.")
        }
        let lastSent = account.campaigns.compactMap(\.sentAt).max() ?? 0
        let emailType = try query.choice("email_type", of: ["html", "text"])
        let uniqueID = query.text("unique_email_id")
        let isVIP = query.flag("vip_only")
        let interests = try interestFilter()
        let hasUnsubscribedSince = query.text("unsubscribed_since") != nil
        return { member in
            let isListed =
                status.map { member.status == $0 }
                ?? (member.status != .archived || options.listsArchived)
            return isListed && isChanged(member.lastChanged) && isOptedIn(member.timestampOpt)
                && (!hasUnsubscribedSince || isUnsubscribed(member.unsubscribedAt))
                && (!sinceLastCampaign || member.lastChanged > lastSent)
                && (emailType.map { member.emailType == $0 } ?? true)
                && (uniqueID.map { member.uniqueEmailID == $0 } ?? true)
                && (!isVIP || member.isVIP) && interests(member)
        }
    }

    private func interestFilter() throws -> (AudienceMember) -> Bool {
        guard let ids = query.text("interest_ids")?.split(separator: ",").map(String.init) else { return { _ in true } }
        switch try query.choice("interest_match", of: ["any", "all", "none"]) {
        case "all": return { $0.interests.isSuperset(of: ids) }
        case "none": return { $0.interests.isDisjoint(with: ids) }
        default: return { !$0.interests.isDisjoint(with: ids) }
        }
    }

    private func sorted(_ members: [AudienceMember]) throws -> [AudienceMember] {
        let direction = try query.choice("sort_dir", of: ["ASC", "DESC"])
        let value: (AudienceMember) -> Double
        switch try query.choice("sort_field", of: ["timestamp_opt", "timestamp_signup", "last_changed"]) {
        case "timestamp_opt": value = { $0.timestampOpt ?? 0 }
        case "timestamp_signup": value = { $0.timestampSignup ?? 0 }
        case "last_changed": value = \.lastChanged
        default: return direction == "DESC" ? members.reversed() : members
        }
        // Equal times keep the order of creation, so that pages fit together.
        let keyed = members.map { (value($0), $0) }
        return keyed.sorted { first, second in
            if first.0 != second.0 { return (first.0 < second.0) != (direction == "DESC") }
            return first.1.number < second.1.number
        }.map(\.1)
    }

    func activity(of name: String, in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let member = try member(name, in: audience)
        let wanted = Set(query.request.queryValues("action").flatMap { $0.split(separator: ",").map(String.init) })
        let entries = history(of: member, in: audience).filter { wanted.isEmpty || wanted.contains($0.action) }
        return [
            "activity": .array(
                entries.prefix(50).map { entry in
                    [
                        "action": .string(entry.action), "timestamp": .string(MailchimpTime.text(entry.at)),
                        "url": .string(entry.url ?? ""), "type": .string(entry.bounce ?? ""),
                        "campaign_id": .string(entry.campaign.id), "title": .string(entry.campaign.title),
                        "parent_campaign": "",
                    ]
                }
            ),
            "email_id": .string(member.id), "contact_id": .string(member.contactID), "list_id": .string(list),
            "total_items": .int(entries.count), "_links": [],
        ]
    }

    func activityFeed(of name: String, in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let member = try member(name, in: audience)
        let entries = history(of: member, in: audience)
        let others: [String: SandboxJSON] = ["email_id": .string(member.id), "list_id": .string(list)]
        return try collection("activity", entries, others) { entry in
            var members: [String: SandboxJSON] = [
                "activity_type": .string(entry.action),
                "created_at_timestamp": .string(MailchimpTime.text(entry.at)),
                "campaign_id": .string(entry.campaign.id), "campaign_title": .string(entry.campaign.title),
            ]
            if let url = entry.url { members["link_clicked"] = .string(url) }
            if let bounce = entry.bounce { members["bounce_type"] = .string(bounce) }
            if let reason = entry.reason { members["unsubscribe_reason"] = .string(reason) }
            return .object(members)
        }
    }

    private struct HistoryEntry {
        var action: String
        var at: Double
        var campaign: SentCampaign
        var url: String?
        var bounce: String?
        var reason: String?
    }

    /// What a member did with this audience's mail, the newest first.
    private func history(of member: AudienceMember, in audience: Audience) -> [HistoryEntry] {
        var entries: [HistoryEntry] = []
        for campaign in account.campaigns where campaign.audience == audience.id {
            guard let sentAt = campaign.sentAt,
                let recipient = campaign.recipients.first(where: { $0.number == member.number })
            else { continue }
            entries.append(HistoryEntry(action: "sent", at: sentAt, campaign: campaign))
            entries += recipient.activities.map {
                HistoryEntry(action: $0.action, at: $0.at, campaign: campaign, url: $0.url, bounce: $0.bounce)
            }
            for reaction in campaign.unsubscribes where reaction.number == member.number {
                entries.append(
                    HistoryEntry(action: "unsub", at: reaction.at, campaign: campaign, reason: reaction.reason)
                )
            }
            for reaction in campaign.complaints where reaction.number == member.number {
                entries.append(HistoryEntry(action: "abuse", at: reaction.at, campaign: campaign))
            }
        }
        return entries.sorted { $0.at > $1.at }
    }
}
