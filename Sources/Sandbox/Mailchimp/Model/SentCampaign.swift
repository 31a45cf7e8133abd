/// A mailing, with what became of it for each recipient (mailchimp.md §11).
struct SentCampaign: Sendable {
    /// What a recipient did, or what became of the mail.
    struct Activity: Sendable {
        /// `open`, `click` or `bounce`.
        var action: String
        var at: Double
        var url: String?
        /// `hard` or `soft`, of a bounce.
        var bounce: String?
        var ip: String
    }

    /// Somebody to whom it was sent.
    struct Recipient: Sendable {
        /// The number of the member, which may be gone meanwhile.
        var number: Int
        var emailID: String
        var address: String
        var activities: [Activity] = []

        /// `sent`, `hard` or `soft`.
        func status(until now: Double) -> String {
            let bounces = activities.filter { $0.action == "bounce" && $0.at <= now }.compactMap(\.bounce)
            return bounces.contains("hard") ? "hard" : bounces.last ?? "sent"
        }

        /// The opens, of people and machines alike.
        func opens(until now: Double) -> [Activity] { activities.filter { $0.action == "open" && $0.at <= now } }
        func clicks(until now: Double) -> [Activity] { activities.filter { $0.action == "click" && $0.at <= now } }
    }

    /// An unsubscribe by the link in this mail, or a complaint about it.
    struct Reaction: Sendable {
        var id: Int
        var emailID: String
        var address: String
        var number: Int
        var reason: String
        var at: Double
    }

    var id: String
    var webID: Int
    var audience: String
    /// The id of the tag or segment that it went to; nil for the whole audience.
    var segment: Int?
    var title: String
    var subject: String
    var createdAt: Double
    /// When it was sent; nil for a draft.
    var sentAt: Double?
    var recipients: [Recipient] = []
    var unsubscribes: [Reaction] = []
    var complaints: [Reaction] = []

    /// The links in the mail that were clicked.
    func urls(until now: Double) -> [String] {
        Set(recipients.flatMap { $0.clicks(until: now).compactMap(\.url) }).sorted()
    }

    /// The place of a recipient by the id of the address.
    func index(emailID: String) -> Int? { recipients.firstIndex { $0.emailID == emailID } }
}
