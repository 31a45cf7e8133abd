/// A kind of sender that has a route of its own; the raw value is the path component and the inbox's source.
package enum WebhookSource: String, Sendable, Hashable, CaseIterable {
    /// The script that a user pastes into Workbooks (workbooks.md §10.2).
    case workbooks
    /// A relay that tells of Constant Contact opt-outs, since the service itself sends none (constant-contact.md §1).
    case constantContact = "constant-contact"
}
