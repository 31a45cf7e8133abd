/// A kind of sender that has a route of its own; the raw value is the path component and the inbox's source.
package enum WebhookSource: String, Sendable, Hashable, CaseIterable {
    /// The script that a user pastes into Workbooks (workbooks.md §10.2).
    case workbooks
    /// A relay that tells of Constant Contact opt-outs, since the service itself sends none (constant-contact.md §1).
    case constantContact = "constant-contact"

    /// How long senders repeat a delivery that was not answered with a `204`, in seconds, where it tells what nothing
    /// else can; nil where a reading of the account finds the same (webhooks/README.md, *Repeating*).
    package var repetitionSeconds: Int64? {
        switch self {
        // Hints: what they point at is read.
        case .workbooks: nil
        // The usual schedule of Standard Webhooks ends after three days and some hours.
        case .constantContact: 3 * 86_400
        }
    }
}
