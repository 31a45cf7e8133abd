import Bridge
import HTTPCalls

/// The definition of a merge field (mailchimp.md §7).
struct MergeFieldDocument: Sendable {
    static let fields =
        [
            "merge_id", "tag", "name", "type", "required",
        ].map { "merge_fields.\($0)" }.joined(separator: ",") + ",total_items"

    var id = 0
    var tag = ""
    var name = ""
    var type = ""
    var isRequired = false

    var field: ProviderField {
        ProviderField(
            id: String(id),
            name: tag,
            label: name,
            dataType: type,
            maximumLength: type == "text" ? MailchimpLimits.textBytes : nil
        )
    }

    /// Reads one field; nil when it has no tag, by which values are sent.
    static func read(_ reader: inout JSONReader) throws -> MergeFieldDocument? {
        var document = MergeFieldDocument()
        try reader.members { reader, key in
            switch key {
            case "merge_id": document.id = try reader.integer() ?? 0
            case "tag": document.tag = try reader.string() ?? ""
            case "name": document.name = try reader.string() ?? ""
            case "type": document.type = try reader.string() ?? ""
            case "required": document.isRequired = try reader.boolean() ?? false
            default: try reader.skip()
            }
        }
        return document.tag.isEmpty ? nil : document
    }
}
