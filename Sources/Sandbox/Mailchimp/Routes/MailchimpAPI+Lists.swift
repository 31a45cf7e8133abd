/// The account and its audiences (mailchimp.md §4).
extension MailchimpAPI {
    func root() -> SandboxJSON {
        let total = account.audiences.reduce(0) { $0 + $1.members.count { $0.status == .subscribed } }
        return [
            "account_id": .string(options.accountID), "login_id": "sandbox-login", "account_name": "Sandbox Ltd",
            "email": "owner@example.org", "first_name": "Olga", "last_name": "Marsh", "username": "sandbox",
            "avatar_url": "", "role": .string(options.role), "member_since": "2024-01-15T08:00:00+00:00",
            "pricing_plan_type": "monthly", "first_payment": "2024-01-15T08:05:00+00:00",
            "account_timezone": "Europe/London", "account_industry": "", "pro_enabled": false,
            "contact": [
                "company": "Sandbox Ltd", "addr1": "1 Harbour Way", "addr2": "", "city": "Ely", "state": "",
                "zip": "CB7 4AB", "country": "GB",
            ],
            "last_login": .string(MailchimpTime.text(now)), "total_subscribers": .int(total),
            "industry_stats": ["open_rate": 0.2, "bounce_rate": 0.01, "click_rate": 0.02],
            "_links": Audience.links(""),
        ]
    }

    func lists() throws -> SandboxJSON {
        let isMade = try query.range(since: "since_date_created", before: "before_date_created")
        let isSent = try query.range(since: "since_campaign_last_sent", before: "before_campaign_last_sent")
        let address = query.text("email")
        let direction = try query.choice("sort_dir", of: ["ASC", "DESC"])
        var found = account.audiences.filter { audience in
            isMade(audience.createdAt)
                && isSent(account.campaigns.filter { $0.audience == audience.id }.compactMap(\.sentAt).max())
                && address.map { audience.member(address: $0) != nil } ?? true
        }
        if direction == "DESC" { found.reverse() }
        let most = options.audienceLimit
        let others: [String: SandboxJSON] = [
            "constraints": [
                "may_create": .bool(most < 0 || account.audiences.count < most), "max_instances": .int(most),
                "current_total_instances": .int(account.audiences.count),
            ]
        ]
        return try collection("lists", found, others, json)
    }

    func list(_ id: String) throws -> SandboxJSON { json(try account.audience(id)) }

    func createList() throws -> SandboxJSON {
        var body = try body()
        let name = body.text("name", isRequired: true)
        _ = body.text("permission_reminder", isRequired: true)
        if body.flag("email_type_option") == nil {
            body.complain("email_type_option", "This value should not be blank.")
        }
        require(["company", "address1", "city", "country"], of: "contact", in: &body)
        require(["from_name", "from_email", "subject", "language"], of: "campaign_defaults", in: &body)
        try body.finish()
        guard options.audienceLimit < 0 || account.audiences.count < options.audienceLimit else {
            throw MailchimpProblem.forbidden("The plan allows no further audience.")
        }
        let audience = Audience(
            id: account.newID(),
            webID: account.newNumber(),
            name: name ?? "",
            at: now
        )
        apply(&body, to: audience)
        account.audiences.append(audience)
        return json(audience)
    }

    func updateList(_ id: String) throws -> SandboxJSON {
        let audience = try account.audience(id)
        var body = try body()
        let name = body.text("name")
        try body.finish()
        if let name { audience.name = name }
        apply(&body, to: audience)
        return json(audience)
    }

    func deleteList(_ id: String) throws -> SandboxJSON? {
        let audience = try account.audience(id)
        account.audiences.removeAll { $0 === audience }
        return nil
    }

    func listActivity(_ id: String) throws -> SandboxJSON {
        let audience = try account.audience(id)
        let days = audience.days.keys.sorted().reversed().prefix(180)
        return try collection("activity", Array(days), ["list_id": .string(id)]) { day in
            let figures = audience.days[day] ?? Audience.DayFigures()
            let sent = account.campaigns.filter { campaign in
                campaign.audience == id && campaign.sentAt.map(MailchimpTime.day) == day
            }
            return [
                "day": .string(day), "emails_sent": .int(sent.reduce(0) { $0 + $1.recipients.count }),
                "unique_opens": 0, "recipient_clicks": 0, "hard_bounce": 0, "soft_bounce": 0,
                "subs": .int(figures.subs), "unsubs": .int(figures.unsubs), "other_adds": .int(figures.otherAdds),
                "other_removes": .int(figures.otherRemoves), "_links": [],
            ]
        }
    }

    func complaints(ofList id: String) throws -> SandboxJSON {
        let audience = try account.audience(id)
        return try collection("abuse_reports", audience.complaints, ["list_id": .string(id)]) { complaint in
            [
                "id": .int(complaint.id), "campaign_id": .string(complaint.campaign), "list_id": .string(id),
                "email_id": .string(complaint.emailID), "email_address": .string(complaint.email),
                "date": .string(MailchimpTime.text(complaint.at)), "_links": [],
            ]
        }
    }

    func searchMembers() throws -> SandboxJSON {
        guard let text = query.text("query")?.lowercased() else {
            throw MailchimpProblem.invalid("query", "This value should not be blank.")
        }
        let audiences = try query.text("list_id").map { [try account.audience($0)] } ?? account.audiences
        var exact: [SandboxJSON] = []
        var others: [SandboxJSON] = []
        for audience in audiences {
            if let member = audience.member(address: text) { exact.append(json(member, of: audience)) }
            others += audience.members.filter { member in
                member.address.lowercased().contains(text) || member.fullName.lowercased().contains(text)
            }.prefix(100).map { json($0, of: audience) }
        }
        return [
            "exact_matches": ["members": .array(exact), "total_items": .int(exact.count)],
            "full_search": ["members": .array(others), "total_items": .int(others.count)], "_links": [],
        ]
    }

    private func json(_ audience: Audience) -> SandboxJSON {
        audience.json(
            campaigns: account.campaigns,
            at: now,
            lag: options.statsLagSeconds,
            withTotal: query.flag("include_total_contacts")
        )
    }

    private func require(_ names: [String], of name: String, in body: inout MailchimpBody) {
        guard let object = body.member(name) else {
            if !body.has(name) { body.complain(name, "This value should not be blank.") }
            return
        }
        var inner = MailchimpBody(object, prefix: name + ".")
        for name in names { _ = inner.text(name, isRequired: true) }
        body.take(inner)
    }

    private func apply(_ body: inout MailchimpBody, to audience: Audience) {
        if let isDouble = body.flag("double_optin") { audience.hasDoubleOptIn = isDouble }
        for name in [
            "contact", "campaign_defaults", "permission_reminder", "email_type_option", "use_archive_bar",
            "notify_on_subscribe", "notify_on_unsubscribe", "visibility",
        ] where body.has(name) { audience.details[name] = body.object[name] }
        if body.flag("marketing_permissions") == true, audience.permissions.isEmpty {
            audience.permissions = ["Email", "Direct mail", "Online advertising"].map { (account.newID(), $0) }
        } else if body.flag("marketing_permissions") == false {
            audience.permissions = []
        }
    }
}
