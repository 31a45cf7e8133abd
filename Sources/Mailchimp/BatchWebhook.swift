import HTTPCalls

/// A webhook of the whole Mailchimp account that is told of every batch that ends, whoever made it (mailchimp.md §9).
package struct BatchWebhook: Sendable, Hashable {
    package var id: String
    package var url: String
    /// Whether anything is delivered to it.
    package var isEnabled: Bool
    /// Whether its deliveries are signed; nil where the answer does not say, as the older contract has it.
    package var isSigned: Bool?
    /// What deliveries are signed with, as the answer to the creation says it and no other.
    package var signingSecret: String?

    package init(id: String, url: String, isEnabled: Bool, isSigned: Bool? = nil, signingSecret: String? = nil) {
        self.id = id
        self.url = url
        self.isEnabled = isEnabled
        self.isSigned = isSigned
        self.signingSecret = signingSecret
    }

    /// Reads one webhook; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> BatchWebhook? {
        var hook = BatchWebhook(id: "", url: "", isEnabled: false)
        try reader.members { reader, key in
            switch key {
            case "id": hook.id = try reader.string() ?? ""
            case "url": hook.url = try reader.string() ?? ""
            case "enabled": hook.isEnabled = try reader.boolean() ?? false
            case "signing_enabled": hook.isSigned = try reader.boolean()
            case "signing_secret": hook.signingSecret = try reader.string()
            default: try reader.skip()
            }
        }
        return hook.id.isEmpty ? nil : hook
    }
}
