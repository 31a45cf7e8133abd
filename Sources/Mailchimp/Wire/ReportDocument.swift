import HTTPCalls
import Reconciliation

/// The totals of a campaign's report (mailchimp.md §11).
enum ReportDocument {
    static let fields =
        "emails_sent,bounces,opens.unique_opens,clicks.unique_subscriber_clicks,unsubscribed,abuse_reports"

    /// Reads a report.
    ///
    /// An address that cannot be written to at all counts as a hard bounce; nobody is named with it.
    static func read(_ reader: inout JSONReader) throws -> MailingTotals {
        var totals = MailingTotals()
        var isPresent = false
        try reader.members { reader, key in
            switch key {
            case "emails_sent":
                isPresent = true
                totals.sent = try reader.integer() ?? 0
            case "unsubscribed": totals.optedOut = try reader.integer() ?? 0
            case "abuse_reports": totals.complained = try reader.integer() ?? 0
            case "bounces":
                try reader.members { reader, key in
                    switch key {
                    case "hard_bounces", "syntax_errors": totals.hardBounced += try reader.integer() ?? 0
                    case "soft_bounces": totals.softBounced = try reader.integer() ?? 0
                    default: try reader.skip()
                    }
                }
            case "opens":
                try reader.members { reader, key in
                    guard case "unique_opens" = key else { return try reader.skip() }
                    totals.opened = try reader.integer() ?? 0
                }
            case "clicks":
                try reader.members { reader, key in
                    guard case "unique_subscriber_clicks" = key else { return try reader.skip() }
                    totals.clicked = try reader.integer() ?? 0
                }
            default: try reader.skip()
            }
        }
        guard isPresent else { throw JSONReader.Malformed(offset: 0) }
        return totals
    }
}
