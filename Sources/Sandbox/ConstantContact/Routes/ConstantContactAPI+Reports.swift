/// Sent mail and what recipients did with it (constant-contact.md §7.4). Only what came from a mail appears here: who was
/// unsubscribed in the product or by a call does not.
extension ConstantContactAPI {
    /// Figures show what happened up to here.
    private var figuresUntil: Double { now - options.reportLagSeconds }

    func campaignSummaries() throws -> SandboxResponse {
        let page = try PageRequest(request, collection: "email_campaign_summaries")
        let sent = account.mailings.filter { $0.sentAt != nil && $0.removedAt == nil }
        let campaigns = Dictionary(grouping: sent, by: \.campaignID).values
            .map { (mailings: $0, lastSent: $0.compactMap(\.sentAt).max() ?? 0) }
            .sorted { ($0.lastSent, $0.mailings[0].campaignID) > ($1.lastSent, $1.mailings[0].campaignID) }
        let rows = campaigns.dropFirst(page.position)
        var writer = writer()
        writer.object { writer in
            writer.array("bulk_email_campaign_summaries", rows.prefix(page.limit)) { writer, campaign in
                writer.object {
                    $0.field("campaign_id", campaign.mailings[0].campaignID)
                    $0.field("campaign_type", "NEWSLETTER")
                    $0.field("last_sent_date", stamps.text(campaign.lastSent))
                    $0.object("unique_counts") { writeCounts(of: campaign.mailings, to: &$0) }
                }
            }
            let next = rows.count > page.limit ? page.next(from: page.position + page.limit) : nil
            writeLinks(next: next, to: &writer)
        }
        return .json(writer.text)
    }

    private func writeCounts(of mailings: [Mailing], to writer: inout JSONWriter) {
        func sum(_ count: (Mailing) -> Int) -> Int { mailings.reduce(0) { $0 + count($1) } }
        writer.field("sends", sum(\.sends))
        for (name, kind) in [
            ("opens", "em_opens"), ("clicks", "em_clicks"), ("forwards", "em_forwards"), ("optouts", "em_optouts"),
            ("abuse", "em_abuse"), ("bounces", "em_bounces"),
        ] {
            writer.field(name, sum { $0.count(kind, until: figuresUntil) })
        }
        writer.field("not_opened", sum { max(0, $0.sends - $0.count("em_opens", until: figuresUntil)) })
    }

    /// One id that is not a UUID spoils the whole call; one that nobody has is an error beside the results (§9 item 47).
    func activityStats(_ text: String) throws -> SandboxResponse {
        let ids = text.split(separator: ",").map { $0.lowercased() }
        guard !ids.isEmpty, ids.allSatisfy(Identifier.isUUID) else {
            throw ConstantContactRefusal.notFound("campaign activity")
        }
        guard ids.count <= 10 else { throw ConstantContactRefusal.invalid("Up to 10 ids can be given") }
        // What was deleted, or was never sent, has no figures.
        let known = account.mailings.filter { $0.sentAt != nil && $0.removedAt == nil }
        let found = ids.compactMap { id in known.first { $0.activityID == id } }
        let unknown = ids.filter { id in !known.contains { $0.activityID == id } }
        var writer = writer()
        writer.object { writer in
            writer.array("results", found) { writer, mailing in
                writer.object {
                    $0.field("campaign_id", mailing.campaignID)
                    $0.field("campaign_activity_id", mailing.activityID)
                    $0.object("stats") {
                        $0.field("em_sends", mailing.sends)
                        for kind in ["em_opens", "em_clicks", "em_bounces", "em_optouts", "em_abuse"] {
                            $0.field(kind, mailing.count(kind, until: figuresUntil))
                        }
                        for kind in ["em_opens", "em_clicks"] {
                            $0.field("\(kind)_all", mailing.countAll(kind, until: figuresUntil))
                        }
                        for (name, code) in Mailing.bounces {
                            $0.field(
                                "em_bounces_\(name)",
                                mailing.count("em_bounces", codes: [code], until: figuresUntil)
                            )
                        }
                    }
                    $0.field("last_refresh_time", stamps.text(figuresUntil))
                }
            }
            writer.array("errors", unknown) { writer, id in
                writer.object {
                    $0.field("error_key", "reports.api.not_found")
                    $0.field("error_message", "No figures for \(id)")
                }
            }
        }
        return .json(writer.text)
    }

    /// The people of one report of one mail, newest first; empty for one that was not sent.
    ///
    /// - Parameter isUnique: whether each person appears once, with what they did last.
    func report(_ kind: String, of id: String, isUnique: Bool = false) throws -> SandboxResponse {
        guard Identifier.isUUID(id) else { throw ConstantContactRefusal.notFound("campaign activity") }
        let page = try PageRequest(request, collection: isUnique ? "unique_\(kind)" : kind, standard: 500)
        let codes = Set(page.values("bounce_code") ?? [])
        let mailing = account.mailings.first { $0.activityID == id.lowercased() }
        var seen: Set<String> = []
        // Of equal times, what came last is the newest.
        let newest = (kind == "em_sends" ? mailing?.recipients : mailing?.events)?.enumerated()
            .sorted { ($0.element.at, $0.offset) > ($1.element.at, $1.offset) }.map(\.element)
        let events = (newest ?? []).filter { event in
            event.kind == kind && (codes.isEmpty || event.bounceCode.map(codes.contains) ?? false)
                && (!isUnique || seen.insert(event.contact).inserted)
        }
        let rows = events.dropFirst(page.position)
        var writer = writer()
        writer.object { writer in
            writer.array("tracking_activities", rows.prefix(page.limit)) { writer, event in
                writer.object { write(event, of: id, to: &$0) }
            }
            let next = rows.count > page.limit ? page.next(from: page.position + page.limit) : nil
            if let next { writeLinks(next: next, to: &writer) } else { writer.object("_links") { _ in } }
        }
        return .json(writer.text)
    }

    private func write(_ event: Mailing.Event, of id: String, to writer: inout JSONWriter) {
        writer.field("contact_id", event.contact)
        writer.field("campaign_activity_id", id)
        writer.field("tracking_activity_type", event.kind)
        writer.field("email_address", event.address)
        writer.field("first_name", event.firstName)
        writer.field("last_name", event.lastName)
        if event.kind == "em_optouts" { writer.field("opt_out_reason", event.reason) }
        if event.kind == "em_bounces" { writer.field("bounce_code", event.bounceCode) }
        if event.kind == "em_opens" || event.kind == "em_clicks" { writer.field("device_type", "computer") }
        if event.kind == "em_clicks" {
            let url = event.url ?? "https://example.org/offer"
            writer.field("link_url", url)
            writer.field("url_id", String(url.utf8.reduce(7) { ($0 * 31 + Int($1)) % 1_000_000_007 }))
        }
        writer.field("created_time", stamps.text(event.at))
        writer.field("deleted_at", account.contact(id: event.contact)?.record.deletedAt.map(Timestamps.day))
    }

    func contactDetails(_ id: String) throws -> SandboxResponse {
        let slot = try existingContact(id)
        let page = try PageRequest(request, collection: "activity_details", standard: 100, most: 100)
        guard let kinds = page.values("tracking_activities_list") ?? page.values("tracking_activity_type") else {
            throw ConstantContactRefusal.invalid("tracking_activities_list is required")
        }
        let found = account.mailings.flatMap { mailing in
            mailing.events
                .filter { $0.contact == slot.record.id && kinds.contains($0.kind) }
                .map { (mailing: mailing, event: $0) }
        }.sorted { $0.event.at > $1.event.at }
        let rows = found.dropFirst(page.position)
        var writer = writer()
        writer.object { writer in
            writer.array("tracking_activities", rows.prefix(page.limit)) { writer, row in
                writer.object {
                    $0.field("contact_id", slot.record.id)
                    $0.field("campaign_activity_id", row.mailing.activityID)
                    $0.field("created_time", stamps.text(row.event.at))
                    $0.field("tracking_activity_type", row.event.kind)
                    $0.field("campaign_activity_name", row.mailing.name)
                }
            }
            let next = rows.count > page.limit ? page.next(from: page.position + page.limit) : nil
            writeLinks(next: next, to: &writer)
        }
        return .json(writer.text)
    }
}
