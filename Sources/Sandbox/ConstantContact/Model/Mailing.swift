/// An email campaign that the account has sent, with what its reports say (constant-contact.md §7.4).
struct Mailing {
    /// One recipient's act.
    struct Event {
        /// `em_optouts`, `em_bounces` or another of the documented kinds.
        var kind: String
        var contact: String
        var address: String
        var firstName: String?
        var lastName: String?
        var at: Double
        var reason: String?
        var bounceCode: String?
    }

    var campaignID: String
    var activityID: String
    /// The second activity of every campaign: its page on the web.
    var permalinkID: String
    var name: String
    var createdAt: Double
    var sentAt: Double?
    var sends = 0
    var events: [Event] = []

    var updatedAt: Double { sentAt ?? createdAt }

    /// How often something happened, as far as figures have caught up.
    func count(_ kind: String, until time: Double) -> Int {
        events.count { $0.kind == kind && $0.at <= time }
    }
}
