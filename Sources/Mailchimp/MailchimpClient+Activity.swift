import Bridge
import HTTPCalls
import Reconciliation

/// What a contact did, as its feed shows it (mailchimp.md §5).
extension MailchimpClient {
    /// The opt-outs that the contact's feed shows.
    ///
    /// Nil where it shows none: whether it shows those on a page of the service's own is not established, and what an
    /// archived contact was before cannot be read, so none can be ruled out.
    package func optOuts(of contact: ContactID) async throws -> [OptOutSighting]? {
        let path = path(ofMember: contact.rawValue, "/activity-feed")
        let query = [("activity_filters", "unsub")]
        do {
            let sightings = try await all("read a contact's activity", path, query, under: "activity") {
                try Self.sighting(&$0)
            }
            return sightings.isEmpty ? nil : sightings
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            return nil
        }
    }

    /// Reads one entry; nil for one that is no opt-out.
    private static func sighting(_ reader: inout JSONReader) throws -> OptOutSighting? {
        var type = ""
        var sighting = OptOutSighting(occurredAt: nil, reference: "")
        try reader.members { reader, key in
            switch key {
            case "activity_type": type = try reader.string() ?? ""
            case "campaign_id": sighting.reference = try reader.string() ?? ""
            case "created_at_timestamp": sighting.occurredAt = try reader.string().flatMap(ServiceTime.parse)
            default: try reader.skip()
            }
        }
        return type == "unsub" || type == "abuse" ? sighting : nil
    }
}
