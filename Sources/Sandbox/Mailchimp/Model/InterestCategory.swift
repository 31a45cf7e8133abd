/// A group of interests that subscribers choose among (mailchimp.md §7).
struct InterestCategory: Sendable {
    struct Interest: Sendable {
        var id: String
        var name: String
        var displayOrder: Int
    }

    var id: String
    /// The number that webhooks have for it.
    var groupID: Int
    var title: String
    var type: String
    var displayOrder: Int
    var interests: [Interest] = []

    static let types = ["checkboxes", "dropdown", "radio", "hidden"]
}
