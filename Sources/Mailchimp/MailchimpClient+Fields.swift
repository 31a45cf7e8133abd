import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

extension MailchimpClient {
    /// The merge fields that attributes can be mapped to: all but those of the names and of Causeway's own.
    package func fields() async throws -> [ProviderField] {
        let own = [MergeFields.firstName, MergeFields.lastName, MergeFields.record.kind, MergeFields.record.id]
        return try await mergeFieldDocuments().filter { !own.contains($0.tag) }.map(\.field)
    }

    package func createField(labelled label: String) async throws -> ProviderField {
        let operation = "create a field"
        guard !label.isEmpty, label.utf8.count <= MailchimpLimits.textBytes else {
            let detail = "the label \"\(label)\" must have 1 to \(MailchimpLimits.textBytes) bytes"
            throw PortError(.refused, operation: operation, detail: detail)
        }
        let present = try await mergeFieldDocuments()
        if let found = Self.field(labelled: label, among: present) { return found.field }
        let tag = MergeTag.unused(for: label, among: Set(present.map(\.tag)))
        do {
            return try await createMergeField(tag: tag, name: label, operation).field
        } catch let error as PortError {
            // Refused as a double, or made without our hearing of it: then it is there to be found.
            switch error.code {
            case .refused, .unknownOutcome:
                guard let found = Self.field(labelled: label, among: try await mergeFieldDocuments()) else {
                    throw error
                }
                return found.field
            default:
                throw error
            }
        }
    }

    /// The audience's definitions as they are now.
    func mergeFieldDocuments() async throws -> [MergeFieldDocument] {
        let operation = "read fields"
        let query = [("fields", MergeFieldDocument.fields)]
        let found = try await inAudience(operation) {
            try await all(operation, path("/merge-fields"), query, under: "merge_fields") {
                try MergeFieldDocument.read(&$0)
            }
        }
        await mergeFields.note(found)
        return found
    }

    /// Creates a text field that people do not see on forms.
    func createMergeField(tag: String, name: String, _ operation: String) async throws -> MergeFieldDocument {
        let request = caller.write(operation, .POST, path("/merge-fields")) { writer in
            writer.object { writer in
                writer.member("tag", tag)
                writer.member("name", name)
                writer.member("type", "text")
                writer.key("public")
                writer.boolean(false)
            }
        }
        let created = try await inAudience(operation) {
            try await caller.call(request) { answer in
                guard let field = try answer.decode({ try MergeFieldDocument.read(&$0) }) else {
                    throw JSONReader.Malformed(offset: 0)
                }
                return field
            }
        }
        await mergeFields.note(created: created)
        return created
    }

    private static func field(labelled label: String, among fields: [MergeFieldDocument]) -> MergeFieldDocument? {
        fields.first { $0.name == label } ?? fields.first { $0.name.lowercased() == label.lowercased() }
    }
}

/// The tag of a merge field: up to ten of `A` to `Z`, digits and the underscore (mailchimp.md §7).
enum MergeTag {
    /// A tag for a label that no field has yet.
    static func unused(for label: String, among taken: Set<String>) -> String {
        let stem = derived(from: label)
        var tag = stem
        var number = 2
        while taken.contains(tag) || tag == "EMAIL" {
            let digits = String(number)
            tag = stem.prefix(MailchimpLimits.tagLength - digits.count) + digits
            number += 1
        }
        return tag
    }

    /// The letters and digits of a label, words parted by underscores.
    private static func derived(from label: String) -> String {
        var tag = ""
        for character in label.uppercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                tag.append(character)
            } else if !tag.isEmpty, tag.last != "_" {
                tag.append("_")
            }
        }
        tag = String(tag.prefix(MailchimpLimits.tagLength))
        while tag.last == "_" { tag.removeLast() }
        return tag.isEmpty ? "FIELD" : tag
    }
}
