/// One control: what a person or a user of the product does to the account.
struct MailchimpControls {
    let account: MailchimpAccount
    let options: MailchimpOptions
    let now: Double
    let instruction: MailchimpInstruction

    /// Does what a control says.
    ///
    /// - Returns: what it answers; nil when there is no such control.
    /// - Throws: `OptionError` or `MailchimpProblem` for what cannot be done.
    func act(_ name: String) throws -> SandboxJSON? {
        switch name {
        case "subscribe": try subscribe()
        case "confirm": try confirm()
        case "unsubscribe": try unsubscribe()
        case "complain": try complain()
        case "bounce": try bounce()
        case "clean": try setStatus(.cleaned, Audience.Occasion(source: .admin, at: now, departure: .bounce))
        case "archive": try setStatus(.archived, Audience.Occasion(source: .admin, at: now))
        case "resubscribe": try setStatus(.subscribed, Audience.Occasion(source: .admin, at: now))
        case "delete-permanent": try erase()
        case "change-address": try changeAddress()
        case "profile": try changeProfile()
        case "create-members": try createMembers()
        case "send-campaign": return try sendCampaign()
        case "open": try record("open")
        case "click": try record("click")
        case "delete-campaign":
            account.campaigns.remove(at: try account.campaignIndex(try instruction.text("campaign_id")))
        default: return try actOnAudience(name)
        }
        return [:]
    }

    /// The audience that the control is about: the first one unless it says otherwise.
    func audience() throws -> Audience {
        if let id = instruction.optionalText("list_id") { return try account.audience(id) }
        guard let audience = account.audiences.first else { throw OptionError(reason: "there is no audience") }
        return audience
    }

    private func member() throws -> (Audience, AudienceMember) {
        let audience = try audience()
        guard let member = audience.member(address: try instruction.text("email")) else {
            throw OptionError(reason: "the audience has no such member")
        }
        return (audience, member)
    }

    private var source: ChangeSource { instruction.optionalText("by").flatMap(ChangeSource.init) ?? .user }

    private func occasion(_ departure: Departure? = nil) -> Audience.Occasion {
        Audience.Occasion(
            source: source,
            at: now,
            campaign: instruction.optionalText("campaign_id"),
            reason: instruction.optionalText("reason"),
            departure: departure
        )
    }

    // MARK: People

    /// The hosted form, which is the one way back for everyone (§5).
    private func subscribe() throws {
        let audience = try audience()
        let address = try instruction.text("email")
        audience.forgotten.remove(MailchimpDigest.subscriberHash(address))
        let known = audience.member(address: address)
        let status: MemberStatus = audience.hasDoubleOptIn ? .pending : .subscribed
        let member = known ?? audience.insert(address, status: status, contactID: account.hex(32), at: now)
        member.source = "Hosted Signup Form"
        member.ipSignup = "203.0.113.7"
        member.ipOpt = "203.0.113.7"
        member.timestampSignup = now
        member.mergeFields.merge(instruction.members("merge_fields")) { $1 }
        member.lastChanged = now
        if known != nil {
            account.events += audience.setStatus(member, to: status, occasion())
        } else if status == .pending {
            audience.awaitConfirmation(of: member, at: now)
        } else {
            member.timestampOpt = now
            audience.count(at: now) { $0.subs += 1 }
            account.events.append(audience.subscription(of: member, occasion()))
        }
    }

    private func confirm() throws {
        let (audience, member) = try member()
        guard member.status == .pending else { throw OptionError(reason: "no confirmation is awaited") }
        member.ipOpt = "203.0.113.7"
        member.lastChanged = now
        account.events += audience.setStatus(member, to: .subscribed, occasion())
    }

    private func unsubscribe() throws {
        try setStatus(.unsubscribed, occasion())
        try react(\.unsubscribes)
    }

    private func complain() throws {
        let (audience, member) = try member()
        let status: MemberStatus = options.complaintsArriveAs == .cleaned ? .cleaned : .unsubscribed
        try setStatus(status, occasion(.abuse))
        audience.complaints.append(
            Audience.Complaint(
                id: account.newNumber(),
                campaign: instruction.optionalText("campaign_id") ?? "",
                email: member.address,
                emailID: member.id,
                at: now
            )
        )
        try react(\.complaints)
    }

    private func bounce() throws {
        let (_, member) = try member()
        let kind = instruction.optionalText("kind") ?? "hard"
        if instruction.optionalText("campaign_id") != nil { try record("bounce") }
        if kind == "soft" {
            member.softBounces += 1
            guard let most = options.softBouncesToClean, member.softBounces >= most else { return }
        }
        var occasion = occasion(.bounce)
        occasion.source = .admin
        try setStatus(.cleaned, occasion)
    }

    private func changeAddress() throws {
        let (audience, member) = try member()
        let address = try instruction.text("to"), old = member.address
        if let other = audience.member(address: address), other !== member {
            throw OptionError(reason: "another member has this address")
        }
        audience.rename(member, to: address)
        member.lastChanged = now
        let pair = [
            audience.addressChange(of: member, from: old, occasion()), audience.profile(of: member, occasion()),
        ]
        account.events += account.fraction() < 0.5 ? pair : pair.reversed()
    }

    private func changeProfile() throws {
        let (audience, member) = try member()
        member.mergeFields.merge(instruction.members("merge_fields")) { $1 }
        member.lastChanged = now
        account.events.append(audience.profile(of: member, occasion()))
    }

    private func erase() throws {
        let (audience, member) = try member()
        if member.status == .subscribed {
            let occasion = Audience.Occasion(source: .admin, at: now)
            account.events.append(audience.unsubscription(of: member, action: "delete", occasion))
        }
        audience.forgotten.insert(member.id)
        audience.erase(member)
    }

    private func setStatus(_ status: MemberStatus, _ occasion: Audience.Occasion) throws {
        let (audience, member) = try member()
        member.lastChanged = now
        account.events += audience.setStatus(member, to: status, occasion)
    }

    private func createMembers() throws {
        let audience = try audience()
        for row in instruction.object["members"]?.arrayValue ?? [] {
            guard let address = row["email"]?.stringValue, audience.member(address: address) == nil else { continue }
            let status = row["status"]?.stringValue.flatMap(MemberStatus.init) ?? .subscribed
            let member = audience.insert(address, status: status, contactID: account.hex(32), at: now)
            member.mergeFields = row["merge_fields"]?.objectValue ?? [:]
            member.source = "Import"
            member.timestampOpt = status == .subscribed ? now : nil
            member.departure = status == .unsubscribed ? .admin : nil
            member.hasBounced = status == .cleaned
            for name in row["tags"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
                audience.tag(member, with: audience.tag(named: name) ?? makeTag(name, in: audience), at: now)
            }
        }
    }

    /// Makes an empty tag.
    func makeTag(_ name: String, in audience: Audience) -> AudienceSegment {
        let tag = AudienceSegment(id: account.newNumber(), name: name, isStatic: true, at: now)
        audience.segments.append(tag)
        return tag
    }

    // MARK: Mail

    /// Notes the unsubscribe or the complaint in the report of the mail that it answers.
    private func react(_ list: WritableKeyPath<SentCampaign, [SentCampaign.Reaction]>) throws {
        guard let id = instruction.optionalText("campaign_id") else { return }
        let (_, member) = try member()
        let reaction = SentCampaign.Reaction(
            id: account.newNumber(),
            emailID: member.id,
            address: member.address,
            number: member.number,
            reason: instruction.optionalText("reason") ?? "None given",
            at: now
        )
        account.campaigns[try account.campaignIndex(id)][keyPath: list].append(reaction)
    }

    /// Notes what a recipient did with a mail, or that it came back.
    private func record(_ action: String) throws {
        let index = try account.campaignIndex(try instruction.text("campaign_id"))
        let (_, member) = try member()
        guard let row = account.campaigns[index].recipients.firstIndex(where: { $0.number == member.number }) else {
            throw OptionError(reason: "the campaign did not go to this member")
        }
        var activity = SentCampaign.Activity(
            action: action,
            at: now,
            ip: instruction.flag("machine") ? "198.51.100.9" : "203.0.113.7"
        )
        if action == "click" { activity.url = instruction.optionalText("url") ?? "https://example.org/offer" }
        if action == "bounce" { activity.bounce = instruction.optionalText("kind") ?? "hard" }
        for _ in 0..<(instruction.integer("times") ?? 1) {
            account.campaigns[index].recipients[row].activities.append(activity)
        }
    }

    private func sendCampaign() throws -> SandboxJSON {
        let audience = try audience()
        let subject = instruction.optionalText("subject") ?? "Mail \(account.campaigns.count + 1)"
        let segment = try instruction.integer("segment_id").map { try audience.segment(String($0)) }
        let isDraft = instruction.flag("draft")
        var campaign = SentCampaign(
            id: account.newID(),
            webID: account.newNumber(),
            audience: audience.id,
            segment: segment?.id,
            title: instruction.optionalText("title") ?? subject,
            subject: subject,
            createdAt: now,
            sentAt: isDraft ? nil : now
        )
        if !isDraft {
            campaign.recipients = audience.members.filter { member in
                member.status == .subscribed && (segment.map { $0.members.contains(member.number) } ?? true)
            }.map { SentCampaign.Recipient(number: $0.number, emailID: $0.id, address: $0.address) }
        }
        account.campaigns.append(campaign)
        if !isDraft { announce(campaign) }
        try CampaignOutcomes(controls: self, campaign: campaign.id).play()
        return [
            "campaign_id": .string(campaign.id), "recipients": .int(campaign.recipients.count),
        ]
    }

    private func announce(_ campaign: SentCampaign) {
        var form = WebhookForm(type: "campaign", firedAt: now)
        form.add("id", value: campaign.id)
        form.add("subject", value: campaign.subject)
        form.add("status", value: instruction.optionalText("status") ?? "sent")
        form.add("reason", value: "")
        form.add("list_id", value: campaign.audience)
        account.events.append(
            MailchimpEvent(type: "campaign", source: .admin, audience: campaign.audience, form: form)
        )
    }
}
