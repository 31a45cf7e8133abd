/// A contact list.
final class ContactList {
    let ordinal: Int
    let id: String
    var name: String
    var description: String?
    var isFavorite: Bool
    let createdAt: Double
    var updatedAt: Double
    var deletedAt: Double?
    /// The ordinals of the contacts on the list.
    var members = OrdinalSet()

    init(ordinal: Int, id: String, name: String, description: String?, isFavorite: Bool, at time: Double) {
        self.ordinal = ordinal
        self.id = id
        self.name = name
        self.description = description
        self.isFavorite = isFavorite
        createdAt = time
        updatedAt = time
    }
}

/// A custom field of an account.
struct CustomField {
    /// One choice of a field that offers choices.
    struct Choice {
        var id: Int
        var label: String
        var order: Int
    }

    var id: String
    var label: String
    var type: String
    var choices: [Choice] = []
    var createdAt: Double
    var updatedAt: Double

    /// The name that an import uses after `cf:`: the label with underscores for blanks (constant-contact.md §5).
    var name: String { Self.name(label) }

    static func name(_ label: String) -> String { label.replacing(" ", with: "_") }

    static let types: Set<String> = [
        "string", "date", "datetime", "currency", "text_area", "number", "boolean", "single_select", "multi_select",
    ]
}
