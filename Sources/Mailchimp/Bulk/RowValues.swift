import Bridge
import HTTPCalls
import Reconciliation

/// What is written of a row, held against the audience's definitions.
struct RowValues: Sendable {
    /// Values by merge tag, in order.
    private(set) var values: [(tag: String, value: String)] = []

    /// - Throws: `UndefinedField` when the audience has no field of a name: the service would drop the value without a
    ///   word (mailchimp.md §7).
    init(_ row: ContactRow, definitions: [String: MergeFieldDocument]) throws(UndefinedField) {
        for (tag, value) in [(MergeFields.firstName, row.firstName), (MergeFields.lastName, row.lastName)]
        where !value.isEmpty && definitions[tag] != nil {
            values.append((tag, Self.cut(value)))
        }
        for (tag, value) in row.fields.sorted(by: { $0.key < $1.key }) {
            guard definitions[tag] != nil else {
                // Causeway's own fields; an owner who deleted them does without.
                if [MergeFields.record.kind, MergeFields.record.id].contains(tag) { continue }
                throw UndefinedField(tag: tag)
            }
            values.append((tag, Self.cut(value)))
        }
    }

    /// Writes the member `merge_fields`, or nothing where there are no values.
    func write(to writer: inout JSONWriter) {
        guard !values.isEmpty else { return }
        writer.key("merge_fields")
        writer.object { writer in
            for (tag, value) in values {
                writer.key(named: tag)
                writer.string(value)
            }
        }
    }

    /// The beginning of a text that a text field keeps: so many bytes, without half a character
    /// (mailchimp.md §7).
    static func cut(_ text: String) -> String {
        guard text.utf8.count > MailchimpLimits.textBytes else { return text }
        var kept = ""
        var bytes = 0
        for character in text {
            bytes += character.utf8.count
            if bytes > MailchimpLimits.textBytes { break }
            kept.append(character)
        }
        return kept
    }

    /// A row names a field that the audience does not have.
    struct UndefinedField: Error {
        var tag: String

        var words: String {
            "the audience has no field \(tag); create it there or take it out of the mapping"
        }
    }
}
