import HTTPCalls

/// What became of adding members to a tag, or of taking them off it (mailchimp.md §6, §7).
struct SegmentChange: Sendable {
    /// Addresses that the audience does not know, or not yet, each with the service's words.
    private(set) var ignored: [(address: String, text: String)] = []

    /// Reads the answer.
    ///
    /// - Throws: `JSONReader.Malformed` when it is no object.
    static func read(_ reader: inout JSONReader) throws -> SegmentChange {
        var change = SegmentChange()
        let isObject = try reader.members { reader, key in
            guard case "errors" = key else { return try reader.skip() }
            try reader.elements { reader in
                var addresses: [String] = []
                var text = ""
                try reader.members { reader, key in
                    switch key {
                    case "email_addresses": addresses = try reader.strings() ?? []
                    case "error": text = try reader.string() ?? ""
                    default: try reader.skip()
                    }
                }
                change.ignored += addresses.map { ($0, text) }
            }
        }
        guard isObject else { throw JSONReader.Malformed(offset: 0) }
        return change
    }
}
