/// A receiver of events: of an audience, or of the ends of batches (mailchimp.md §9).
struct AudienceWebhook: Sendable {
    static let eventNames = ["subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"]
    /// Events that answers list and this service never sends.
    static let betaEventNames = ["sms_subscribe", "sms_unsubscribe", "upsms", "sms_campaign"]
    static let sourceNames = ["user", "admin", "api"]

    var id: String
    var url: String
    /// The events that are on.
    var events: Set<String>
    /// The sources that are on.
    var sources: Set<String>
    /// What deliveries are signed with; nil for a hook that was made before signing existed.
    var secret: String?
    /// Whether a 410 has ended it, or for a batch webhook, its owner.
    var isDisabled = false

    /// Whether an event goes to this hook; the source filter does not bear on campaigns (§9).
    func takes(_ event: MailchimpEvent) -> Bool {
        guard !isDisabled, events.contains(event.type) else { return false }
        return event.type == "campaign" || sources.contains(event.source.rawValue)
    }

    /// Whether another address is the same one: a different query does not make it different (§9).
    func hasAddress(_ other: String) -> Bool { Self.withoutQuery(url) == Self.withoutQuery(other) }

    /// The hook of an audience as an answer shows it.
    ///
    /// - Parameter showsSecret: true in the answer to its creation, the only one that has the secret.
    func json(list: String, showsSecret: Bool, form: MailchimpOptions.DisabledWebhookForm) -> SandboxJSON {
        let isMute = isDisabled && form == .eventless
        let shown = isMute ? [] : events
        let names = Self.eventNames + Self.betaEventNames
        var members: [String: SandboxJSON] = [
            "id": .string(id), "url": .string(url), "list_id": .string(list), "signing_enabled": .bool(secret != nil),
            "events": .object(Dictionary(uniqueKeysWithValues: names.map { ($0, .bool(shown.contains($0))) })),
            "sources": .object(
                Dictionary(uniqueKeysWithValues: Self.sourceNames.map { ($0, .bool(sources.contains($0))) })
            ),
        ]
        if showsSecret, let secret { members["signing_secret"] = .string(secret) }
        return .object(members)
    }

    /// The batch webhook as an answer shows it.
    func batchJSON(showsSecret: Bool) -> SandboxJSON {
        var members: [String: SandboxJSON] = [
            "id": .string(id), "url": .string(url), "enabled": .bool(!isDisabled),
            "signing_enabled": .bool(secret != nil),
        ]
        if showsSecret, let secret { members["signing_secret"] = .string(secret) }
        return .object(members)
    }

    private static func withoutQuery(_ url: String) -> String {
        String(url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first ?? "")
    }
}
