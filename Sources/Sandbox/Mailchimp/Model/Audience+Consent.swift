/// Changes of status, with the events that follow (mailchimp.md §5, §9). What a client may not do is refused before.
extension Audience {
    /// What a change is part of.
    struct Occasion {
        var source: ChangeSource
        var at: Double
        /// The campaign in whose mail the person acted.
        var campaign: String?
        /// Words of the person's.
        var reason: String?
        /// How an unsubscribe counts; nil follows the source.
        var departure: Departure?
    }

    /// Sets the status of a member and says what webhooks tell of it.
    func setStatus(_ member: AudienceMember, to status: MemberStatus, _ occasion: Occasion) -> [MailchimpEvent] {
        let before = member.status
        guard before != status else { return [] }
        member.status = status
        member.pendingSince = nil
        awaiting.remove(member.number)
        if status != .pending { member.statusBeforePending = nil }
        switch status {
        case .subscribed:
            member.departure = nil
            member.unsubscribeReason = nil
            member.unsubscribedAt = nil
            member.timestampOpt = occasion.at
            if occasion.source == .user {
                member.isOptedOutByPerson = false
                member.hasBounced = false
            }
            count(at: occasion.at) { if occasion.source == .user { $0.subs += 1 } else { $0.otherAdds += 1 } }
            return [subscription(of: member, occasion)]
        case .unsubscribed:
            depart(member, occasion)
            count(at: occasion.at) { if occasion.source == .user { $0.unsubs += 1 } else { $0.otherRemoves += 1 } }
            return [unsubscription(of: member, action: "unsub", occasion)]
        case .cleaned:
            depart(member, occasion)
            member.hasBounced = true
            count(at: occasion.at) { $0.otherRemoves += 1 }
            return [cleaning(of: member, occasion)]
        case .pending:
            member.statusBeforePending = before
            awaitConfirmation(of: member, at: occasion.at)
            return []
        case .transactional:
            member.departure = nil
            return []
        case .archived:
            count(at: occasion.at) { $0.otherRemoves += 1 }
            return before == .subscribed ? [unsubscription(of: member, action: "delete", occasion)] : []
        }
    }

    /// Sends a confirmation mail and waits for the person's click.
    func awaitConfirmation(of member: AudienceMember, at now: Double) {
        member.pendingSince = now
        member.confirmationMails += 1
        awaiting.insert(member.number)
    }

    /// Drops contacts whose confirmation has been awaited for 60 days; former members fall back to what they were.
    func dropUnconfirmed(at now: Double) {
        for number in awaiting {
            guard let member = slots[number], let since = member.pendingSince, since < now - 60 * 86_400 else {
                continue
            }
            if let before = member.statusBeforePending {
                awaiting.remove(number)
                member.status = before
                member.pendingSince = nil
                member.statusBeforePending = nil
            } else {
                erase(member)
            }
        }
    }

    /// Notes how and when a member left.
    func depart(_ member: AudienceMember, _ occasion: Occasion) {
        let departure = occasion.departure ?? Departure(rawValue: occasion.source.rawValue) ?? .api
        member.departure = departure
        if departure.isThePersons { member.isOptedOutByPerson = true }
        member.unsubscribedAt = occasion.at
        switch departure {
        case .user: member.unsubscribeReason = occasion.reason ?? "None given"
        case .abuse: member.unsubscribeReason = "Abuse complaint"
        case .bounce: member.unsubscribeReason = nil
        case .admin, .api: member.unsubscribeReason = "N/A (Unsubscribed by admin)"
        }
    }

    // MARK: Events

    func subscription(of member: AudienceMember, _ occasion: Occasion) -> MailchimpEvent {
        var form = WebhookForm(type: "subscribe", firedAt: occasion.at)
        describe(member, in: &form, withSignup: occasion.source == .user)
        return event("subscribe", form, occasion)
    }

    func unsubscription(of member: AudienceMember, action: String, _ occasion: Occasion) -> MailchimpEvent {
        var form = WebhookForm(type: "unsubscribe", firedAt: occasion.at)
        form.add("action", value: action)
        form.add("reason", value: occasion.departure == .abuse ? "abuse" : "manual")
        describe(member, in: &form, withSignup: false)
        if let campaign = occasion.campaign { form.add("campaign_id", value: campaign) }
        return event("unsubscribe", form, occasion)
    }

    func profile(of member: AudienceMember, _ occasion: Occasion) -> MailchimpEvent {
        var form = WebhookForm(type: "profile", firedAt: occasion.at)
        describe(member, in: &form, withSignup: false)
        return event("profile", form, occasion)
    }

    /// The event of a new address; it has neither id nor merge fields (§9).
    func addressChange(of member: AudienceMember, from old: String, _ occasion: Occasion) -> MailchimpEvent {
        var form = WebhookForm(type: "upemail", firedAt: occasion.at)
        form.add("list_id", value: id)
        form.add("new_id", value: member.uniqueEmailID)
        form.add("new_email", value: member.address)
        form.add("old_email", value: old)
        return event("upemail", form, occasion)
    }

    private func cleaning(of member: AudienceMember, _ occasion: Occasion) -> MailchimpEvent {
        var form = WebhookForm(type: "cleaned", firedAt: occasion.at)
        form.add("list_id", value: id)
        form.add("campaign_id", value: occasion.campaign ?? "")
        form.add("reason", value: occasion.departure == .abuse ? "abuse" : "hard")
        form.add("email", value: member.address)
        return event("cleaned", form, occasion)
    }

    private func event(_ type: String, _ form: WebhookForm, _ occasion: Occasion) -> MailchimpEvent {
        MailchimpEvent(type: type, source: occasion.source, audience: id, form: form)
    }

    private func describe(_ member: AudienceMember, in form: inout WebhookForm, withSignup: Bool) {
        form.add("id", value: member.uniqueEmailID)
        form.add("email", value: member.address)
        form.add("email_type", value: member.emailType)
        form.add("ip_opt", value: member.ipOpt)
        if withSignup { form.add("ip_signup", value: member.ipSignup) }
        form.add("web_id", value: String(member.webID))
        form.add("merges", "EMAIL", value: member.address)
        for field in mergeFields {
            form.add(["merges", field.tag], json: member.mergeFields[field.tag] ?? "")
        }
        if !categories.isEmpty {
            let chosen = categories.map { category in
                category.interests.filter { member.interests.contains($0.id) }
                    .map { $0.name.replacing(",", with: "\\,") }.joined(separator: ", ")
            }
            form.add("merges", "INTERESTS", value: chosen.filter { !$0.isEmpty }.joined(separator: ", "))
            for (index, category) in categories.enumerated() {
                let place = String(index)
                form.add("merges", "GROUPINGS", place, "id", value: String(category.groupID))
                form.add("merges", "GROUPINGS", place, "unique_id", value: category.id)
                form.add("merges", "GROUPINGS", place, "name", value: category.title)
                form.add("merges", "GROUPINGS", place, "groups", value: chosen[index])
            }
        }
        form.add("list_id", value: id)
    }
}
