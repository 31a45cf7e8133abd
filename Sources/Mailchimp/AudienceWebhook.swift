import HTTPCalls

/// A webhook of the audience (mailchimp.md §9).
package struct AudienceWebhook: Sendable, Hashable {
    /// What can be told of.
    package enum Event: String, Sendable, Hashable, CaseIterable {
        case subscribe
        case unsubscribe
        case profile
        case cleaned
        case upemail
        case campaign
    }

    /// Who made the change that is told of; mailings are told of whoever sent them.
    package enum Source: String, Sendable, Hashable, CaseIterable {
        case user
        case admin
        case api
    }

    package var id: String
    package var url: String
    /// The events that are on; unknown ones are left out.
    package var events: Set<Event>
    package var sources: Set<Source>
    /// Whether its deliveries are signed; hooks that were made before 2026 are not.
    package var isSigned: Bool
    /// What deliveries are signed with, as the answer to the creation says it and no other.
    package var signingSecret: String?

    package init(
        id: String,
        url: String,
        events: Set<Event>,
        sources: Set<Source>,
        isSigned: Bool = false,
        signingSecret: String? = nil
    ) {
        self.id = id
        self.url = url
        self.events = events
        self.sources = sources
        self.isSigned = isSigned
        self.signingSecret = signingSecret
    }

    /// Reads one webhook; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> AudienceWebhook? {
        var hook = AudienceWebhook(id: "", url: "", events: [], sources: [])
        try reader.members { reader, key in
            switch key {
            case "id": hook.id = try reader.string() ?? ""
            case "url": hook.url = try reader.string() ?? ""
            case "events": hook.events = try flags(&reader)
            case "sources": hook.sources = try flags(&reader)
            case "signing_enabled": hook.isSigned = try reader.boolean() ?? false
            case "signing_secret": hook.signingSecret = try reader.string()
            default: try reader.skip()
            }
        }
        return hook.id.isEmpty ? nil : hook
    }

    /// Writes what is on and what is off, all of it: what a default would be is not documented.
    static func write(_ events: Set<Event>, _ sources: Set<Source>, to writer: inout JSONWriter) {
        writer.key("events")
        write(events, to: &writer)
        writer.key("sources")
        write(sources, to: &writer)
    }

    private static func write<Name: RawRepresentable<String> & CaseIterable & Hashable>(
        _ names: Set<Name>,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            for name in Name.allCases {
                writer.key(named: name.rawValue)
                writer.boolean(names.contains(name))
            }
        }
    }

    private static func flags<Name: RawRepresentable<String> & Hashable>(
        _ reader: inout JSONReader
    ) throws -> Set<Name> {
        var found: Set<Name> = []
        try reader.members { reader, key in
            let name = Name(rawValue: key.text)
            if try reader.boolean() == true, let name { found.insert(name) }
        }
        return found
    }
}
