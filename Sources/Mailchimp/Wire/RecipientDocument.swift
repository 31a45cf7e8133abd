import Bridge
import HTTPCalls
import Reconciliation

/// One person of a report, whichever of its collections it comes from (mailchimp.md §11).
struct RecipientDocument: Sendable {
    var email = ""
    var status = ""
    var reason: String?
    var timestamp: Timestamp?
    /// The times of the opens.
    var openTimes: [Timestamp] = []

    static let sentFields = "sent_to.email_address,sent_to.status,total_items"
    static let openFields = "members.email_address,members.opens,total_items"
    static let unsubscribeFields =
        "unsubscribes.email_address,unsubscribes.reason,unsubscribes.timestamp,total_items"
    static let complaintFields = "abuse_reports.email_address,abuse_reports.date,total_items"

    /// Reads one person; nil for one without an address, whose contact was erased.
    static func read(_ reader: inout JSONReader) throws -> RecipientDocument? {
        var person = RecipientDocument()
        try reader.members { reader, key in
            switch key {
            case "email_address": person.email = try reader.string() ?? ""
            case "status": person.status = try reader.string() ?? ""
            case "reason": person.reason = try reader.string().flatMap { $0.isEmpty ? nil : $0 }
            case "timestamp", "date": person.timestamp = try reader.string().flatMap(ServiceTime.parse)
            case "opens":
                try reader.elements { reader in
                    try reader.members { reader, key in
                        guard case "timestamp" = key else { return try reader.skip() }
                        if let at = try reader.string().flatMap(ServiceTime.parse) { person.openTimes.append(at) }
                    }
                }
            default: try reader.skip()
            }
        }
        return person.email.isEmpty ? nil : person
    }

    /// Sent, and what came of it: bounces have no time of their own here.
    var recipient: [MailingSighting] {
        var sightings = [MailingSighting(act: .sent, email: email, firstAt: nil)]
        if status == "hard" { sightings.append(MailingSighting(act: .hardBounced, email: email, firstAt: nil)) }
        if status == "soft" { sightings.append(MailingSighting(act: .softBounced, email: email, firstAt: nil)) }
        return sightings
    }

    var opens: [MailingSighting] {
        [MailingSighting(act: .opened, email: email, firstAt: openTimes.min(), lastAt: openTimes.max())]
    }

    var click: [MailingSighting] { [MailingSighting(act: .clicked, email: email, firstAt: nil)] }

    var optOut: [MailingSighting] {
        [MailingSighting(act: .optedOut, email: email, firstAt: timestamp, reason: reason)]
    }

    var complaint: [MailingSighting] { [MailingSighting(act: .complained, email: email, firstAt: timestamp)] }
}
