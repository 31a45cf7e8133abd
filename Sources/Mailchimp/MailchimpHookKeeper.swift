import Bridge

/// The webhooks that Mailchimp should have for us (mailchimp.md §9): of the audience, and of the ends of batches.
///
/// The audience's has all six events, of people and administrators. The API's own changes are left out: they are
/// Causeway's, and would come back as echoes. The one of batches spares asking again and again how a batch stands;
/// Mailchimp keeps twenty of them for a whole account, so that there may be no room for ours.
///
/// ```swift
/// let keeper = MailchimpHookKeeper(client)
/// let sightings = try await keeper.hooks()
/// ```
package struct MailchimpHookKeeper: HookKeeper {
    private static let audience = HookTopic(name: "audience", switches: switches(events, sources))
    private static let batches = HookTopic(name: "batches", switches: [enabled], isDispensable: true)
    private static let events = Set(AudienceWebhook.Event.allCases)
    private static let sources: Set<AudienceWebhook.Source> = [.user, .admin]
    private static let enabled = "enabled"

    private let client: MailchimpClient

    /// The webhooks of the audience that a client reaches, and of its account.
    package init(_ client: MailchimpClient) {
        self.client = client
    }

    package var plan: HookPlan { HookPlan(topics: [Self.audience, Self.batches], hasPathSecret: true) }

    package func hooks() async throws -> [HookSighting] {
        let ofAudience = try await client.webhooks().map { hook in
            HookSighting(
                id: hook.id,
                topic: Self.audience.name,
                url: hook.url,
                switches: Self.switches(hook.events, hook.sources),
                isSigned: hook.isSigned
            )
        }
        let ofBatches = try await client.batchWebhooks().map { hook in
            HookSighting(
                id: hook.id,
                topic: Self.batches.name,
                url: hook.url,
                switches: hook.isEnabled ? [Self.enabled] : [],
                isSigned: hook.isSigned
            )
        }
        return ofAudience + ofBatches
    }

    package func create(_ wish: HookWish) async throws -> CreatedHook {
        if Self.isOfBatches(wish.topic) {
            let hook = try await client.createBatchWebhook(at: wish.url)
            return try Self.created(hook.id, isSigned: hook.isSigned ?? false, hook.signingSecret)
        }
        let hook = try await client.createWebhook(at: wish.url, events: Self.events, sources: Self.sources)
        return try Self.created(hook.id, isSigned: hook.isSigned, hook.signingSecret)
    }

    package func change(_ id: String, to wish: HookWish) async throws {
        if Self.isOfBatches(wish.topic) {
            _ = try await client.updateBatchWebhook(id, url: wish.url)
        } else {
            _ = try await client.updateWebhook(id, url: wish.url, events: Self.events, sources: Self.sources)
        }
    }

    package func delete(_ id: String, of topic: HookTopic) async throws {
        if Self.isOfBatches(topic) {
            try await client.deleteBatchWebhook(id)
        } else {
            try await client.deleteWebhook(id)
        }
    }

    private static func isOfBatches(_ topic: HookTopic) -> Bool { topic.name == batches.name }

    /// What an answer tells of a hook that was made.
    ///
    /// - Throws: `PortError` when it signs with a secret nobody has: no better than one whose answer was lost.
    private static func created(_ id: String, isSigned: Bool, _ told: String?) throws -> CreatedHook {
        let secret = told.flatMap { $0.isEmpty ? nil : $0 }
        guard secret != nil || !isSigned else {
            throw PortError(
                .unknownOutcome,
                operation: "create a webhook",
                detail: "Mailchimp answered without the webhook's signing secret",
                status: 200
            )
        }
        return CreatedHook(id: id, signingSecret: secret)
    }

    private static func switches(
        _ events: Set<AudienceWebhook.Event>,
        _ sources: Set<AudienceWebhook.Source>
    ) -> Set<String> {
        Set(events.map { "events.\($0.rawValue)" } + sources.map { "sources.\($0.rawValue)" })
    }
}
