/// The status of a member (mailchimp.md §5).
enum MemberStatus: String, Sendable {
    case subscribed, unsubscribed, cleaned, pending, transactional, archived

    /// What a client may write: all but `archived`.
    static let writable = ["subscribed", "unsubscribed", "cleaned", "pending", "transactional"]
    /// What a client may write by PATCH, whose schema lacks `transactional`.
    static let patchable = ["subscribed", "unsubscribed", "cleaned", "pending"]
}

/// Who changed something: the `sources` that a webhook chooses among (mailchimp.md §9).
enum ChangeSource: String, Sendable {
    /// The contact, by a form or a link in a mail.
    case user
    /// Somebody in the product.
    case admin
    /// A client of the API.
    case api
}

/// How a member was unsubscribed or cleaned; the API does not tell (mailchimp.md §5, §13 item 17).
enum Departure: String, Sendable {
    /// By the person: a link in a mail, or a form.
    case user
    /// By the person, who reported spam.
    case abuse
    /// By somebody in the product.
    case admin
    /// By a client of the API.
    case api
    /// By mail that came back.
    case bounce

    /// Whether only the person can undo it.
    var isThePersons: Bool { self == .user || self == .abuse }
}
