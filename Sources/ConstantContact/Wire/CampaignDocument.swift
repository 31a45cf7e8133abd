import HTTPCalls
import Reconciliation

/// What the summary report says of one campaign (`BulkEmailCampaignSummary`).
struct SummaryDocument: Sendable {
    var campaignID = ""
    var lastSent: Timestamp?

    /// Reads one summary; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> SummaryDocument? {
        var summary = SummaryDocument()
        try reader.members { reader, key in
            switch key {
            case "campaign_id": summary.campaignID = try reader.string() ?? ""
            case "last_sent_date": summary.lastSent = try reader.string().flatMap(ServiceTime.parse)
            default: try reader.skip()
            }
        }
        return summary.campaignID.isEmpty ? nil : summary
    }
}

/// A campaign with its activities (`EmailCampaign`).
struct CampaignDocument: Sendable {
    /// One activity of a campaign.
    struct Activity: Sendable {
        var id = ""
        var role = ""

        /// Whether it is a mail: the page on the web is none.
        var isSendable: Bool { !id.isEmpty && (role == "primary_email" || isRepetition) }
        /// Whether it went to those who did not open the first one.
        var isRepetition: Bool { role == "resend" }
    }

    var name = ""
    var activities: [Activity] = []

    /// Reads a campaign.
    static func read(_ reader: inout JSONReader) throws -> CampaignDocument {
        var campaign = CampaignDocument()
        try reader.members { reader, key in
            switch key {
            case "name": campaign.name = try reader.string() ?? ""
            case "campaign_activities":
                try reader.elements { reader in
                    var activity = Activity()
                    try reader.members { reader, key in
                        switch key {
                        case "campaign_activity_id": activity.id = try reader.string() ?? ""
                        case "role": activity.role = try reader.string() ?? ""
                        default: try reader.skip()
                        }
                    }
                    campaign.activities.append(activity)
                }
            default: try reader.skip()
            }
        }
        return campaign
    }
}

/// One time that an activity was sent (`EmailSendHistory`).
struct SendDocument: Sendable {
    var lists: Set<ListID> = []
    var runDate: Timestamp?
    var status = ""

    /// Whether anybody was sent anything.
    var isCompleted: Bool { status.uppercased() != "ERRORED" }

    /// Reads the whole history, which is an array.
    ///
    /// - Throws: `JSONReader.Malformed` also when it is none.
    static func readAll(_ reader: inout JSONReader) throws -> [SendDocument] {
        var sends: [SendDocument] = []
        let isArray = try reader.elements { reader in
            var send = SendDocument()
            try reader.members { reader, key in
                switch key {
                case "contact_list_ids":
                    try reader.elements { if let id = try $0.string() { send.lists.insert(ListID(id)) } }
                case "run_date": send.runDate = try reader.string().flatMap(ServiceTime.parse)
                case "send_status": send.status = try reader.string() ?? ""
                default: try reader.skip()
                }
            }
            sends.append(send)
        }
        guard isArray else { throw JSONReader.Malformed(offset: 0) }
        return sends
    }
}
