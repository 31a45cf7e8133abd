import Bridge
import HTTPCalls

/// One of the account's own fields as the service writes it.
enum FieldDocument {
    /// The longest value of a text field (constant-contact.md §5).
    static let longestText = 255

    /// Reads one field; nil when it has no id or no name, without which nothing can be sent to it.
    static func read(_ reader: inout JSONReader) throws -> ProviderField? {
        var (id, name, label, type) = ("", "", "", "")
        try reader.members { reader, key in
            switch key {
            case "custom_field_id": id = try reader.string() ?? ""
            case "name": name = try reader.string() ?? ""
            case "label": label = try reader.string() ?? ""
            case "type": type = try reader.string() ?? ""
            default: try reader.skip()
            }
        }
        guard !id.isEmpty, !name.isEmpty else { return nil }
        return ProviderField(
            id: id,
            name: name,
            label: label,
            dataType: type,
            maximumLength: type == "string" ? longestText : nil
        )
    }
}
