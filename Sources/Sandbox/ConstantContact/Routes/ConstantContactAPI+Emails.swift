/// The campaigns that were sent, their activities, and where each went (constant-contact.md §6, `/emails`).
extension ConstantContactAPI {
    func emails() throws -> SandboxResponse {
        let page = try PageRequest(request, collection: "emails")
        let after = try page.time("after_date")
        let before = try page.time("before_date")
        let found = account.mailings.reversed().filter { mailing in
            mailing.isPrimary && mailing.updatedAt > (after ?? -.infinity) && mailing.updatedAt < (before ?? .infinity)
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
        let mailings = account.mailings.filter { $0.campaignID == id.lowercased() }
        guard let primary = mailings.first(where: \.isPrimary) else {
            throw ConstantContactRefusal.notFound("email campaign")
        }
        let activities =
            [(id: primary.activityID, role: primary.role), (id: primary.permalinkID, role: "permalink")]
            + mailings.filter { !$0.isPrimary }.map { (id: $0.activityID, role: $0.role) }
        var writer = writer()
        writer.object { writer in
            writer.array("campaign_activities", activities) { writer, activity in
                writer.object {
                    $0.field("campaign_activity_id", activity.id)
                    $0.field("role", activity.role)
                }
            }
            write(primary, to: &writer)
        }
        return .json(writer.text)
    }

    /// One activity; a campaign that was deleted has none that can be read.
    func emailActivity(_ id: String) throws -> SandboxResponse {
        guard let mailing = account.mailings.first(where: { $0.activityID == id.lowercased() }),
            mailing.removedAt == nil
        else { throw ConstantContactRefusal.notFound("campaign activity") }
        var writer = writer()
        writer.object { writer in
            writer.field("campaign_activity_id", mailing.activityID)
            writer.field("campaign_id", mailing.campaignID)
            writer.field("role", mailing.role)
            writer.strings("contact_list_ids", mailing.lists)
            writer.field("current_status", mailing.sentAt == nil ? "DRAFT" : "DONE")
            writer.field("format_type", 5)
            writer.field("from_email", "hello@example.org")
            writer.field("from_name", "Sandbox")
            writer.field("reply_to_email", "hello@example.org")
            writer.field("subject", mailing.name)
        }
        return .json(writer.text)
    }

    /// Where an activity went; empty for one that was not sent.
    func sendHistory(_ id: String) throws -> SandboxResponse {
        guard let mailing = account.mailings.first(where: { $0.activityID == id.lowercased() }) else {
            throw ConstantContactRefusal.notFound("campaign activity")
        }
        var writer = writer()
        writer.array(mailing.sentAt == nil ? [] : [mailing]) { writer, mailing in
            writer.object {
                $0.field("send_id", 1)
                $0.strings("contact_list_ids", mailing.lists)
                $0.field("count", mailing.sends)
                $0.field("run_date", stamps.text(mailing.sentAt))
                $0.field("send_status", "COMPLETED")
                $0.field("reason_code", 0)
            }
        }
        return .json(writer.text)
    }

    private func write(_ mailing: Mailing, to writer: inout JSONWriter) {
        writer.field("campaign_id", mailing.campaignID)
        writer.field("created_at", stamps.text(mailing.createdAt))
        writer.field(
            "current_status",
            mailing.removedAt != nil ? "Removed" : mailing.sentAt == nil ? "Draft" : "Done"
        )
        writer.field("name", mailing.name)
        writer.field("type", "NEWSLETTER")
        writer.field("type_code", 10)
        writer.field("updated_at", stamps.text(mailing.updatedAt))
    }
}
