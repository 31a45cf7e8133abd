import Bridge
import HTTPCalls
import NIOHTTP1

/// The audience's webhooks, of which one is Causeway's (mailchimp.md §9).
extension MailchimpClient {
    /// Every webhook of the audience.
    package func webhooks() async throws -> [AudienceWebhook] {
        let operation = "read webhooks"
        // The collection has neither pages nor fields.
        return try await inAudience(operation) {
            try await caller.call(caller.read(operation, path("/webhooks"))) { answer in
                try answer.decode { try CollectionPage.read(&$0, "webhooks") { try AudienceWebhook.read(&$0) } }
                    .elements
            }
        }
    }

    /// Creates a webhook.
    ///
    /// The service calls the address by GET before it takes it. The answer alone carries the signing secret: where it is
    /// lost, the webhook has to be deleted and made anew.
    ///
    /// - Throws: `PortError`: `refused` when the address could not be called, or another webhook has it.
    package func createWebhook(
        at url: String,
        events: Set<AudienceWebhook.Event> = Set(AudienceWebhook.Event.allCases),
        sources: Set<AudienceWebhook.Source> = [.user, .admin]
    ) async throws -> AudienceWebhook {
        let operation = "create a webhook"
        let request = caller.write(operation, .POST, path("/webhooks")) { writer in
            writer.object { writer in
                writer.member("url", url)
                AudienceWebhook.write(events, sources, to: &writer)
            }
        }
        return try await inAudience(operation) { try await caller.call(request) { try Self.webhook(in: $0) } }
    }

    /// Gives a webhook another address, events or sources; its secret stays.
    ///
    /// - Throws: `PortError`: `refused` as for a new one; `notFound` when it is gone.
    package func updateWebhook(
        _ id: String,
        url: String,
        events: Set<AudienceWebhook.Event>,
        sources: Set<AudienceWebhook.Source>
    ) async throws -> AudienceWebhook {
        let request = caller.write("change a webhook", .PATCH, path(ofWebhook: id)) { writer in
            writer.object { writer in
                writer.member("url", url)
                AudienceWebhook.write(events, sources, to: &writer)
            }
        }
        return try await caller.call(request) { try Self.webhook(in: $0) }
    }

    /// Deletes a webhook; one that is gone already is no error.
    package func deleteWebhook(_ id: String) async throws {
        do {
            try await caller.call(caller.delete("delete a webhook", path(ofWebhook: id))) { _ in }
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
        }
    }

    private func path(ofWebhook id: String) -> String { path("/webhooks/\(PercentEncoding.encode(id))") }

    private static func webhook(in answer: ServiceAnswer) throws -> AudienceWebhook {
        guard let hook = try answer.decode({ try AudienceWebhook.read(&$0) }) else {
            throw JSONReader.Malformed(offset: 0)
        }
        return hook
    }
}
