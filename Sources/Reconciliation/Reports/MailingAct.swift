/// What can become of a mailing for one recipient.
package enum MailingAct: String, Hashable, Sendable, Codable, CaseIterable {
    case sent
    /// Opened by the person, or by a machine on the way: no provider can tell (mailchimp.md §11).
    case opened
    case clicked
    /// Came back for good.
    case hardBounced = "hard-bounced"
    /// Came back this time.
    case softBounced = "soft-bounced"
    /// Reported as spam.
    case complained
    /// Unsubscribed by the link in this mailing.
    case optedOut = "opted-out"

    /// Whether it says something about the address beyond the mailing: an opt-out, a complaint or a hard bounce.
    package var concernsConsent: Bool {
        switch self {
        case .optedOut, .complained, .hardBounced: true
        case .sent, .opened, .clicked, .softBounced: false
        }
    }
}
