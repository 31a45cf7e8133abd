import Bridge
import HTTPCalls
import Reconciliation

/// What a contact did with the mails that it was sent (constant-contact.md §6).
extension ConstantContactClient {
    /// The opt-outs by a link in a mail that the contact's activity shows, newest first.
    ///
    /// Those made in the product, by a call or on the profile page are not among them; the contact itself shows those as
    /// long as it can be read. Nil where the service does not know the contact any more.
    package func optOuts(of contact: ContactID) async throws -> [OptOutSighting]? {
        let operation = "read a contact's activity"
        let path = "/reports/contact_reports/\(PercentEncoding.encode(contact.rawValue))/activity_details"
        let query = [
            ("tracking_activities_list", Self.optOutActivity), ("include_campaign_activity_names", "false"),
            ("limit", "100"),
        ]
        do {
            let rows = try await all(operation, path, query, under: "tracking_activities") {
                try TrackingDocument.read(&$0)
            }
            return rows.filter { $0.type == Self.optOutActivity }.map { row in
                OptOutSighting(
                    occurredAt: row.createdTime.flatMap(ServiceTime.parse),
                    reference: row.campaignActivityID
                )
            }
        } catch let error as PortError where error.code == .notFound {
            return nil
        }
    }

    private static let optOutActivity = "em_optouts"
}

/// One row of a contact's activity.
private struct TrackingDocument: Sendable {
    var type = ""
    var campaignActivityID = ""
    var createdTime: String?

    /// Reads one row; nil when it does not say what it is.
    static func read(_ reader: inout JSONReader) throws -> TrackingDocument? {
        var document = TrackingDocument()
        try reader.members { reader, key in
            switch key {
            case "tracking_activity_type": document.type = try reader.string() ?? ""
            case "campaign_activity_id": document.campaignActivityID = try reader.string() ?? ""
            case "created_time": document.createdTime = try reader.string()
            default: try reader.skip()
            }
        }
        return document.type.isEmpty ? nil : document
    }
}
