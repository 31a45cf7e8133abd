/// A field of an audience's members (mailchimp.md §7).
struct MergeField: Sendable {
    var id: Int
    var tag: String
    var name: String
    var type: String
    var isRequired = false
    var defaultValue = ""
    var isPublic = false
    var displayOrder: Int
    var choices: [String] = []
    var options: [String: SandboxJSON] = [:]
    var helpText = ""

    /// The types that a field can have.
    static let types = [
        "text", "number", "address", "phone", "date", "url", "imageurl", "radio", "dropdown", "birthday", "zip",
    ]

    /// Whether a text can be a tag: ten characters at most, A to Z, digits and the underscore.
    static func isTag(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 10
            && text.utf8.allSatisfy { byte in
                (65...90).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "_")
            }
    }

    /// The field as an answer shows it.
    func json(list: String) -> SandboxJSON {
        var shown = options
        if type == "radio" || type == "dropdown" { shown["choices"] = .array(choices.map(SandboxJSON.string)) }
        if type == "text", shown["size"] == nil { shown["size"] = 25 }
        return [
            "merge_id": .int(id), "tag": .string(tag), "name": .string(name), "type": .string(type),
            "required": .bool(isRequired), "default_value": .string(defaultValue), "public": .bool(isPublic),
            "display_order": .int(displayOrder), "options": .object(shown), "help_text": .string(helpText),
            "list_id": .string(list),
        ]
    }
}
