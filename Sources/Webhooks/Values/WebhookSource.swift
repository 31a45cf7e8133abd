/// A kind of sender that has a route of its own; the raw value is the path component and the inbox's source.
package enum WebhookSource: String, Sendable, Hashable, CaseIterable {
    /// The script that a user pastes into Workbooks, and Workbooks' own subscriptions (workbooks.md §10).
    case workbooks
    /// A relay that tells of Constant Contact opt-outs, since the service itself sends none (constant-contact.md §1).
    case constantContact = "constant-contact"
    /// The webhooks of a Mailchimp audience, and those that tell of ended batches (mailchimp.md §9).
    case mailchimp

    /// Whether each hook has an address of its own, which ends in a secret.
    package var hasPathSecret: Bool {
        switch self {
        case .mailchimp: true
        case .workbooks, .constantContact: false
        }
    }

    /// How long senders repeat a delivery that was not answered with a `204`, in seconds, where it tells what nothing
    /// else can; nil where a reading of the account finds the same (webhooks/README.md, *Repeating*).
    package var repetitionSeconds: Int64? {
        switch self {
        // Hints: what they point at is read. An opt-out at Mailchimp shows when the audience is read.
        case .workbooks, .mailchimp: nil
        // The usual schedule of Standard Webhooks ends after three days and some hours.
        case .constantContact: 3 * 86_400
        }
    }
}
