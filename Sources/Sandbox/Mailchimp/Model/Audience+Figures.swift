/// What answers show of an audience.
extension Audience {
    /// The member as an answer shows it.
    func json(_ member: AudienceMember, options: MailchimpOptions, wordFor: (AudienceMember) -> String) -> SandboxJSON {
        let tags = member.tags.keys.sorted().compactMap { id in segments.first { $0.id == id } }
        var members: [String: SandboxJSON] = [
            "id": .string(member.id), "email_address": .string(member.address),
            "unique_email_id": .string(member.uniqueEmailID), "contact_id": .string(member.contactID),
            "full_name": .string(member.fullName), "web_id": .int(member.webID),
            "email_type": .string(member.emailType), "status": .string(wordFor(member)),
            "consents_to_one_to_one_messaging": true, "merge_fields": mergeFieldsJSON(of: member),
            "interests": interestsJSON(of: member), "stats": ["avg_open_rate": 0, "avg_click_rate": 0],
            "ip_signup": .string(member.ipSignup),
            "timestamp_signup": .string(MailchimpTime.text(member.timestampSignup)),
            "ip_opt": .string(member.ipOpt), "timestamp_opt": .string(MailchimpTime.text(member.timestampOpt)),
            "member_rating": 2, "last_changed": .string(MailchimpTime.text(member.lastChanged)),
            "language": .string(member.language), "vip": .bool(member.isVIP), "email_client": "",
            "location": [
                "latitude": .number(member.latitude), "longitude": .number(member.longitude), "gmtoff": 0,
                "dstoff": 0, "country_code": "", "timezone": "", "region": "",
            ],
            "source": .string(member.source), "tags_count": .int(tags.count), "list_id": .string(id),
            // A member shows fifty tags at most (§7); the others are in its collection of tags.
            "tags": .array(tags.prefix(50).map { ["id": .int($0.id), "name": .string($0.name)] }),
            "_links": Self.links("lists/\(id)/members/\(member.id)"),
        ]
        if member.status == .unsubscribed, let reason = member.unsubscribeReason {
            members["unsubscribe_reason"] = .string(reason)
        }
        if !permissions.isEmpty {
            members["marketing_permissions"] = .array(
                permissions.map {
                    [
                        "marketing_permission_id": .string($0.id), "text": .string($0.text),
                        "enabled": .bool(member.permissions.contains($0.id)),
                    ]
                }
            )
        }
        return .object(members)
    }

    /// The values of all merge fields; one without a value is an empty text, an address too (§7).
    func mergeFieldsJSON(of member: AudienceMember) -> SandboxJSON {
        .object(
            Dictionary(mergeFields.map { ($0.tag, member.mergeFields[$0.tag] ?? "") }, uniquingKeysWith: { $1 })
        )
    }

    private func interestsJSON(of member: AudienceMember) -> SandboxJSON {
        let all = categories.flatMap(\.interests)
        return .object(
            Dictionary(all.map { ($0.id, .bool(member.interests.contains($0.id))) }, uniquingKeysWith: { $1 })
        )
    }

    /// The segment as an answer shows it; its count has active subscribers only, unless more are asked for (§7).
    func json(_ segment: AudienceSegment, including statuses: Set<MemberStatus> = []) -> SandboxJSON {
        let count = segment.members.members.count { number in
            guard let status = member(number: number)?.status else { return false }
            return status == .subscribed || statuses.contains(status)
        }
        return [
            "id": .int(segment.id), "name": .string(segment.name), "member_count": .int(count),
            "type": segment.isStatic ? "static" : "saved",
            "created_at": .string(MailchimpTime.text(segment.createdAt)),
            "updated_at": .string(MailchimpTime.text(segment.updatedAt)),
            "options": segment.options ?? ["match": "any", "conditions": []],
            "list_id": .string(id), "_links": Self.links("lists/\(id)/segments/\(segment.id)"),
        ]
    }

    /// The audience as an answer shows it.
    func json(campaigns: [SentCampaign], at now: Double, lag: Double, withTotal: Bool) -> SandboxJSON {
        let mine = campaigns.filter { $0.audience == id && $0.sentAt != nil }
        var figures = stats(at: now, lag: lag) { statsJSON(campaigns: mine) }.objectValue ?? [:]
        if !withTotal { figures["total_contacts"] = nil }
        let contact: SandboxJSON = [
            "company": "Sandbox Ltd", "address1": "1 Harbour Way", "address2": "", "city": "Ely", "state": "",
            "zip": "CB7 4AB", "country": "GB", "phone": "",
        ]
        let defaults: SandboxJSON = [
            "from_name": "Sandbox", "from_email": "hello@example.org", "subject": "", "language": "en",
        ]
        return [
            "id": .string(id), "web_id": .int(webID), "name": .string(name),
            "contact": details["contact"] ?? contact,
            "permission_reminder": details["permission_reminder"] ?? "You are a customer of ours.",
            "use_archive_bar": details["use_archive_bar"] ?? true,
            "campaign_defaults": details["campaign_defaults"] ?? defaults,
            // A text, or false (§14 trap 12).
            "notify_on_subscribe": details["notify_on_subscribe"] ?? false,
            "notify_on_unsubscribe": details["notify_on_unsubscribe"] ?? "",
            "date_created": .string(MailchimpTime.text(createdAt)), "list_rating": 3,
            "email_type_option": details["email_type_option"] ?? false,
            "subscribe_url_short": .string("https://example.org/s/\(id)"),
            "subscribe_url_long": .string("https://example.org/long/\(id)"),
            "beamer_address": "beamer@example.org", "visibility": details["visibility"] ?? "prv",
            "double_optin": .bool(hasDoubleOptIn), "has_welcome": false,
            "marketing_permissions": .bool(!permissions.isEmpty), "modules": [], "stats": .object(figures),
            "_links": Self.links("lists/\(id)"),
        ]
    }

    private func statsJSON(campaigns: [SentCampaign]) -> SandboxJSON {
        var counts: [MemberStatus: Int] = [:]
        for member in members { counts[member.status, default: 0] += 1 }
        let lastSent = campaigns.compactMap(\.sentAt).max()
        func times(_ status: MemberStatus, _ time: (AudienceMember) -> Double?) -> Double? {
            members.filter { $0.status == status }.compactMap(time).max()
        }
        func since(_ status: MemberStatus) -> Int {
            members.count { $0.status == status && $0.lastChanged > (lastSent ?? 0) }
        }
        return [
            "member_count": .int(counts[.subscribed] ?? 0),
            "total_contacts": .int(members.count - (counts[.archived] ?? 0)),
            "unsubscribe_count": .int(counts[.unsubscribed] ?? 0), "cleaned_count": .int(counts[.cleaned] ?? 0),
            "member_count_since_send": .int(since(.subscribed)),
            "unsubscribe_count_since_send": .int(since(.unsubscribed)),
            "cleaned_count_since_send": .int(since(.cleaned)), "campaign_count": .int(campaigns.count),
            "campaign_last_sent": .string(MailchimpTime.text(lastSent)),
            // The address is no merge field here (§7).
            "merge_field_count": .int(mergeFields.count), "avg_sub_rate": 0, "avg_unsub_rate": 0,
            "target_sub_rate": 0, "open_rate": 0, "click_rate": 0,
            "last_sub_date": .string(MailchimpTime.text(times(.subscribed, \.timestampOpt))),
            "last_unsub_date": .string(MailchimpTime.text(times(.unsubscribed, \.unsubscribedAt))),
        ]
    }

    /// Links of a resource; clients leave them out with `exclude_fields=_links`.
    static func links(_ path: String) -> SandboxJSON {
        [["rel": "self", "href": .string("https://us6.api.mailchimp.com/3.0/\(path)"), "method": "GET"]]
    }
}
