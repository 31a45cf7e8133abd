import HTTPCalls
import Reconciliation

/// A campaign that was sent, as far as it is told apart by where it went.
struct CampaignDocument: Sendable {
    var id = ""
    var title = ""
    var subject = ""
    var sentAt: Timestamp?
    /// The number of the tag that it was sent to; nil for one that went elsewhere.
    var segment: String?

    /// What the marketer calls it: the title, or the subject where there is none.
    var name: String { title.isEmpty ? subject : title }

    static let fields =
        "campaigns.id,campaigns.send_time,campaigns.settings.title,campaigns.settings.subject_line,"
        + "campaigns.recipients.segment_opts.saved_segment_id,total_items"

    /// Reads one campaign; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> CampaignDocument? {
        var campaign = CampaignDocument()
        try reader.members { reader, key in
            switch key {
            case "id": campaign.id = try reader.scalar() ?? ""
            case "send_time": campaign.sentAt = try reader.string().flatMap(ServiceTime.parse)
            case "settings":
                try reader.members { reader, key in
                    switch key {
                    case "title": campaign.title = try reader.string() ?? ""
                    case "subject_line": campaign.subject = try reader.string() ?? ""
                    default: try reader.skip()
                    }
                }
            case "recipients":
                try reader.members { reader, key in
                    guard case "segment_opts" = key else { return try reader.skip() }
                    try reader.members { reader, key in
                        guard case "saved_segment_id" = key else { return try reader.skip() }
                        // Nought where the conditions are not those of a saved segment.
                        campaign.segment = try reader.scalar().flatMap { $0.isEmpty || $0 == "0" ? nil : $0 }
                    }
                }
            default: try reader.skip()
            }
        }
        return campaign.id.isEmpty ? nil : campaign
    }
}
