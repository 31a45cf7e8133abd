import Bridge
import HTTPCalls
import Reconciliation

/// One row of a tracking report: a person and what became of the mail for them.
struct TrackedDocument: Sendable {
    var email = ""
    var createdAt: Timestamp?
    var optOutReason: String?
    var bounceCode: String?

    /// Reads one row; nil when it names nobody.
    static func read(_ reader: inout JSONReader) throws -> TrackedDocument? {
        var row = TrackedDocument()
        try reader.members { reader, key in
            switch key {
            case "email_address": row.email = try reader.string() ?? ""
            case "created_time": row.createdAt = try reader.string().flatMap(ServiceTime.parse)
            case "opt_out_reason": row.optOutReason = try reader.string()
            case "bounce_code": row.bounceCode = try reader.string()
            default: try reader.skip()
            }
        }
        return row.email.isEmpty ? nil : row
    }

    /// What the row tells; nil for mail that an autoreply answered, which was delivered.
    func sighting(in report: PeopleReport) -> MailingSighting? {
        let act: MailingAct
        var reason: String?
        switch report {
        case .recipients: act = .sent
        case .opens: act = .opened
        case .clicks: act = .clicked
        case .complaints: act = .complained
        case .optOuts:
            act = .optedOut
            reason = optOutReason.flatMap { $0.isEmpty ? nil : $0 }
        case .bounces:
            guard let bounce = Self.bounces[bounceCode ?? ""] else {
                if bounceCode == "V" { return nil }
                act = .softBounced
                reason = bounceCode.map { "code \($0)" }
                break
            }
            act = bounce.isHard ? .hardBounced : .softBounced
            reason = bounce.text
        }
        return MailingSighting(act: act, email: email, firstAt: createdAt, reason: reason)
    }

    /// The bounce codes of `BouncesTrackingActivity`.
    ///
    /// Only an address that does not exist is given up: that, and one that the service suspended for it.
    private static let bounces: [String: (isHard: Bool, text: String)] = [
        "B": (true, "the address does not exist"),
        "S": (true, "suspended: the address does not exist"),
        "D": (false, "undeliverable: no response"),
        "F": (false, "the mailbox is full"),
        "X": (false, "another reason"),
        "Z": (false, "blocked by the receiving system"),
    ]
}
