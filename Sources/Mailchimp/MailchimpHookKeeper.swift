import Bridge

/// The webhook of an audience (mailchimp.md §9): all six events, of people and administrators.
///
/// The API's own changes are left out: they are Causeway's, and would come back as echoes.
///
/// ```swift
/// let keeper = MailchimpHookKeeper(client)
/// let sightings = try await keeper.hooks()
/// ```
package struct MailchimpHookKeeper: HookKeeper {
    private static let topic = "audience"
    private static let events = Set(AudienceWebhook.Event.allCases)
    private static let sources: Set<AudienceWebhook.Source> = [.user, .admin]

    private let client: MailchimpClient

    /// The webhooks of the audience that a client reaches.
    package init(_ client: MailchimpClient) {
        self.client = client
    }

    package var plan: HookPlan {
        HookPlan(
            topics: [HookTopic(name: Self.topic, switches: Self.switches(Self.events, Self.sources))],
            hasPathSecret: true
        )
    }

    package func hooks() async throws -> [HookSighting] {
        try await client.webhooks().map { hook in
            HookSighting(
                id: hook.id,
                topic: Self.topic,
                url: hook.url,
                switches: Self.switches(hook.events, hook.sources),
                isSigned: hook.isSigned
            )
        }
    }

    package func create(_ wish: HookWish) async throws -> CreatedHook {
        let hook = try await client.createWebhook(at: wish.url, events: Self.events, sources: Self.sources)
        let secret = hook.signingSecret.flatMap { $0.isEmpty ? nil : $0 }
        // A hook that signs with a secret nobody has is no better than one whose answer was lost.
        guard secret != nil || !hook.isSigned else {
            throw PortError(
                .unknownOutcome,
                operation: "create a webhook",
                detail: "Mailchimp answered without the webhook's signing secret",
                status: 200
            )
        }
        return CreatedHook(id: hook.id, signingSecret: secret)
    }

    package func change(_ id: String, to wish: HookWish) async throws {
        _ = try await client.updateWebhook(id, url: wish.url, events: Self.events, sources: Self.sources)
    }

    package func delete(_ id: String) async throws {
        try await client.deleteWebhook(id)
    }

    private static func switches(
        _ events: Set<AudienceWebhook.Event>,
        _ sources: Set<AudienceWebhook.Source>
    ) -> Set<String> {
        Set(events.map { "events.\($0.rawValue)" } + sources.map { "sources.\($0.rawValue)" })
    }
}
