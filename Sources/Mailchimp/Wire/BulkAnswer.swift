import HTTPCalls

/// What became of a bulk creation: the status says nothing, the rows all (mailchimp.md §6).
struct BulkAnswer: Sendable {
    /// A row that was not taken.
    struct RowError: Sendable {
        var address = ""
        var text = ""
        var code = ""
        var field = ""
        var fieldMessage = ""

        /// Whether the audience has the address already.
        var isKnown: Bool { code == "ERROR_CONTACT_EXISTS" }

        /// What is shown of it.
        var words: String {
            field.isEmpty ? RefusalText.words(for: text) : "the field \(field): \(ProblemReport.masked(fieldMessage))"
        }
    }

    private(set) var created: [MemberDocument] = []
    private(set) var errors: [RowError] = []

    /// Reads the answer.
    ///
    /// - Throws: `JSONReader.Malformed` when it is no object.
    static func read(_ reader: inout JSONReader) throws -> BulkAnswer {
        var answer = BulkAnswer()
        let isObject = try reader.members { reader, key in
            switch key {
            case "new_members", "updated_members":
                try reader.elements { reader in
                    if let member = try MemberDocument.read(&reader) { answer.created.append(member) }
                }
            case "errors":
                try reader.elements { answer.errors.append(try readError(&$0)) }
            default:
                try reader.skip()
            }
        }
        guard isObject else { throw JSONReader.Malformed(offset: 0) }
        return answer
    }

    private static func readError(_ reader: inout JSONReader) throws -> RowError {
        var error = RowError()
        try reader.members { reader, key in
            switch key {
            case "email_address": error.address = try reader.string() ?? ""
            case "error": error.text = try reader.string() ?? ""
            case "error_code": error.code = try reader.string() ?? ""
            case "field": error.field = try reader.string() ?? ""
            case "field_message": error.fieldMessage = try reader.string() ?? ""
            default: try reader.skip()
            }
        }
        return error
    }
}
