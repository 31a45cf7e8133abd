/// Sent mail and what recipients did with it (constant-contact.md §7.4). Only what came from a mail appears here: who was
/// unsubscribed in the product or by a call does not.
extension ConstantContactAPI {
    /// Figures show what happened up to here.
    private var figuresUntil: Double { now - options.reportLagSeconds }

    func emails() throws -> SandboxResponse {
        let page = try PageRequest(request, collection: "emails")
        let after = try page.time("after_date")
        let before = try page.time("before_date")
        let found = account.mailings.reversed().filter { mailing in
            mailing.updatedAt > (after ?? -.infinity) && mailing.updatedAt < (before ?? .infinity)
        }
        let rows = found.dropFirst(page.position)
        var writer = writer()
        writer.object { writer in
            writer.array("campaigns", rows.prefix(page.limit)) { writer, mailing in
                writer.object { write(mailing, to: &$0) }
            }
            let next = rows.count > page.limit ? page.next(from: page.position + page.limit) : nil
            writeLinks(next: next, to: &writer)
        }
        return .json(writer.text)
    }

    func email(_ id: String) throws -> SandboxResponse {
        guard let mailing = account.mailings.first(where: { $0.campaignID == id.lowercased() }) else {
            throw ConstantContactRefusal.notFound("email campaign")
        }
        var writer = writer()
        writer.object { writer in
            writer.array("campaign_activities", ["primary_email", "permalink"]) { writer, role in
                writer.object {
                    $0.field("campaign_activity_id", role == "primary_email" ? mailing.activityID : mailing.permalinkID)
                    $0.field("role", role)
                }
            }
            write(mailing, to: &writer)
        }
        return .json(writer.text)
    }

    private func write(_ mailing: Mailing, to writer: inout JSONWriter) {
        writer.field("campaign_id", mailing.campaignID)
        writer.field("created_at", stamps.text(mailing.createdAt))
        writer.field("current_status", mailing.sentAt == nil ? "Draft" : "Done")
        writer.field("name", mailing.name)
        writer.field("type", "NEWSLETTER")
        writer.field("type_code", 10)
        writer.field("updated_at", stamps.text(mailing.updatedAt))
    }

    func campaignSummaries() throws -> SandboxResponse {
        let page = try PageRequest(request, collection: "email_campaign_summaries")
        let sent = account.mailings.filter { $0.sentAt != nil }.sorted { ($0.sentAt ?? 0) > ($1.sentAt ?? 0) }
        let rows = sent.dropFirst(page.position)
        var writer = writer()
        writer.object { writer in
            writer.array("bulk_email_campaign_summaries", rows.prefix(page.limit)) { writer, mailing in
                writer.object {
                    $0.field("campaign_id", mailing.campaignID)
                    $0.field("campaign_type", "NEWSLETTER")
                    $0.field("last_sent_date", stamps.text(mailing.sentAt))
                    $0.object("unique_counts") { writeCounts(of: mailing, to: &$0) }
                }
            }
            let next = rows.count > page.limit ? page.next(from: page.position + page.limit) : nil
            writeLinks(next: next, to: &writer)
        }
        return .json(writer.text)
    }

    private func writeCounts(of mailing: Mailing, to writer: inout JSONWriter) {
        writer.field("sends", mailing.sends)
        for (name, kind) in [
            ("opens", "em_opens"), ("clicks", "em_clicks"), ("forwards", "em_forwards"), ("optouts", "em_optouts"),
            ("abuse", "em_abuse"), ("bounces", "em_bounces"),
        ] {
            writer.field(name, mailing.count(kind, until: figuresUntil))
        }
        writer.field("not_opened", max(0, mailing.sends - mailing.count("em_opens", until: figuresUntil)))
    }

    /// One id that is not a UUID spoils the whole call; one that nobody has is an error beside the results (§9 item 47).
    func activityStats(_ text: String) throws -> SandboxResponse {
        let ids = text.split(separator: ",").map { $0.lowercased() }
        guard !ids.isEmpty, ids.allSatisfy(Identifier.isUUID) else {
            throw ConstantContactRefusal.notFound("campaign activity")
        }
        guard ids.count <= 10 else { throw ConstantContactRefusal.invalid("Up to 10 ids can be given") }
        let found = ids.compactMap { id in account.mailings.first { $0.activityID == id } }
        let unknown = ids.filter { id in !account.mailings.contains { $0.activityID == id } }
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

    /// The opt-outs or bounces of one mail, newest first; empty for one that was not sent.
    func report(_ kind: String, of id: String) throws -> SandboxResponse {
        guard Identifier.isUUID(id) else { throw ConstantContactRefusal.notFound("campaign activity") }
        let page = try PageRequest(request, collection: kind, standard: 500)
        let codes = Set(page.values("bounce_code") ?? [])
        let mailing = account.mailings.first { $0.activityID == id.lowercased() }
        let events = (mailing?.events ?? []).reversed().filter { event in
            event.kind == kind && (codes.isEmpty || event.bounceCode.map(codes.contains) ?? false)
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
        writer.field("opt_out_reason", event.reason)
        writer.field("bounce_code", event.bounceCode)
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
