/// A mail that the account has sent, with what its reports say (constant-contact.md §7.4).
///
/// A campaign has one such activity of the role `primary_email`, and one of the role `resend` for each repetition to
/// those who did not open it.
struct Mailing {
    /// One recipient, or one recipient's act.
    struct Event {
        /// `em_sends`, `em_optouts`, `em_bounces` or another of the documented kinds.
        var kind: String
        var contact: String
        var address: String
        var firstName: String?
        var lastName: String?
        var at: Double
        var reason: String?
        var bounceCode: String?
        /// The link that was clicked.
        var url: String?
    }

    var campaignID: String
    var activityID: String
    /// The activity beside the first one: its page on the web.
    var permalinkID: String
    var role = "primary_email"
    var name: String
    var createdAt: Double
    var sentAt: Double?
    /// The lists that it went to.
    var lists: [String] = []
    /// Set when a user deletes the campaign, which can be restored in the product alone.
    var removedAt: Double?
    /// Who it was sent to.
    var recipients: [Event] = []
    var events: [Event] = []

    var updatedAt: Double { removedAt ?? sentAt ?? createdAt }
    var sends: Int { recipients.count }
    var isPrimary: Bool { role == "primary_email" }

    /// How many people did something, as far as figures have caught up: each counts once.
    ///
    /// Complaints are counted as such, since nobody is named with them.
    func count(_ kind: String, codes: Set<String>? = nil, until time: Double) -> Int {
        let found = events.filter { event in
            event.kind == kind && event.at <= time && (codes.map { $0.contains(event.bounceCode ?? "") } ?? true)
        }
        return kind == "em_abuse" ? found.count : Set(found.map(\.contact)).count
    }

    /// How often something was done, whoever did it.
    func countAll(_ kind: String, until time: Double) -> Int { events.count { $0.kind == kind && $0.at <= time } }

    /// What figures call the bounces of each code.
    static let bounces: [(name: String, code: String)] = [
        ("blocked", "Z"), ("mailbox_full", "F"), ("nonexistent_address", "B"), ("other", "X"), ("suspended", "S"),
        ("undeliverable", "D"), ("vacation", "V"),
    ]
}
