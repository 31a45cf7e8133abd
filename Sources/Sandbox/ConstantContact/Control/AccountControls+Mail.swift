/// Mail that the owner sends, and what recipients do with it.
extension AccountControls {
    /// Carries out a control about mail.
    func mail(_ name: String, _ body: ControlBody) throws -> SandboxResponse? {
        switch name {
        case "send-email": return try sendEmail(body)
        case "resend-email": return try resendEmail(body)
        case "delete-email":
            let id = try body.text("campaign_id")
            guard account.mailings.contains(where: { $0.campaignID == id }) else {
                throw ConstantContactRefusal.notFound("email campaign")
            }
            for index in account.mailings.indices where account.mailings[index].campaignID == id {
                account.mailings[index].removedAt = now
            }
        default: try report(try body.text("kind"), on: try contact(body), body)
        }
        return .json([:])
    }

    private func sendEmail(_ body: ControlBody) throws -> SandboxResponse {
        let lists = try lists(body)
        let isDraft = body.object["draft"]?.boolValue ?? false
        var mailing = Mailing(
            campaignID: account.newID(),
            activityID: account.newID(),
            permalinkID: account.newID(),
            name: body.optionalText("name") ?? "Mail \(account.mailings.count + 1)",
            createdAt: now,
            sentAt: isDraft ? nil : now,
            lists: lists.map(\.id)
        )
        if !isDraft {
            var recipients = OrdinalSet()
            for list in lists { recipients.formUnion(list.members) }
            mailing.recipients = recipients.members.filter { !account.inactive.contains($0) }.map { ordinal in
                event("em_sends", account.contacts[ordinal])
            }
        }
        return try send(mailing, body)
    }

    /// Repeats a mail for those who did not open it.
    private func resendEmail(_ body: ControlBody) throws -> SandboxResponse {
        let id = try body.text("campaign_id")
        guard let first = account.mailings.first(where: { $0.campaignID == id && $0.isPrimary }), first.sentAt != nil
        else { throw ConstantContactRefusal.notFound("email campaign") }
        let opened = Set(first.events.filter { $0.kind == "em_opens" }.map(\.contact))
        var mailing = first
        mailing.activityID = account.newID()
        mailing.role = "resend"
        mailing.sentAt = now
        mailing.events = []
        mailing.recipients = first.recipients.filter { !opened.contains($0.contact) }
            .compactMap { account.contact(id: $0.contact) }
            .filter { !account.inactive.contains($0.ordinal) }
            .map { event("em_sends", $0) }
        return try send(mailing, body)
    }

    private func send(_ mailing: Mailing, _ body: ControlBody) throws -> SandboxResponse {
        account.mailings.append(mailing)
        try MailingOutcomes(controls: self, body: body, mailing: mailing).play()
        return .json([
            "campaign_id": .string(mailing.campaignID), "campaign_activity_id": .string(mailing.activityID),
            "sends": .int(mailing.sends),
        ])
    }

    /// Notes what somebody did with a mail in its report.
    func report(_ kind: String, on slot: ContactSlot, _ body: ControlBody) throws {
        let id = try body.text("campaign_activity_id")
        guard let index = account.mailings.firstIndex(where: { $0.activityID == id }) else {
            throw ConstantContactRefusal.notFound("campaign activity")
        }
        var event = event(kind, slot)
        event.reason = body.optionalText("reason")
        event.bounceCode = body.optionalText("bounce_code") ?? (kind == "em_bounces" ? "B" : nil)
        event.url = body.optionalText("url")
        account.mailings[index].events.append(event)
    }

    private func event(_ kind: String, _ slot: ContactSlot) -> Mailing.Event {
        Mailing.Event(
            kind: kind,
            contact: slot.record.id,
            address: slot.record.email?.address ?? "",
            firstName: slot.record.scalars.firstName,
            lastName: slot.record.scalars.lastName,
            at: now
        )
    }
}
