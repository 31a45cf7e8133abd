import HTTPCalls
import Reconciliation

/// The figures of one campaign activity (`StatsEmailActivity`): in people, but for complaints.
struct StatsDocument: Sendable {
    var activityID = ""
    var totals = MailingTotals()

    /// Reads one result; nil when it names no activity.
    ///
    /// Mail that an autoreply answered was delivered, so it is no bounce here. Where the bounces are not told apart,
    /// they
    /// count as soft ones.
    static func read(_ reader: inout JSONReader) throws -> StatsDocument? {
        var document = StatsDocument()
        var (bounces, vacations) = (0, 0)
        try reader.members { reader, key in
            switch key {
            case "campaign_activity_id": document.activityID = try reader.string() ?? ""
            case "last_refresh_time": document.totals.countedAt = try reader.string().flatMap(ServiceTime.parse)
            case "stats":
                try reader.members { reader, key in
                    switch key {
                    case "em_sends": document.totals.sent = try reader.integer() ?? 0
                    case "em_opens": document.totals.opened = try reader.integer() ?? 0
                    case "em_clicks": document.totals.clicked = try reader.integer() ?? 0
                    case "em_optouts": document.totals.optedOut = try reader.integer() ?? 0
                    case "em_abuse": document.totals.complained = try reader.integer() ?? 0
                    case "em_bounces": bounces = try reader.integer() ?? 0
                    case "em_bounces_nonexistent_address", "em_bounces_suspended":
                        document.totals.hardBounced += try reader.integer() ?? 0
                    case "em_bounces_vacation": vacations = try reader.integer() ?? 0
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        document.totals.softBounced = max(0, bounces - document.totals.hardBounced - vacations)
        return document.activityID.isEmpty ? nil : document
    }
}
