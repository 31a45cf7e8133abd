import HTTPCalls

/// What of an audience decides how its members are written (mailchimp.md §4, call 3).
struct AudienceFacts: Sendable {
    static let fields = "id,name,double_optin"

    var id = ""
    var name = ""
    /// Whether a new member has to confirm by a mail; the API does not ask for that by itself (mailchimp.md §5).
    var hasDoubleOptIn = false

    /// The status of a member that is new (mailchimp.md §10, rule 2).
    var statusOfNew: String { hasDoubleOptIn ? "pending" : "subscribed" }

    /// Reads the audience; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> AudienceFacts? {
        var facts = AudienceFacts()
        try reader.members { reader, key in
            switch key {
            case "id": facts.id = try reader.string() ?? ""
            case "name": facts.name = try reader.string() ?? ""
            case "double_optin": facts.hasDoubleOptIn = try reader.boolean() ?? false
            default: try reader.skip()
            }
        }
        return facts.id.isEmpty ? nil : facts
    }
}
